"""Tables 1 to 3 in the paper's shape: a row for each data set, a column for each model.

``python -m deepartist.tables`` writes one of them, as CSV and as Markdown.
"""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist import stage
from deepartist.errors import InputError
from deepartist.files import replacing
from deepartist.rows import add_rows_option, parse_rows
from deepartist.scores import read_scores

PUBLISHED_PATH = Path(__file__).with_name("published.csv")

# number: (task, variant, caption)
TABLES = {
    1: ("map", "all", "Mean average precision of song retrieval by similarity."),
    2: ("knn", "test", "Classification accuracy of the k nearest neighbours."),
    3: ("softmax", "test", "Classification accuracy of a linear softmax."),
}
INTERVALS = "In brackets: 95 % bootstrap interval over songs. Bold: highest of the row."
SEEDS = (
    "Where a model was trained with several seeds, value and interval are means over them; in "
    "parentheses: lowest and highest value of a seed."
)
PAPER = (
    "In italics: the paper's own figures, from models of 5,000 artists of the Million Song Dataset."
)


@dataclass(frozen=True)
class Cell:
    """A value between 0 and 1, its interval, and its range over seeds."""

    value: float
    ci_low: float
    ci_high: float
    lowest: float
    highest: float
    seeds: int


def make_table(
    scores: pd.DataFrame, number: int, models: Sequence[str], datasets: Sequence[str]
) -> list[list[Cell]]:
    """Pick the scores of one table.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns task, dataset, model, seed, variant, value, ci_low, ci_high.
    number : {1, 2, 3}
    models, datasets : sequence of str
        Columns and rows, in order.

    Returns
    -------
    list of list of Cell
        A list for each data set, a cell for each model: means over seeds.

    Raises
    ------
    InputError
        A score is missing or not finite.
    """
    task, variant, _ = TABLES[number]
    chosen = scores[(scores["task"] == task) & (scores["variant"] == variant)]
    return [
        [
            _make_cell(
                chosen[(chosen["dataset"] == dataset) & (chosen["model"] == model)],
                f"table {number}: task '{task}' ({variant}), data set '{dataset}', model '{model}'",
            )
            for model in models
        ]
        for dataset in datasets
    ]


def format_markdown(
    cells: Sequence[Sequence[Cell]],
    number: int,
    models: Sequence[str],
    titles: Sequence[str],
    paper_rows: Sequence[str | None],
    published: Mapping[tuple[str, str], float],
) -> str:
    """Lay a table out as Markdown.

    Parameters
    ----------
    cells : sequence of sequence of Cell
        From `make_table`.
    number : {1, 2, 3}
    models : sequence of str
        Those named ``<kind>-…`` have a figure in the paper if the kind is basic, siamese or tag.
    titles : sequence of str
        Name of each row.
    paper_rows : sequence of str or None
        For each row, that of the paper to print below it.
    published : mapping of (row, kind) to float
        From `read_published`.

    Returns
    -------
    str

    Raises
    ------
    InputError
        The paper has no such row.
    """
    lines = [["", *map(_escape, models)]]
    for row, title, paper_row in zip(cells, titles, paper_rows, strict=True):
        best = max(round(cell.value, 4) for cell in row)
        lines.append([_escape(title), *(_format_cell(cell, best) for cell in row)])
        if paper_row is not None:
            lines.append(_format_paper_row(paper_row, models, published))
    notes = [INTERVALS]
    if any(cell.seeds > 1 for row in cells for cell in row):
        notes.append(SEEDS)
    if any(paper_row is not None for paper_row in paper_rows):
        notes.append(PAPER)
    caption = f"**Table {number}.** {TABLES[number][2]}"
    return "\n\n".join([caption, _align(lines), *notes]) + "\n"


def format_csv(
    cells: Sequence[Sequence[Cell]], models: Sequence[str], datasets: Sequence[str]
) -> str:
    """Lay a table out as CSV: ``dataset,<model>…``, values with four decimals."""
    table = pd.DataFrame([[cell.value for cell in row] for row in cells], datasets, models)
    return table.to_csv(index_label="dataset", float_format="%.4f", lineterminator="\n")


def read_published(number: int) -> dict[tuple[str, str], float]:
    """Read the paper's figures of one table, by row and kind of model."""
    figures = pd.read_csv(PUBLISHED_PATH)
    figures = figures[figures["table"] == number]
    keys = zip(figures["row"], figures["model"], strict=True)
    return dict(zip(keys, figures["value"], strict=True))


def _make_cell(rows: pd.DataFrame, where: str) -> Cell:
    if rows.empty:
        raise InputError(f"{where}: no score; evaluate this model on this data set")
    numbers = rows[["value", "ci_low", "ci_high"]].apply(pd.to_numeric, errors="coerce")
    if not np.isfinite(numbers.to_numpy(float)).all():
        raise InputError(f"{where}: the score is not finite; evaluate this model again")
    means = numbers.mean()
    return Cell(
        value=float(means["value"]),
        ci_low=float(means["ci_low"]),
        ci_high=float(means["ci_high"]),
        lowest=float(numbers["value"].min()),
        highest=float(numbers["value"].max()),
        seeds=len(rows),
    )


def _format_cell(cell: Cell, best: float) -> str:
    value = f"{cell.value:.4f}"
    text = f"**{value}**" if round(cell.value, 4) == best else value
    text += f" [{cell.ci_low:.4f}, {cell.ci_high:.4f}]"
    return text + (f" ({cell.lowest:.4f}–{cell.highest:.4f})" if cell.seeds > 1 else "")


def _format_paper_row(
    paper_row: str, models: Sequence[str], published: Mapping[tuple[str, str], float]
) -> list[str]:
    known = dict.fromkeys(row for row, _ in published)
    if paper_row not in known:
        raise InputError(f"paper_row '{paper_row}': the paper's rows are {', '.join(known)}")
    figures = [published.get((paper_row, model.partition("-")[0])) for model in models]
    texts = ["–" if figure is None else f"*{figure:.4f}*" for figure in figures]
    return [f"*paper: {_escape(paper_row)}*", *texts]


def _align(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(map(str.ljust, line, widths)) + " |"
        for line in [lines[0], rule, *lines[1:]]
    )


def _escape(text: str) -> str:
    """Keep a name on one line, within its cell and without markup."""
    return re.sub(r"([\\|*`\[\]<>&])", r"\\\1", " ".join(text.split()))


def main(argv: Sequence[str] | None = None) -> None:
    """Write one table: all values are fractions between 0 and 1."""
    parser = argparse.ArgumentParser(prog="python -m deepartist.tables", description=main.__doc__)
    parser.add_argument("--number", type=int, choices=TABLES, required=True, help="of the table")
    parser.add_argument("--scores", type=Path, required=True, help="CSV of deepartist.scores")
    parser.add_argument("--models", nargs="+", required=True, help="columns, such as siamese-5000")
    add_rows_option(parser)
    parser.add_argument("--csv", type=Path, required=True, help="CSV to write")
    parser.add_argument("--markdown", type=Path, required=True, help="Markdown file to write")
    args = parser.parse_args(argv)
    rows = parse_rows(args.rows)
    cells = make_table(read_scores(args.scores), args.number, args.models, list(rows))
    markdown = format_markdown(
        cells,
        args.number,
        args.models,
        [row["title"] for row in rows.values()],
        [row["paper_row"] for row in rows.values()],
        read_published(args.number),
    )
    with replacing(args.csv) as partial:
        partial.write_text(format_csv(cells, args.models, list(rows)), encoding="utf-8")
    with replacing(args.markdown) as partial:
        partial.write_text(markdown, encoding="utf-8")
    print(markdown)


if __name__ == "__main__":
    stage.run(main)
