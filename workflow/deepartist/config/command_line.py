"""What a user gives Snakemake on the command line: a config file, and values by ``--config``."""

import copy
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.config.kinds import KINDS
from deepartist.config.run import Config, expand_path
from deepartist.config.settings import Schema, dataset_block, find_errors, load_block, load_schema
from deepartist.process.errors import InputError


def require_one_file(config_files: Sequence[str | Path]) -> Path:
    """Return the one config file of a run; raise InputError if there are several.

    Snakemake would merge them, and a relative path would not say which of them it starts from.
    """
    if len(config_files) > 1:
        raise InputError(
            f"{len(config_files)} config files are given ({', '.join(map(str, config_files))}); "
            "relative paths start from the config file, so give one that holds everything"
        )
    return Path(config_files[0])


def read_given(config: Config, given: Config | None) -> Config:
    """Read the values of ``--config`` as they would be read in a config file.

    Snakemake reads a number or a truth value as such only if it stands alone, as in ``x=1``. Within
    brackets it makes text of it: of ``seeds=[0,1]`` it makes ``["0", "1"]``.

    Parameters
    ----------
    config : Config
        The config, with the given values in it.
    given : Config or None
        The values of ``--config`` alone.

    Returns
    -------
    dict
        A copy of the config. Text that was given and that the schema does not allow in its place is
        replaced by the number or truth value that it spells.

    Raises
    ------
    InputError
        A relative path is given. It would start from the folder of the config file, not from the
        current one.
    """
    config = copy.deepcopy(config)
    if not given:
        return config
    _read_texts(config, load_schema(), given)
    for name, block in _blocks(given, "datasets"):
        kind = config["datasets"][name].get("kind")
        if kind in KINDS:
            schema = load_block(dataset_block(kind))
            _read_texts(config["datasets"][name], schema, block)
            for key in KINDS[kind].path_keys:
                _require_absolute(f"datasets.{name}.{key}", block.get(key))
    for name, files in _blocks(given, "features"):
        for target, path in files.items():
            _require_absolute(f"features.{name}.{target}", path)
    for name, block in _blocks(given, "pretrained"):
        if block.get("model") not in KNOWN_ENCODERS:
            _require_absolute(f"pretrained.{name}.model", block.get("model"))
    return config


def _blocks(given: Config, key: str) -> list[tuple[str, Config]]:
    blocks = given.get(key)
    named = blocks.items() if isinstance(blocks, dict) else ()
    return [(name, block) for name, block in named if isinstance(block, dict)]


def _read_texts(values: Config, schema: Schema, given: Config) -> None:
    """Replace each text of `given` that the schema does not allow by what it spells, in place."""
    for error in find_errors(values, schema):
        keys, text = list(error.absolute_path), error.instance
        if not isinstance(text, str) or _look_up(given, keys) != text:
            continue
        value = _read(text)
        if isinstance(value, bool | int | float) or value is None:
            _look_up(values, keys[:-1])[keys[-1]] = value


def _look_up(values: Any, keys: Sequence[str | int]) -> Any:
    """Follow keys into nested blocks and lists; return None where they lead nowhere."""
    for key in keys:
        try:
            values = values[key]
        except (KeyError, IndexError, TypeError):
            return None
    return values


def _read(text: str) -> Any:
    value: Any = text
    with suppress(yaml.YAMLError):
        value = yaml.safe_load(text)
    if value == text:  # YAML reads 1e-2 as text
        with suppress(ValueError):
            value = json.loads(text)
    return value


def _require_absolute(where: str, text: object) -> None:
    if isinstance(text, str) and not expand_path(where, text).is_absolute():
        raise InputError(
            f"{where}: {text} is given on the command line, and relative paths start from the "
            "config file; give the whole path"
        )
