"""Decoding audio files to mono samples at the project's sample rate."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr

from deepartist.constants import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from av.container import InputContainer

EXCERPTS = ("start", "middle")

# Lowest and highest sample rate that is accepted. A damaged header can state millions of Hz, and
# then gigabytes would be read.
SAMPLE_RATES_HZ = (1_000, 768_000)

MAX_SAMPLES = 2**28  # over all channels: a gigabyte of float32

# After a seek, the first samples of a decoder are wrong: with MP3 and AAC for up to two frames
# (52 ms at 44.1 kHz), with Opus for 80 ms. So decoding starts this much earlier, and the samples
# before the wanted start are dropped.
SETTLING_S = 0.2


class DecodeError(Exception):
    """A file that cannot be decoded; the message is the reason, in a few words."""


def decode(path: Path, duration_s: float, excerpt: str = "start") -> np.ndarray:
    """Decode an excerpt of an audio file.

    libsndfile is tried first. Files that it cannot read, such as AAC or an MP4 file named .mp3, are
    read by FFmpeg. Channels are averaged, and the result is resampled with soxr's "HQ" filter, as
    in `librosa.load`.

    Parameters
    ----------
    path : Path
        A file that libsndfile or FFmpeg can read.
    duration_s : float > 0
        Seconds to read. Only these are kept in memory, even of long files.
    excerpt : str
        "start", or "middle" for the seconds around the middle of the file. The start is read
        instead of the middle if the header does not give the file's length, if the file is shorter
        than its header says, or if it is not longer than `duration_s`.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        Samples at 22,050 Hz, each the mean of all channels.

    Raises
    ------
    DecodeError
        The file is missing, empty or cannot be decoded, or a sample is not finite.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise DecodeError("missing file")
        if path.stat().st_size == 0:
            raise DecodeError("empty file")
    except OSError as error:  # a folder that may not be entered, a name that is too long
        raise DecodeError(f"cannot be opened ({error.strerror})") from error
    samples, sample_rate_hz = _read(path, duration_s, excerpt)
    if sample_rate_hz != SAMPLE_RATE_HZ:
        samples = soxr.resample(samples, sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    if len(samples) == 0:  # resampling to a lower rate can leave none
        raise DecodeError("no samples")
    # Checked after resampling, because there usually are fewer samples then, and resampling keeps a
    # NaN or infinity. Minimum and maximum are NaN if any sample is NaN.
    if not np.isfinite([samples.min(), samples.max()]).all():
        raise DecodeError("samples are not finite")
    return samples


def _read(path: Path, duration_s: float, excerpt: str) -> tuple[np.ndarray, int]:
    """Read with libsndfile or FFmpeg; if the middle cannot be read, read the start.

    Returns the mean of all channels, and its sample rate in Hz.
    """
    for wanted in ("middle", "start") if excerpt == "middle" else ("start",):
        for read in (_read_soundfile, _read_av):
            try:
                return read(path, duration_s, wanted)
            except DecodeError as error:
                failure = error
            except Exception as error:  # a damaged file can make a decoder raise anything
                reason = getattr(error, "strerror", None) or " ".join(str(error).split())
                failure = DecodeError(f"cannot be decoded ({reason or type(error).__name__})")
                failure.__cause__ = error
    raise failure


def _read_soundfile(path: Path, duration_s: float, excerpt: str) -> tuple[np.ndarray, int]:
    """Read with libsndfile."""
    with soundfile.SoundFile(path) as file:
        n_wanted = _count(duration_s, file.samplerate, file.channels)
        start = max(0, (file.frames - n_wanted) // 2) if excerpt == "middle" else 0
        n_before = min(start, math.ceil(SETTLING_S * file.samplerate))
        if file.seekable():
            file.seek(start - n_before)  # even to 0: without this seek, Opus is 6.5 ms late
        # Read in one piece, because each read of an MP3 starts with wrong samples.
        samples = file.read(n_before + n_wanted, dtype="float32", always_2d=True)
    return _cut([_mix(samples, axis=1)[n_before:]], start, n_wanted), file.samplerate


def _read_av(path: Path, duration_s: float, excerpt: str) -> tuple[np.ndarray, int]:
    """Read with FFmpeg."""
    import av

    with av.open(str(path), metadata_errors="ignore") as container:
        if not container.streams.audio:
            raise DecodeError("no audio stream")
        stream = container.streams.audio[0]
        if stream.time_base is None:
            raise DecodeError("the header gives no unit of time")
        start_s = max(0.0, (_length_s(container) - duration_s) / 2) if excerpt == "middle" else 0.0
        origin_s = float((stream.start_time or 0) * stream.time_base)
        if start_s:
            seek_to_s = origin_s + max(0.0, start_s - SETTLING_S)
            # FFmpeg seeks to this time or to an earlier one.
            container.seek(int(seek_to_s / stream.time_base), stream=stream)
        to_float = av.AudioResampler(format="fltp")
        rate_hz = stream.rate
        blocks: list[np.ndarray] = []
        n_wanted, n_read = _count(duration_s, rate_hz, stream.channels), 0
        for frame in container.decode(stream):
            rate_hz = frame.sample_rate  # the header of HE-AAC may state half of it
            n_wanted = _count(duration_s, rate_hz, stream.channels)
            n_before = 0
            if start_s and not blocks:
                if frame.time is None:
                    raise DecodeError("its frames have no times")
                n_before = max(0, round((start_s - (frame.time - origin_s)) * rate_hz))
            for block in to_float.resample(frame):
                samples = _mix(block.to_ndarray(), axis=0)[n_before:]
                if len(samples):
                    blocks.append(samples)
                    n_read += len(samples)
            if n_read >= n_wanted:
                break
    return _cut(blocks, start_s, n_wanted), rate_hz


def _length_s(container: "InputContainer") -> float:
    """Return a file's length in seconds, from its header or estimated by FFmpeg."""
    stream = container.streams.audio[0]
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return container.duration / 1e6  # FFmpeg's unit is 1 µs
    raise DecodeError("its length is not known")


def _count(duration_s: float, rate_hz: int, channels: int) -> int:
    """Return the number of samples per channel to read; refuse rates and channels out of range."""
    lowest_hz, highest_hz = SAMPLE_RATES_HZ
    if not lowest_hz <= rate_hz <= highest_hz:
        raise DecodeError(f"a sample rate of {rate_hz} Hz")
    n = math.ceil(duration_s * rate_hz)
    if n * channels > MAX_SAMPLES:
        raise DecodeError(f"{channels} channels at {rate_hz} Hz")
    return n


def _mix(samples: np.ndarray, axis: int) -> np.ndarray:
    """Average the channels, which lie along `axis`."""
    if samples.shape[axis] == 1:
        return samples.squeeze(axis)
    # Along such a short axis, a matrix product takes a tenth of the time of `mean`.
    weights = np.full(samples.shape[axis], 1 / samples.shape[axis], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # checked in `decode`
        return np.tensordot(samples, weights, (axis, 0))


def _cut(blocks: list[np.ndarray], start: float, n_wanted: int) -> np.ndarray:
    """Join the blocks read from a file, and cut them to `n_wanted` samples.

    If the middle has fewer samples, an error is raised, so that the start is read instead.
    """
    joined = blocks[0] if len(blocks) == 1 else np.concatenate([*blocks, np.empty(0, np.float32)])
    samples = joined[:n_wanted]
    if len(samples) == 0:
        raise DecodeError("no samples")
    if start and len(samples) < n_wanted:
        raise DecodeError("it is shorter than its header says")
    return samples
