"""Reading clips from log-mel shards, without Zarr.

Each clip's chunk is decompressed directly into its row of the result, while Zarr would read the
whole array first. All clips take half of Zarr's time, a few clips of a large shard a fifth, and
hardly any memory is needed besides the result.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numcodecs import CRC32C, blosc

from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.files.json_files import read_json
from deepartist.process.errors import InputError
from deepartist.process.memory import allocate

CHUNKS_FILE = Path("mel.zarr", "mel", "c", "0", "0", "0")
NOT_STORED = 2**64 - 1  # the offset that Zarr writes for a chunk of zeros, which it does not store

READERS = 4  # threads; each takes 5 MB of memory
CLIPS_OF_READER = 16  # clips per task; tasks of a single clip take a third longer
CLIPS_OF_BLOCK = 256  # 85 MB


class FoundClips(NamedTuple):
    """Where clips are in shards, and what `shard.json` says of them.

    Attributes
    ----------
    shards : list of tuple
        Folder of each shard that holds some of the clips, its number of clips, and two lists: their
        places in the shard, and their rows in the list of clips that was asked for.
    frames : np.ndarray [shape=(n,), dtype=int64]
        Valid frames of each clip.
    sums, sums_of_squares : np.ndarray [shape=(n,), dtype=float64]
        Of the values of each clip's valid frames; nan in shards of versions that did not keep them.
    """

    shards: list[tuple[Path, int, list[int], list[int]]]
    frames: np.ndarray
    sums: np.ndarray
    sums_of_squares: np.ndarray


def find_clips(folders: Sequence[Path], clip_ids: Sequence[str]) -> FoundClips:
    """Find clips in the shards of a data set, without reading their log-mels.

    Raises
    ------
    InputError
        A clip is in none of the shards.
    """
    row_of = {clip_id: row for row, clip_id in enumerate(clip_ids)}
    frames = np.zeros(len(clip_ids), np.int64)
    sums, sums_of_squares = np.full((2, len(clip_ids)), np.nan)
    shards = []
    for folder in folders:
        clips = read_json(folder / "shard.json")["clips"]
        places, rows = [], []
        for place, clip in enumerate(clips):
            row = row_of.get(clip["clip_id"])
            if row is None:
                continue
            places.append(place)
            rows.append(row)
            frames[row] = clip["frames"]
            sums[row] = clip.get("sum", np.nan)
            sums_of_squares[row] = clip.get("sum_of_squares", np.nan)
        if rows:
            shards.append((folder, len(clips), places, rows))
    if (frames == 0).any():
        missing = clip_ids[int((frames == 0).argmax())]
        raise InputError(
            f"clip '{missing}' is in none of the shards {', '.join(map(str, folders))}"
        )
    return FoundClips(shards, frames, sums, sums_of_squares)


def load_clips(
    folders: Sequence[Path], clip_ids: Sequence[str], scratch: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Read clips from shards into memory; each shard is opened once.

    Parameters
    ----------
    folders : sequence of Path
        The shards of a data set.
    clip_ids : sequence of str
        The clips to read; they are returned in this order.
    scratch : Path
        Folder for a memory map, which is used if the clips do not fit in free memory.

    Returns
    -------
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
        Zeros after a clip's last frame; memory-mapped if they do not fit in free memory.
    frames : np.ndarray [shape=(n,), dtype=int64]
        Valid frames of each clip.

    Raises
    ------
    InputError
        A clip is in none of the shards, or a shard is damaged.
    """
    found = find_clips(folders, clip_ids)
    return read_found(found, scratch), found.frames


def read_found(found: FoundClips, scratch: Path) -> np.ndarray:
    """Read the log-mels of clips that were found; see `load_clips`."""
    mels = allocate((len(found.frames), CLIP_FRAMES, MEL_BANDS), np.float16, scratch)
    with ThreadPoolExecutor(READERS) as pool:
        for folder, n, places, rows in found.shards:
            _read_into(folder, n, places, [mels[row] for row in rows], pool)
    return mels


def read_in_blocks(found: FoundClips) -> Iterator[tuple[list[int], np.ndarray]]:
    """Read the log-mels of clips that were found, some at a time.

    Yields
    ------
    rows : list of int
        Numbers of the clips in the list that was asked for.
    mels : np.ndarray [shape=(len(rows), 1291, 128), dtype=float16]
        Zeros after a clip's last frame. The memory is used again for the next block.

    Raises
    ------
    InputError
        A shard is damaged.
    """
    block = np.empty((CLIPS_OF_BLOCK, CLIP_FRAMES, MEL_BANDS), np.float16)
    with ThreadPoolExecutor(READERS) as pool:
        for folder, n, places, rows in found.shards:
            for start in range(0, len(rows), CLIPS_OF_BLOCK):
                part = slice(start, start + CLIPS_OF_BLOCK)
                mels = block[: len(rows[part])]
                mels[:] = 0  # chunks of zeros are not stored
                _read_into(folder, n, places[part], list(mels), pool)
                yield rows[part], mels


def _read_into(
    folder: Path, n: int, wanted: Sequence[int], mels: Sequence[np.ndarray], pool: Executor
) -> None:
    """Read some clips of a shard that holds n clips.

    `wanted` are their positions in the shard; each is read into its array of `mels`, which is
    (1291, 128) float16 and filled with zeros.
    """
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
    """Name the shard in the error if something in it cannot be read."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(folder)
        raise
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{folder}: is damaged ({error}); delete it and run again") from error


def _chunk_index(file: BinaryIO, n: int) -> np.ndarray:
    """Read the offset and the size in bytes of each of n chunks: (n, 2) uint64.

    The index is at the end of the file, followed by a checksum of four bytes (Zarr's codec
    `sharding_indexed`).
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 16 * n - 4))
    index: np.ndarray = CRC32C(location="end").decode(file.read()).view("<u8").reshape(n, 2)
    return index
