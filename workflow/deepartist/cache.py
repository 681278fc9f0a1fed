"""The log-mel cache on disk: a shard is a folder of `mel.zarr` and `shard.json`."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import zarr
from zarr.buffer.cpu import NDBuffer
from zarr.codecs import BloscCodec

from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.errors import InputError
from deepartist.files import read_json, replacing, write_json
from deepartist.memory import allocate

# Read at a time; as many clips are in memory twice.
CLIPS_AT_ONCE = 64

# Chunks are read and written in Rust, in a third of the time.
zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})


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


def load_clips(
    folders: Sequence[Path], clip_ids: Sequence[str], scratch: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Read clips from shards into memory, each shard once.

    Parameters
    ----------
    folders : sequence of Path
        The shards of a data set.
    clip_ids : sequence of str
        Which clips, in the order wanted.
    scratch : Path
        Folder for a memory map, where the clips do not fit in free memory.

    Returns
    -------
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
        Zeros after a clip's last frame; memory-mapped where they do not fit in free memory.
    frames : np.ndarray [shape=(n,), dtype=int64]
        Valid frames of each clip.

    Raises
    ------
    InputError
        A clip is in none of the shards.
    """
    row_of = {clip_id: row for row, clip_id in enumerate(clip_ids)}
    mels = allocate((len(clip_ids), CLIP_FRAMES, MEL_BANDS), np.float16, scratch)
    frames = np.zeros(len(clip_ids), np.int64)
    read = np.empty((CLIPS_AT_ONCE, *mels.shape[1:]), mels.dtype)
    for folder in folders:
        clips = read_json(folder / "shard.json")["clips"]
        wanted = [index for index, clip in enumerate(clips) if clip["clip_id"] in row_of]
        rows = [row_of[clips[index]["clip_id"]] for index in wanted]
        frames[rows] = [clips[index]["frames"] for index in wanted]
        if not wanted:
            continue
        array = zarr.open_group(folder / "mel.zarr", mode="r")["mel"]
        for part in _runs(wanted):
            clips_read = read[: part.stop - part.start]
            array.get_basic_selection(
                slice(wanted[part.start], wanted[part.stop - 1] + 1),
                out=NDBuffer.from_numpy_array(clips_read),
            )
            mels[rows[part]] = clips_read
    if (frames == 0).any():
        missing = clip_ids[int((frames == 0).argmax())]
        raise InputError(
            f"clip '{missing}' is in none of the shards {', '.join(map(str, folders))}"
        )
    return mels, frames


def _runs(indices: Sequence[int]) -> Iterator[slice]:
    """Divide ascending indices into runs without a gap, `CLIPS_AT_ONCE` long at most."""
    start = 0
    for stop in range(1, len(indices) + 1):
        is_end = stop == len(indices) or indices[stop] != indices[stop - 1] + 1
        if is_end or stop - start == CLIPS_AT_ONCE:
            yield slice(start, stop)
            start = stop


def _write_array(mels: np.ndarray, path: Path) -> None:
    # One chunk per clip, so that a clip is read alone; all chunks in one file.
    # Shuffling bits is what pays: 0.83 of the raw size on real music, 0.99 without. After that,
    # zstd would save a hundredth more and take twice the time to read, four times to write.
    array = zarr.create_group(path).create_array(
        "mel",
        shape=mels.shape,
        dtype=mels.dtype,
        chunks=(1, *mels.shape[1:]),
        shards=(max(1, len(mels)), *mels.shape[1:]),
        compressors=BloscCodec(cname="lz4", clevel=9, shuffle="bitshuffle"),
    )
    array[:] = mels


def _digest(clips: Sequence[dict], mels: np.ndarray) -> str:
    digest = hashlib.sha256()
    for clip, mel in zip(clips, mels, strict=True):
        digest.update(f"{clip['clip_id']}\0{clip['frames']}\0".encode())
        digest.update(mel)
    return digest.hexdigest()
