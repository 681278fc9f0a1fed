"""The manifest: one row per clip, the same for every data set."""

import re
from pathlib import Path

import pandas as pd

from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.process.errors import InputError

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
TEXT_COLUMNS = ("artist_id", "artist", "album_id", "title", "genre")
SPLITS = ("train", "valid", "test")
# Control characters, and what stands for bytes that are no UTF-8.
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def tidy(text: str) -> str:
    """Make white space of any kind, and all that is `NOT_TEXT`, single spaces between words."""
    return " ".join(NOT_TEXT.sub(" ", text).split())


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
        The texts and each of the tags are made tidy, so that a stray line break in them breaks
        neither the CSV nor a label in two.

    Raises
    ------
    InputError
        No rows, a missing or repeated clip_id, a missing path, one of these that is not text, or an
        unknown split.
    """
    table = pd.DataFrame(list(rows), columns=COLUMNS, dtype=object).fillna("")
    table = table.astype(pd.StringDtype("python"))  # that of Arrow takes no more than UTF-8
    for column in TEXT_COLUMNS:
        table[column] = table[column].map(tidy)
    table["tags"] = table["tags"].map(_tidy_tags)
    if table.empty:
        raise InputError("the data set: no clips found")
    table = _check(table, "the data set").astype(str)
    return table.sort_values("clip_id", ignore_index=True)


def write_manifest(manifest: pd.DataFrame, path: Path) -> None:
    """Write a manifest as CSV (UTF-8, a header, no index)."""
    manifest.to_csv(path, index=False, lineterminator="\n")


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest; every column is text and an empty field is the empty string."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False).fillna("")  # a row cut short
    except (OSError, ValueError) as error:  # of pandas, ParserError and EmptyDataError are values
        raise InputError(
            f"{path}: cannot be read as a CSV file: {' '.join(str(error).split())}"
        ) from error
    if tuple(table.columns) != COLUMNS:
        raise InputError(
            f"{path}: columns are {', '.join(table.columns)}; a manifest has {', '.join(COLUMNS)}"
        )
    return _check(table, str(path))


def _tidy_tags(tags: str) -> str:
    return TAG_SEPARATOR.join(filter(None, map(tidy, tags.split(TAG_SEPARATOR))))


def _check(table: pd.DataFrame, where: str) -> pd.DataFrame:
    for column in ("clip_id", "path"):
        if (table[column] == "").any():
            row = int((table[column] == "").to_numpy().argmax()) + 1
            raise InputError(f"{where}: row {row} has no {column}")
        is_unfit = table[column].str.contains(NOT_TEXT)
        if is_unfit.any():
            row = int(is_unfit.to_numpy().argmax())
            raise InputError(
                f"{where}: row {row + 1} has {column} {table[column].iloc[row]!a}; "
                "rename it without control characters"
            )
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
