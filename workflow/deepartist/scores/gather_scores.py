"""All scores of a run in one tidy table."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.files.json_files import read_json
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

KEY = ["task", "dataset", "model", "seed", "variant"]
COLUMNS = [*KEY, "value", "ci_low", "ci_high", "n"]


def gather_scores(paths: Sequence[Path]) -> pd.DataFrame:
    """Read score files into one table.

    Parameters
    ----------
    paths : sequence of Path
        JSON files: ``{"dataset", "model", "seed", "scores": [rows]}``.

    Returns
    -------
    pd.DataFrame [columns=COLUMNS]
        A row per score, sorted by task, data set, model, seed and variant.

    Raises
    ------
    InputError
        A file is not of this form, or a score occurs twice.
    """
    records = []
    for path in paths:
        try:
            content = read_json(path)
            about = {"dataset": content["dataset"], "model": content["model"]}
            about["seed"] = int(content["seed"])
            rows = [{**row, **about} for row in content["scores"]]
            records += [{column: row[column] for column in COLUMNS} for row in rows]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: not a file of scores ({error!r}); score the features again"
            ) from error
    table = pd.DataFrame(records, columns=COLUMNS).sort_values(KEY, ignore_index=True)
    repeated = table[table.duplicated(KEY)]
    if len(repeated):
        first = ", ".join(str(repeated.iloc[0][key]) for key in KEY)
        raise InputError(f"the score ({first}) is in more than one file; give each file once")
    return table


def read_scores(path: Path) -> pd.DataFrame:
    """Read the table that this stage writes; raises InputError if it is another one."""
    try:
        # names such as `null` stay text; a value that is no number stays one too, and is seen later
        table = pd.read_csv(path, dtype={"dataset": str, "model": str}, keep_default_na=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as a CSV file: {reason}") from error
    if list(table.columns) != COLUMNS:
        raise InputError(
            f"{path}: columns are {', '.join(table.columns)}; scores have {', '.join(COLUMNS)}"
        )
    return table


def main(argv: Sequence[str] | None = None) -> None:
    """Gather scores in one CSV: task, dataset, model, seed, variant, value, ci_low, ci_high, n."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.gather_scores", description=main.__doc__
    )
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="JSON files")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    args = parser.parse_args(argv)
    table = gather_scores(args.scores)
    with replacing(args.out) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")
    print(f"{args.out}: {len(table)} scores of {len(args.scores)} files")


if __name__ == "__main__":
    stage.run(main)
