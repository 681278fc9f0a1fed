"""The songs of a split as one array, with what is to be learned from each."""

import csv
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.mels.shard_writer import load_clips
from deepartist.process.errors import InputError


class TrainingData(NamedTuple):
    """Training and validation songs; songs of a label lie side by side.

    Attributes
    ----------
    mels : np.ndarray [shape=(N, 1291, 128), dtype=float16]
    frames : np.ndarray [shape=(N,), dtype=int64]
        Valid frames of each song.
    song_labels : list of str
        What the split says of each song: an artist, or tags separated by ``|``.
    is_valid : np.ndarray [shape=(N,), dtype=bool]
        Whether a song is for validation.
    """

    mels: np.ndarray
    frames: np.ndarray
    song_labels: list[str]
    is_valid: np.ndarray


def read_training_data(split_path: Path, shards: Sequence[Path], scratch: Path) -> TrainingData:
    """Read the training and validation songs of a split (CSV ``clip_id,label,split``).

    Raises
    ------
    InputError
        No song to train or to validate on.
    """
    # by the standard library: pandas takes a third of a second to import
    with split_path.open(encoding="utf-8", newline="") as file:
        songs = [song for song in csv.DictReader(file) if song["split"] in ("train", "valid")]
    for part in ("train", "valid"):
        if all(song["split"] != part for song in songs):
            raise InputError(f"{split_path}: no song with split '{part}'")
    songs.sort(key=itemgetter("label", "split", "clip_id"))
    mels, frames = load_clips(shards, [song["clip_id"] for song in songs], scratch)
    is_valid = np.array([song["split"] == "valid" for song in songs])
    return TrainingData(mels, frames, [song["label"] for song in songs], is_valid)


def artist_targets(song_labels: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Number the artists: their names, sorted, and each song's artist (N,) int64."""
    artists = sorted(set(song_labels))
    number = {artist: i for i, artist in enumerate(artists)}
    return artists, np.array([number[label] for label in song_labels], np.int64)


def tag_targets(song_labels: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """List the tags, sorted, and say which each song has: (N, tags) float32 of 0 and 1."""
    song_tags = [set(label.split(TAG_SEPARATOR)) for label in song_labels]
    tags = sorted(set().union(*song_tags))
    return tags, np.array([[tag in have for tag in tags] for have in song_tags], np.float32)


def input_statistics(data: TrainingData) -> tuple[float, float]:
    """Compute one mean and one standard deviation of the training songs' frames (section 3.3)."""
    total = total_of_squares = 0.0
    size = 0
    for song in np.flatnonzero(~data.is_valid):
        values = data.mels[song, : data.frames[song]].astype(np.float32)
        total += float(values.sum(dtype=np.float64))
        total_of_squares += float(np.square(values).sum(dtype=np.float64))
        size += values.size
    mean = total / size
    return mean, float(np.sqrt(total_of_squares / size - mean**2))
