from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.datasets.audio_files import SUFFIXES, find_clips, list_audio_files, name_clips
from deepartist.process.errors import InputError


@pytest.fixture
def touch(tmp_path):
    """Make empty files below the test's folder."""

    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path

    return make


def test_audio_files_at_any_depth_by_their_extension(touch):
    root = touch("b.wav", "a/c.MP3", "a/b/d.Flac", "cover.jpg", "notes.txt", "mp3", "x.mp3.part")
    names = [path.relative_to(root).as_posix() for path in list_audio_files(root)]
    assert names == ["a/b/d.Flac", "a/c.MP3", "b.wav"]


def test_every_suffix_is_one_that_files_have(touch):
    root = touch(*(f"song{suffix}" for suffix in SUFFIXES))
    assert {path.suffix for path in list_audio_files(root)} == SUFFIXES


def test_hidden_files_and_linked_folders_are_skipped(touch):
    root = touch("music/a.wav", "music/.b.wav", "music/._a.wav", "music/.trash/c.wav", "far/d.wav")
    (root / "music" / "link").symlink_to(root / "far")
    (root / "music" / "round").symlink_to(root / "music")
    (root / "music" / "e.wav").symlink_to(root / "far" / "d.wav")
    names = [path.name for path in list_audio_files(root / "music")]
    assert names == ["a.wav", "e.wav"]
    # A link that the user names is followed.
    assert [path.name for path in list_audio_files(root / "music" / "link")] == ["d.wav"]


def test_clip_ids_are_paths_without_extension():
    root = Path("/music")
    files = [root / "a.wav", root / "b" / "a.wav", root / "b" / "a.mp3", root / "c.d.ogg"]
    assert list(name_clips(root, files)) == ["a", "b/a.wav", "b/a.mp3", "c.d"]


names = st.from_regex(r"([ab]/)?[ab](\.(wav|mp3|ogg)){1,3}", fullmatch=True)


@given(st.sets(names))
def test_each_file_has_an_id_of_its_own(relative):
    files = [Path("/music", name) for name in sorted(relative)]
    named = name_clips(Path("/music"), files)
    assert list(named.values()) == files
    for clip_id, file in named.items():
        full = file.relative_to("/music").as_posix()
        assert clip_id in (full, full.removesuffix(file.suffix))


def test_an_id_is_never_another_files_name():
    files = [Path("/m", name) for name in ("x.mp3", "x.wav", "x.wav.mp3")]
    assert list(name_clips(Path("/m"), files)) == ["x.mp3", "x.wav", "x.wav.mp3"]


def test_files_and_folders_together(touch):
    root = touch("one/a.wav", "one/deep/b.mp3", "two/song.unheard", "two/c.wav")
    clips = find_clips([root / "one", root / "two" / "song.unheard"])
    assert clips == {
        "a": root / "one" / "a.wav",
        "deep/b": root / "one" / "deep" / "b.mp3",
        "song": root / "two" / "song.unheard",
    }


def test_relative_names(touch, monkeypatch):
    monkeypatch.chdir(touch("a/b.wav", "c.wav"))
    assert find_clips([Path()]) == {"a/b": Path("a/b.wav"), "c": Path("c.wav")}
    assert find_clips([Path("c.wav")]) == {"c": Path("c.wav")}


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["nothing"], "nothing: no such file or folder"),
        (["one", "nothing.wav"], "nothing.wav: no such file or folder"),
        (["texts"], r"texts: no audio files there; they end in \.aac, .*\.wma$"),
        (["one", "two"], "one/a.wav and .*two/a.mp3 would both be clip 'a'; give a folder that"),
        (["one", "one/a.wav"], "would both be clip 'a'"),
    ],
)
def test_what_cannot_be_found_is_said_in_one_line(touch, paths, message):
    root = touch("one/a.wav", "two/a.mp3", "texts/readme.txt")
    with pytest.raises(InputError, match=message) as caught:
        find_clips([root / path for path in paths])
    assert "\n" not in str(caught.value)
