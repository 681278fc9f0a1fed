"""Table 6: the prediction of tags, as CSV, Markdown, LaTeX and HTML."""

from collections.abc import Sequence

from deepartist.process import stage
from deepartist.tables.tabulate import tabulate
from deepartist.tables.tagging import format_csv, lay_out, select_blocks


def main(argv: Sequence[str] | None = None) -> None:
    """Write table 6: all values are between 0 and 1."""
    prog = "python -m deepartist.tables.tabulate_tags"
    tabulate(argv, prog, main.__doc__, select_blocks, lay_out, format_csv)


if __name__ == "__main__":
    stage.run(main)
