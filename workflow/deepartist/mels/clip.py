"""Reading a clip: the log-mel frames of an audio file, or the reason why it is left out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from deepartist.constants import CLIP_FRAMES, HOP_LENGTH, SAMPLE_RATE_HZ, SEGMENT_FRAMES
from deepartist.mels.audio import DecodeError, decode, loudest_channel
from deepartist.mels.mel import log_mel

# A little more than 1291 centred frames need, because the resampler distorts the last samples.
CLIP_DURATION_S = 30.1

# What is read of a whole song; a mix of some hours would take gigabytes.
LONGEST_S = 20 * 60.0


# 80 dB below full scale; the dither of a 16-bit file stays below it.
SILENCE_PEAK = 1e-4

# A constant is silence, too. Its first and last tenth of a second are not constant after resampling
# and in lossy formats, and what Vorbis and AAC make of it varies by up to 1.7 % (measured on
# constants of 0.5, at 22,050 to 48,000 Hz).
EDGE_SAMPLES = SAMPLE_RATE_HZ // 10
RIPPLE_OF_CONSTANT = 0.02

# If the peak of the channels' mean is below this, the mean is compared with the loudest channel.
# Even of wide stereo it is not 26 dB softer: then one channel is the other upside down, and what is
# left of the mean is noise of a lossy format (up to -30 dB in Vorbis).
QUIET_PEAK = 0.03
CANCELLING_RATIO = 0.05


class UnusableClip(Exception):
    """A clip that is left out; the message is the reason, in a few words."""


def read_clip(
    path: Path, excerpt: str = "start", tell: Callable[[str], None] | None = None
) -> np.ndarray:
    """Read the log-mel frames of a clip: 30 seconds from a file's start or middle, or all of it.

    A constant that is added to music (an offset) is left in it, as by the authors' code: it alters
    the lowest of the 128 mel bands alone, because the Hann window keeps it within the lowest two
    bins of the spectrum. Measured on eleven songs: by at most 0.12 for an offset of 0.01, 0.1 to
    0.7 for 0.1, and all other bands by less than 1e-6.

    Parameters
    ----------
    path : Path
        The audio file.
    excerpt : str
        "start" or "middle", as in `deepartist.mels.audio.decode`; "whole", at most 20 minutes.
    tell : function, optional
        Takes what is said about the file, as in `deepartist.mels.audio.decode`.

    Returns
    -------
    np.ndarray [shape=(frames, 128), dtype=float16], frames >= 129
        At most 1291, unless the whole file is read.

    Raises
    ------
    UnusableClip
        The file is missing, empty, silent, shorter than one segment, or cannot be decoded; its
        channels cancel; a sample is not finite or far beyond full scale.
    """
    duration_s = LONGEST_S if excerpt == "whole" else CLIP_DURATION_S
    try:
        samples = decode(path, duration_s, _place_of(excerpt), tell=tell)
        if 1 + len(samples) // HOP_LENGTH < SEGMENT_FRAMES:
            shortest_s = (SEGMENT_FRAMES - 1) * HOP_LENGTH / SAMPLE_RATE_HZ
            too_few_s = len(samples) / SAMPLE_RATE_HZ
            raise UnusableClip(f"too short ({too_few_s:.2f} s; at least {shortest_s:.2f} s needed)")
        level, silence = measure_level(samples)
        if level < max(QUIET_PEAK, silence):
            _check_channels(path, duration_s, excerpt, samples)
        if level < silence:
            raise UnusableClip("silent")
    except DecodeError as error:
        raise UnusableClip(str(error)) from error
    frames = log_mel(samples)
    return (frames if excerpt == "whole" else frames[:CLIP_FRAMES]).astype(np.float16)


def _place_of(excerpt: str) -> str:
    return "start" if excerpt == "whole" else excerpt


def measure_level(samples: np.ndarray) -> tuple[float, float]:
    """Measure how far samples deviate from their middle, and below what deviation they are silent.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,)], n > 4410

    Returns
    -------
    level, silence : float
        Half the difference of maximum and minimum, without the edges; the least level of sound.
    """
    inner = samples[EDGE_SAMPLES:-EDGE_SAMPLES]
    low, high = float(inner.min()), float(inner.max())
    offset = abs(high + low) / 2
    return (high - low) / 2, max(SILENCE_PEAK, RIPPLE_OF_CONSTANT * offset)


def _check_channels(path: Path, duration_s: float, excerpt: str, samples: np.ndarray) -> None:
    """Raise UnusableClip if the mean of the channels is much softer than they are."""
    place = _place_of(excerpt)
    loudest = decode(path, duration_s, place, mix=loudest_channel, tell=_say_nothing)
    level, silence = measure_level(loudest)
    if level >= silence and samples.std() < CANCELLING_RATIO * loudest.std():
        raise UnusableClip("its channels cancel (one is the other upside down)")


def _say_nothing(words: str) -> None:
    """Drop what was said when the file was decoded before."""
