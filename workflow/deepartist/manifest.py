"""The manifest: one row per clip, the same for every data set."""

from pathlib import Path

import pandas as pd

from deepartist.errors import InputError

COLUMNS = (
    "clip_id",
    "path",
    "artist_id",
    "artist",
    "album_id",
    "title",
    "genre",
    "tags",
    "split",
)
TAG_SEPARATOR = "|"
SPLITS = ("train", "valid", "test")


def build_manifest(rows) -> pd.DataFrame:
    """Make a manifest of rows, checked and sorted by clip_id.

    Parameters
    ----------
    rows : iterable of dict
        Keys from `COLUMNS`; `clip_id` and `path` are required, the others are empty where unknown.
        `tags` holds tags separated by ``|``; `split` is train, valid, test or empty.

    Returns
    -------
    pd.DataFrame [columns=COLUMNS, dtype=str]

    Raises
    ------
    InputError
        No rows, a missing or repeated clip_id, a missing path, or an unknown split.
    """
    table = pd.DataFrame(list(rows), columns=COLUMNS, dtype=object).fillna("").astype(str)
    return _check(table, "the data set").sort_values("clip_id", ignore_index=True)


def write_manifest(manifest: pd.DataFrame, path: Path) -> None:
    """Write a manifest as CSV (UTF-8, a header, no index)."""
    manifest.to_csv(path, index=False, lineterminator="\n")


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest; every column is text and an empty field is the empty string."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(table.columns) != COLUMNS:
        raise InputError(
            f"{path}: columns are {', '.join(table.columns)}; a manifest has {', '.join(COLUMNS)}"
        )
    return _check(table, str(path))


def _check(table: pd.DataFrame, where: str) -> pd.DataFrame:
    if table.empty:
        raise InputError(f"{where}: no clips found")
    for column in ("clip_id", "path"):
        if (table[column] == "").any():
            row = int((table[column] == "").to_numpy().argmax()) + 1
            raise InputError(f"{where}: row {row} has no {column}")
    repeated = table["clip_id"][table["clip_id"].duplicated()]
    if len(repeated):
        raise InputError(f"{where}: clip_id '{repeated.iloc[0]}' occurs more than once")
    unknown = table.loc[~table["split"].isin([*SPLITS, ""])]
    if len(unknown):
        first = unknown.iloc[0]
        raise InputError(
            f"{where}: clip '{first.clip_id}' has split '{first.split}'; use {', '.join(SPLITS)}"
        )
    return table
