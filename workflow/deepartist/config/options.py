"""The option table of docs/options.md, made from the config schema.

``python -m deepartist.config.options docs/options.md`` writes it between the two marks there.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from deepartist.config.settings import Schema, load_schema, resolve
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"


def option_table() -> str:
    """Describe every key of a config as a Markdown table."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, schema in _all_options():
        default = f"`{json.dumps(schema['default'])}`" if "default" in schema else "–"
        lines.append(f"| `{key}` | {default} | {_meaning(schema)} |")
    return "\n".join(lines)


def put_table(text: str, table: str, marks: tuple[str, str] = (BEGIN, END)) -> str:
    """Replace the text between the two marks; raise InputError if a mark is missing."""
    begin, end = marks
    before, has_begin, rest = text.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (has_begin and has_end):
        raise InputError(f"no marks for the table: put '{begin}' and '{end}' on lines of their own")
    return f"{before}{begin}\n{table}\n{end}{after}"


def _all_options() -> Iterator[tuple[str, Schema]]:
    schema = load_schema()
    for key, value in schema["properties"].items():
        if key == "datasets":
            yield key, value
            kinds = {n: b for n, b in schema["$defs"].items() if n.startswith("dataset_")}
            shared = {
                k for block in kinds.values() for k, v in block["properties"].items() if "$ref" in v
            }
            for name in sorted(shared):
                yield f"datasets.<name>.{name}", schema["$defs"][name]
            for name, block in kinds.items():
                kind = name.removeprefix("dataset_")
                own = {k: v for k, v in block["properties"].items() if k not in {"kind", *shared}}
                yield from _options(f"datasets.<{kind}>", own)
        elif key in ("targets", "pretrained"):
            yield key, value
            block = resolve(value["additionalProperties"])
            yield from _options(f"{key}.<name>", block["properties"])
        elif key == "training":
            same = resolve(value["properties"]["tag"])["properties"]
            yield from _options("training.<kind>", same)
            for kind in ("basic", "siamese"):
                block = resolve(value["properties"][kind])["properties"]
                own = {k: v for k, v in block.items() if same.get(k) != v}
                yield from _options(f"training.{kind}", own)
        elif "properties" in resolve(value):
            yield from _options(key, resolve(value)["properties"])
        else:
            yield key, value


def _options(prefix: str, properties: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    for key, value in properties.items():
        yield f"{prefix}.{key}", resolve(value)


def _meaning(schema: Schema) -> str:
    choices = schema.get("enum") or schema.get("items", {}).get("enum")
    text = schema["description"].replace("|", "\\|")
    shown = ["`null`" if choice is None else f"`{choice}`" for choice in choices or ()]
    return f"{text} One of {', '.join(shown)}." if shown else text


def main(argv: Sequence[str] | None = None) -> None:
    """Write the table of all config keys into a Markdown file."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.config.options", description=main.__doc__
    )
    parser.add_argument("file", type=Path, help="Markdown file with the two marks")
    args = parser.parse_args(argv)
    text = put_table(args.file.read_text(encoding="utf-8"), option_table())
    with replacing(args.file) as partial:
        partial.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    stage.run(main)
