"""The vectors that scores are of, which rules pass on the command line."""

import argparse

from deepartist.config.vectors import EMBEDDING


def add_vectors_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--vectors NAME …``; without it, only the embedding is shown."""
    parser.add_argument(
        "--vectors",
        nargs="+",
        default=[EMBEDDING],
        metavar="NAME",
        help="vectors whose scores are shown, in this order (default: embedding)",
    )


def describe_vectors(name: str, vectors: str) -> str:
    """Name a data set or model, and the vectors unless they are the embedding."""
    return name if vectors == EMBEDDING else f"{name}, {vectors}"
