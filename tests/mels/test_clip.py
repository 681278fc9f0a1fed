"""Reading a clip: its log-mel frames, or the reason why it is left out."""

import numpy as np
import pytest
import soundfile

from deepartist.constants import CLIP_FRAMES, SEGMENT_FRAMES
from deepartist.mels import clip
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.mels.mel import log_mel
from sounds import make_glide, write_sound

RATE_HZ = 22_050
SEGMENT_SAMPLES = (SEGMENT_FRAMES - 1) * 512  # length of the shortest clip
TONE = make_glide(RATE_HZ, 4)[:SEGMENT_SAMPLES, 0]


def write_wav(path, samples):
    soundfile.write(path, samples.astype(np.float32), RATE_HZ, subtype="FLOAT")
    return path


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(0), "no samples"),
        (np.zeros(SEGMENT_SAMPLES), "silent"),
        (np.where(TONE > 0, 9e-5, 0), "silent"),
        (TONE[1:], r"too short \(2.97 s; at least 2.97 s needed\)"),
        (np.full(SEGMENT_SAMPLES, np.nan), "samples are not finite"),
        (1e38 * TONE, "samples beyond full scale"),
    ],
)
def test_unusable_clips_say_why(tmp_path, samples, reason):
    with pytest.raises(UnusableClip, match=reason):
        read_clip(write_wav(tmp_path / "clip.wav", samples))


def test_what_cannot_be_decoded_is_unusable(tmp_path):
    with pytest.raises(UnusableClip, match="missing file"):
        read_clip(tmp_path / "clip.wav")


def test_the_shortest_clip_is_one_segment(tmp_path):
    frames = read_clip(write_wav(tmp_path / "clip.wav", TONE))
    assert (frames.shape, frames.dtype) == ((SEGMENT_FRAMES, 128), np.float16)


@pytest.mark.parametrize(("excerpt", "start_s"), [("start", 0), ("middle", 4.95)])
def test_thirty_seconds_of_a_longer_file(tmp_path, excerpt, start_s):
    glide = make_glide(RATE_HZ, 40)[:, 0]
    frames = read_clip(write_wav(tmp_path / "clip.wav", glide), excerpt)
    assert len(frames) == CLIP_FRAMES
    start = round(start_s * RATE_HZ)
    expected = log_mel(glide[start : start + 31 * RATE_HZ])[2 : CLIP_FRAMES - 2]
    np.testing.assert_allclose(frames[2:-2].astype(np.float32), expected, atol=2e-3)


def test_all_of_a_longer_file(tmp_path, monkeypatch):
    path = write_wav(tmp_path / "clip.wav", make_glide(RATE_HZ, 40)[:, 0])
    whole, start = read_clip(path, "whole"), read_clip(path, "start")
    assert (len(whole), whole.dtype) == (1 + 40 * RATE_HZ // 512, np.float16)
    np.testing.assert_array_equal(whole[: CLIP_FRAMES - 2], start[: CLIP_FRAMES - 2])
    monkeypatch.setattr(clip, "LONGEST_S", 35.0)
    assert len(read_clip(path, "whole")) == 1 + 35 * RATE_HZ // 512


def test_music_may_begin_after_a_silence_that_is_longer_than_a_clip(tmp_path):
    path = write_wav(tmp_path / "clip.wav", np.append(np.zeros(31 * RATE_HZ), np.tile(TONE, 20)))
    with pytest.raises(UnusableClip, match="silent"):
        read_clip(path, "start")
    assert read_clip(path, "middle").max() > 0.5


# a constant, and channels that cancel

LOSSLESS, LOSSY = ("a.wav", "a.flac"), ("a.mp3", "a.ogg", "a.m4a", "a.mka", "a.wma")


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("offsets", [(0.5,), (-0.05,), (0.3, 0.1), (0.3, -0.3)])
@pytest.mark.parametrize("name", LOSSLESS)
def test_a_constant_is_silence(tmp_path, name, offsets, rate_hz):
    constant = np.tile(np.float32(offsets), (4 * rate_hz, 1))
    write_sound(tmp_path / name, constant, rate_hz)
    with pytest.raises(UnusableClip, match=r"^silent$"):
        read_clip(tmp_path / name)


@pytest.mark.parametrize("name", LOSSY)
def test_a_constant_of_a_lossy_format_is_silence(tmp_path, name):
    write_sound(tmp_path / name, np.full((4 * 44_100, 2), 0.5, np.float32), 44_100)
    with pytest.raises(UnusableClip, match=r"^silent$"):
        read_clip(tmp_path / name)


def test_dither_on_a_constant_is_silence(tmp_path, rng):
    dither = rng.integers(-2, 3, SEGMENT_SAMPLES) / 2**15
    with pytest.raises(UnusableClip, match=r"^silent$"):
        read_clip(write_wav(tmp_path / "clip.wav", 0.01 + dither))


@pytest.mark.parametrize(("offset", "loudness"), [(0, 1.1e-3), (0.003, 1.1e-3), (0.3, 0.1)])
def test_soft_music_is_no_silence_whatever_the_offset(tmp_path, offset, loudness):
    read_clip(write_wav(tmp_path / "clip.wav", offset + loudness * TONE))


@pytest.mark.parametrize("offset", [0.01, 0.1])
def test_an_offset_alters_the_lowest_mel_band_alone(tmp_path, offset):
    plain = read_clip(write_wav(tmp_path / "plain.wav", TONE))
    moved = read_clip(write_wav(tmp_path / "moved.wav", TONE + offset))
    assert moved[:, 0].mean() > plain[:, 0].mean() + 0.02
    np.testing.assert_allclose(moved[:, 1:], plain[:, 1:], atol=1e-3)


@pytest.mark.parametrize(
    ("name", "scale"),
    [("a.wav", 2**15), *[(name, n) for name in ("a.wav", *LOSSY) for n in (1, 0.02)]],
)
def test_channels_that_cancel_are_not_called_silent(tmp_path, name, scale):
    tone = np.float32(scale) * make_glide(44_100, 4)
    settings = {"subtype": "FLOAT"} if name == "a.wav" else {}
    write_sound(tmp_path / name, np.hstack([tone, -tone]), 44_100, **settings)
    with pytest.raises(UnusableClip, match=r"^its channels cancel"):
        read_clip(tmp_path / name)


@pytest.mark.parametrize(
    "gains", [(1, -1, 0), (0, 1, -1), (0.5, 0.5, -1), (1, -0.98), (0, 0, 1, -1, 0, 0)]
)
def test_some_of_several_channels_cancel(tmp_path, gains):
    sound = make_glide(RATE_HZ, 4) * np.float32(gains)
    with pytest.raises(UnusableClip, match=r"^its channels cancel"):
        read_clip(write_wav(tmp_path / "clip.wav", sound))


@pytest.mark.parametrize("gains", [(1, 0.9), (1, 0), (1, -0.5), (0, 0, 0.5, 0, 0, 0)])
def test_soft_and_wide_stereo_is_music(tmp_path, gains):
    sound = 0.02 * make_glide(RATE_HZ, 4) * np.float32(gains)
    read_clip(write_wav(tmp_path / "clip.wav", sound))


# far beyond full scale


@pytest.mark.parametrize("bits", [15, 23, 31])
@pytest.mark.parametrize("loudness", [0.05, 1, 3])
def test_integers_written_as_floats_give_the_same_clip(tmp_path, bits, loudness):
    expected = read_clip(write_wav(tmp_path / "plain.wav", loudness * TONE))
    said = []
    path = write_wav(tmp_path / "clip.wav", loudness * TONE * np.float32(2**bits))
    np.testing.assert_array_equal(read_clip(path, tell=said.append), expected)
    (words,) = said
    assert words.endswith(
        f"are taken for integers of {bits + 1} bits; they are divided by 2^{bits}"
    )


def test_a_little_over_full_scale_is_left_as_it_is(tmp_path):
    said = []
    loud = 3.9 * TONE / np.abs(TONE).max()
    frames = read_clip(write_wav(tmp_path / "clip.wav", loud), tell=said.append)
    np.testing.assert_array_equal(frames, log_mel(loud).astype(np.float16))
    assert said == []


def click(sound):
    """Put a frame of noise into sound, as a decoder does where a file is damaged."""
    return np.where(np.abs(np.arange(len(sound)) - 30_000) < 300, 1e4 * sound, sound)


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(40 * TONE, id="neither music nor integers"),
        pytest.param(click(TONE), id="a click"),
        pytest.param(np.float32(2.0**40) * TONE, id="more than 32 bits"),
    ],
)
def test_what_no_range_of_integers_explains_is_refused(tmp_path, sound):
    with pytest.raises(UnusableClip, match=r"^samples beyond full scale \(up to .*\)"):
        read_clip(write_wav(tmp_path / "clip.wav", sound))
