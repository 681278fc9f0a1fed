"""What decoding shows: clips that cannot be used, and clips that sound the same."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from deepartist.doctor import sound as doctor_sound
from deepartist.doctor.sound import (
    NEAR_IDENTICAL_COSINE,
    describe_sounds,
    group_near_identical,
    listen,
    listen_all,
    outline,
    read_sample_rate,
)
from deepartist.process.errors import InputError
from sounds import make_glide, write_sound


def partition(numbers):
    """Turn the numbers of groups into sets of positions."""
    return {frozenset(np.flatnonzero(numbers == number)) for number in numbers}


def join_slowly(vectors):
    """Group vectors by a walk from each to all that are near it."""
    groups = []
    left = set(range(len(vectors)))
    while left:
        group, new = set(), {min(left)}
        while new:
            group |= new
            new = {
                j for i in new for j in left if vectors[i] @ vectors[j] > NEAR_IDENTICAL_COSINE
            } - group
        left -= group
        groups.append(frozenset(group))
    return set(groups)


# Angles in a plane, in steps of 7 degrees: neighbours have a cosine of 0.993, the third 0.934.
@given(st.lists(st.integers(0, 51), min_size=1, max_size=12), st.integers(1, 5))
def test_groups_are_those_of_a_slow_walk(steps, rows_at_once):
    angles = np.radians(7.0 * np.array(steps))
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor_sound, "ROWS_AT_ONCE", rows_at_once)
        assert partition(group_near_identical(vectors)) == join_slowly(vectors)


def test_steady_sounds_are_like_no_other():
    vectors = np.zeros((3, 4), np.float32)
    assert len(partition(group_near_identical(vectors))) == 3


def test_no_clips_are_no_groups():
    assert len(group_near_identical(np.empty((0, 512), np.float32))) == 0


@pytest.mark.parametrize("n_frames", [32, 129, 1291])
def test_an_outline_does_not_know_of_loudness_or_colour(rng, n_frames):
    frames = rng.normal(size=(n_frames, 128)).cumsum(axis=0)
    vector = outline(frames)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert outline(0.5 * frames + rng.normal(size=128)) @ vector == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("deviation", "length"), [(0.009, 0), (0.011, 1)])
def test_a_sound_that_hardly_moves_has_no_outline(deviation, length):
    frames = np.full((1280, 128), 2.0)
    frames[:640] += deviation
    frames[640:] -= deviation
    assert np.linalg.norm(outline(frames)) == pytest.approx(length, abs=1e-5)


@pytest.mark.parametrize(
    ("suffix", "rate_hz"), [(".wav", 8_000), (".mp3", 44_100), (".m4a", 44_100)]
)
def test_the_sample_rate_is_that_of_the_file(tmp_path, suffix, rate_hz):
    path = tmp_path / f"song{suffix}"
    write_sound(path, make_glide(rate_hz, 4), rate_hz)
    assert read_sample_rate(str(path)) == rate_hz
    heard = listen(str(path), "start")
    assert (heard.reason, heard.sample_rate_hz) == ("", rate_hz)
    assert heard.outline.shape == (512,)


def test_what_cannot_be_used_has_a_reason_and_no_outline(tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(100_000), 22_050)
    (tmp_path / "text.mp3").write_bytes(b"no sound" * 1000)
    paths = [str(tmp_path / name) for name in ("silent.wav", "text.mp3", "none.mp3")]
    heard = listen_all(paths, "start", 2, "a")
    assert [sound.reason.split(" (")[0] for sound in heard] == [
        "silent",
        "cannot be decoded",
        "missing file",
    ]
    assert all(sound[1:] == (0, None, "") for sound in heard)


def test_what_was_put_right_in_a_clip_is_noted(tmp_path):
    glide = make_glide(22_050, 4)
    soundfile.write(tmp_path / "a.wav", glide, 22_050)
    soundfile.write(tmp_path / "b.wav", glide * 2**15, 22_050, subtype="FLOAT")
    clips = pd.DataFrame({"path": [str(tmp_path / f"{name}.wav") for name in "ab"]})
    heard = describe_sounds(clips.assign(dataset="one", excerpt="start"))
    assert heard["notes"].str.contains("integers of 16 bits").tolist() == [False, True]
    assert heard["reason"].tolist() == ["", ""]
    assert heard["sound"].nunique() == 1


def test_clips_get_what_decoding_tells_of_them_in_their_order(tmp_path):
    glide = make_glide(22_050, 4)
    for name, samples in (("a", glide), ("b", np.zeros(100_000)), ("c", 0.5 * glide)):
        soundfile.write(tmp_path / f"{name}.wav", samples, 22_050)
    clips = pd.DataFrame(
        [("one", "a"), ("two", "b"), ("one", "c")], columns=["dataset", "path"], index=[3, 5, 9]
    )
    clips["path"] = [str(tmp_path / f"{name}.wav") for name in clips["path"]]
    heard = describe_sounds(clips.assign(excerpt="start"))
    assert heard["path"].equals(clips["path"])
    assert heard["reason"].tolist() == ["", "silent", ""]
    assert heard["sample_rate_hz"].tolist() == [22_050, 0, 22_050]
    assert heard["sound"].tolist()[1] == ""
    assert heard["sound"][3] == heard["sound"][9] != ""
    assert describe_sounds(clips.iloc[:0].assign(excerpt="start")).empty


def end_process(path, excerpt):
    import os

    os._exit(1)


def test_a_process_that_the_system_ends_is_named(monkeypatch):
    monkeypatch.setattr(doctor_sound, "listen", end_process)
    with pytest.raises(InputError, match="gtzan: a process that decodes clips was killed"):
        listen_all(["a.wav"], "start", 1, "gtzan")


@pytest.fixture(scope="module")
def songs(music):
    """Real songs, two of each artist."""
    folders = sorted(folder for folder in music.iterdir() if folder.is_dir())[:4]
    return [path for folder in folders for path in sorted(folder.glob("*.mp3"))[:2]]


@pytest.mark.slow
def test_two_songs_are_not_near_identical_and_a_song_encoded_again_is(songs, tmp_path):
    files = list(songs)
    for song in songs[::2]:
        samples, rate_hz = soundfile.read(song, dtype="float32", always_2d=True)
        quiet = 0.3 * samples[:, :1]
        for suffix, settings in ((".mp3", {"compression_level": 0.9}), (".m4a", {})):
            files.append(tmp_path / f"{len(files)}{suffix}")
            write_sound(files[-1], quiet, rate_hz, **settings)
    outlines = np.stack([listen(str(file), "middle").outline for file in files])
    n = len(songs)
    expected = {
        frozenset([i, n + i, n + i + 1]) if i % 2 == 0 else frozenset([i]) for i in range(n)
    }
    assert partition(group_near_identical(outlines)) == expected
