"""Files of song labels: reading and checking them, and joining them with features."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist.datasets.manifest import (
    MAX_NAME_LENGTH,
    MAX_TEXT_LENGTH,
    SPLITS,
    check_ids_and_splits,
)
from deepartist.files.csv_files import read_csv
from deepartist.process.errors import InputError

LABEL_COLUMNS = ("clip_id", "label", "split")
ARTIST_COLUMN = "artist"  # may be missing, and empty for songs whose artist is not known


def read_labels(path: Path, label: str = "label", *, complete: bool = True) -> pd.DataFrame:
    """Read the labels of songs; other columns of the file are ignored.

    Parameters
    ----------
    path : Path
        A CSV file with a header: `clip_id`, `label` (such as a genre or an artist), `split` (train,
        valid or test) and, if known, `artist` (a name or an id). Blanks around names of columns,
        labels and splits do not count, nor does the case of names of columns.
    label : str
        Another column than `label` to take the labels from.
    complete : bool
        Whether every song must have a label and a split. Otherwise both may be empty, and there
        need be no column `split`.

    Returns
    -------
    pd.DataFrame [columns=LABEL_COLUMNS and, if the file has it, ARTIST_COLUMN; dtype=str]
        Sorted by clip_id, so that results do not depend on the order of the file.

    Raises
    ------
    InputError
        The file cannot be read, a column, clip_id or label is missing, a clip_id or label is too
        long or broken by a line break, a clip_id occurs twice, or a split is unknown.
    """
    label = label.strip().casefold()  # as the names of columns are compared
    required = ["clip_id", label, *(["split"] if complete else [])]
    found = read_csv(
        path,
        required,
        "labels",
        exact=False,
        optional=[column for column in ("split", ARTIST_COLUMN) if column not in required],
        former_names={"label": "genre"},
    )
    table = found[["clip_id"]].assign(label=found[label], split=found.get("split", default=""))
    if ARTIST_COLUMN in found.columns:
        table[ARTIST_COLUMN] = found[ARTIST_COLUMN].str.strip()
    # A clip_id stays as it is, for it must equal one of the features.
    for column in ("label", "split"):
        table[column] = table[column].str.strip()
    for column, longest in (("clip_id", MAX_NAME_LENGTH), ("label", MAX_TEXT_LENGTH)):
        lengths = table[column].str.len().to_numpy()
        if not lengths.all() and (complete or column == "clip_id"):
            row = int(lengths.argmin()) + 1
            raise InputError(f"{path}: row {row} has no {column}; fill it in or remove the row")
        if (lengths > longest).any():
            row = int(lengths.argmax())
            raise InputError(
                f"{path}: row {row + 1} has a {column} of {lengths[row]} characters; shorten it to "
                f"{longest} (it begins with {table[column].iloc[row][:40]!r})"
            )
    check_ids_and_splits(table, path, SPLITS if complete else [*SPLITS, ""])
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
        No clip has both features and a label, or all songs (or all training songs) that have both
        have the same label, for which any features would score 1.
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
    _require_two_labels(label, "songs")
    _require_two_labels(label[split == "train"], "training songs")
    return ids, embedding[position[known]], label, split


def _require_two_labels(labels: np.ndarray, what: str) -> None:
    if len(labels) and (labels == labels[0]).all():
        raise InputError(
            f"all {len(labels)} {what} have the label {str(labels[0])!r}; scores need songs of two "
            "labels or more"
        )
