"""The log-mel cache on disk: a shard is a folder of `mel.zarr` and `shard.json`."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import zarr
from zarr.codecs import BloscCodec

from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.errors import InputError
from deepartist.files import read_json, replacing, write_json


def save_shard(
    folder: Path, mels: np.ndarray, clips: Sequence[dict], failures: Sequence[dict]
) -> None:
    """Write a shard; `shard.json`, by which it is known, comes last.

    Parameters
    ----------
    folder : Path
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
        Becomes array ``mel`` of ``mel.zarr``; zeros after a clip's last frame.
    clips : sequence of dict
        ``clip_id`` and valid ``frames`` of each row of `mels`.
    failures : sequence of dict
        ``clip_id``, ``path`` and ``reason`` of each clip that was left out.
    """
    with replacing(folder / "mel.zarr") as partial:
        _write_array(mels, partial)
    index = {"clips": clips, "failures": failures, "digest": _digest(clips, mels)}
    write_json(index, folder / "shard.json")


def load_clips(folders: Sequence[Path], clip_ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Read clips from shards into memory, each shard once.

    Parameters
    ----------
    folders : sequence of Path
        The shards of a data set.
    clip_ids : sequence of str
        Which clips, in the order wanted.

    Returns
    -------
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
    frames : np.ndarray [shape=(n,), dtype=int64]
        Valid frames of each clip.

    Raises
    ------
    InputError
        A clip is in none of the shards.
    """
    row_of = {clip_id: row for row, clip_id in enumerate(clip_ids)}
    mels = np.zeros((len(clip_ids), CLIP_FRAMES, MEL_BANDS), np.float16)
    frames = np.zeros(len(clip_ids), np.int64)
    for folder in folders:
        array = None
        for index, clip in enumerate(read_json(folder / "shard.json")["clips"]):
            row = row_of.get(clip["clip_id"])
            if row is None:
                continue
            if array is None:
                array = zarr.open_group(folder / "mel.zarr", mode="r")["mel"]
            mels[row] = array[index]
            frames[row] = clip["frames"]
    if (frames == 0).any():
        missing = clip_ids[int((frames == 0).argmax())]
        raise InputError(
            f"clip '{missing}' is in none of the shards {', '.join(map(str, folders))}"
        )
    return mels, frames


def _write_array(mels: np.ndarray, path: Path) -> None:
    # One chunk per clip, so that a clip is read alone; all chunks in one file.
    # Shuffling bits pays: 0.82 of the raw size on real music, 0.90 by zstd alone.
    array = zarr.create_group(path).create_array(
        "mel",
        shape=mels.shape,
        dtype=mels.dtype,
        chunks=(1, *mels.shape[1:]),
        shards=(max(1, len(mels)), *mels.shape[1:]),
        compressors=BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle"),
    )
    array[:] = mels


def _digest(clips: Sequence[dict], mels: np.ndarray) -> str:
    digest = hashlib.sha256()
    for clip, mel in zip(clips, mels, strict=True):
        digest.update(f"{clip['clip_id']}\0{clip['frames']}\0".encode())
        digest.update(mel)
    return digest.hexdigest()
