"""Table 6: the prediction of tags, as CSV, Markdown, LaTeX and HTML."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.process import stage
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.scores.vectors import add_vectors_option
from deepartist.tables.forms import add_out_option, check_forms, write_forms
from deepartist.tables.tagging import format_csv, lay_out, select_blocks
from deepartist.tables.text import to_markdown


def main(argv: Sequence[str] | None = None) -> None:
    """Write table 6: all values are between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.tables.tabulate_tags", description=main.__doc__
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="in order: siamese-5000 …")
    add_titles_option(parser)
    add_left_out_option(parser)
    add_vectors_option(parser)
    add_out_option(parser)
    args = parser.parse_args(argv)
    check_forms(args.out)
    scores, left_out = read_scores(args.scores), parse_left_out(args.left_out)
    blocks = select_blocks(scores, args.models, parse_titles(args.titles), left_out, args.vectors)
    table = lay_out(blocks, args.models)
    write_forms(args.out, format_csv(blocks, args.models), [table])
    print(to_markdown(table))


if __name__ == "__main__":
    stage.run(main)
