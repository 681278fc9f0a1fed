"""Clips of a demo corpus: how they are divided, seeded and written."""

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from deepartist.demo.clips import Clip, derive_seed, divide, spread_artists, write_clip
from deepartist.demo.synthesise_corpus import digest_folder


@given(st.integers(1, 300))
def test_divide_leaves_no_part_empty(songs):
    sizes = divide(songs, (0.2, 0.3))
    assert sum(sizes) == songs and min(sizes) >= 0
    if songs >= 3:
        assert min(sizes) >= 1
    if songs >= 20:
        np.testing.assert_allclose(np.array(sizes) / songs, (0.5, 0.2, 0.3), atol=0.05)


@given(st.integers(1, 100), st.floats(1, 5), st.integers(0, 9))
def test_songs_are_spread_evenly_over_artists(songs, per_artist, first):
    artists = spread_artists(songs, per_artist, first)
    counts = np.bincount(np.array(artists) - first)
    assert len(artists) == songs and artists == sorted(artists) and artists[0] == first
    assert counts.max() - counts.min() <= 1


def test_seeds_depend_on_the_parts_only():
    assert derive_seed("msd", 1, 2) == derive_seed("msd", 1, 2) == 5962399135556538087
    assert derive_seed("msd", 12) != derive_seed("msd", 1, 2)


@pytest.mark.parametrize(
    ("name", "stereo", "expected"),
    [
        ("a.mp3", False, ("MP3", 22_050, 1)),
        ("a.mp3", True, ("MP3", 44_100, 2)),
        ("a.wav", False, ("WAV", 22_050, 1)),
        ("a.flac", False, ("FLAC", 22_050, 1)),
    ],
)
def test_clips_have_their_format_and_the_same_bytes(tmp_path, name, stereo, expected):
    clip = Clip(f"x/{name}", "pop", 1, 2, stereo=stereo, duration_s=4)
    write_clip(clip, tmp_path / "1")
    write_clip(clip, tmp_path / "2")
    info = soundfile.info(tmp_path / "1" / clip.path)
    assert (info.format, info.samplerate, info.channels) == expected
    assert info.duration == pytest.approx(4, abs=0.01)
    assert digest_folder(tmp_path / "1") == digest_folder(tmp_path / "2")
    sound = soundfile.read(tmp_path / "1" / clip.path, always_2d=True)[0]
    assert np.abs(sound).max() < 1 and sound.std() > 0.01
