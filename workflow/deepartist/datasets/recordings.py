"""Finding recordings that a collection holds twice, in another format or on another album."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import fft

SAME_DURATION_S = 1.0
# The sound is compared by FFmpeg's decoding of the first seconds at a low rate. There is a library
# for this, Chromaprint, but it has no wheels, so users would have to install it by hand.
COMPARED_S = 30
RATE_HZ = 4_000
LOWEST_HZ = 60.0  # below are hum and offset, which different recordings share
MAX_SHIFT_S = 1.0  # encoders put up to a tenth of a second before the sound; rippers cut silence
# Measured on 387 real clips: of 5189 pairs of different songs, half of them by one artist, two
# that share loops had 0.65 and 0.68, one was a second copy (0.96), and the others at most 0.26. A
# song and its copy in another format had at least 0.97 (48 kbit/s), 0.93 (24) and 0.88 (12).
LEAST_CORRELATION = 0.8
MAX_COMPARED = 50  # songs of one artist, title and duration that a song is compared with
N_SAMPLES = fft.next_fast_len(round((COMPARED_S + MAX_SHIFT_S) * RATE_HZ))


def find_repeated(
    songs: Iterable[tuple[Path, Hashable, float | None]],
    sounds_same: Callable[[Path, Path], bool] | None = None,
) -> dict[Path, Path]:
    """Find repeated recordings: songs of the same artist, title and duration that sound the same.

    Parameters
    ----------
    songs : iterable of (file, name, duration_s)
        `name` identifies artist and title. Two durations are the same if they differ by at most a
        second. A song of unknown duration is never a repetition.
    sounds_same : callable or None
        Compares two files; None: `Comparison.sounds_same`. It is called only for songs of the same
        name and duration, at most `MAX_COMPARED` times for a song.

    Returns
    -------
    dict of Path to Path
        For each repeated song, the first song of the same recording, which is kept. In the order
        of `songs`.
    """
    sounds_same = sounds_same or Comparison().sounds_same
    files = []
    of_name: defaultdict[Hashable, list[tuple[Path, float]]] = defaultdict(list)
    for file, name, duration_s in songs:
        files.append(file)
        if duration_s is not None:
            of_name[name].append((file, duration_s))
    repeated: dict[Path, Path] = {}
    for group in of_name.values():  # one by one, so that few sounds are in memory
        kept: list[tuple[Path, float]] = []
        for file, duration_s in group:
            near = [other for other, s in kept if abs(s - duration_s) <= SAME_DURATION_S]
            for other in near[-MAX_COMPARED:]:
                if sounds_same(file, other):
                    repeated[file] = other
                    break
            else:
                kept.append((file, duration_s))
    return {file: repeated[file] for file in files if file in repeated}


class Comparison:
    """Compares the sounds of files; the last sounds are remembered, half a megabyte each."""

    def __init__(self) -> None:
        self._spectrum = lru_cache(maxsize=2 * MAX_COMPARED)(spectrum)

    def sounds_same(self, one: Path, other: Path) -> bool:
        """Tell whether two files hold the same recording.

        They do if a shift of at most `MAX_SHIFT_S` makes their waveforms nearly equal. Loudness,
        the sign of the samples and what codecs do to them have no effect. Files that cannot be
        decoded, or that are silent, are like no other.
        """
        spectra = self._spectrum(one), self._spectrum(other)
        if spectra[0] is None or spectra[1] is None:
            return False
        return correlation(spectra[0], spectra[1]) >= LEAST_CORRELATION


def spectrum(path: Path) -> np.ndarray | None:
    """Return the spectrum of the first `COMPARED_S` seconds of a file, of unit length.

    Returns
    -------
    np.ndarray [shape=(N_SAMPLES // 2 + 1,), dtype=complex64] or None
        Without what is below `LOWEST_HZ`; None if the file cannot be decoded or is silent.
    """
    try:
        samples = _decode(path)
    except Exception:  # a damaged file can make a decoder raise anything; it is reported later
        return None
    spectrum = fft.rfft(samples - samples.mean(), N_SAMPLES)
    spectrum[: round(LOWEST_HZ * N_SAMPLES / RATE_HZ)] = 0
    length = float(np.linalg.norm(spectrum))
    # Samples of full scale would give up to N_SAMPLES; what is left of silence is rounding.
    if not length > 1e-6 * N_SAMPLES:
        return None
    unit: np.ndarray = (spectrum / length).astype(np.complex64)
    return unit


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return the highest correlation of two spectra over all shifts of at most `MAX_SHIFT_S`.

    It is the envelope of the cross-correlation, so that a shift by part of a sample does not count.

    Parameters
    ----------
    one, other : np.ndarray [shape=(N_SAMPLES // 2 + 1,)]
        From `spectrum`.

    Returns
    -------
    float
        From 0 to 1.
    """
    # Without the negative frequencies, the inverse transform is complex, and its magnitude is the
    # envelope.
    envelope = abs(fft.ifft(one * other.conj(), N_SAMPLES)) * N_SAMPLES
    n_shifts = round(MAX_SHIFT_S * RATE_HZ)
    return float(max(envelope[: n_shifts + 1].max(), envelope[-n_shifts:].max()))


def _decode(path: Path) -> np.ndarray:
    """Return the first seconds of a file: mono, at RATE_HZ, dtype float32."""
    import av  # takes a fifth of a second, which is not needed if no name occurs twice

    blocks: list[np.ndarray] = []
    n_read, n_wanted = 0, COMPARED_S * RATE_HZ
    with av.open(str(path), metadata_errors="ignore") as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                blocks.append(part.to_ndarray()[0])
                n_read += len(blocks[-1])
            if n_read >= n_wanted:
                break
    return np.concatenate(blocks)[:n_wanted]
