"""The front end is librosa's: decoding, resampling, spectrogram, filters."""

import av
import librosa
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from deepartist.audio import DecodeError, decode
from deepartist.clip import UnusableClip, read_clip
from deepartist.constants import CLIP_FRAMES, SEGMENT_FRAMES
from deepartist.mel import log_mel, mel_filters

DURATION_S = 31.0  # longer than what is read, so that cutting shows


def librosa_log_mel(path) -> np.ndarray:
    """The authors' way, with today's librosa: load, stft, mel, log."""
    samples, rate_hz = librosa.load(path, sr=22050, mono=True, res_type="soxr_hq")
    magnitude = np.abs(librosa.stft(samples, n_fft=1024, hop_length=512, pad_mode="reflect"))
    mel = librosa.filters.mel(sr=rate_hz, n_fft=1024, n_mels=128) @ magnitude
    return np.log10(1 + 10 * mel).T


def make_sound(rate_hz: int, channels: int, duration_s: float = DURATION_S) -> np.ndarray:
    """A gliding tone, clicks and noise: something in every band."""
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
    ours = log_mel(decode(path, max_duration_s=30.1))[:CLIP_FRAMES]
    reference = librosa_log_mel(path)[:CLIP_FRAMES]
    assert ours.dtype == np.float32
    assert ours.shape == reference.shape == (1291, 128)
    assert np.ptp(reference) > 1  # the sound does reach the bands
    np.testing.assert_allclose(ours, reference, atol=1e-4)
    # what is kept is that, rounded to float16
    np.testing.assert_allclose(read_clip(path).astype(np.float32), reference, atol=1.1e-3)


def test_log_mel_equals_librosa_on_real_music(music):
    paths = sorted(music.glob("*/*.mp3"))[::20]
    assert len(paths) >= 8
    for path in paths:
        ours = log_mel(decode(path, max_duration_s=30.1))[:CLIP_FRAMES]
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


def test_only_the_needed_seconds_count(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, make_sound(22_050, 1, duration_s=40), 22_050)
    assert len(decode(path, max_duration_s=30.1)) == int(np.ceil(30.1 * 22_050))


def test_what_libsndfile_cannot_open_is_read_by_ffmpeg(tmp_path):
    path = tmp_path / "really_alac.mp3"  # an MP4 file named .mp3, as they come
    sound = (make_sound(44_100, 2, duration_s=5) * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("alac", rate=44_100, layout="stereo")
        frame = av.AudioFrame.from_ndarray(sound.T.copy(), format="s16p", layout="stereo")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.SoundFile(path)
    soundfile.write(tmp_path / "same.wav", sound, 44_100)
    np.testing.assert_allclose(
        decode(path, max_duration_s=3), decode(tmp_path / "same.wav", max_duration_s=3), atol=1e-6
    )


def write_wav(path, samples) -> None:
    soundfile.write(path, samples.astype(np.float32), 22_050, subtype="FLOAT")


SEGMENT_SAMPLES = (SEGMENT_FRAMES - 1) * 512


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "missing file"),
        (lambda path: path.write_bytes(b""), "empty file"),
        (lambda path: path.write_bytes(b"this is no sound" * 100), "cannot be decoded"),
        (lambda path: write_wav(path, np.zeros(0)), "no samples"),
        (lambda path: write_wav(path, np.zeros(SEGMENT_SAMPLES)), "silent"),
        (lambda path: write_wav(path, np.ones(SEGMENT_SAMPLES - 1)), "too short"),
        (lambda path: write_wav(path, np.full(SEGMENT_SAMPLES, np.nan)), "not finite"),
    ],
)
def test_unusable_clips_say_why(tmp_path, make, reason):
    path = tmp_path / "clip.wav"
    make(path)
    with pytest.raises(UnusableClip, match=reason):
        read_clip(path)


def test_the_shortest_clip_is_one_segment(tmp_path):
    write_wav(tmp_path / "clip.wav", np.sin(np.arange(SEGMENT_SAMPLES) / 10))
    assert read_clip(tmp_path / "clip.wav").shape == (SEGMENT_FRAMES, 128)


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "wav"])
def test_truncated_files_are_read_or_refused(tmp_path, kind, tenth):
    whole, cut = tmp_path / f"whole.{kind}", tmp_path / f"cut.{kind}"
    soundfile.write(whole, make_sound(22_050, 1, duration_s=4), 22_050)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) * tenth // 10])
    try:
        samples = decode(cut, max_duration_s=30.1)
    except DecodeError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(samples).all()
