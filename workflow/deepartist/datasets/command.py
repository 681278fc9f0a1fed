"""What the loaders have in common: the command line, and saying what is missing or left out."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.manifest import tidy, write_manifest
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing


def parse_arguments(kind: str, argv: Sequence[str] | None) -> tuple[dict, Path]:
    """Read a loader's command line.

    Parameters
    ----------
    kind : str
        Kind of data set; its settings are the schema's block ``dataset_<kind>``.
    argv : sequence of str or None
        The words, or None for those of the process.

    Returns
    -------
    settings : dict
        The block, checked, defaults filled in.
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
    add_settings_option(parser, f"dataset_{kind}")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, f"dataset_{kind}")
    if "path" not in settings:
        raise InputError(f"path: missing; a data set of kind '{kind}' needs it")
    return settings, args.manifest


def save(manifest: pd.DataFrame, path: Path) -> None:
    """Write a manifest, whole or not at all."""
    with replacing(path) as partial:
        write_manifest(manifest, partial)


def require(path: Path, kind: str, expected: str) -> Path:
    """Return `path` where it exists, or else raise InputError with what is expected there."""
    if not path.exists():
        raise InputError(f"{path}: not found; the data set kind '{kind}' expects {expected} there")
    return path


def require_file(path: Path, kind: str, expected: str) -> Path:
    """Return `path` where it is a file, or else raise InputError with what is expected there."""
    if not require(path, kind, expected).is_file():  # a pipe would be waited on for ever
        raise InputError(f"{path}: is not a file; the data set kind '{kind}' expects {expected}")
    return path


def report(what: str, names: Sequence[str]) -> None:
    """Say on stderr how many there are of something unwelcome, and name the first of them."""
    if names:
        more = ", …" if len(names) > 3 else ""
        print(f"{len(names)} {what}: {', '.join(map(tidy, names[:3]))}{more}", file=sys.stderr)
