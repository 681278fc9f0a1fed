"""Small data sets in the formats of the real ones, for the tests of several loaders."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd

TAGS = ("rock", "female vocalists", "80s")


def touch(path: Path) -> Path:
    """Make an empty file and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def by_id(manifest: pd.DataFrame) -> pd.DataFrame:
    """Use the clip ids of a manifest as its index."""
    return manifest.set_index("clip_id")


def write_msd(folder: Path, *, n_train: int = 20, python2: bool = False) -> dict:
    """Write the published lists: two artists of three songs, and `n_train` + 2 songs with tags.

    One of the songs with tags is by one of the artists. The clips themselves are not written;
    `write_clips` does that.

    Returns
    -------
    dict of str to object
        The content of each pickle, by file name.
    """
    protocol, text = (2, str.encode) if python2 else (4, str)
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (0, 12) for song in (1, 2, 3)]
    tagged = [f"TR{n:03d}" for n in range(n_train + 2)]
    clip_of = {track: f"9{n:03d}" for n, track in enumerate(tagged)}
    clip_of["TR000"] = "121"  # the first song of artist 12
    clips = [entry.split("/")[0] for entry in entries] + list(clip_of.values())
    vectors = {track: np.array([[True, n % 2 == 0, False]]) for n, track in enumerate(tagged)}
    files = {
        "msd-artist-list.pkl": [text(entry) for entry in entries],
        "7D_id_to_path.pkl": {text(c): text(f"{c[0]}/{c[1]}/{c}.clip.mp3") for c in clips},
        "MSD_id_to_7D_id.pkl": {text(track): text(clip) for track, clip in clip_of.items()},
        "filtered_list_train.cP": [text(track) for track in tagged[:n_train]],
        "filtered_list_test.cP": [text(track) for track in tagged[n_train:]],
        "msd_id_to_tag_vector.cP": {text(track): v for track, v in vectors.items()},
    }
    write_pickles(folder, files, protocol)
    (folder / "50tagList.txt").write_text("\n".join(TAGS) + "\n")
    return files


def write_pickles(folder: Path, files: dict, protocol: int | None = None) -> None:
    """Pickle each value into the file of its name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_bytes(pickle.dumps(value, protocol))


def write_clips(folder: Path, files: dict, missing: tuple[str, ...] = ()) -> None:
    """Make an empty file for each clip of `write_msd` (not in its Python 2 form), but for some."""
    for clip_id, path in files["7D_id_to_path.pkl"].items():
        if clip_id not in missing:
            touch(folder / path)
