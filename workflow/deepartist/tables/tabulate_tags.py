"""Table 6: the prediction of tags, as CSV, Markdown, LaTeX and HTML."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.scores.vectors import add_vectors_option
from deepartist.tables.tagging import format_csv, lay_out, select_blocks
from deepartist.tables.text import to_html, to_latex, to_markdown

WRITERS = {".md": to_markdown, ".tex": to_latex, ".html": to_html}


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
    parser.add_argument(
        "--out",
        type=Path,
        nargs="+",
        required=True,
        help="files to write; their endings say in which form: .csv, .md, .tex, .html",
    )
    args = parser.parse_args(argv)
    for path in args.out:
        if path.suffix not in (".csv", *WRITERS):
            raise InputError(f"--out {path}: end it in .csv, {', '.join(WRITERS)}")
    scores, left_out = read_scores(args.scores), parse_left_out(args.left_out)
    blocks = select_blocks(scores, args.models, parse_titles(args.titles), left_out, args.vectors)
    table = lay_out(blocks, args.models)
    for path in args.out:
        is_csv = path.suffix == ".csv"
        text = format_csv(blocks, args.models) if is_csv else WRITERS[path.suffix](table)
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")
    print(to_markdown(table))


if __name__ == "__main__":
    stage.run(main)
