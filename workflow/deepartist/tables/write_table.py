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
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.scores.vectors import add_vectors_option
from deepartist.tables.forms import add_out_option, check_forms, write_forms
from deepartist.tables.layout import (
    format_csv_by_dataset,
    format_csv_by_method,
    lay_out_by_dataset,
    lay_out_by_method,
    lay_out_published,
)
from deepartist.tables.published import check_paper_rows, read_published
from deepartist.tables.table_rows import select_methods, select_rows
from deepartist.tables.table_scores import TABLES
from deepartist.tables.text import to_markdown

KINDS = ("basic", "siamese", "tag")


def parse_kinds(words: Sequence[str]) -> dict[str, str]:
    """Read words ``MODEL=KIND``; raise InputError if one has another form."""
    kinds = {}
    for word in words:
        model, _, kind = word.partition("=")
        if not model or kind not in KINDS:
            raise InputError(f"--kinds {word}: write MODEL=KIND; a kind is {', '.join(KINDS)}")
        kinds[model] = kind
    return kinds


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
    add_vectors_option(parser)
    parser.add_argument(
        "--kinds",
        nargs="*",
        default=[],
        metavar="MODEL=KIND",
        help="encoders of 5,000 artists that were trained elsewhere: the paper's figures of their "
        "kind stand beside them",
    )
    parser.add_argument(
        "--synthesised",
        nargs="*",
        default=[],
        metavar="DATASET",
        help="data sets of synthesised music: published figures stand in a table of their own",
    )
    add_out_option(parser)
    args = parser.parse_args(argv)
    check_forms(args.out)
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
    all_scores, left_out = read_scores(args.scores), parse_left_out(args.left_out)
    if args.number == 4:
        methods, scores = select_methods(all_scores, args.models, datasets, left_out, args.vectors)
        table = lay_out_by_method(scores, methods, titles, paper_rows, published)
        csv = format_csv_by_method(scores, methods, datasets, paper_rows, published)
    else:
        rows = select_rows(all_scores, args.number, args.models, titles_of, left_out, args.vectors)
        table = lay_out_by_dataset(
            [row.scores for row in rows],
            args.number,
            args.models,
            [row.title for row in rows],
            [None if row.dataset in args.synthesised else row.paper_row for row in rows],
            published,
            [row.second_line for row in rows],
            [row.vectors for row in rows],
            parse_kinds(args.kinds),
        )
        csv = format_csv_by_dataset(
            [row.scores for row in rows],
            args.models,
            [row.dataset for row in rows],
            [row.vectors for row in rows],
        )
    below = lay_out_published(args.number, list(filter(None, rows_below)), published)
    tables = [table] if below is None else [table, below]
    write_forms(args.out, csv, tables)
    print(to_markdown(*tables))


if __name__ == "__main__":
    stage.run(main)
