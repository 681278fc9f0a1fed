"""The log-mel cache on disk: a shard is a folder of `mel.zarr` and `shard.json`.

Zarr writes shards. They are read without it, chunk by chunk into the rows where clips are wanted:
all clips in half of the time, a few of many in a fifth, and with hardly any memory but theirs.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numcodecs import CRC32C, blosc

from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.files.json_files import read_json, write_json
from deepartist.process.errors import InputError
from deepartist.process.memory import allocate
from deepartist.process.replacing import replacing

CHUNKS_FILE = Path("mel.zarr", "mel", "c", "0", "0", "0")
NOT_STORED = 2**64 - 1  # where Zarr says that a chunk of zeros is

READERS = 4  # threads; each has 5 MB of its own
CLIPS_OF_READER = 16  # handed over one by one, they take a third longer


def save_shard(
    folder: Path, mels: np.ndarray, clips: Sequence[dict], failures: Sequence[dict]
) -> None:
    """Write a shard; `shard.json`, by which it is known, comes last.

    Parameters
    ----------
    folder : Path
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
        Becomes array ``mel`` of ``mel.zarr``; zeros after a clip's last frame. Not all may be
        zeros: Zarr would store nothing.
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
        A clip is in none of the shards, or a shard is damaged.
    """
    row_of = {clip_id: row for row, clip_id in enumerate(clip_ids)}
    mels = allocate((len(clip_ids), CLIP_FRAMES, MEL_BANDS), np.float16, scratch)
    frames = np.zeros(len(clip_ids), np.int64)
    with ThreadPoolExecutor(READERS) as pool:
        for folder in folders:
            clips = read_json(folder / "shard.json")["clips"]
            wanted = [index for index, clip in enumerate(clips) if clip["clip_id"] in row_of]
            rows = [row_of[clips[index]["clip_id"]] for index in wanted]
            frames[rows] = [clips[index]["frames"] for index in wanted]
            if wanted:
                _read_into(folder, len(clips), wanted, [mels[row] for row in rows], pool)
    if (frames == 0).any():
        missing = clip_ids[int((frames == 0).argmax())]
        raise InputError(
            f"clip '{missing}' is in none of the shards {', '.join(map(str, folders))}"
        )
    return mels, frames


def _read_into(
    folder: Path, n: int, wanted: Sequence[int], mels: Sequence[np.ndarray], pool: Executor
) -> None:
    """Read clips of a shard of n, each into an array of zeros (1291, 128) of float16."""
    with (folder / CHUNKS_FILE).open("rb") as file:
        with _naming(folder):
            index = _chunk_index(file, n)

        def read(part: slice) -> None:
            with _naming(folder):
                for clip, mel in zip(wanted[part], mels[part], strict=True):
                    offset, n_bytes = map(int, index[clip])
                    if offset != NOT_STORED:
                        blosc.decompress(os.pread(file.fileno(), n_bytes, offset), mel)

        starts = range(0, len(wanted), CLIPS_OF_READER)
        list(pool.map(read, [slice(start, start + CLIPS_OF_READER) for start in starts]))


@contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """Say of which shard it is that something cannot be read."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(folder)
        raise
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{folder}: is damaged ({error}); delete it and run again") from error


def _chunk_index(file: BinaryIO, n: int) -> np.ndarray:
    """Read where each of n chunks begins and how many bytes it has: (n, 2) uint64.

    That is the end of the file, and a checksum of four bytes (Zarr's codec `sharding_indexed`).
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 16 * n - 4))
    return CRC32C(location="end").decode(file.read()).view("<u8").reshape(n, 2)


def _write_array(mels: np.ndarray, path: Path) -> None:
    import zarr  # here, for reading does without
    from zarr.codecs import BloscCodec

    # Chunks are written in Rust, in a third of the time.
    zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
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
