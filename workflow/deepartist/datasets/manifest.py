"""The manifest: a table with a row per clip and the same columns for every data set."""

import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets.artist_names import common_spelling
from deepartist.datasets.tags import TAG_SEPARATOR, join_tags
from deepartist.files.csv_files import read_csv
from deepartist.process.counts import counted
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
# Bounds in characters. Tags of audio files can hold anything, even a picture as text. A path has at
# most 4096 bytes on Linux. Python's readers of CSV take fields of at most 131,072 characters.
MAX_NAME_LENGTH = 4096  # of a clip_id or path: a longer one is refused
MAX_TEXT_LENGTH = 1000  # of a text, or of one tag: a longer one is cut
MAX_TAGS_LENGTH = 100_000  # of all tags of a song, with their separators
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
        break a line of the CSV file in two. Texts and tags longer than `MAX_TEXT_LENGTH` are cut,
        and tags beyond `MAX_TAGS_LENGTH` are left out; their number is reported on stderr. Genres
        and tags that are spellings of one name get the most common of them
        (`deepartist.datasets.artist_names.common_spelling`).

    Raises
    ------
    InputError
        There are no clips, a clip_id is missing or repeated, a path is missing, a clip_id or path
        holds control characters or is longer than `MAX_NAME_LENGTH`, or a split is unknown.
    """
    table = pd.DataFrame(list(clips), columns=COLUMNS, dtype=object).fillna("")
    table = table.astype(pd.StringDtype("python"))  # Arrow's strings cannot hold surrogates
    for column in TEXT_COLUMNS:
        table[column] = table[column].map(tidy)
    table["tags"] = table["tags"].map(_tidy_tags)
    if table.empty:
        raise InputError("the data set: no clips found")
    table = _check(table, "the data set")
    _bound_texts(table)
    _unify_spellings(table)
    table = table.astype(str)
    return table.sort_values("clip_id", ignore_index=True)


def write_manifest(manifest: pd.DataFrame, path: Path) -> None:
    """Write a manifest as CSV (UTF-8, a header, no index)."""
    manifest.to_csv(path, index=False, lineterminator="\n")


def read_manifest(path: Path) -> pd.DataFrame:
    """Read a manifest; every column is text and an empty field is the empty string."""
    return _check(read_csv(path, COLUMNS, "a manifest"), str(path))


def _tidy_tags(tags: str) -> str:
    return TAG_SEPARATOR.join(filter(None, map(tidy, tags.split(TAG_SEPARATOR))))


def _bound_texts(table: pd.DataFrame) -> None:
    """Cut the texts that are longer than their bounds, in place, and report their number."""
    n_left_out, cut = 0, []
    for column in (*TEXT_COLUMNS, "tags"):
        for row in table.index[table[column].str.len() > MAX_TEXT_LENGTH]:
            text = str(table.loc[row, column])
            if column == "tags":
                bounded, n_without = _bound_tags(text.split(TAG_SEPARATOR))
                n_left_out += n_without
            else:
                bounded = _cut(text)
            table.loc[row, column] = bounded
            if bounded != text:
                cut.append(f"{column} of {tidy(str(table.loc[row, 'clip_id']))}")
    if cut:
        left_out = f" ({counted(n_left_out, 'tag')} left out)" if n_left_out else ""
        more = ", …" if len(cut) > 3 else ""
        print(
            f"{counted(len(cut), 'text')} cut to {MAX_TEXT_LENGTH} characters"
            f"{left_out}: {', '.join(cut[:3])}{more}",
            file=sys.stderr,
        )


def _unify_spellings(table: pd.DataFrame) -> None:
    """Write genres and tags in the most common spelling of each, in place."""
    table["genre"] = table["genre"].map(common_spelling(table["genre"]))
    tags = table["tags"].map({text: text.split(TAG_SEPARATOR) for text in table["tags"].unique()})
    spelling = common_spelling(tag for of_song in tags for tag in of_song)
    if any(tag != spelt for tag, spelt in spelling.items()):
        table["tags"] = [join_tags(spelling[tag] for tag in of_song) for of_song in tags]


def _cut(text: str) -> str:
    return text[:MAX_TEXT_LENGTH].rstrip()


def _bound_tags(tags: Sequence[str]) -> tuple[str, int]:
    """Cut the tags of a song, and leave out those that no longer fit; also return their number."""
    kept: list[str] = []
    length = 0
    for tag in map(_cut, tags):
        if length + len(tag) <= MAX_TAGS_LENGTH:
            kept.append(tag)
            length += len(tag) + len(TAG_SEPARATOR)
    return TAG_SEPARATOR.join(kept), len(tags) - len(kept)


def _check(table: pd.DataFrame, where: str) -> pd.DataFrame:
    for column in ("clip_id", "path"):
        if (table[column] == "").any():
            row = int((table[column] == "").to_numpy().argmax()) + 1
            raise InputError(f"{where}: row {row} has no {column}")
        is_malformed = table[column].str.contains(NOT_TEXT)
        if is_malformed.any():
            row = int(is_malformed.to_numpy().argmax())
            raise InputError(
                f"{where}: row {row + 1} has {column} {table[column].iloc[row][:200]!a}; "
                "rename it without control characters"
            )
        lengths = table[column].str.len().to_numpy()
        if len(lengths) and lengths.max() > MAX_NAME_LENGTH:
            row = int(lengths.argmax())
            raise InputError(
                f"{where}: row {row + 1} has a {column} of {lengths[row]} characters; shorten it "
                f"to {MAX_NAME_LENGTH} (it begins with {table[column].iloc[row][:40]!r})"
            )
    check_ids_and_splits(table, where, [*SPLITS, ""])
    return table


def check_ids_and_splits(table: pd.DataFrame, where: str | Path, splits: Collection[str]) -> None:
    """Check that each clip_id occurs once and each split is one of `splits`.

    Parameters
    ----------
    table : pd.DataFrame [columns=(clip_id, split, …)]
    where : str or Path
        The file, for the message.
    splits : collection of str
        The values that the column `split` may hold.

    Raises
    ------
    InputError
        A clip_id occurs twice, or a split is unknown.
    """
    repeated = table["clip_id"][table["clip_id"].duplicated()]
    if len(repeated):
        raise InputError(f"{where}: clip_id '{repeated.iloc[0]}' occurs more than once")
    unknown = table.loc[~table["split"].isin(splits)]
    if len(unknown):
        first = unknown.iloc[0]
        raise InputError(
            f"{where}: clip '{first.clip_id}' has split '{first.split}'; use {', '.join(SPLITS)}"
        )
