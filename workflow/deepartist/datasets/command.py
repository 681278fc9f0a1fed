"""What all loaders share: the command line, checks of paths, and reports on stderr."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from deepartist.config.settings import add_settings_option, dataset_block, parse_settings
from deepartist.datasets.manifest import tidy, write_manifest
from deepartist.process.counts import counted
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing


def parse_arguments(kind: str, argv: Sequence[str] | None) -> tuple[dict[str, Any], Path]:
    """Read a loader's command line.

    Parameters
    ----------
    kind : str
        Kind of data set. Its settings are the block ``dataset_<kind>`` of the schema, or the block
        ``dataset`` if the kind has none of its own.
    argv : sequence of str or None
        The arguments; None: those of the process.

    Returns
    -------
    settings : dict
        The settings, checked, with defaults filled in.
    manifest_path : Path
        The CSV to write.

    Raises
    ------
    InputError
        A setting is wrong, or there is no `path`.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m deepartist.datasets.{kind}",
        description=f"Write the manifest of a data set of kind '{kind}'.",
    )
    parser.add_argument("--manifest", type=Path, required=True, help="CSV to write")
    add_settings_option(parser, dataset_block(kind))
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, dataset_block(kind))
    if "path" not in settings:
        raise InputError(f"path: missing; a data set of kind '{kind}' needs it")
    return settings, args.manifest


def save(manifest: pd.DataFrame, path: Path) -> None:
    """Write a manifest; an interrupted write leaves no file."""
    with replacing(path) as partial:
        write_manifest(manifest, partial)


def require(path: Path, kind: str, expected: str) -> Path:
    """Return `path` if it exists; otherwise raise InputError that says what is expected there."""
    if not path.exists():
        raise InputError(f"{path}: not found; the data set kind '{kind}' expects {expected} there")
    return path


def require_file(path: Path, kind: str, expected: str) -> Path:
    """Return `path` if it is a file; otherwise raise InputError that says what is expected."""
    if not require(path, kind, expected).is_file():  # opening a named pipe would block forever
        raise InputError(f"{path}: is not a file; the data set kind '{kind}' expects {expected}")
    return path


def report(noun: str, about: str, names: Sequence[str]) -> None:
    """Report on stderr how many songs or files were left out or missing; name the first three.

    ``3 songs without a clip: a, b, c`` has the noun ``song``.
    """
    if names:
        more = ", …" if len(names) > 3 else ""
        named = ", ".join(map(tidy, names[:3]))
        print(f"{counted(len(names), noun)} {about}: {named}{more}", file=sys.stderr)
