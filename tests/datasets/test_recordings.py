"""Repeated recordings: the same sound in another format, but no other sound of the same name."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from deepartist.datasets import recordings
from deepartist.datasets.recordings import Comparison, find_repeated
from sounds import write_sound

RATE_HZ = 44_100


def always(one, other):
    return True


@pytest.mark.parametrize(
    ("durations_s", "repeated"),
    [
        ([100.0, 101.0], {"1": "0"}),
        ([100.0, 101.1], {}),
        ([100.0, 100.9, 101.8], {"1": "0"}),  # the third is compared with the first, not the second
        ([100.0, 200.0, 199.5, 100.5], {"2": "1", "3": "0"}),
        ([100.0, None, 100.0], {"2": "0"}),
        ([None, None], {}),
    ],
)
def test_one_name_and_duration_make_a_song_that_is_listened_to(durations_s, repeated):
    songs = [(Path(str(n)), "one name", duration_s) for n, duration_s in enumerate(durations_s)]
    found = find_repeated(songs, always)
    assert {str(song): str(other) for song, other in found.items()} == repeated
    assert find_repeated(songs, lambda one, other: False) == {}


def test_repetitions_are_in_the_order_of_the_songs():
    names = "abba"
    songs = [(Path(str(n)), name, 100.0) for n, name in enumerate(names)]
    assert find_repeated(songs, always) == {Path("2"): Path("1"), Path("3"): Path("0")}
    assert list(find_repeated(songs, always)) == [Path("2"), Path("3")]


def test_songs_of_other_names_are_not_listened_to():
    def fail(one, other):
        raise AssertionError

    assert find_repeated([(Path("1"), "a", 9.0), (Path("2"), "b", 9.0)], fail) == {}


def test_a_song_is_compared_with_a_bounded_number_of_others():
    n_compared = 0

    def differ(one, other):
        nonlocal n_compared
        n_compared += 1
        return False

    n = 3 * recordings.MAX_COMPARED
    assert find_repeated([(Path(str(i)), "Untitled", 30.0) for i in range(n)], differ) == {}
    assert n_compared <= n * recordings.MAX_COMPARED


def make_music(seed, n_chords=16):
    """Chords of half a second, of tones that fade, over a beat that all songs share."""
    rng = np.random.default_rng(seed)
    times = np.arange(RATE_HZ // 2) / RATE_HZ
    beat = 0.1 * np.sin(2 * np.pi * 80 * times) * np.exp(-20 * times)
    pitches_hz = 220 * 2 ** (rng.integers(0, 36, (n_chords, 3, 1)) / 12)
    tones = 0.05 * np.sin(2 * np.pi * pitches_hz * times).sum(1) * np.exp(-4 * times)
    return (tones + beat).reshape(-1, 1).astype(np.float32)


@pytest.fixture
def write(tmp_path):
    def write(name, sound, rate_hz=RATE_HZ):
        write_sound(tmp_path / name, np.ascontiguousarray(sound), rate_hz)
        return tmp_path / name

    return write


@pytest.mark.parametrize("suffix", [".mp3", ".ogg", ".aac", ".m4a", ".wma", ".aiff"])
def test_a_recording_in_another_format_is_the_same(write, suffix):
    one = write("one.flac", make_music(1))
    assert Comparison().sounds_same(one, write(f"again{suffix}", make_music(1)))
    assert not Comparison().sounds_same(one, write(f"other{suffix}", make_music(2)))


@pytest.mark.parametrize(
    "change",
    [
        lambda sound: sound / 10,
        lambda sound: -sound,
        lambda sound: sound[RATE_HZ // 2 :],
        lambda sound: np.concatenate([np.zeros((RATE_HZ // 3, 1), np.float32), sound]),
        lambda sound: np.concatenate([sound, sound], axis=1),
        lambda sound: sound + np.float32(0.2),
    ],
)
def test_loudness_sign_offset_and_silence_before_the_song_do_not_count(write, change):
    one = write("one.flac", make_music(1))
    assert Comparison().sounds_same(one, write("again.flac", change(make_music(1))))


def test_what_differs_only_in_hum_and_offset_is_compared_by_its_music(write):
    hum = 0.3 * np.sin(2 * np.pi * 50 * np.arange(8 * RATE_HZ) / RATE_HZ)[:, None]
    paths = [write(f"{i}.flac", (make_music(i) + hum + 0.1).astype(np.float32)) for i in range(4)]
    comparison = Comparison()
    assert not any(comparison.sounds_same(paths[0], other) for other in paths[1:])


def test_songs_that_cannot_be_heard_are_like_no_other(write, tmp_path):
    silent = write("silent.wav", np.zeros((5 * RATE_HZ, 1), np.float32))
    (tmp_path / "broken.mp3").write_bytes(b"no audio" * 1000)
    (tmp_path / "empty.wav").touch()
    soundfile.write(tmp_path / "none.wav", np.zeros(0), RATE_HZ)
    comparison = Comparison()
    others = [tmp_path / name for name in ("broken.mp3", "empty.wav", "none.wav")]
    for path in (silent, *others):
        assert not comparison.sounds_same(path, path)
