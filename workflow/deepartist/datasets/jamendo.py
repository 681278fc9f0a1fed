"""The MTG-Jamendo data set: full-length songs with tags, in full or low quality."""

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
        Folder that the paths of the table start from. The low quality of ``41/241.mp3`` is
        ``41/241.low.mp3``; if both exist, the full quality is used.
    table : str
        TSV file, such as ``autotagging.tsv``, with the columns of `HEADER`. All further fields of a
        line are tags, too. If ``raw.meta.tsv`` is in the same folder, titles and artists' names are
        read from it.
    splits : str or None
        Folder of an official split, such as ``splits/split-0``, with the files
        ``<table>-train.tsv``, ``<table>-validation.tsv`` and ``<table>-test.tsv``; songs in none of
        them are left out. None: no split.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id`, `artist_id` and `album_id` are the ids in the table, such as
        ``track_0000241``; `tags` keep their category, such as ``mood/theme---happy``; `genre` is
        the first genre, without ``genre---``.

    Raises
    ------
    InputError
        A folder or file is missing, a file has a wrong header, a path leaves the folder, a song is
        in two parts of the split, or none of the songs has a file.
    """
    clips = command.require(Path(path), "jamendo", "the folders 00, 01, … of songs")
    tracks = command.require_file(Path(table), "jamendo", "a table such as autotagging.tsv")
    songs = [_make_song(fields, clips, where) for where, fields in _read_lines(tracks, HEADER)]
    if splits is not None:
        part_of = _read_parts(Path(splits), tracks.stem)
        unlisted = [song["clip_id"] for song in songs if song["clip_id"] not in part_of]
        command.report("song", f"of {tracks} left out, in no part of {splits}", unlisted)
        songs = [
            song | {"split": part_of[song["clip_id"]]}
            for song in songs
            if song["clip_id"] in part_of
        ]
    if not songs:
        where = tracks if splits is None else f"{splits}, the parts of {tracks.stem}"
        raise InputError(f"{where}: no songs of the table found")
    names_of = _read_names(tracks.with_name(NAMES_FILE))
    return build_manifest(
        song | names_of.get(song["clip_id"], {}) for song in _find_files(songs, path)
    )


def _read_lines(path: Path, header: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield the place of each line (for error messages) and its fields.

    Lines with fewer fields than the header, or with an empty required field, are left out and
    reported.
    """
    needed = [index for index, column in enumerate(header) if column in REQUIRED]
    malformed = []
    # Read as bytes, because text mode could break a line in two: names may contain any white space
    # except tabs and line feeds.
    with path.open("rb") as file:
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
        "line",
        f"of {path} left out, without {len(header)} fields or more in UTF-8, or lacking "
        f"one of {', '.join(header[index] for index in needed)}",
        malformed,
    )


def _make_song(fields: Sequence[str], clips: Path, where: str) -> dict[str, str]:
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
    """Read the part (train, valid or test) of each song in a split."""
    command.require(folder, "jamendo", f"an official split, {task}-train.tsv and others,")
    part_of: dict[str, str] = {}
    for name, part in PARTS.items():
        file = command.require_file(folder / f"{task}-{name}.tsv", "jamendo", "a part of the split")
        for where, (clip_id, *_) in _read_lines(file, HEADER):
            if part_of.setdefault(clip_id, part) != part:
                raise InputError(f"{where}: {clip_id} is in the part '{part_of[clip_id]}' too")
    return part_of


def _read_names(path: Path) -> dict[str, dict[str, str]]:
    """Read the title and the artist's name of each song; empty if there is no such file."""
    if not path.is_file():
        return {}
    return {
        clip_id: {"title": title, "artist": artist}
        for _where, (clip_id, _, _, title, artist, *_) in _read_lines(path, NAMES_HEADER)
    }


def _find_files(songs: Sequence[dict[str, str]], folder: str) -> list[dict[str, str]]:
    """Use the path of the low-quality file for songs that have no full-quality one."""
    low_of = {song["path"]: song["path"].removesuffix(SUFFIX) + LOW_SUFFIX for song in songs}
    present = list_present([*low_of, *low_of.values()])
    located, missing = [], []
    for song in songs:
        full, low = song["path"], low_of[song["path"]]
        located.append(song | {"path": low if low in present and full not in present else full})
        if present.isdisjoint((full, low)):
            missing.append(song["clip_id"])
    if len(missing) == len(songs):
        raise InputError(
            f"{folder}: holds none of the {len(songs)} songs of the table; the data set kind "
            "'jamendo' expects NN/ID.mp3 (or NN/ID.low.mp3) there"
        )
    command.report("song", "without a file", missing)
    return located


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("jamendo", argv)
    if "table" not in settings:
        raise InputError("table: missing; a data set of kind 'jamendo' needs it")
    command.save(load(settings["path"], settings["table"], settings["splits"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
