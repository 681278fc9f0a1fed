"""All scores of a run in one tidy table."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from deepartist.files.csv_files import read_csv
from deepartist.files.json_files import read_json
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.setting import describe_setting

KEY = ["task", "dataset", "model", "seed", "vectors", "variant"]
# `artists` is the number of artists that the interval resamples, 0 if it resamples songs. `setting`
# is what a classifier used or chose on the validation songs, such as `k = 5`; empty if nothing.
COLUMNS = [*KEY, "value", "ci_low", "ci_high", "n", "artists", "setting"]


def gather_scores(paths: Sequence[Path]) -> pd.DataFrame:
    """Read score files into one table.

    Parameters
    ----------
    paths : sequence of Path
        JSON files: ``{"dataset", "model", "seed", "scores": [...]}``.

    Returns
    -------
    pd.DataFrame [columns=COLUMNS]
        A row per score, sorted by task, data set, model, seed, vectors and variant.

    Raises
    ------
    InputError
        A file has another form, or a score occurs twice.
    """
    scores: list[dict[str, Any]] = []
    for path in paths:
        try:
            content = read_json(path)
            about = {"dataset": content["dataset"], "model": content["model"]}
            about["seed"] = int(content["seed"])
            of_file = [{**score, **about} for score in content["scores"]]
            scores += [
                {column: score[column] for column in COLUMNS}
                | {"setting": describe_setting(score["setting"])}
                for score in of_file
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}: not a file of scores ({error!r}); score the features again"
            ) from error
    table = pd.DataFrame(scores, columns=COLUMNS).sort_values(KEY, ignore_index=True)
    repeated = table[table.duplicated(KEY)]
    if len(repeated):
        first = ", ".join(str(repeated.iloc[0][key]) for key in KEY)
        raise InputError(f"the score ({first}) is in more than one file; give each file once")
    return table


def read_scores(path: Path) -> pd.DataFrame:
    """Read the table that this stage writes.

    Returns
    -------
    pd.DataFrame [columns=COLUMNS]
        Columns of values are text if they hold anything but numbers; callers have to check that.

    Raises
    ------
    InputError
        The file cannot be read, or has wrong columns.
    """
    return read_csv(path, COLUMNS, "scores", text=("dataset", "model", "vectors", "setting"))


def main(argv: Sequence[str] | None = None) -> None:
    """Gather scores in one CSV: a row per score, with its interval and the number of songs."""
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
