"""From an audio file to the log-mel frames of its clip, or the reason why there are none."""

from pathlib import Path

import numpy as np

from deepartist.constants import CLIP_FRAMES, HOP_LENGTH, SAMPLE_RATE_HZ, SEGMENT_FRAMES
from deepartist.mels.audio import DecodeError, decode
from deepartist.mels.mel import log_mel

# Enough sound for 1291 centred frames, and for the resampler to settle after the last of them.
CLIP_DURATION_S = 30.1

# -80 dB below full scale: quieter than the dither of a 16-bit file.
SILENCE_PEAK = 1e-4


class UnusableClip(Exception):
    """A clip that is left out; the message is the reason, in a few words."""


def read_clip(path: Path, excerpt: str = "start") -> np.ndarray:
    """Read the log-mel frames of a clip: of 30 seconds at the start or the middle of the file.

    Parameters
    ----------
    path : Path
    excerpt : str
        "start" or "middle", as `deepartist.mels.audio.decode` has it.

    Returns
    -------
    np.ndarray [shape=(frames, 128), dtype=float16], 129 <= frames <= 1291

    Raises
    ------
    UnusableClip
        Missing, empty, undecodable, not finite, silent, or shorter than one segment.
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
    if not np.isfinite(frames).all():  # a logarithm that is finite is within float16
        raise UnusableClip("spectrogram is not finite")
    return frames.astype(np.float16)
