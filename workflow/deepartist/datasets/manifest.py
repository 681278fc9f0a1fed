"""The manifest: a table with a row per clip and the same columns for every data set."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.files.csv_files import read_csv
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
# Control characters, and surrogates, which stand for bytes that are not UTF-8.
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def tidy(text: str) -> str:
    """Replace white space of any kind, and what matches `NOT_TEXT`, by single spaces."""
    return " ".join(NOT_TEXT.sub(" ", text).split())


def build_manifest(clips: Iterable[Mapping[str, str]]) -> pd.DataFrame:
    """Build a manifest of clips, checked and sorted by clip_id.

    Parameters
    ----------
    clips : iterable of mapping of str to str
        Keys from `COLUMNS`. `clip_id` and `path` are required, the others are empty if unknown.
        `tags` holds tags separated by ``|``; `split` is train, valid, test or empty.

    Returns
    -------
    pd.DataFrame [columns=COLUMNS, dtype=str]
        The texts and each of the tags are tidied (`tidy`), because a line break in a text would
        break a line of the CSV file in two.

    Raises
    ------
    InputError
        There are no clips, a clip_id is missing or repeated, a path is missing, a clip_id or path
        holds control characters, or a split is unknown.
    """
    table = pd.DataFrame(list(clips), columns=COLUMNS, dtype=object).fillna("")
    table = table.astype(pd.StringDtype("python"))  # Arrow's strings cannot hold surrogates
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
    return _check(read_csv(path, COLUMNS, "a manifest"), str(path))


def _tidy_tags(tags: str) -> str:
    return TAG_SEPARATOR.join(filter(None, map(tidy, tags.split(TAG_SEPARATOR))))


def _check(table: pd.DataFrame, where: str) -> pd.DataFrame:
    for column in ("clip_id", "path"):
        if (table[column] == "").any():
            row = int((table[column] == "").to_numpy().argmax()) + 1
            raise InputError(f"{where}: row {row} has no {column}")
        is_malformed = table[column].str.contains(NOT_TEXT)
        if is_malformed.any():
            row = int(is_malformed.to_numpy().argmax())
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
