"""Reading a clip: the log-mel frames of an audio file, or the reason why it is left out."""

from pathlib import Path

import numpy as np

from deepartist.constants import CLIP_FRAMES, HOP_LENGTH, SAMPLE_RATE_HZ, SEGMENT_FRAMES
from deepartist.mels.audio import DecodeError, decode
from deepartist.mels.mel import log_mel

# A little more than 1291 centred frames need, because the resampler distorts the last samples.
CLIP_DURATION_S = 30.1

# 80 dB below full scale; the dither of a 16-bit file stays below it.
SILENCE_PEAK = 1e-4


class UnusableClip(Exception):
    """A clip that is left out; the message is the reason, in a few words."""


def read_clip(path: Path, excerpt: str = "start") -> np.ndarray:
    """Read the log-mel frames of a clip: 30 seconds from the start or the middle of a file.

    Parameters
    ----------
    path : Path
        The audio file.
    excerpt : str
        "start" or "middle", as in `deepartist.mels.audio.decode`.

    Returns
    -------
    np.ndarray [shape=(frames, 128), dtype=float16], 129 <= frames <= 1291

    Raises
    ------
    UnusableClip
        The file is missing, empty, silent, shorter than one segment, or cannot be decoded; or a
        value is not finite.
    """
    try:
        samples = decode(path, CLIP_DURATION_S, excerpt)
    except DecodeError as error:
        raise UnusableClip(str(error)) from error
    if 1 + len(samples) // HOP_LENGTH < SEGMENT_FRAMES:
        shortest_s = (SEGMENT_FRAMES - 1) * HOP_LENGTH / SAMPLE_RATE_HZ
        duration_s = len(samples) / SAMPLE_RATE_HZ
        raise UnusableClip(f"too short ({duration_s:.2f} s; at least {shortest_s:.2f} s needed)")
    if max(samples.max(), -samples.min()) < SILENCE_PEAK:
        raise UnusableClip("silent")
    with np.errstate(over="ignore", invalid="ignore"):
        frames = log_mel(samples)[:CLIP_FRAMES]
    if not np.isfinite(frames).all():  # every finite logarithm fits in float16
        raise UnusableClip("spectrogram is not finite")
    return frames.astype(np.float16)
