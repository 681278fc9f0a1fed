from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.datasets.audio_files import find_clips, list_audio_files, name_clips
from deepartist.files.audio_folder import SUFFIXES, SYSTEM_FOLDERS
from deepartist.mels.audio import decode
from deepartist.process.errors import InputError
from sounds import make_glide, write_contained


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
    names = [path.relative_to(root).as_posix() for path in list_audio_files(root).files]
    assert names == ["a/b/d.Flac", "a/c.MP3", "b.wav"]


def test_every_suffix_is_one_that_files_have(touch):
    root = touch(*(f"song{suffix}" for suffix in SUFFIXES))
    assert {path.suffix for path in list_audio_files(root).files} == SUFFIXES


def test_linked_folders_are_passed_over(touch):
    root = touch("music/a.wav", "far/d.wav")
    (root / "music" / "link").symlink_to(root / "far")
    (root / "music" / "round").symlink_to(root / "music")
    (root / "music" / "e.wav").symlink_to(root / "far" / "d.wav")
    found = list_audio_files(root / "music")
    assert [path.name for path in found.files] == ["a.wav", "e.wav"]
    assert found.folders_passed_over == {"links": 2}
    # A link that the user names is followed.
    assert [path.name for path in list_audio_files(root / "music" / "link").files] == ["d.wav"]


@pytest.mark.parametrize(
    "name",
    [
        ".38 Special/1.mp3",
        "Band/...And Justice/1.mp3",
        "Band/...Baby.mp3",
        "...And You Will Know Us by the Trail of Dead/.hidden.mp3",
        ".b.wav",
        "_._a.wav",
        "Trash/a.wav",
        "git/a.wav",
    ],
)
def test_names_that_start_with_points_are_music(touch, name):
    root = touch(name)
    assert list_audio_files(root).files == [root / name]
    assert list_audio_files(root).folders_passed_over == {}


def test_a_song_whose_name_is_a_suffix(touch):
    root = touch("a/.mp3", "a/b.mp3")
    assert list(find_clips([root])) == ["a/.mp3", "a/b.mp3"]


@pytest.mark.parametrize(
    "folder", [*sorted(SYSTEM_FOLDERS), ".Trash", ".Trash-1000", "@eaDir", ".Git"]
)
def test_folders_of_systems_are_passed_over(touch, folder):
    root = touch("a.wav", f"{folder}/b.wav", f"c/{folder}/d/b.wav")
    found = list_audio_files(root)
    assert found.files == [root / "a.wav"]
    assert found.folders_passed_over == {"of a system": 2}


def test_what_is_passed_over_is_counted_by_suffix(touch, capsys):
    others = ["x/a.jpg", "x/b.JPG", "c.txt", "._a.wav", "README", "Mr. Long Name of Something"]
    root = touch("a.wav", *others, "no.", ".DS_Store")
    find_clips([root])
    assert capsys.readouterr().err == (
        "8 files passed over: without a suffix 4, .jpg 2, .txt 1, AppleDouble 1\n"
    )


def test_the_most_frequent_of_many_suffixes_are_named(touch, capsys):
    root = touch("a.wav", "z.zzz", "y.zzz", *(f"x.s{i:02}" for i in range(20)))
    find_clips([root])
    line = capsys.readouterr().err
    assert line.startswith("22 files passed over: .zzz 2, .s00 1, .s01 1, ")
    assert line.endswith(", .s08 1, …\n")


def test_nothing_is_said_where_nothing_is_passed_over(touch, capsys):
    root = touch("a.wav", "b/c.wav")
    find_clips([root / "b", root / "a.wav"])
    assert capsys.readouterr().err == ""


# Formats that can be written here, so that decoding can be tried.
WRITTEN = {
    ".3gp": ("3gp", "aac"),
    ".aac": ("adts", "aac"),
    ".ac3": ("ac3", "ac3"),
    ".aif": ("aiff", "pcm_s16be"),
    ".aifc": ("aiff", "pcm_s16be"),
    ".asf": ("asf", "wmav2"),
    ".au": ("au", "pcm_s16be"),
    ".avi": ("avi", "mp3"),
    ".caf": ("caf", "pcm_s16le"),
    ".eac3": ("eac3", "eac3"),
    ".flac": ("flac", "flac"),
    ".flv": ("flv", "aac"),
    ".m2ts": ("mpegts", "aac"),
    ".m4a": ("ipod", "alac"),
    ".m4b": ("ipod", "aac"),
    ".mka": ("matroska", "aac"),
    ".mkv": ("matroska", "aac"),
    ".mov": ("mov", "aac"),
    ".mp2": ("mp2", "mp2"),
    ".mp3": ("mp3", "libmp3lame"),
    ".mp4": ("mp4", "aac"),
    ".mpg": ("mpeg", "mp2"),
    ".oga": ("ogg", "flac"),
    ".ogv": ("ogg", "libopus"),
    ".opus": ("opus", "libopus"),
    ".ra": ("rm", "ac3"),
    ".tta": ("tta", "tta"),
    ".w64": ("w64", "pcm_s16le"),
    ".wav": ("wav", "pcm_s16le"),
    ".weba": ("webm", "libopus"),
    ".webm": ("webm", "libopus"),
    ".wma": ("asf", "wmav2"),
    ".wv": ("wv", "wavpack"),
}


@pytest.mark.parametrize("suffix", WRITTEN)
def test_each_format_that_is_taken_can_be_decoded(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    container, codec = WRITTEN[suffix]
    write_contained(path, make_glide(48_000, 3.5), 48_000, container, codec)
    assert find_clips([tmp_path]) == {path.name: path}
    assert len(decode(path, 3.0)) == 3 * SAMPLE_RATE_HZ


@pytest.mark.parametrize("codec", ["ape", "mpc7", "mpc8", "dsd_lsbf", "tak", "shorten", "dca"])
def test_there_are_decoders_for_formats_that_cannot_be_written_here(codec):
    assert av.Codec(codec, "r").type == "audio"  # else UnknownCodecError


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
        "a.wav": root / "one" / "a.wav",
        "deep/b.mp3": root / "one" / "deep" / "b.mp3",
        "song.unheard": root / "two" / "song.unheard",
    }


@pytest.mark.parametrize("others", [[], ["a.mp3"], ["a.wav.flac", "b/a.wav"], ["a"]])
def test_an_id_does_not_depend_on_other_files(touch, others):
    root = touch("a.wav", *others)
    clips = find_clips([root])
    assert clips["a.wav"] == root / "a.wav"
    assert find_clips([root / "a.wav"]) == {"a.wav": root / "a.wav"}


def test_relative_names(touch, monkeypatch):
    monkeypatch.chdir(touch("a/b.wav", "c.wav"))
    assert find_clips([Path()]) == {"a/b.wav": Path("a/b.wav"), "c.wav": Path("c.wav")}
    assert find_clips([Path("c.wav")]) == {"c.wav": Path("c.wav")}


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["nothing"], "nothing: no such file or folder"),
        (["one", "nothing.wav"], "nothing.wav: no such file or folder"),
        (["texts"], r"texts: no audio files there; they end in \.3g2, .*\.wv$"),
        (
            ["one", "two"],
            "one/a.wav and .*two/a.wav would both be clip 'a.wav'; give a folder that",
        ),
        (["one", "one/a.wav"], "would both be clip 'a.wav'"),
    ],
)
def test_what_cannot_be_found_is_said_in_one_line(touch, paths, message):
    root = touch("one/a.wav", "two/a.wav", "texts/readme.txt")
    with pytest.raises(InputError, match=message) as caught:
        find_clips([root / path for path in paths])
    assert "\n" not in str(caught.value)
