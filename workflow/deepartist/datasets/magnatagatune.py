"""MagnaTagATune: clips of 29 s with tags, by the lists that most papers use.

The lists (training, validation and test clips with at least one of the 50 most used tags) were
published by the paper's authors.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.clip_files import join_inside, list_present
from deepartist.datasets.manifest import SPLITS, build_manifest, tidy
from deepartist.datasets.tags import join_tags
from deepartist.files.pickles import load_pickle
from deepartist.process import stage
from deepartist.process.errors import InputError

KIND = "magnatagatune"
TAGS_FILE = "top50_tags.txt"
INFO_FILE = "clip_info_final.csv"
INFO_COLUMNS = ("title", "artist", "album", "mp3_path")
SUFFIX, LISTED_SUFFIX = ".mp3", ".npy"  # the lists name files that were made of the clips


def load(path: str, lists: str | None = None) -> pd.DataFrame:
    """List the clips of the published lists.

    Parameters
    ----------
    path : str
        Folder that the paths of the lists start from, such as
        ``d/artist-album-01-title-0-29.mp3``.
    lists : str or None
        Folder of the lists; None: they are in `path`. They are ``<part>_list_pub.cP`` and
        ``y_<part>_pub.npy`` for the parts train, valid and test, and ``top50_tags.txt``. If
        ``clip_info_final.csv`` is there, titles, artists and albums are read from it.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id` is the path without its ending. `artist_id` is the artist's name. All
        clips of a track have its album and title, and lie at different seconds of it. Without
        ``clip_info_final.csv`` they are empty: in names of files, dashes part artist, album and
        title, but may also be in one of these.

    Raises
    ------
    InputError
        A folder or list is missing, a list is malformed or does not fit its labels, a path leaves
        the folder, or none of the clips has a file.
    """
    clips = command.require(Path(path), KIND, "the folders 0, 1, … f of clips")
    folder = command.require(Path(lists or path), KIND, "the folder of lists of clips and tags")
    tags = _read_tags(folder)
    info_of = _read_info(folder / INFO_FILE)
    songs = []
    for split in SPLITS:
        file = folder / f"{split}_list_pub.cP"
        listed = _read_list(file)
        for name, row in zip(listed, _read_labels(folder, split, len(listed), tags), strict=True):
            clip_id = name.removesuffix(LISTED_SUFFIX).removesuffix(SUFFIX)
            songs.append(
                {
                    "clip_id": clip_id,
                    "path": join_inside(clips, clip_id + SUFFIX, str(file)),
                    "tags": join_tags(tags[int(index)] for index in np.flatnonzero(row)),
                    "split": split,
                    **info_of.get(clip_id, {}),
                }
            )
    _report_missing(clips, songs)
    return build_manifest(songs)


def _read_list(path: Path) -> list[str]:
    """Read the paths of a part's clips."""
    command.require_file(path, KIND, "the published list of a part")
    listed = load_pickle(path)
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise InputError(f"{path}: is no list of paths; get the file from its publisher again")
    return listed


def _read_labels(folder: Path, split: str, n_clips: int, tags: Sequence[str]) -> np.ndarray:
    """Read the tags of a part's clips: zeros and ones [shape=(clips, tags)]."""
    path = folder / f"y_{split}_pub.npy"
    command.require_file(path, KIND, "the tags of the listed clips")
    try:
        labels = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # a damaged file can raise errors of any type
        raise InputError(
            f"{path}: cannot be read as an array ({' '.join(str(error).split())[:200]}); get the "
            "file from its publisher again"
        ) from error
    if not isinstance(labels, np.ndarray) or labels.shape != (n_clips, len(tags)):
        raise InputError(
            f"{path}: has shape {getattr(labels, 'shape', 'of an archive')}; ({n_clips}, "
            f"{len(tags)}) is expected, a row for each clip of {split}_list_pub.cP and a column "
            f"for each tag of {TAGS_FILE}"
        )
    if labels.dtype.kind not in "biuf" or not np.isin(labels, (0, 1)).all():
        raise InputError(f"{path}: holds other values than 0 and 1")
    return labels


def _read_tags(folder: Path) -> list[str]:
    path = command.require_file(folder / TAGS_FILE, KIND, "the names of the tags, one per line")
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not text in UTF-8 ({error})") from error
    tags = [line.strip() for line in lines if line.strip()]
    if len(set(tags)) < len(tags):
        raise InputError(f"{path}: names a tag twice; get the file from its publisher again")
    return tags


def _read_info(path: Path) -> dict[str, dict[str, str]]:
    """Read the title, artist and album of each clip; empty if there is no such file."""
    if not path.is_file():
        return {}
    rows = _read_rows(path)
    header = next(rows, (1, []))[1]
    if not set(INFO_COLUMNS) <= set(header):
        raise InputError(
            f"{path}: has no column {', '.join(c for c in INFO_COLUMNS if c not in header)}; it is "
            "not MagnaTagATune's table of clips, whose fields are parted by tabs"
        )
    info_of = {}
    malformed = []
    for number, fields in rows:
        if len(fields) != len(header):
            malformed.append(f"line {number}")
            continue
        row = dict(zip(header, fields, strict=True))
        artist, album = tidy(row["artist"]), tidy(row["album"])
        info_of[row["mp3_path"].removesuffix(SUFFIX)] = {
            "artist_id": artist,
            "artist": artist,
            # several artists have albums of one name
            "album_id": f"{artist} / {album}" if album else "",
            "title": row["title"],
        }
    command.report("line", f"of {path} left out, not whole", malformed)
    return info_of


def _read_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the fields of each line; a quote that is not closed ends at its line."""
    # Read as bytes, because text mode could break a line in two.
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.decode("utf-8-sig" if number == 1 else "utf-8", "replace")
            try:
                fields = next(csv.reader([text.rstrip("\r\n")], delimiter="\t"), [])
            except csv.Error:  # a carriage return within the line, or a field of endless length
                fields = []
            yield number, fields


def _report_missing(clips: Path, songs: Sequence[Mapping[str, str]]) -> None:
    present = list_present(song["path"] for song in songs)
    missing = [song["clip_id"] for song in songs if song["path"] not in present]
    if len(missing) == len(songs):
        raise InputError(
            f"{clips}: holds none of the {len(songs)} listed clips; the data set kind '{KIND}' "
            "expects folders 0, 1, … f of them there"
        )
    command.report("listed clip", "without a file", missing)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments(KIND, argv)
    command.save(load(settings["path"], settings["lists"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
