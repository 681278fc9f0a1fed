"""Files of song labels: reading and checking them, and joining them with features."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist.datasets.manifest import SPLITS
from deepartist.files.csv_files import read_csv
from deepartist.process.errors import InputError

LABEL_COLUMNS = ("clip_id", "label", "split")


def read_labels(path: Path) -> pd.DataFrame:
    """Read the labels of songs; other columns of the file are ignored.

    Parameters
    ----------
    path : Path
        A CSV file with a header: `clip_id`, `label` (such as a genre or an artist), `split` (train,
        valid or test).

    Returns
    -------
    pd.DataFrame [columns=LABEL_COLUMNS, dtype=str]
        Sorted by clip_id, so that results do not depend on the order of the file.

    Raises
    ------
    InputError
        The file cannot be read, a column, clip_id or label is missing, a clip_id occurs twice, or a
        split is unknown.
    """
    table = read_csv(path, (), "labels", exact=False)
    missing = [column for column in LABEL_COLUMNS if column not in table.columns]
    if missing:
        is_old = missing[0] == "label" and "genre" in table.columns
        advice = "; rename the column genre to label" if is_old else ""
        raise InputError(
            f"{path}: no column {missing[0]}; labels have {', '.join(LABEL_COLUMNS)}{advice}"
        )
    table = table[list(LABEL_COLUMNS)]
    for column in ("clip_id", "label"):
        empty = (table[column] == "").to_numpy()
        if empty.any():
            row = int(empty.argmax()) + 1
            raise InputError(f"{path}: row {row} has no {column}; fill it in or remove the row")
    repeated = table["clip_id"][table["clip_id"].duplicated()]
    if len(repeated):
        raise InputError(f"{path}: clip_id '{repeated.iloc[0]}' occurs more than once")
    unknown = table.loc[~table["split"].isin(SPLITS)]
    if len(unknown):
        first = unknown.iloc[0]
        raise InputError(
            f"{path}: clip '{first.clip_id}' has split '{first.split}'; use {', '.join(SPLITS)}"
        )
    return table.sort_values("clip_id", ignore_index=True)


def join(
    clip_id: np.ndarray, embedding: np.ndarray, labels: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Join features and labels, in the order of the labels.

    Features without a label are ignored. Labelled clips without features are left out, and their
    number is reported on stderr.

    Parameters
    ----------
    clip_id : np.ndarray [shape=(n,), dtype=str]
    embedding : np.ndarray [shape=(n, d), dtype=float32]
    labels : pd.DataFrame [columns=LABEL_COLUMNS]

    Returns
    -------
    clip_id : np.ndarray [shape=(m,), dtype=str]
    embedding : np.ndarray [shape=(m, d), dtype=float32]
    label, split : np.ndarray [shape=(m,), dtype=str]

    Raises
    ------
    InputError
        No clip has both features and a label.
    """
    position = pd.Index(clip_id).get_indexer(labels["clip_id"])
    known = position >= 0
    if not known.any():
        raise InputError(
            "features and labels have no clip_id in common; an id in the features is "
            f"'{clip_id[0]}', one in the labels is '{labels['clip_id'].iloc[0]}'"
        )
    if not known.all():
        absent = labels["clip_id"][~known]
        print(
            f"{len(absent)} of {len(labels)} labelled clips have no features and are left out, "
            f"such as '{absent.iloc[0]}'",
            file=sys.stderr,
        )
    kept = labels[known]
    ids, label, split = (kept[column].to_numpy(str) for column in LABEL_COLUMNS)
    return ids, embedding[position[known]], label, split
