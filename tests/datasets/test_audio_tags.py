"""Tags that are not the usual ones of their format, and formats that only FFmpeg knows."""

import struct

import numpy as np
import pytest
import soundfile
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TALB, TCON, TIT2, TPE1, TPE2

from deepartist.datasets import library
from deepartist.datasets.audio_tags import read_tags
from sounds import make_glide, write_contained, write_sound

RATE_HZ = 48_000
TAGS = {"artist": ["Björk"], "title": ["Jóga"], "album": ["Homogenic"], "genre": ["Pop"]}


@pytest.fixture
def song(tmp_path):
    """Write a song of three seconds without tags; its folder has another name than its artist."""

    def write(suffix):
        path = tmp_path / "music" / "Some folder" / f"x{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_sound(path, make_glide(RATE_HZ, 3.0), RATE_HZ)
        return path

    return write


def add_chunks(path, chunks, size="<I"):
    """Append chunks to a RIFF or AIFF file."""
    data = bytearray(path.read_bytes())
    for name, content in chunks:
        data += name + struct.pack(size, len(content)) + content + b"\0" * (len(content) % 2)
    data[4:8] = struct.pack(size, len(data) - 8)
    path.write_bytes(data)


def info(encoding="utf-8", **texts):
    """The content of a chunk LIST/INFO."""
    parts = [b"INFO"]
    for name, text in texts.items():
        content = text.encode(encoding) + b"\0"
        parts += [name.encode(), struct.pack("<I", len(content)), content]
        parts += [b"\0" * (len(content) % 2)]
    return b"".join(parts)


def add_id3(path):
    tags = ID3()
    for frame, field in ((TPE1, "artist"), (TIT2, "title"), (TALB, "album"), (TCON, "genre")):
        tags.add(frame(encoding=3, text=TAGS[field]))
    tags.save(path)


def add_apev2(path):
    tags = APEv2()
    for field, values in TAGS.items():
        tags[field.title()] = values
    tags.save(path)


def add_info(path):
    texts = {"IART": "artist", "INAM": "title", "IPRD": "album", "IGNR": "genre"}
    add_chunks(path, [(b"LIST", info(**{k: TAGS[field][0] for k, field in texts.items()}))])


@pytest.mark.parametrize(
    ("suffix", "add_tags"),
    [
        (".wav", add_info),
        (".mp3", add_apev2),
        (".flac", add_id3),
        (".flac", add_apev2),
        (".aac", add_id3),
        (".aac", add_apev2),
        (".ogg", add_id3),
        (".wav", add_apev2),
        (".m4a", add_apev2),
    ],
)
def test_tags_that_are_not_the_usual_ones_of_a_format(song, suffix, add_tags):
    path = song(suffix)
    add_tags(path)
    tags, duration_s = read_tags(path)
    assert tags == TAGS
    assert duration_s == pytest.approx(3.0, abs=0.2)


def test_the_author_and_name_of_an_aiff_file(song):
    path = song(".aiff")
    add_chunks(path, [(b"NAME", "Jóga".encode()), (b"AUTH", "Björk".encode())], ">I")
    assert read_tags(path)[0] == {"artist": ["Björk"], "title": ["Jóga"]}


def test_an_info_in_the_encoding_of_windows(song):
    path = song(".wav")
    add_chunks(path, [(b"LIST", info("cp1252", IART="Sinéad O’Connor"))])
    assert read_tags(path)[0] == {"artist": ["Sinéad O’Connor"]}


def test_a_song_with_such_tags_is_not_a_song_of_its_folder(song, capsys):
    path = song(".wav")
    add_info(path)
    songs = library.load(str(path.parents[1]))
    assert songs[["artist", "title"]].to_numpy().tolist() == [["Björk", "Jóga"]]
    assert "guessed" not in capsys.readouterr().err


def test_tags_of_two_kinds_complete_each_other(song):
    path = song(".mp3")
    add_apev2(path)
    tags = ID3()
    tags.add(TIT2(encoding=3, text="Another title"))
    tags.save(path)
    assert read_tags(path)[0] == TAGS | {"title": ["Another title"]}


def test_an_artist_of_the_album_is_enough(song):
    path = song(".mp3")
    tags = ID3()
    tags.add(TPE2(encoding=3, text="The Band"))
    tags.save(path)
    add_apev2(path)  # not looked at: for 100,000 files that takes a while
    assert read_tags(path)[0] == {"album_artist": ["The Band"]}


def test_names_of_apev2_fields_are_read_in_any_case(song):
    path = song(".mp3")
    tags = APEv2()
    tags["ARTIST"], tags["Album Artist"], tags["compilation"] = "A", "B", "1"
    tags.save(path)
    assert read_tags(path)[0] == {"artist": ["A"], "album_artist": ["B"], "compilation": ["1"]}


CONTAINERS = {
    ".avi": ("avi", "mp3"),
    ".caf": ("caf", "pcm_s16le"),
    ".m4b": ("ipod", "aac"),
    ".mka": ("matroska", "aac"),
    ".mkv": ("matroska", "aac"),
    ".mov": ("mov", "aac"),
    ".mp4": ("mp4", "aac"),
    ".ogv": ("ogg", "libopus"),
    ".tta": ("tta", "tta"),
    ".webm": ("webm", "libopus"),
    ".wv": ("wv", "wavpack"),
}


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_tags_of_formats_beyond_the_common_ones(tmp_path, suffix):
    path = tmp_path / f"x{suffix}"
    tags = {field: values[0] for field, values in TAGS.items()}
    write_contained(path, make_glide(RATE_HZ, 3.0), RATE_HZ, *CONTAINERS[suffix], tags)
    tags, duration_s = read_tags(path)
    assert tags == TAGS
    assert duration_s == pytest.approx(3.0, abs=0.1)


def test_a_file_that_no_library_knows_has_no_tags(tmp_path):
    (tmp_path / "x.mp3").write_bytes(b"no audio at all" * 100)
    assert read_tags(tmp_path / "x.mp3") is None
    soundfile.write(tmp_path / "y.wav", np.zeros(RATE_HZ), RATE_HZ)
    assert read_tags(tmp_path / "y.wav") == ({}, 1.0)
