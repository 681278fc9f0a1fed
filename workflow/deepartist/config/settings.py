"""The settings of a stage: checked by the config schema, and passed on the command line.

A rule passes its block of the config to a stage as ``key=value`` words. The schema gives the
meaning, unit and default of each key, so ``--help`` of a stage and the config file always agree.
"""

import argparse
import difflib
import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from deepartist.process.errors import InputError

Schema = dict[str, Any]

SCHEMA_PATH = Path(__file__).with_name("schema.yaml")

# Stricter than JSON schema: 5.0 is not an integer, because range() refuses it, and nan and inf are
# not numbers.
_JSON_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER
_Validator: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call] # its stubs
    jsonschema.Draft202012Validator,
    type_checker=_JSON_TYPES.redefine_many(
        {
            "integer": lambda _, x: isinstance(x, int) and _JSON_TYPES.is_type(x, "integer"),
            "number": lambda _, x: _JSON_TYPES.is_type(x, "number") and abs(x) < math.inf,
        }
    ),
)


@cache
def load_schema() -> Schema:
    """Read the JSON schema of the config."""
    schema: Schema = yaml.safe_load(SCHEMA_PATH.read_text(encoding="utf-8"))
    return schema


def load_block(name: str) -> Schema:
    """Read a block of the schema's ``$defs``."""
    block: Schema = load_schema()["$defs"][name]
    return block


def dataset_block(kind: str) -> str:
    """Name the schema block of a kind of data set: its own one, or else ``dataset``."""
    name = f"dataset_{kind}"
    return name if name in load_schema()["$defs"] else "dataset"


def check_block(values: Any, schema: Schema, where: str = "") -> dict[str, Any]:
    """Check values against a schema and fill in its defaults.

    Parameters
    ----------
    values : dict
        Values that the user wrote.
    schema : dict
        A JSON schema, the whole one or a block of its ``$defs``.
    where : str
        Path of the block in the config, for messages.

    Returns
    -------
    dict
        A copy of `values` with every default of the schema in place.

    Raises
    ------
    InputError
        A value is wrong. The message gives the first wrong key, its value and the allowed ones; for
        an unknown key, the nearest known one.
    """
    for error in find_errors(values, schema):
        raise InputError(_explain(error, where))
    filled: dict[str, Any] = _with_defaults(values, schema)
    return filled


def find_errors(values: Any, schema: Schema) -> list[jsonschema.ValidationError]:
    """Find what a schema, the whole one or a block of its ``$defs``, does not allow in values.

    The errors are sorted by their place in the values.
    """
    validator = _Validator({**schema, "$defs": load_schema()["$defs"]})
    return sorted(validator.iter_errors(values), key=lambda error: list(map(str, error.path)))


def to_words(block: Mapping[str, Any]) -> list[str]:
    """Write a block as ``key=value`` words, values in JSON."""
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in block.items()]


def add_settings_option(
    parser: argparse.ArgumentParser,
    block: str,
    defaults: Mapping[str, Any] | None = None,
    option: str = "--set",
) -> None:
    """Add ``--set KEY=VALUE …`` for a block of the schema's ``$defs``; the help lists its keys.

    A stage that is handed a second block needs another `option` for it. Defaults that are not the
    schema's, and another option, have to be given to `parse_settings` as well.
    """
    schema = load_block(block)
    properties = _properties(schema)
    for key, value in (defaults or {}).items():
        properties[key] = {**properties[key], "default": value}
    parser.add_argument(
        option,
        nargs="*",
        default=[],
        metavar="KEY=VALUE",
        help="settings, see below; a key that is not given has its default",
    )
    heading = "settings:" if option == "--set" else f"settings of {option}:"
    listed = "\n".join([heading, *map(_help_line, properties.items())])
    parser.epilog = f"{parser.epilog}\n\n{listed}" if parser.epilog else listed
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def parse_settings(
    words: Sequence[str],
    block: str,
    defaults: Mapping[str, Any] | None = None,
    option: str = "--set",
) -> dict[str, Any]:
    """Turn the words of `option` into a checked block with defaults filled in.

    Raises
    ------
    InputError
        A word is not ``KEY=VALUE``, or the schema does not allow the block.
    """
    values = dict(defaults or {})
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise InputError(f"{option} {word}: write KEY=VALUE")
        try:
            values[key] = json.loads(text)
        except json.JSONDecodeError:
            values[key] = text
    return check_block(values, load_block(block), option)


def resolve(schema: Schema) -> Schema:
    """Follow a reference to a block of the schema's ``$defs``."""
    reference = schema.get("$ref")
    return load_block(reference.rpartition("/")[2]) if reference else schema


def _properties(schema: Schema) -> dict[str, Schema]:
    return {key: resolve(value) for key, value in schema.get("properties", {}).items()}


def _with_defaults(value: Any, schema: Schema) -> Any:
    schema = resolve(schema)
    if not isinstance(value, dict):
        return value
    # Known keys get the order of the schema, because the order in the config file has no meaning.
    filled = {}
    for key, part in _properties(schema).items():
        if key in value or "default" in part:
            filled[key] = _with_defaults(value.get(key, part.get("default")), part)
    extra = schema.get("additionalProperties")
    extra = extra if isinstance(extra, dict) else {}
    others = {k: _with_defaults(v, extra) for k, v in value.items() if k not in filled}
    return filled | others


def _explain(error: jsonschema.ValidationError, where: str) -> str:
    path = ".".join([*([where] if where else []), *map(str, error.path)])
    schema: Any = error.schema
    instance: Any = error.instance
    expected: Any = error.validator_value
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties", {})
            key = next(k for k in instance if k not in known)
            nearest = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"did you mean '{nearest[0]}'?" if nearest else f"known keys: {', '.join(known)}"
            return f"{_dotted(path, key)}: unknown key; {hint}"
        case "required":
            key = next(k for k in expected if k not in instance)
            return f"{_dotted(path, key)}: missing; it is required"
        case "enum":
            allowed = ", ".join("null" if v is None else str(v) for v in expected)
            return f"{path}: is {instance!r}; it may be one of: {allowed}"
        case "type":
            allowed = expected if isinstance(expected, str) else " or ".join(expected)
            # YAML reads 1e-2 as text
            hint = ", such as 1.0e-2" if "number" in allowed else ""
            return f"{path}: is {instance!r}; it must be of type {allowed}{hint}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            bound = {
                "minimum": "at least",
                "maximum": "at most",
                "exclusiveMinimum": "greater than",
                "exclusiveMaximum": "less than",
            }[error.validator]
            return f"{path}: is {instance!r}; it must be {bound} {expected}"
        case "contains":
            return f"{path}: is {instance!r}; it must contain '{expected['const']}'"
        case "pattern" if "</" in expected:  # a text that is shown
            return f"{path}: is {instance!r}; it must be one line of text, without '</'"
        case "pattern":  # a word in place of a number
            return f"{path}: is {instance!r}; it must be a number or '{expected.strip('^$')}'"
        case _:
            return f"{path}: {error.message}"


def _dotted(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def _help_line(item: tuple[str, Schema]) -> str:
    key, schema = item
    default = f" (default {json.dumps(schema['default'])})" if "default" in schema else ""
    return f"  {key}: {schema.get('description', '')}{default}"
