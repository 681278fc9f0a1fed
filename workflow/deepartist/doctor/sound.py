"""What clips hold once they are decoded, and which of them sound the same."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from deepartist.constants import MEL_BANDS
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.process.errors import InputError

# A clip's outline: how its log-mel, averaged over blocks of time and groups of bands, goes up and
# down with time. Of 160 real clips, the outlines of two songs had cosines up to 0.78, those of a
# song and its MP3 of 25 to 60 kbit/s from 0.969, at 10 dB less and one channel of two from 0.956.
OUTLINE_BLOCKS, OUTLINE_BANDS = 32, 16
NEAR_IDENTICAL_COSINE = 0.95
# Below this deviation, in log10 units, a sound is a steady one, which shows nothing.
STEADY_DEVIATION = 0.01
ROWS_AT_ONCE = 2048


class Sound(NamedTuple):
    """What decoding a clip gave.

    Attributes
    ----------
    reason : str
        Why the clip cannot be used; empty where it can.
    sample_rate_hz : int
        From the file's header; 0 where the clip cannot be used.
    outline : np.ndarray [shape=(512,), dtype=float32] or None
        See `outline`.
    """

    reason: str
    sample_rate_hz: int
    outline: np.ndarray | None


def listen_all(paths: Sequence[str], excerpt: str, jobs: int, title: str) -> list[Sound]:
    """Decode clips in processes, a progress bar on stderr.

    Raises
    ------
    InputError
        The system ended one of the processes.
    """
    try:
        with ProcessPoolExecutor(jobs, initializer=_prepare_process) as pool:
            sounds = pool.map(partial(listen, excerpt=excerpt), paths, chunksize=8)
            return list(tqdm(sounds, total=len(paths), desc=title, unit="clip", disable=None))
    except BrokenProcessPool as error:
        raise InputError(
            f"{title}: a process that decodes clips was ended by the system; free some memory"
        ) from error


def _prepare_process() -> None:
    threadpool_limits(1)  # the processes share the cores already
    # Decoders write what they think of damaged frames to stderr, hundreds of lines for some files.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def listen(path: str, excerpt: str) -> Sound:
    """Decode one clip."""
    try:
        frames = read_clip(Path(path), excerpt)
    except UnusableClip as reason:
        return Sound(str(reason), 0, None)
    return Sound("", read_sample_rate(path), outline(frames))


def read_sample_rate(path: str) -> int:
    """Read the sample rate in Hz from the header of a file that can be decoded."""
    try:
        return soundfile.info(path).samplerate
    except (soundfile.LibsndfileError, RuntimeError):
        import av

        with av.open(path, metadata_errors="ignore") as container:
            return container.streams.audio[0].rate


def outline(frames: np.ndarray) -> np.ndarray:
    """Reduce log-mel frames to a unit vector that survives re-encoding.

    Parameters
    ----------
    frames : np.ndarray [shape=(n, 128)], n >= 32

    Returns
    -------
    np.ndarray [shape=(512,), dtype=float32]
        Means over 32 stretches of time and 16 groups of bands, less the mean of each group, scaled
        to length 1; all zeros for a steady sound.
    """
    starts = np.arange(OUTLINE_BLOCKS) * len(frames) // OUTLINE_BLOCKS
    lengths = np.diff([*starts, len(frames)])
    blocks = np.add.reduceat(frames.astype(np.float32), starts) / lengths[:, None]
    means = blocks.reshape(OUTLINE_BLOCKS, OUTLINE_BANDS, MEL_BANDS // OUTLINE_BANDS).mean(axis=2)
    deviation = means - means.mean(axis=0)
    if np.sqrt(np.mean(deviation**2)) < STEADY_DEVIATION:
        return np.zeros(deviation.size, np.float32)
    return (deviation / np.linalg.norm(deviation)).ravel().astype(np.float32)


def group_near_identical(outlines: np.ndarray) -> np.ndarray:
    """Number the groups of clips whose outlines are near-identical.

    Parameters
    ----------
    outlines : np.ndarray [shape=(n, 512), dtype=float32]
        See `outline`.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=int32]
        Equal numbers for clips that a chain of cosines above 0.95 joins.
    """
    starts = range(0, len(outlines), ROWS_AT_ONCE)
    pairs = [
        np.argwhere(
            outlines[i : i + ROWS_AT_ONCE] @ outlines[j : j + ROWS_AT_ONCE].T
            > NEAR_IDENTICAL_COSINE
        )
        + np.array([i, j])
        for i in starts
        for j in starts
        if i <= j
    ]
    rows, columns = np.concatenate([np.empty((0, 2), np.int64), *pairs]).T
    n = len(outlines)
    links = coo_array((np.ones(len(rows), bool), (rows, columns)), shape=(n, n))
    return connected_components(links, directed=False)[1]
