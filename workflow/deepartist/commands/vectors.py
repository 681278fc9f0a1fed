"""The option of commands that compare the songs of a library."""

import argparse

from deepartist.config.vectors import BALANCED, EMBEDDING, MULTILEVEL


def add_vectors_option(command: argparse.ArgumentParser) -> None:
    """Add ``--vectors``."""
    command.add_argument(
        "--vectors",
        choices=(EMBEDDING, MULTILEVEL, BALANCED),
        default=BALANCED,
        help="the last layer's output; the maxima of all blocks; or these with all blocks alike, "
        "without what all songs share (default: balanced)",
    )
