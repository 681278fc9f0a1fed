"""The front end equals librosa's: decoding, resampling, spectrogram, filters."""

import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from deepartist.constants import CLIP_FRAMES
from deepartist.mels.audio import decode
from deepartist.mels.clip import read_clip
from deepartist.mels.mel import log_mel, mel_filters

DURATION_S = 31.0  # longer than what is read, to test the cut


def librosa_log_mel(path) -> np.ndarray:
    """Compute the log-mels as the authors' code does, with today's librosa."""
    samples, rate_hz = librosa.load(path, sr=22050, mono=True, res_type="soxr_hq")
    magnitude = np.abs(librosa.stft(samples, n_fft=1024, hop_length=512, pad_mode="reflect"))
    mel = librosa.filters.mel(sr=rate_hz, n_fft=1024, n_mels=128) @ magnitude
    return np.log10(1 + 10 * mel).T


def make_sound(rate_hz: int, channels: int, duration_s: float = DURATION_S) -> np.ndarray:
    """Make a gliding tone, clicks and noise, so that every band has energy."""
    rng = np.random.default_rng(rate_hz + channels)
    t = np.arange(int(duration_s * rate_hz)) / rate_hz
    glide = np.sin(2 * np.pi * (100 * t + 0.5 * (0.4 * rate_hz - 100) * t**2 / duration_s))
    sound = np.stack([0.3 * np.roll(glide, 1000 * c) for c in range(channels)], axis=1)
    sound += 0.02 * rng.standard_normal(sound.shape)
    sound[:: rate_hz // 3] += 0.4
    return sound.astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["wav", "mp3"])
def test_log_mel_equals_librosa(tmp_path, kind, rate_hz, channels):
    path = tmp_path / f"clip.{kind}"
    soundfile.write(path, make_sound(rate_hz, channels), rate_hz, format=kind.upper())
    ours = log_mel(decode(path, duration_s=30.1))[:CLIP_FRAMES]
    reference = librosa_log_mel(path)[:CLIP_FRAMES]
    assert ours.dtype == np.float32
    assert ours.shape == reference.shape == (1291, 128)
    assert np.ptp(reference) > 1  # the bands are not empty
    np.testing.assert_allclose(ours, reference, atol=1e-4)
    # A clip is stored rounded to float16.
    np.testing.assert_allclose(read_clip(path).astype(np.float32), reference, atol=1.1e-3)


def test_log_mel_equals_librosa_on_real_music(music):
    paths = sorted(music.glob("*/*.mp3"))[::20]
    assert len(paths) >= 8
    for path in paths:
        ours = log_mel(decode(path, duration_s=30.1))[:CLIP_FRAMES]
        np.testing.assert_allclose(ours, librosa_log_mel(path)[:CLIP_FRAMES], atol=1e-4)


def test_filters_are_slaneys():
    np.testing.assert_allclose(
        mel_filters(), librosa.filters.mel(sr=22050, n_fft=1024, n_mels=128), atol=1e-8
    )


@given(st.integers(min_value=600, max_value=40_000))
def test_number_of_frames(n):
    assert log_mel(np.zeros(n, np.float32)).shape == (1 + n // 512, 128)


def test_a_tone_lies_in_its_band():
    t = np.arange(22050) / 22050
    mel = log_mel(np.sin(2 * np.pi * 1000 * t).astype(np.float32))[20]
    # 1 kHz is 15 mel, and the top, 11,025 Hz, is 15 + 27 · ln(11.025) / ln(6.4) = 49.91 mel;
    # the filters' peaks are k · 49.91 / 129 mel, so the nearest is k = 38.77: filter 38 of 0…127
    assert mel.argmax() == 38
