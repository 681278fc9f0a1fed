"""Decoding clips to find out which can be used and which sound the same."""

import os
from collections.abc import Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from deepartist.constants import MEL_BANDS
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.process.errors import InputError

# The outline of a clip describes how its log-mel, averaged over blocks of time and groups of bands,
# rises and falls with time. Measured on 160 real clips: the outlines of two different songs had
# cosines up to 0.78; a song and its MP3 at 25 to 60 kbit/s had at least 0.969, and at least 0.956
# if the MP3 was 10 dB softer and held only one of two channels.
OUTLINE_BLOCKS, OUTLINE_BANDS = 32, 16
NEAR_IDENTICAL_COSINE = 0.95
# If the log-mel deviates less from its mean, in log10 units, the sound is steady and its outline
# cannot be compared.
STEADY_DEVIATION = 0.01
ROWS_AT_ONCE = 2048


class Sound(NamedTuple):
    """The result of decoding a clip.

    Attributes
    ----------
    reason : str
        Why the clip cannot be used; empty if it can be used.
    sample_rate_hz : int
        From the file's header; 0 if the clip cannot be used.
    outline : np.ndarray [shape=(512,), dtype=float32] or None
        See `outline`.
    notes : str
        What is not as it should be in a file that can be used, such as samples that had to be
        scaled; empty if there is nothing.
    """

    reason: str
    sample_rate_hz: int
    outline: np.ndarray | None
    notes: str


def describe_sounds(clips: pd.DataFrame) -> pd.DataFrame:
    """Decode clips, and add what can only be found out by decoding.

    Parameters
    ----------
    clips : pd.DataFrame [columns=(dataset, path, excerpt)]
        Clips of all data sets whose files can be read; there may be other columns.

    Returns
    -------
    pd.DataFrame
        `clips` with `reason`, `sample_rate_hz` and `notes` (see `Sound`) and `sound`, a text that
        is equal for clips that sound the same. It is empty for a clip that cannot be used.
    """
    sound_of: dict[Hashable, Sound] = {}
    for (dataset, excerpt), of_dataset in clips.groupby(["dataset", "excerpt"], sort=False):
        paths, jobs = of_dataset["path"].tolist(), os.cpu_count() or 1
        sounds = listen_all(paths, str(excerpt), jobs, str(dataset))
        sound_of |= dict(zip(of_dataset.index, sounds, strict=True))
    sounds = [sound_of[i] for i in clips.index]
    clips = clips.assign(
        reason=[sound.reason for sound in sounds],
        sample_rate_hz=[sound.sample_rate_hz for sound in sounds],
        notes=[sound.notes for sound in sounds],
        sound="",
    )
    outlines = [sound.outline for sound in sounds if sound.outline is not None]
    if outlines:
        groups = group_near_identical(np.stack(outlines))
        clips.loc[clips["reason"] == "", "sound"] = groups.astype(str)
    return clips


def listen_all(paths: Sequence[str], excerpt: str, jobs: int, title: str) -> list[Sound]:
    """Decode clips in several processes, with a progress bar on stderr.

    Raises
    ------
    InputError
        The system killed one of the processes.
    """
    try:
        with ProcessPoolExecutor(jobs, initializer=_prepare_process) as pool:
            sounds = pool.map(partial(listen, excerpt=excerpt), paths, chunksize=8)
            return list(tqdm(sounds, total=len(paths), desc=title, unit="clip", disable=None))
    except BrokenProcessPool as error:
        raise InputError(
            f"{title}: a process that decodes clips was killed by the system; free some memory"
        ) from error


def _prepare_process() -> None:
    threadpool_limits(1)  # one thread each, because there is a process per core
    # Decoders print a line on stderr for each damaged frame: hundreds for some files.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def listen(path: str, excerpt: str) -> Sound:
    """Decode one clip."""
    notes: list[str] = []
    try:
        frames = read_clip(Path(path), excerpt, notes.append)
    except UnusableClip as reason:
        return Sound(str(reason), 0, None, "")
    return Sound("", read_sample_rate(path), outline(frames), "; ".join(notes))


def read_sample_rate(path: str) -> int:
    """Read the sample rate in Hz from the header of a file that can be decoded."""
    try:
        return int(soundfile.info(path).samplerate)
    except (soundfile.LibsndfileError, RuntimeError):
        import av

        with av.open(path, metadata_errors="ignore") as container:
            return int(container.streams.audio[0].rate)


def outline(frames: np.ndarray) -> np.ndarray:
    """Reduce log-mel frames to a unit vector that hardly changes if the clip is encoded again.

    Parameters
    ----------
    frames : np.ndarray [shape=(n, 128)], n >= 32

    Returns
    -------
    np.ndarray [shape=(512,), dtype=float32]
        Means over 32 blocks of time and 16 groups of bands, minus the mean of each group, scaled to
        length 1; all zeros for a steady sound.
    """
    starts = np.arange(OUTLINE_BLOCKS) * len(frames) // OUTLINE_BLOCKS
    lengths = np.diff([*starts, len(frames)])
    blocks = np.add.reduceat(frames.astype(np.float32), starts) / lengths[:, None]
    means = blocks.reshape(OUTLINE_BLOCKS, OUTLINE_BANDS, MEL_BANDS // OUTLINE_BANDS).mean(axis=2)
    deviation = means - means.mean(axis=0)
    if np.sqrt(np.mean(deviation**2)) < STEADY_DEVIATION:
        return np.zeros(deviation.size, np.float32)
    vector: np.ndarray = (deviation / np.linalg.norm(deviation)).ravel().astype(np.float32)
    return vector


def group_near_identical(outlines: np.ndarray) -> np.ndarray:
    """Number the groups of clips whose outlines are near-identical.

    Parameters
    ----------
    outlines : np.ndarray [shape=(n, 512), dtype=float32]
        See `outline`.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=int32]
        Number of each clip's group. Two clips are in one group if a chain of clips connects them in
        which neighbours have cosines above 0.95.
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
    _, groups = connected_components(links, directed=False)
    return np.asarray(groups)
