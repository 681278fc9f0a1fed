"""The songs of a split as one array, and the artists or tags that a model learns from them."""

import csv
import math
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.mels.shard_reader import (
    FoundClips,
    read_found,
    read_in_blocks,
)
from deepartist.process.errors import InputError

# GPU memory that is left free for activations, gradients and cuDNN's workspace.
RESERVE_BYTES = 2**31


class SplitSongs(NamedTuple):
    """The training and validation songs of a split; songs with the same label are side by side.

    Attributes
    ----------
    clip_ids : list of str
    labels : list of str
        An artist, or tags separated by ``|``.
    albums : list of str
        The album of each song; empty where it is not known.
    is_valid : np.ndarray [shape=(N,), dtype=bool]
        Whether a song is for validation.
    """

    clip_ids: list[str]
    labels: list[str]
    albums: list[str]
    is_valid: npt.NDArray[np.bool_]


class TrainingData(NamedTuple):
    """Training and validation songs; songs with the same label are side by side.

    Attributes
    ----------
    mels : Tensor [shape=(N, 1291, 128), dtype=float16]
        On the device that trains if they fit there, else in main memory or memory-mapped.
    frames : np.ndarray [shape=(N,), dtype=int64]
        Valid frames of each song.
    song_labels : list of str
        The label of each song in the split: an artist, or tags separated by ``|``.
    is_valid : np.ndarray [shape=(N,), dtype=bool]
        Whether a song is for validation.
    input_mean, input_std : float
        Mean and standard deviation of all values of the training songs (section 3.3).
    song_albums : sequence of str
        The album of each song, empty where it is not known; or nothing at all if none is known.
    """

    mels: Tensor
    frames: npt.NDArray[np.int64]
    song_labels: list[str]
    is_valid: npt.NDArray[np.bool_]
    input_mean: float
    input_std: float
    song_albums: Sequence[str] = ()


def read_split(path: Path) -> SplitSongs:
    """Read the training and validation songs of a split, a CSV ``clip_id,label,split``.

    An artist set has a column ``album_id`` besides.

    Raises
    ------
    InputError
        There is no song to train or to validate on.
    """
    # Not pandas, because it takes a third of a second to import.
    with path.open(encoding="utf-8", newline="") as file:
        songs = [song for song in csv.DictReader(file) if song["split"] in ("train", "valid")]
    for part in ("train", "valid"):
        if all(song["split"] != part for song in songs):
            raise InputError(f"{path}: no song with split '{part}'")
    songs.sort(key=itemgetter("label", "split", "clip_id"))
    return SplitSongs(
        [song["clip_id"] for song in songs],
        [song["label"] for song in songs],
        [song.get("album_id", "") for song in songs],
        np.array([song["split"] == "valid" for song in songs]),
    )


def read_training_data(
    split: SplitSongs, found: FoundClips, scratch: Path, device: torch.device
) -> TrainingData:
    """Read the songs of a split.

    Parameters
    ----------
    split : SplitSongs
    found : FoundClips
        The songs of the split in the shards; see `find_clips`.
    scratch : Path
        Folder for the log-mels if they do not fit in memory.
    device : torch.device
        The device that trains. The log-mels are read onto it shard by shard if they fit; a line on
        stdout reports if they do not.

    Raises
    ------
    InputError
        A shard is damaged or of an earlier version.
    """
    mean, std = input_statistics(found, ~split.is_valid)
    mels = _read_onto(device, found) if device.type == "cuda" else None
    if mels is None:
        mels = torch.from_numpy(read_found(found, scratch))
    return TrainingData(mels, found.frames, split.labels, split.is_valid, mean, std, split.albums)


def _read_onto(device: torch.device, found: FoundClips) -> Tensor | None:
    """Read the log-mels onto a GPU; return None if they do not fit."""
    shape = (len(found.frames), CLIP_FRAMES, MEL_BANDS)
    n_bytes = 2 * math.prod(shape)
    free, _ = torch.cuda.mem_get_info(device)
    if n_bytes + RESERVE_BYTES > free:
        print(
            f"{n_bytes / 1e9:.1f} GB of log-mels and {free / 1e9:.1f} GB of free GPU memory: crops "
            "are cut in main memory",
            flush=True,
        )
        return None
    return copy_blocks(found, torch.empty(shape, dtype=torch.float16, device=device))


def copy_blocks(found: FoundClips, mels: Tensor) -> Tensor:
    """Read log-mels into a tensor (N, 1291, 128) on any device, some at a time; return it."""
    for rows, block in read_in_blocks(found):
        mels[torch.tensor(rows, device=mels.device)] = torch.from_numpy(block).to(mels.device)
    return mels


def input_statistics(found: FoundClips, is_training: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Compute the mean and standard deviation of all values of the training songs (section 3.3).

    Raises
    ------
    InputError
        A shard was written by a version that did not keep the sums.
    """
    size = int(found.frames[is_training].sum()) * MEL_BANDS
    mean = float(found.sums[is_training].sum()) / size
    variance = float(found.sums_of_squares[is_training].sum()) / size - mean**2
    if math.isnan(variance):
        folder = next(f for f, _, _, rows in found.shards if np.isnan(found.sums[rows]).any())
        raise InputError(
            f"{folder}: was written by an earlier version; delete the folder and run again"
        )
    return mean, math.sqrt(max(variance, 0.0))


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


def album_numbers(data: TrainingData) -> npt.NDArray[np.int64]:
    """Number the albums of the songs (N,); a song whose album is not known has its own number."""
    albums = data.song_albums or [""] * len(data.song_labels)
    keys = [
        (label, album) if album else (label, album, number)
        for number, (label, album) in enumerate(zip(data.song_labels, albums, strict=True))
    ]
    index = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([index[key] for key in keys], np.int64)


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
