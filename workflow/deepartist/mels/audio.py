"""Decoding audio files to mono samples at the project's sample rate."""

import logging
import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile
import soxr

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.mels.joined import Part, ends_in_another_stream, find_parts, mp3_goes_on

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

# Two decoders' lengths of one file differ by up to two frames (52 ms): what they add and cut off at
# its ends. A larger difference is sound that one of them did not read.
LENGTHS_DIFFER_S = 0.1

# Loud music exceeds full scale by up to 12 dB when a lossy format is decoded, and stays as it is.
OVER_PEAK = 4.0
# A higher peak means that integers of 16, 24 or 32 bits were written as floating-point numbers
# without dividing them by 2^15, 2^23 or 2^31, if the music then has a peak of -40 dB at least...
INTEGER_BITS = (15, 23, 31)
LOWEST_PEAK = 0.01
# ... and if this part of the samples is beyond full scale. Fewer are a decoder's clicks in damaged
# places, and the music around them has the right level.
LEAST_SHARE_BEYOND = 0.01

Mix = Callable[[np.ndarray, int], np.ndarray]  # samples and the axis of their channels, to mono


class DecodeError(Exception):
    """A file that cannot be decoded; the message is the reason, in a few words."""


class _Read(NamedTuple):
    """Samples of a mono mix, their rate in Hz, and the whole file's length that its header states.

    `stated_s` is None if FFmpeg read the file.
    """

    samples: np.ndarray
    rate_hz: int
    stated_s: float | None

    @property
    def length_s(self) -> float:
        return len(self.samples) / self.rate_hz


def mean_of_channels(samples: np.ndarray, axis: int) -> np.ndarray:
    """Average the channels, which lie along `axis`."""
    if samples.shape[axis] == 1:
        return samples.squeeze(axis)
    # Along such a short axis, a matrix product takes a tenth of the time of `mean`.
    weights = np.full(samples.shape[axis], 1 / samples.shape[axis], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # checked in `decode`
        return np.tensordot(samples, weights, (axis, 0))


def loudest_channel(samples: np.ndarray, axis: int) -> np.ndarray:
    """Return the largest magnitude of all channels at each time."""
    magnitude: np.ndarray = np.abs(samples).max(axis=axis)
    return magnitude


def decode(
    path: Path,
    duration_s: float,
    excerpt: str = "start",
    *,
    mix: Mix = mean_of_channels,
    tell: Callable[[str], None] | None = None,
) -> np.ndarray:
    """Decode an excerpt of an audio file.

    libsndfile is tried first. Files that it cannot read, such as AAC or an MP4 file named .mp3, are
    read by FFmpeg; so are files of which it reads less than there is, such as several MP3 files
    joined to one. The streams of a chained Ogg file are read one after the other. Channels are
    averaged, and the result is resampled with soxr's "HQ" filter, as in `librosa.load`.

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
    mix : function
        Makes one channel of all: `mean_of_channels` or `loudest_channel`.
    tell : function, optional
        Is called with a sentence about each thing in the file that is not as it should be, but can
        be read. Default: a warning in the log, with the path.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        Samples at 22,050 Hz. Full scale is 1; a peak up to 4 is left as it is. Integers that were
        written as floating-point numbers are divided by their range.

    Raises
    ------
    DecodeError
        The file is missing, empty or cannot be decoded, a sample is not finite, or the samples are
        far beyond full scale and no range of integers explains them.
    """
    path = Path(path)
    # Python's logging prints warnings on stderr, or where the user of the package wants them.
    tell = tell or partial(logging.getLogger(__name__).warning, "%s: %s", path)
    try:
        if not path.is_file():
            raise DecodeError("missing file")
        if path.stat().st_size == 0:
            raise DecodeError("empty file")
    except OSError as error:  # a folder that may not be entered, a name that is too long
        raise DecodeError(f"cannot be opened ({error.strerror})") from error
    samples = _read(path, duration_s, excerpt, mix, tell)
    if len(samples) == 0:  # resampling to a lower rate can leave none
        raise DecodeError("no samples")
    # Checked after resampling, because there usually are fewer samples then, and resampling keeps a
    # NaN or infinity. Minimum and maximum are NaN if any sample is NaN.
    low, high = float(samples.min()), float(samples.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DecodeError("samples are not finite")
    peak = max(high, -low)
    return samples if peak <= OVER_PEAK else _to_full_scale(samples, peak, tell)


def _to_full_scale(samples: np.ndarray, peak: float, tell: Callable[[str], None]) -> np.ndarray:
    """Divide samples that are integers of 16, 24 or 32 bits by their range; refuse all others."""
    if np.mean(np.abs(samples) > 1) >= LEAST_SHARE_BEYOND:
        for bits in INTEGER_BITS:
            if LOWEST_PEAK <= peak / 2**bits <= OVER_PEAK:
                tell(
                    f"samples up to {peak:,.0f} are taken for integers of {bits + 1} bits; they "
                    f"are divided by 2^{bits}"
                )
                return samples / np.float32(2**bits)
    raise DecodeError(f"samples beyond full scale (up to {peak:.3g}; full scale is 1)")


def _read(
    path: Path, duration_s: float, excerpt: str, mix: Mix, tell: Callable[[str], None]
) -> np.ndarray:
    """Read all that there is of the wanted seconds, and resample it.

    A file that yields fewer seconds may have more in it. To find out takes a hundredth of the time
    for decoding MP3, less for Ogg, and 3 % of it for FLAC, which is searched as a whole.
    """
    read: _Read | None = None
    failure: DecodeError | None = None
    if excerpt != "middle" or not ends_in_another_stream(path):
        try:
            read = _read_stream(path, duration_s, None if excerpt == "middle" else 0.0, mix)
        except DecodeError as error:
            failure = error
        if read is not None and len(read.samples) >= duration_s * read.rate_hz:
            return _resample(read.samples, read.rate_hz)
    parts = find_parts(path)
    if len(parts) > 1:
        return _read_parts(path, parts, duration_s, excerpt, mix, tell)
    if read is None:
        if failure is None:  # the last page of an Ogg file was not what it seemed
            read = _read_stream(path, duration_s, None, mix)
        else:
            raise failure
    elif read.stated_s is not None:
        read = _read_on(path, read, read.stated_s, duration_s, mix, tell)
    return _resample(read.samples, read.rate_hz)


def _read_on(
    path: Path,
    read: _Read,
    stated_s: float,
    duration_s: float,
    mix: Mix,
    tell: Callable[[str], None],
) -> _Read:
    """Try FFmpeg where libsndfile seems to have read less of a file than there is."""
    is_cut_short = stated_s - read.length_s > LENGTHS_DIFFER_S
    if not is_cut_short and not mp3_goes_on(path, read.length_s):
        return read
    try:
        longer = _read_av(path, duration_s, 0.0, mix)
    except Exception:  # what libsndfile could read is better than nothing
        longer = read
    if longer.length_s - read.length_s > LENGTHS_DIFFER_S:
        tell(
            f"{longer.length_s:.2f} s are read by FFmpeg, {read.length_s:.2f} s by libsndfile: its "
            "header is wrong or missing, or files were joined"
        )
        return longer
    if is_cut_short:
        tell(f"it ends after {read.length_s:.2f} s; its header says {stated_s:.2f} s")
    return read


def _read_parts(
    path: Path,
    parts: Sequence[tuple[int, int]],
    duration_s: float,
    excerpt: str,
    mix: Mix,
    tell: Callable[[str], None],
) -> np.ndarray:
    """Read the streams of a file one after the other; each may have another rate and channels."""
    n_wanted = math.ceil(duration_s * SAMPLE_RATE_HZ)
    reads: list[_Read] = []
    failures: list[DecodeError] = []
    with path.open("rb") as file:
        streams = [Part(file, start, end) for start, end in parts]
        skip_s = 0.0
        lengths_s = [0.0] * len(streams)
        if excerpt == "middle":
            lengths_s = [_length_of_stream_s(stream) for stream in streams]
            skip_s = max(0.0, (sum(lengths_s) - duration_s) / 2)
        n_read = 0.0
        for stream, length_s in zip(streams, lengths_s, strict=True):
            if skip_s and skip_s >= length_s:
                skip_s -= length_s
                continue
            try:
                reads.append(
                    _read_stream(stream, (n_wanted - n_read) / SAMPLE_RATE_HZ, skip_s, mix)
                )
            except DecodeError as error:
                failures.append(error)
            else:
                n_read += reads[-1].length_s * SAMPLE_RATE_HZ
            skip_s = 0.0
            if n_read >= n_wanted:
                break
    if not reads:
        raise failures[-1] if failures else DecodeError("no samples")
    left_out = f"; left out: {len(failures)} of them ({failures[-1]})" if failures else ""
    tell(f"{len(parts)} streams one after the other are read as one{left_out}")
    # Streams of one rate are joined before they are resampled, because the resampler sees silence
    # before and after what it gets.
    return np.concatenate(
        [
            _resample(np.concatenate([read.samples for read in of_rate]), rate_hz)
            for rate_hz, of_rate in groupby(reads, key=lambda read: read.rate_hz)
        ]
    )[:n_wanted]


def _length_of_stream_s(stream: Part) -> float:
    """Return the length of a stream from its header; 0 if it cannot be opened."""
    try:
        return float(soundfile.info(stream).duration)
    except Exception:  # a damaged file can make a decoder raise anything
        pass
    import av

    stream.seek(0)
    try:
        with av.open(stream, "r", metadata_errors="ignore") as container:
            return _length_s(container)
    except Exception:  # as above; and there may be no audio in it
        return 0.0


def _resample(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Resample to the project's sample rate."""
    if rate_hz == SAMPLE_RATE_HZ:
        return samples
    resampled: np.ndarray = soxr.resample(samples, rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    return resampled


def _read_stream(source: Path | Part, duration_s: float, start_s: float | None, mix: Mix) -> _Read:
    """Read with libsndfile or FFmpeg; if the middle (`start_s` None) fails, read the start."""
    for wanted_s in (None, 0.0) if start_s is None else (start_s,):
        for read in (_read_soundfile, _read_av):
            if isinstance(source, Part):
                source.seek(0)
            try:
                return read(source, duration_s, wanted_s, mix)
            except DecodeError as error:
                failure = error
            except Exception as error:  # a damaged file can make a decoder raise anything
                reason = getattr(error, "strerror", None) or " ".join(str(error).split())
                failure = DecodeError(f"cannot be decoded ({reason or type(error).__name__})")
                failure.__cause__ = error
    raise failure


def _read_soundfile(
    source: Path | Part, duration_s: float, start_s: float | None, mix: Mix
) -> _Read:
    """Read with libsndfile."""
    with soundfile.SoundFile(source) as file:
        n_wanted = _count(duration_s, file.samplerate, file.channels)
        if start_s is None:
            start = max(0, (file.frames - n_wanted) // 2)
        else:
            start = round(start_s * file.samplerate)
        n_before = min(start, math.ceil(SETTLING_S * file.samplerate))
        if file.seekable():
            file.seek(start - n_before)  # even to 0: without this seek, Opus is 6.5 ms late
        # Read in one piece, because each read of an MP3 starts with wrong samples.
        samples = file.read(n_before + n_wanted, dtype="float32", always_2d=True)
        stated_s = file.frames / file.samplerate
    must_be_whole = start_s is None and start > 0
    mono = _cut([mix(samples, 1)[n_before:]], n_wanted, must_be_whole)
    return _Read(mono, file.samplerate, stated_s)


def _read_av(source: Path | Part, duration_s: float, start_s: float | None, mix: Mix) -> _Read:
    """Read with FFmpeg."""
    import av

    file = str(source) if isinstance(source, Path) else source
    with av.open(file, "r", metadata_errors="ignore") as container:
        if not container.streams.audio:
            raise DecodeError("no audio stream")
        stream = container.streams.audio[0]
        if stream.time_base is None:
            raise DecodeError("the header gives no unit of time")
        must_be_whole = start_s is None
        if start_s is None:
            start_s = max(0.0, (_length_s(container) - duration_s) / 2)
        origin_s = float((stream.start_time or 0) * stream.time_base)
        if start_s:
            seek_to_s = origin_s + max(0.0, start_s - SETTLING_S)
            # FFmpeg seeks to this time or to an earlier one.
            container.seek(int(seek_to_s / stream.time_base), stream=stream)
        to_float = av.AudioResampler(format="fltp")
        rate_hz = stream.rate
        shape: tuple[int, str] | None = None
        blocks: list[np.ndarray] = []
        n_wanted, n_read = _count(duration_s, rate_hz, stream.channels), 0
        for frame in container.decode(stream):
            if shape != (frame.sample_rate, frame.layout.name):
                if shape is None:
                    rate_hz = frame.sample_rate  # the header of HE-AAC may state half of it
                    n_wanted = _count(duration_s, rate_hz, stream.channels)
                else:  # joined files: FFmpeg takes the later ones to the rate of the first
                    to_float = av.AudioResampler(format="fltp", rate=rate_hz)
                shape = (frame.sample_rate, frame.layout.name)
            n_before = 0
            if start_s and not blocks:
                if frame.time is None:
                    raise DecodeError("its frames have no times")
                n_before = max(0, round((start_s - (frame.time - origin_s)) * rate_hz))
            for block in to_float.resample(frame):
                samples = mix(block.to_ndarray(), 0)[n_before:]
                if len(samples):
                    blocks.append(samples)
                    n_read += len(samples)
            if n_read >= n_wanted:
                break
    mono = _cut(blocks, n_wanted, must_be_whole and start_s > 0)
    return _Read(mono, rate_hz, None)


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


def _cut(blocks: list[np.ndarray], n_wanted: int, must_be_whole: bool) -> np.ndarray:
    """Join the blocks read from a file, and cut them to `n_wanted` samples.

    If the middle, which `must_be_whole`, has fewer samples, an error is raised, so that the start
    is read instead.
    """
    joined = blocks[0] if len(blocks) == 1 else np.concatenate([*blocks, np.empty(0, np.float32)])
    samples = joined[:n_wanted]
    if len(samples) == 0:
        raise DecodeError("no samples")
    if must_be_whole and len(samples) < n_wanted:
        raise DecodeError("it is shorter than its header says")
    return samples
