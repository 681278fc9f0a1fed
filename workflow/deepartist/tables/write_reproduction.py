"""The reproduction: each figure of the paper that a run can compute again, beside ours."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.process import stage
from deepartist.scores.gather_scores import read_scores
from deepartist.tables.forms import add_out_option, check_forms, write_forms
from deepartist.tables.published import check_paper_rows, read_published
from deepartist.tables.readings import compare_readings, parse_reproduced
from deepartist.tables.text import Cell, Table

CAPTION = "The paper's figures and ours."
NOTES = (
    "Paper: the figure of the paper's table. Ours: this run's score, in brackets its 95 % "
    "interval. Difference: ours minus the paper's.",
    "The first reading of each cell, upright, is the one of tables 1 to 4. The others, in italics, "
    "are what else the paper's sentences could mean. Bold: the reading that is closest to the "
    "paper's figure.",
    "By the names of their files, released encoders of 5,000 artists are the models of the paper's "
    "tables 1 to 3, and those of 10,000 artists the models of its table 4. The authors have not "
    "said so: they may be other trainings.",
    "A paper's figure outside our interval says that model, songs or method differ. One within it "
    "does not prove that they are the same.",
)


def lay_out(compared: pd.DataFrame) -> Table:
    """Lay out the rows of `deepartist.tables.readings.compare_readings` as a table for people."""
    header = ["paper's table", "data set", "model", "reading", "paper", "ours", "difference"]
    header.append("paper's within our interval")
    cells = ["table", "dataset", "model"]
    closest = compared["difference"].abs().groupby([compared[key] for key in cells]).idxmin()
    seen: set[tuple[object, ...]] = set()
    rows = []
    for index, row in compared.iterrows():
        cell = tuple(row[key] for key in cells)
        is_ours = cell not in seen
        seen.add(cell)
        about = [f"Table {row['table']}", row["row"], row["model"]] if is_ours else ["", "", ""]
        setting = f" ({row['setting']})" if row["setting"] else ""
        rows.append(
            [
                *map(Cell, about),
                Cell(f"{row['reading']}{setting}", "" if is_ours else "italic"),
                Cell(f"{row['paper']:.4f}" if is_ours else ""),
                Cell(
                    f"{row['ours']:.4f}",
                    "bold" if index in closest.to_numpy() else "",
                    (f"[{row['ci_low']:.4f}, {row['ci_high']:.4f}]",),
                ),
                Cell(f"{row['difference']:+.4f}"),
                Cell("yes" if row["inside"] else "no"),
            ]
        )
    return Table("R", "reproduction", CAPTION, header, rows, NOTES)


def main(argv: Sequence[str] | None = None) -> None:
    """Write each figure of the paper and ours, for every reading, as CSV, Markdown and HTML."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.tables.write_reproduction", description=main.__doc__
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument(
        "--models",
        nargs="+",
        required=True,
        metavar="MODEL=KIND:ARTISTS",
        help="models that stand for the paper's: basic-5000=basic:5000 …, librosa=svm",
    )
    add_titles_option(parser)
    add_out_option(parser)
    args = parser.parse_args(argv)
    check_forms(args.out)
    titles, published = parse_titles(args.titles), read_published()
    check_paper_rows([named["paper_row"] for named in titles.values()], published)
    models = parse_reproduced(args.models)
    compared = compare_readings(read_scores(args.scores), models, titles, published)
    csv = compared.to_csv(index=False, float_format="%.4f", lineterminator="\n")
    write_forms(args.out, csv, [lay_out(compared)])
    cells = compared.drop_duplicates(["table", "dataset", "model"])
    print(
        f"{args.out[0]}: {len(cells)} figures of the paper, {cells['inside'].sum()} of them within"
    )


if __name__ == "__main__":
    stage.run(main)
