"""The Free Music Archive data set: small, medium, large or full."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.manifest import build_manifest
from deepartist.datasets.tags import join_tags
from deepartist.process import stage
from deepartist.process.errors import InputError

SUBSETS = ("small", "medium", "large", "full")  # each contains those before it
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
        Folder that holds ``fma_metadata/tracks.csv`` and ``fma_<subset>/NNN/NNNNNN.mp3``. Where
        ``fma_metadata/genres.csv`` lies there too, all genres of a song are its tags.
    subset : {"small", "medium", "large", "full"}
        ``full`` has the songs of ``large`` at full length.
    without_small : bool
        Leave out all songs of artists who have one in FMA small.

    Returns
    -------
    pd.DataFrame
        A manifest with FMA's official split: `clip_id` is the track id in six digits, `genre` the
        top genre, empty where unknown, `tags` the top genre and the other ones. Clips are not
        looked for.

    Raises
    ------
    InputError
        A folder or the table is missing, a table lacks a column or holds what it cannot hold, or
        nothing is left.
    """
    root = command.require(Path(path), "fma", f"fma_metadata/tracks.csv and fma_{subset}/")
    clips = command.require(root / f"fma_{subset}", "fma", "the folders 000, 001, … of clips")
    metadata = root / "fma_metadata"
    tracks_file = command.require_file(metadata / "tracks.csv", "fma", "the table of tracks")
    genres_file = metadata / "genres.csv"
    has_genres = genres_file.is_file()
    tracks = _read_table(tracks_file, COLUMNS | (GENRES_COLUMN if has_genres else {}))
    # the row that names the index is in no subset, and goes with the others
    tracks = tracks[tracks["subset"].isin(SUBSETS[: SUBSETS.index(subset) + 1])]
    _check_tracks(tracks, tracks_file)
    if without_small:
        tracks = _leave_out_small(tracks, tracks_file, subset)
    if has_genres:
        tags = _name_genres(tracks, _read_genre_names(genres_file), genres_file)
    else:
        tags = tracks["genre"].map(lambda genre: join_tags([genre]))
    number = tracks["track_id"].str.zfill(6)
    return build_manifest(
        tracks.assign(
            clip_id=number,
            path=clips.as_posix() + "/" + number.str[:3] + "/" + number + ".mp3",
            album_id=tracks["album_id"].replace("-1", ""),
            tags=tags,
            split=tracks["split"].map(SPLIT_OF),
        ).to_dict("records")
    )


def _check_tracks(tracks: pd.DataFrame, path: Path) -> None:
    unfit = tracks[~tracks["track_id"].str.fullmatch(r"[0-9]{1,6}")]
    if len(unfit):
        raise InputError(f"{path}: track {unfit['track_id'].iloc[0]!a} is not a number of FMA's")
    unknown = tracks[~tracks["split"].isin(SPLIT_OF)]
    if len(unknown):
        raise InputError(
            f"{path}: track {unknown['track_id'].iloc[0]} has split {unknown['split'].iloc[0]!a}; "
            f"tracks.csv has {', '.join(SPLIT_OF)}"
        )


def _leave_out_small(tracks: pd.DataFrame, path: Path, subset: str) -> pd.DataFrame:
    artists = set(tracks.loc[tracks["subset"] == "small", "artist_id"])
    is_theirs = tracks["artist_id"].isin(artists)
    command.report(
        f"songs left out, by the {len(artists)} artists of FMA small",
        tracks.loc[is_theirs, "track_id"].tolist(),
    )
    if is_theirs.all():
        raise InputError(
            f"{path}: without the artists of FMA small (without_small), nothing is left of "
            f"subset '{subset}'"
        )
    return tracks[~is_theirs]


def _name_genres(tracks: pd.DataFrame, name_of: dict[str, str], path: Path) -> list[str]:
    """Give each track its tags: the top genre, then the names of the list of its genre ids."""
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
    command.report(f"genres of tracks left out, for {path} has no such id", unknown)
    return tags


def _read_genre_names(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["genre_id"]: row["title"] or "" for row in csv.DictReader(file)}
    except (KeyError, ValueError, csv.Error) as error:
        raise InputError(
            f"{path}: not FMA's genres.csv ({' '.join(str(error).split())}); expected the columns "
            "genre_id and title"
        ) from error


def _read_table(path: Path, columns: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Read some columns and `track_id` from a table with a header of two rows."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = list(zip(next(reader, []), next(reader, []), strict=False))
        positions = {0: "track_id"} | {header.index(key): name for key, name in columns.items()}
        # every value stays text: there are artists called "NA" and "null"
        table = pd.read_csv(
            path,
            header=None,
            skiprows=2,
            usecols=list(positions),
            dtype=str,
            keep_default_na=False,
        )
    except (ValueError, csv.Error) as error:  # of header.index; pandas' ParserError is one too
        raise InputError(
            f"{path}: not FMA's tracks.csv ({' '.join(str(error).split())}); expected the columns "
            + ", ".join("/".join(key) for key in columns)
        ) from error
    return table.rename(columns=positions).fillna("")  # what a short row lacks


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("fma", argv)
    manifest = load(settings["path"], settings["subset"], settings["without_small"])
    command.save(manifest, manifest_path)


if __name__ == "__main__":
    stage.run(main)
