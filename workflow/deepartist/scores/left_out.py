"""Features that are left out on a data set, which rules pass on the command line."""

import argparse
from collections.abc import Sequence

from deepartist.process.errors import InputError


def add_left_out_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--left-out MODEL:DATASET …``, whose words `parse_left_out` reads."""
    parser.add_argument(
        "--left-out",
        nargs="*",
        default=[],
        metavar="MODEL:DATASET",
        help="features to leave out on a data set, because they have no file for it",
    )


def parse_left_out(words: Sequence[str]) -> set[tuple[str, str]]:
    """Read words ``MODEL:DATASET``; raise InputError if one has another form."""
    pairs = [word.split(":") for word in words]
    for word, pair in zip(words, pairs, strict=True):
        if len(pair) != 2 or not all(pair):
            raise InputError(f"--left-out {word}: write MODEL:DATASET")
    return {(model, dataset) for model, dataset in pairs}
