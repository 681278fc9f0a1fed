"""Reading a clip: its log-mel frames, or the reason why it is left out."""

import numpy as np
import pytest
import soundfile

from deepartist.constants import CLIP_FRAMES, SEGMENT_FRAMES
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.mels.mel import log_mel
from sounds import make_glide

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
        (1e38 * TONE, "spectrogram is not finite"),
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


def test_music_may_begin_after_a_silence_that_is_longer_than_a_clip(tmp_path):
    path = write_wav(tmp_path / "clip.wav", np.append(np.zeros(31 * RATE_HZ), np.tile(TONE, 20)))
    with pytest.raises(UnusableClip, match="silent"):
        read_clip(path, "start")
    assert read_clip(path, "middle").max() > 0.5
