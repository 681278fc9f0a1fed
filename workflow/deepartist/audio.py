"""Decoding of audio files to mono at the project's sample rate."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from deepartist.constants import SAMPLE_RATE_HZ


class DecodeError(Exception):
    """A file that does not hold sound; the message is the reason, in a few words."""


def decode(path: Path, max_duration_s: float) -> np.ndarray:
    """Decode the start of an audio file.

    Channels are averaged, then resampled with soxr's "HQ" filter, as `librosa.load` does.

    Parameters
    ----------
    path : Path
        A file that libsndfile or FFmpeg can read.
    max_duration_s : float > 0
        Seconds to read; what follows is never decoded.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        Samples at 22,050 Hz.

    Raises
    ------
    DecodeError
        The file is missing, empty, holds no sound that can be decoded, or samples not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise DecodeError("missing file")
    if path.stat().st_size == 0:
        raise DecodeError("empty file")
    try:
        channels, sample_rate_hz = _read_soundfile(path, max_duration_s)
    except (soundfile.LibsndfileError, RuntimeError):
        channels, sample_rate_hz = _read_av(path, max_duration_s)
    if len(channels) == 0:
        raise DecodeError("no samples")
    if not np.isfinite(channels).all():
        raise DecodeError("samples are not finite")
    samples = channels.mean(axis=1)
    if sample_rate_hz != SAMPLE_RATE_HZ:
        samples = soxr.resample(samples, sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ")
    return samples


def _read_soundfile(path: Path, max_duration_s: float) -> tuple[np.ndarray, int]:
    with soundfile.SoundFile(path) as file:
        frames = int(np.ceil(max_duration_s * file.samplerate))
        return file.read(frames, dtype="float32", always_2d=True), file.samplerate


def _read_av(path: Path, max_duration_s: float) -> tuple[np.ndarray, int]:
    """Read by FFmpeg what libsndfile cannot open, such as AAC or an MP4 named .mp3."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise DecodeError("no audio stream")
            stream = container.streams.audio[0]
            to_float = av.AudioResampler(format="fltp")
            blocks: list[np.ndarray] = []
            remaining = int(np.ceil(max_duration_s * stream.rate))
            for frame in container.decode(stream):
                for block in to_float.resample(frame):
                    blocks.append(block.to_ndarray().T)  # (samples, channels)
                    remaining -= len(blocks[-1])
                if remaining <= 0:
                    break
            rate_hz = stream.rate
    except DecodeError:
        raise
    except Exception as error:  # whatever a damaged file makes the decoder do is its failure
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise DecodeError(f"cannot be decoded ({reason})") from error
    if not blocks:
        return np.empty((0, 1), np.float32), rate_hz
    samples = np.concatenate(blocks)
    return samples[: len(samples) + min(remaining, 0)], rate_hz
