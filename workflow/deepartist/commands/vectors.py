"""The option of commands that compare the songs of a library."""

import argparse

from deepartist.config.vectors import ADAPTED, BALANCED, EMBEDDING, MULTILEVEL


def add_vectors_option(command: argparse.ArgumentParser, *, with_adapted: bool = True) -> None:
    """Add ``--vectors``.

    Adapted vectors have learned from the artists of the library's songs. Who asks how well these
    artists are named must not use them.
    """
    adapted = "; or these, adapted to tell the library's artists apart" if with_adapted else ""
    command.add_argument(
        "--vectors",
        choices=(EMBEDDING, MULTILEVEL, BALANCED, *([ADAPTED] if with_adapted else [])),
        default=BALANCED,
        help="the last layer's output; the maxima of all blocks; or these with all blocks alike, "
        f"without what all songs share{adapted} (default: balanced)",
    )
