"""The Free Music Archive data set: small, medium, large or full."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.manifest import build_manifest
from deepartist.datasets.tags import join_tags
from deepartist.files.csv_rows import CsvError, find_columns, read_rows
from deepartist.process import stage
from deepartist.process.errors import InputError

SUBSETS = ("small", "medium", "large", "full")  # each contains the ones before it
SPLIT_OF = {"training": "train", "validation": "valid", "test": "test"}
COLUMNS = {
    ("artist", "id"): "artist_id",
    ("artist", "name"): "artist",
    ("album", "id"): "album_id",
    ("track", "genre_top"): "genre",
    ("track", "title"): "title",
    ("set", "split"): "split",
    ("set", "subset"): "subset",
}
GENRES_COLUMN = {("track", "genres"): "genres"}
GENRE_IDS = re.compile(r"\[(?:[0-9]+(?:, *[0-9]+)*)?\]")


def load(path: str, subset: str = "small", without_small: bool = False) -> pd.DataFrame:
    """List the clips of a subset of FMA.

    Parameters
    ----------
    path : str
        Folder that holds ``fma_metadata/tracks.csv`` and ``fma_<subset>/NNN/NNNNNN.mp3``. If it
        also holds ``fma_metadata/genres.csv``, all genres of a song become its tags.
    subset : {"small", "medium", "large", "full"}
        ``full`` holds the songs of ``large`` at full length.
    without_small : bool
        Leave out all songs of artists who have a song in FMA small.

    Returns
    -------
    pd.DataFrame
        A manifest with FMA's official split: `clip_id` is the track id in six digits, `genre` the
        top genre (empty where unknown), `tags` the top genre followed by the others. Whether the
        clips exist is not checked.

    Raises
    ------
    InputError
        A folder or the table is missing, a table lacks a column or holds a malformed value, or no
        song is left.
    """
    root = command.require(Path(path), "fma", f"fma_metadata/tracks.csv and fma_{subset}/")
    clips = command.require(root / f"fma_{subset}", "fma", "the folders 000, 001, … of clips")
    metadata = root / "fma_metadata"
    tracks_file = command.require_file(metadata / "tracks.csv", "fma", "the table of tracks")
    genres_file = metadata / "genres.csv"
    has_genres = genres_file.is_file()
    tracks = _read_table(tracks_file, COLUMNS | (GENRES_COLUMN if has_genres else {}))
    # This also drops the third header row, which names the index and has no subset.
    tracks = tracks[tracks["subset"].isin(SUBSETS[: SUBSETS.index(subset) + 1])]
    _check_tracks(tracks, tracks_file)
    if without_small:
        tracks = _leave_out_small(tracks, tracks_file, subset)
    if has_genres:
        tags = _name_genres(tracks, _read_genre_names(genres_file), genres_file)
    else:
        tags = [join_tags([genre]) for genre in tracks["genre"]]
    number = tracks["track_id"].str.zfill(6)
    table = tracks.assign(
        clip_id=number,
        path=clips.as_posix() + "/" + number.str[:3] + "/" + number + ".mp3",
        album_id=tracks["album_id"].replace("-1", ""),
        tags=tags,
        split=tracks["split"].map(SPLIT_OF),
    )
    return build_manifest(cast("list[dict[str, str]]", table.to_dict("records")))


def _check_tracks(tracks: pd.DataFrame, path: Path) -> None:
    """Raise InputError where a track id or a split is malformed."""
    malformed = tracks.loc[~tracks["track_id"].str.fullmatch(r"[0-9]{1,6}"), "track_id"]
    if len(malformed):
        raise InputError(f"{path}: track {malformed.iloc[0]!a} is not a track id of FMA")
    unknown = tracks[~tracks["split"].isin(SPLIT_OF)]
    if len(unknown):
        raise InputError(
            f"{path}: track {unknown['track_id'].iloc[0]} has split {unknown['split'].iloc[0]!a}; "
            f"tracks.csv has {', '.join(SPLIT_OF)}"
        )


def _leave_out_small(tracks: pd.DataFrame, path: Path, subset: str) -> pd.DataFrame:
    """Leave out all tracks of artists who have a track in FMA small, and report them."""
    artists = set(tracks.loc[tracks["subset"] == "small", "artist_id"])
    is_left_out = tracks["artist_id"].isin(artists)
    command.report(
        "song",
        f"left out, by the {len(artists)} artists of FMA small",
        tracks.loc[is_left_out, "track_id"].tolist(),
    )
    if is_left_out.all():
        raise InputError(
            f"{path}: without the artists of FMA small (without_small), nothing is left of "
            f"subset '{subset}'"
        )
    return tracks[~is_left_out]


def _name_genres(tracks: pd.DataFrame, name_of: dict[str, str], path: Path) -> list[str]:
    """Make the tags of each track: its top genre, then the names of its other genres.

    Genre ids that ``genres.csv`` does not have are left out and reported.
    """
    tags, unknown = [], []
    for track_id, top, text in tracks[["track_id", "genre", "genres"]].itertuples(index=False):
        if not GENRE_IDS.fullmatch(text):
            raise InputError(
                f"{path.with_name('tracks.csv')}: track {track_id} has genres {text[:50]!a}; "
                "tracks.csv has lists of numbers such as [21, 45]"
            )
        ids = re.findall("[0-9]+", text)
        unknown += [genre_id for genre_id in ids if genre_id not in name_of]
        tags.append(join_tags(filter(None, [top, *(name_of.get(genre_id) for genre_id in ids)])))
    command.report("genre id", f"of tracks left out, not in {path}", unknown)
    return tags


def _read_genre_names(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            rows = read_rows(file)
            position_of = find_columns(next(rows, (1, []))[1], ("genre_id", "title"))
            genre_id, title = position_of["genre_id"], position_of["title"]
            width = max(genre_id, title) + 1
            padded = (fields + [""] * (width - len(fields)) for _, fields in rows)
            return {fields[genre_id]: fields[title] for fields in padded}
    except CsvError as error:
        raise InputError(
            f"{path}: not FMA's genres.csv ({error}); expected the columns genre_id and title"
        ) from error


def _read_table(path: Path, columns: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Read `track_id` and the given columns from a table with two header rows.

    `columns` maps a column's two header cells to its name in the result.
    """
    try:
        with path.open("rb") as file:
            rows = read_rows(
                file
            )  # all values are text, for there are artists named "NA" and "null"
            header = list(zip(next(rows, (1, []))[1], next(rows, (2, []))[1], strict=False))
            positions = {0: "track_id"} | {header.index(key): name for key, name in columns.items()}
            songs = [  # short rows lack some cells
                [fields[i] if i < len(fields) else "" for i in positions] for _, fields in rows
            ]
    except ValueError as error:  # from header.index or read_rows
        raise InputError(
            f"{path}: not FMA's tracks.csv ({' '.join(str(error).split())}); expected the columns "
            + ", ".join("/".join(key) for key in columns)
        ) from error
    return pd.DataFrame(songs, columns=list(positions.values()), dtype=str)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("fma", argv)
    manifest = load(settings["path"], settings["subset"], settings["without_small"])
    command.save(manifest, manifest_path)


if __name__ == "__main__":
    stage.run(main)
