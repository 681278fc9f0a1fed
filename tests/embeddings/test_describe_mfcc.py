import numpy as np
import pytest
import scipy.fft

from deepartist.embeddings.describe_mfcc import mfcc_statistics
from described import make_clip, mean_of_rows, std_of_rows


def slow_statistics(frames):
    """Power in dB, 80 dB of range, orthonormal DCT; deltas are slopes of lines through 9 frames."""
    magnitude = (10 ** frames.astype(np.float64) - 1) / 10
    decibels = 10 * np.log10(np.maximum(magnitude**2, 1e-10))
    decibels = np.maximum(decibels, decibels.max() - 80)
    cepstrum = scipy.fft.dct(decibels, type=2, norm="ortho", axis=1)[:, :20]  # (n, 20)
    delta = np.empty_like(cepstrum)
    for t in range(len(frames)):
        middle = min(max(t, 4), len(frames) - 5)  # at the edges: the line through the outermost 9
        delta[t] = np.polyfit(np.arange(-4, 5), cepstrum[middle - 4 : middle + 5], deg=1)[0]
    parts = [f(values) for values in (cepstrum.T, delta.T) for f in (mean_of_rows, std_of_rows)]
    return np.concatenate(parts)


@pytest.mark.parametrize("n", [129, 130, 400])
def test_statistics_are_those_of_the_slow_twin(rng, n):
    frames = make_clip(rng, n)
    ours = mfcc_statistics(frames)
    assert (ours.shape, ours.dtype) == ((80,), np.float32)
    np.testing.assert_allclose(ours, slow_statistics(frames), rtol=1e-3, atol=2e-3)


def test_a_constant_clip_by_hand():
    # magnitude 1 in each band is 0 dB: no cepstrum at all
    np.testing.assert_allclose(
        mfcc_statistics(np.full((129, 128), np.log10(11), np.float32)), np.zeros(80), atol=1e-4
    )
    # magnitude 10 is 20 dB; the first coefficient is 20 * 128 / sqrt(128)
    loud = mfcc_statistics(np.full((129, 128), np.log10(101), np.float32))
    assert loud[0] == pytest.approx(20 * 128**0.5, rel=1e-5)
    np.testing.assert_allclose(loud[1:], np.zeros(79), atol=1e-3)


def test_loudness_is_in_the_first_coefficient_only(rng):
    magnitude = rng.uniform(1, 5, size=(200, 128))
    soft, loud = (mfcc_statistics(np.log10(1 + 10 * gain * magnitude)) for gain in (1, 10))
    assert loud[0] - soft[0] == pytest.approx(20 * 128**0.5, rel=1e-4)
    np.testing.assert_allclose(loud[1:], soft[1:], atol=1e-2)
