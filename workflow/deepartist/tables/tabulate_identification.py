"""Table 5: the identification of artists by a few known songs, as CSV, Markdown, LaTeX and HTML."""

from collections.abc import Sequence

from deepartist.process import stage
from deepartist.tables.identification import format_csv, lay_out, select_blocks
from deepartist.tables.tabulate import tabulate


def main(argv: Sequence[str] | None = None) -> None:
    """Write table 5: all values are fractions between 0 and 1."""
    prog = "python -m deepartist.tables.tabulate_identification"
    tabulate(argv, prog, main.__doc__, select_blocks, lay_out, format_csv)


if __name__ == "__main__":
    stage.run(main)
