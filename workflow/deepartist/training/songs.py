"""The songs of a split as one array, and the artists or tags that a model learns from them."""

import csv
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.mels.shard_reader import load_clips
from deepartist.process.errors import InputError


class TrainingData(NamedTuple):
    """Training and validation songs; songs with the same label are side by side.

    Attributes
    ----------
    mels : np.ndarray [shape=(N, 1291, 128), dtype=float16]
    frames : np.ndarray [shape=(N,), dtype=int64]
        Valid frames of each song.
    song_labels : list of str
        The label of each song in the split: an artist, or tags separated by ``|``.
    is_valid : np.ndarray [shape=(N,), dtype=bool]
        Whether a song is for validation.
    """

    mels: npt.NDArray[np.float16]
    frames: npt.NDArray[np.int64]
    song_labels: list[str]
    is_valid: npt.NDArray[np.bool_]


def read_training_data(split_path: Path, shards: Sequence[Path], scratch: Path) -> TrainingData:
    """Read the training and validation songs of a split.

    Parameters
    ----------
    split_path : Path
        CSV ``clip_id,label,split``.
    shards : sequence of Path
        Folders of the shards that hold the songs' log-mels.
    scratch : Path
        Folder for the log-mels if they do not fit in memory.

    Raises
    ------
    InputError
        There is no song to train or to validate on.
    """
    # Not pandas, because it takes a third of a second to import.
    with split_path.open(encoding="utf-8", newline="") as file:
        songs = [song for song in csv.DictReader(file) if song["split"] in ("train", "valid")]
    for part in ("train", "valid"):
        if all(song["split"] != part for song in songs):
            raise InputError(f"{split_path}: no song with split '{part}'")
    songs.sort(key=itemgetter("label", "split", "clip_id"))
    mels, frames = load_clips(shards, [song["clip_id"] for song in songs], scratch)
    is_valid = np.array([song["split"] == "valid" for song in songs])
    return TrainingData(mels, frames, [song["label"] for song in songs], is_valid)


def artist_classes(song_labels: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Number the artists.

    Returns
    -------
    names : list of str
        Sorted names of the artists.
    classes : np.ndarray [shape=(N,), dtype=int64]
        Index of each song's artist among the names.
    """
    names = sorted(set(song_labels))
    index = {name: i for i, name in enumerate(names)}
    return names, np.array([index[label] for label in song_labels], np.int64)


def tag_vectors(song_labels: Sequence[str]) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Find the tags of each song.

    Returns
    -------
    names : list of str
        Sorted names of the tags.
    vectors : np.ndarray [shape=(N, T), dtype=float32]
        1 if a song has a tag, else 0.
    """
    song_tags = [set(label.split(TAG_SEPARATOR)) for label in song_labels]
    names = sorted(set[str]().union(*song_tags))
    return names, np.array([[name in tags for name in names] for tags in song_tags], np.float32)


def input_statistics(data: TrainingData) -> tuple[float, float]:
    """Compute the mean and standard deviation of all values of the training songs (section 3.3)."""
    total = total_of_squares = 0.0
    size = 0
    for song in np.flatnonzero(~data.is_valid):
        values = data.mels[song, : data.frames[song]].astype(np.float32)
        total += float(values.sum(dtype=np.float64))
        total_of_squares += float(np.square(values).sum(dtype=np.float64))
        size += values.size
    mean = total / size
    return mean, float(np.sqrt(total_of_squares / size - mean**2))
