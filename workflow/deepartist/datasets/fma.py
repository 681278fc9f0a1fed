"""The Free Music Archive data set: small, medium or large."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist import stage
from deepartist.datasets import command
from deepartist.errors import InputError
from deepartist.manifest import build_manifest

SUBSETS = ("small", "medium", "large")  # each contains those before it
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


def load(path: str, subset: str = "small") -> pd.DataFrame:
    """List the clips of a subset of FMA.

    Parameters
    ----------
    path : str
        Folder that holds ``fma_metadata/tracks.csv`` and ``fma_<subset>/NNN/NNNNNN.mp3``.
    subset : {"small", "medium", "large"}

    Returns
    -------
    pd.DataFrame
        A manifest with FMA's official split: `clip_id` is the track id in six digits, `genre` and
        `tags` the top genre, empty where unknown. Clips are not looked for.

    Raises
    ------
    InputError
        A folder or the table is missing, or the table lacks a column or has an unknown split.
    """
    root = command.require(Path(path), "fma", f"fma_metadata/tracks.csv and fma_{subset}/")
    clips = command.require(root / f"fma_{subset}", "fma", "the folders 000, 001, … of clips")
    tracks = _read_tracks(
        command.require(root / "fma_metadata" / "tracks.csv", "fma", "the table of tracks")
    )
    # the row that names the index is in no subset, and goes with the others
    tracks = tracks[tracks["subset"].isin(SUBSETS[: SUBSETS.index(subset) + 1])]
    unknown = tracks[~tracks["split"].isin(SPLIT_OF)]
    if len(unknown):
        raise InputError(
            f"{root}: track {unknown['track_id'].iloc[0]} has split '{unknown['split'].iloc[0]}'; "
            f"tracks.csv has {', '.join(SPLIT_OF)}"
        )
    number = tracks["track_id"].str.zfill(6)
    return build_manifest(
        tracks.assign(
            clip_id=number,
            path=clips.as_posix() + "/" + number.str[:3] + "/" + number + ".mp3",
            album_id=tracks["album_id"].replace("-1", ""),
            tags=tracks["genre"],
            split=tracks["split"].map(SPLIT_OF),
        ).to_dict("records")
    )


def _read_tracks(path: Path) -> pd.DataFrame:
    """Read the columns of `COLUMNS` and `track_id` from a table with a header of two rows."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            header = list(zip(next(reader, []), next(reader, []), strict=False))
        positions = {0: "track_id"} | {header.index(key): name for key, name in COLUMNS.items()}
        # every value stays text: there are artists called "NA" and "null"
        return pd.read_csv(
            path,
            header=None,
            skiprows=2,
            usecols=list(positions),
            dtype=str,
            keep_default_na=False,
        ).rename(columns=positions)
    except ValueError as error:  # of header.index; pandas' ParserError is one too
        raise InputError(
            f"{path}: not FMA's tracks.csv ({' '.join(str(error).split())}); expected the columns "
            + ", ".join("/".join(key) for key in COLUMNS)
        ) from error


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("fma", argv)
    command.save(load(settings["path"], settings["subset"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
