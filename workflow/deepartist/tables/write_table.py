"""Tables 1 to 4 in the paper's shape, as CSV, Markdown, LaTeX and HTML.

Tables 1 to 3 have a row for each data set and a column for each model; table 4 has a row for each
method and a column for each data set.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.tables.layout import (
    format_csv_by_dataset,
    format_csv_by_method,
    lay_out_by_dataset,
    lay_out_by_method,
    lay_out_published,
)
from deepartist.tables.published import check_paper_rows, read_published
from deepartist.tables.table_scores import (
    TABLES,
    select_scores,
    select_second_lines,
)
from deepartist.tables.text import to_html, to_latex, to_markdown

WRITERS = {".md": to_markdown, ".tex": to_latex, ".html": to_html}


def main(argv: Sequence[str] | None = None) -> None:
    """Write one table: all values are fractions between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.tables.write_table", description=main.__doc__
    )
    parser.add_argument(
        "--number", type=int, choices=TABLES, required=True, help="number of the table"
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="in order: siamese-5000 …")
    add_titles_option(parser)
    add_left_out_option(parser)
    parser.add_argument(
        "--synthesised",
        nargs="*",
        default=[],
        metavar="DATASET",
        help="data sets of synthesised music: published figures stand in a table of their own",
    )
    parser.add_argument(
        "--out",
        type=Path,
        nargs="+",
        required=True,
        help="files to write: .csv, .md, .tex or .html",
    )
    args = parser.parse_args(argv)
    for path in args.out:
        if path.suffix not in (".csv", *WRITERS):
            raise InputError(f"--out {path}: end it in .csv, {', '.join(WRITERS)}")
    titles_of = parse_titles(args.titles)
    datasets = list(titles_of)
    titles = [titles["title"] for titles in titles_of.values()]
    paper_row_of = {dataset: titles["paper_row"] for dataset, titles in titles_of.items()}
    published = read_published()
    check_paper_rows(list(paper_row_of.values()), published)
    paper_rows = [
        None if dataset in args.synthesised else row for dataset, row in paper_row_of.items()
    ]
    rows_below = [paper_row_of[name] for name in datasets if name in args.synthesised]
    selection = (
        read_scores(args.scores),
        args.number,
        args.models,
        datasets,
        parse_left_out(args.left_out),
    )
    scores = select_scores(*selection)
    if args.number == 4:
        table = lay_out_by_method(scores, args.models, titles, paper_rows, published)
        csv = format_csv_by_method(scores, args.models, datasets, paper_rows, published)
    else:
        second_lines = select_second_lines(*selection)
        table = lay_out_by_dataset(
            scores, args.number, args.models, titles, paper_rows, published, second_lines
        )
        csv = format_csv_by_dataset(scores, args.models, datasets)
    below = lay_out_published(args.number, list(filter(None, rows_below)), published)
    tables = [table] if below is None else [table, below]
    for path in args.out:
        text = csv if path.suffix == ".csv" else WRITERS[path.suffix](*tables)
        with replacing(path) as partial:
            partial.write_text(text, encoding="utf-8")
    print(to_markdown(*tables))


if __name__ == "__main__":
    stage.run(main)
