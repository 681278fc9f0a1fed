"""The argument types of commands that write to a file named by the user."""

import argparse
import stat
from collections.abc import Callable
from pathlib import Path

FEATURE_SUFFIXES = (".npz", ".parquet", ".csv")


def output_file(text: str) -> Path:
    """Parse the path of an output file; a folder is refused here, before any work is done."""
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder; name a file")
    return Path(text)


def file_ending_in(*suffixes: str) -> Callable[[str], Path]:
    """Make a parser of the path of an output file that must have one of these endings.

    The first is the one that is named where another is given.
    """

    def parse(text: str) -> Path:
        path = output_file(text)
        if path.suffix.lower() not in suffixes:
            raise argparse.ArgumentTypeError(f"{text} does not end in {suffixes[0]}")
        return path

    return parse


def features_file(text: str) -> Path:
    """Parse the path of an output file of features, whose format is that of its ending.

    A name without an ending is allowed, because pipes and ``/dev/fd/1`` have none. So is any name
    of a pipe or a device.
    """
    path = output_file(text)
    if path.suffix and path.suffix.lower() not in FEATURE_SUFFIXES and not _is_special(path):
        raise argparse.ArgumentTypeError(
            f"{text} ends in {path.suffix}; name a file that ends in .npz, .parquet or .csv"
        )
    return path


def _is_special(path: Path) -> bool:
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)
