"""The log-mel front end (section 3.3; authors' code)."""

from functools import cache

import numpy as np
from scipy.fft import rfft

from deepartist.constants import HOP_LENGTH, MEL_BANDS, N_FFT, SAMPLE_RATE_HZ

FRAMES_AT_ONCE = 128  # small enough for the intermediate arrays to stay in the processor's cache
GROUP_BANDS = 16  # smaller groups need fewer multiplications, but more calls


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Compute the log-compressed mel spectrogram: ``log10(1 + 10 · mel)``, mel of the magnitude.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32], n > 512
        Mono sound at 22,050 Hz.

    Returns
    -------
    np.ndarray [shape=(1 + n // 512, 128), dtype=float32]
        One row per centred frame of 1024 samples, edges reflected.
    """
    padded = np.pad(samples.astype(np.float32, copy=False), N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH]
    mel = np.empty((len(frames), MEL_BANDS), np.float32)
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        block = slice(start, start + FRAMES_AT_ONCE)
        # SciPy's transform is faster than NumPy's, because it takes several frames at a time
        magnitude = np.abs(rfft(frames[block] * hann_window(), axis=1))  # (block, 513)
        for bands, bins, weights in _filter_groups():
            np.matmul(magnitude[:, bins], weights, out=mel[block, bands])
    mel *= 10
    mel += 1
    return np.log10(mel, out=mel)


@cache
def mel_filters() -> np.ndarray:
    """Compute Slaney's triangular mel filters, each of unit area over frequency.

    Returns
    -------
    np.ndarray [shape=(128, 513), dtype=float32]
        Weight of each FFT bin in each band, equal to `librosa.filters.mel` with its defaults.
    """
    top_hz = SAMPLE_RATE_HZ / 2
    bins_hz = np.linspace(0, top_hz, 1 + N_FFT // 2)
    corners_hz = _mel_to_hz(np.linspace(0, _hz_to_mel(top_hz), MEL_BANDS + 2))
    lower, centre, upper = corners_hz[:-2, None], corners_hz[1:-1, None], corners_hz[2:, None]
    rising = (bins_hz - lower) / (centre - lower)
    falling = (upper - bins_hz) / (upper - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    filters: np.ndarray = (triangles * 2 / (upper - lower)).astype(np.float32)
    return filters


@cache
def _filter_groups() -> list[tuple[slice, slice, np.ndarray]]:
    """Divide the filters into groups of neighbouring bands.

    Returns for each group its bands, the bins with nonzero weights, and the weights (bins, bands).
    Most weights of the whole matrix are zero; with groups, an eighth of the multiplications remain.
    """
    groups = []
    for first in range(0, MEL_BANDS, GROUP_BANDS):
        bands = slice(first, first + GROUP_BANDS)
        weighted = np.flatnonzero(mel_filters()[bands].any(axis=0))
        bins = slice(weighted[0], weighted[-1] + 1)
        groups.append((bands, bins, np.ascontiguousarray(mel_filters()[bands, bins].T)))
    return groups


# Slaney's scale: linear below 1 kHz (15 mel), then 27 mel for each factor of 6.4.
_HZ_PER_MEL = 200 / 3
_LOG_START_HZ = 1000.0
_LOG_START_MEL = _LOG_START_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _LOG_START_HZ:
        return hz / _HZ_PER_MEL
    return float(_LOG_START_MEL + np.log(hz / _LOG_START_HZ) / _LOG_STEP)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    logarithmic = _LOG_START_HZ * np.exp(_LOG_STEP * (mel - _LOG_START_MEL))
    return np.where(mel < _LOG_START_MEL, mel * _HZ_PER_MEL, logarithmic)


@cache
def hann_window() -> np.ndarray:
    """Compute the periodic Hann window, as is usual for spectral analysis."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
