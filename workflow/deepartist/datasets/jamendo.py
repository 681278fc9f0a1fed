"""The MTG-Jamendo data set: full-length songs with tags, in either quality."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.clip_files import join_inside, list_present
from deepartist.datasets.manifest import build_manifest
from deepartist.datasets.tags import join_tags
from deepartist.process import stage
from deepartist.process.errors import InputError

HEADER = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS")
NAMES_FILE = "raw.meta.tsv"
NAMES_HEADER = (
    *("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "TRACK_NAME", "ARTIST_NAME", "ALBUM_NAME"),
    *("RELEASEDATE", "URL"),
)
REQUIRED = ("TRACK_ID", "ARTIST_ID", "PATH")
GENRE = "genre---"
PARTS = {"train": "train", "validation": "valid", "test": "test"}
SUFFIX, LOW_SUFFIX = ".mp3", ".low.mp3"


def load(path: str, table: str, splits: str | None = None) -> pd.DataFrame:
    """List the songs of a table of MTG-Jamendo.

    Parameters
    ----------
    path : str
        Folder that the paths of the table start from. In low quality, ``41/241.mp3`` is
        ``41/241.low.mp3``; where both lie there, the former is taken.
    table : str
        TSV file with the columns of `HEADER`, all further fields of a row being tags too, such as
        ``autotagging.tsv``. ``raw.meta.tsv`` may lie beside it, for titles and artists' names.
    splits : str or None
        Folder of an official split, such as ``splits/split-0``, that has the files
        ``<table>-train.tsv``, ``<table>-validation.tsv`` and ``<table>-test.tsv``; songs in none of
        them are left out. None: no split.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id`, `artist_id` and `album_id` are those of the table, such as
        ``track_0000241``; `tags` are whole, such as ``mood/theme---happy``; `genre` is the first
        genre, without ``genre---``.

    Raises
    ------
    InputError
        A folder or file is missing, a file has another header, a path leaves the folder, a song is
        in two parts, or none of the songs has a file.
    """
    clips = command.require(Path(path), "jamendo", "the folders 00, 01, … of songs")
    tracks = command.require_file(Path(table), "jamendo", "a table such as autotagging.tsv")
    rows = [_make_row(fields, clips, where) for where, fields in _read_rows(tracks, HEADER)]
    if splits is not None:
        part_of = _read_parts(Path(splits), tracks.stem)
        unlisted = [row["clip_id"] for row in rows if row["clip_id"] not in part_of]
        command.report(f"songs of {tracks} left out, for they are in no part of {splits}", unlisted)
        rows = [row | {"split": part} for row in rows if (part := part_of.get(row["clip_id"]))]
    if not rows:
        where = tracks if splits is None else f"{splits}, the parts of {tracks.stem}"
        raise InputError(f"{where}: no songs of the table found")
    names_of = _read_names(tracks.with_name(NAMES_FILE))
    return build_manifest(row | names_of.get(row["clip_id"], {}) for row in _find_files(rows, path))


def _read_rows(path: Path, header: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield where each row is and its fields, at least as many as the header; report the others."""
    needed = [index for index, column in enumerate(header) if column in REQUIRED]
    malformed = []
    with path.open("rb") as file:  # names may hold any white space but tabs and line feeds
        if file.readline().decode("utf-8-sig", "replace").rstrip("\r\n").split("\t") != [*header]:
            raise InputError(
                f"{path}: not a table of MTG-Jamendo; its header is {' '.join(header)}"
            )
        for number, line in enumerate(file, start=2):
            try:
                fields = line.decode("utf-8").rstrip("\r\n").split("\t")
            except UnicodeDecodeError:
                fields = []
            if len(fields) >= len(header) and all(fields[index] for index in needed):
                yield f"{path}, line {number}", fields
            else:
                malformed.append(f"line {number}")
    command.report(
        f"rows of {path} left out, for they are not {len(header)} fields or more in UTF-8, "
        f"or lack one of {', '.join(header[index] for index in needed)}",
        malformed,
    )


def _make_row(fields: Sequence[str], clips: Path, where: str) -> dict:
    clip_id, artist_id, album_id, path, _duration, *tags = fields
    return {
        "clip_id": clip_id,
        "path": join_inside(clips, path, where),
        "artist_id": artist_id,
        "album_id": album_id,
        "genre": next((tag.removeprefix(GENRE) for tag in tags if tag.startswith(GENRE)), ""),
        "tags": join_tags(tags),
    }


def _read_parts(folder: Path, task: str) -> dict[str, str]:
    command.require(folder, "jamendo", f"an official split, {task}-train.tsv and others,")
    part_of: dict[str, str] = {}
    for name, part in PARTS.items():
        file = command.require_file(folder / f"{task}-{name}.tsv", "jamendo", "a part of the split")
        for where, (clip_id, *_) in _read_rows(file, HEADER):
            if part_of.setdefault(clip_id, part) != part:
                raise InputError(f"{where}: {clip_id} is in the part '{part_of[clip_id]}' too")
    return part_of


def _read_names(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    return {
        clip_id: {"title": title, "artist": artist}
        for _where, (clip_id, _, _, title, artist, *_) in _read_rows(path, NAMES_HEADER)
    }


def _find_files(rows: Sequence[dict], folder: str) -> list[dict]:
    """Replace paths by those of the low quality where only these are there."""
    low_of = {row["path"]: row["path"].removesuffix(SUFFIX) + LOW_SUFFIX for row in rows}
    present = list_present([*low_of, *low_of.values()])
    found, missing = [], []
    for row in rows:
        full, low = row["path"], low_of[row["path"]]
        found.append(row | {"path": low if low in present and full not in present else full})
        if present.isdisjoint((full, low)):
            missing.append(row["clip_id"])
    if len(missing) == len(rows):
        raise InputError(
            f"{folder}: holds none of the {len(rows)} songs of the table; the data set kind "
            "'jamendo' expects NN/ID.mp3 (or NN/ID.low.mp3) there"
        )
    command.report("songs without a file", missing)
    return found


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("jamendo", argv)
    if "table" not in settings:
        raise InputError("table: missing; a data set of kind 'jamendo' needs it")
    command.save(load(settings["path"], settings["table"], settings["splits"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
