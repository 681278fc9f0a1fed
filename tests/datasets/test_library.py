import errno
import os
import shutil
import zlib
from pathlib import Path

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import TALB, TCMP, TCON, TIT2, TPE1, TPE2

from deepartist.datasets import library
from deepartist.process.errors import InputError
from deepartist.splits.artists import has_artist
from samples import by_id, touch

FRAMES = {
    "artist": TPE1,
    "album_artist": TPE2,
    "title": TIT2,
    "album": TALB,
    "genre": TCON,
    "compilation": TCMP,
}
ATOMS = {
    "artist": "©ART",
    "album_artist": "aART",
    "title": "©nam",
    "album": "©alb",
    "genre": "©gen",
    "compilation": "cpil",
}
ASF_NAMES = {
    "artist": "Author",
    "album_artist": "WM/AlbumArtist",
    "title": "Title",
    "album": "WM/AlbumTitle",
    "genre": "WM/Genre",
    "compilation": "WM/IsCompilation",
}
CONTAINERS = {".m4a": ("ipod", "aac"), ".aac": ("adts", "aac"), ".wma": ("asf", "wmav2")}
FORMATS = {".aif": ("AIFF", None), ".oga": ("OGG", "VORBIS"), ".opus": ("OGG", "OPUS")}
RATE_HZ = 48_000


def write_song(path: Path, seconds=0.2, sound=None, **tags) -> Path:
    """Write noise, in the format of the suffix, with tags.

    Parameters
    ----------
    path : Path
    seconds : float
    sound : str or None
        The noise depends on this text, or on the path.
    **tags : str or list of str
        By the names of `FRAMES`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(zlib.crc32((sound or str(path)).encode())).normal(
        scale=0.1, size=round(seconds * RATE_HZ)
    )
    suffix = path.suffix.lower()
    if suffix in CONTAINERS:
        write_contained(path, noise.astype(np.float32), *CONTAINERS[suffix])
    else:
        container, codec = FORMATS.get(suffix, (suffix[1:], None))
        soundfile.write(path, noise, RATE_HZ, format=container, subtype=codec)
    if tags:
        tag(path, **{name: [v] if isinstance(v, str) else v for name, v in tags.items()})
    return path


def write_contained(path, noise, container, codec):
    import av

    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=RATE_HZ, layout="mono", bit_rate=64_000)
        frame = av.AudioFrame.from_ndarray(noise[None], format="fltp", layout="mono")
        frame.sample_rate = RATE_HZ
        to_stream = av.AudioResampler(stream.format, stream.layout, stream.rate)
        for part in [*to_stream.resample(frame), *to_stream.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))


def tag(path: Path, **tags: list[str]) -> None:
    file = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    match path.suffix.lower():
        case ".mp3" | ".wav" | ".aif" | ".aiff":
            for name, values in tags.items():
                file.tags.add(FRAMES[name](encoding=3, text=values))
        case ".m4a":
            for name, values in tags.items():
                file[ATOMS[name]] = values == ["1"] if name == "compilation" else values
        case ".wma":
            for name, values in tags.items():
                file[ASF_NAMES[name]] = values
        case _:
            for name, values in tags.items():
                file[name.replace("_", "")] = values
    file.save()


# Formats that mutagen can add tags to.
TAGGED = sorted((".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma"))


@pytest.mark.parametrize("suffix", TAGGED)
def test_the_tags_of_each_format_are_read(tmp_path, suffix, capsys):
    tags = {"artist": "Björk", "title": "Jóga <b>", "album": "Homogenic", "genre": "Art Pop; Rock"}
    write_song(tmp_path / f"x{suffix}", album_artist="Björk Guðmundsdóttir", **tags)
    write_song(tmp_path / f"y{suffix}", album_artist="Sigur Rós", title="Heima")
    write_song(tmp_path / f"z{suffix}", artist="Anyone", compilation="1")
    manifest = by_id(library.load(str(tmp_path)))
    assert manifest.index.tolist() == ["x", "y"]
    assert manifest.loc["x"].to_dict() == {
        "path": f"{tmp_path.as_posix()}/x{suffix}",
        "artist_id": "björk",
        "artist": "Björk",
        "album_id": "homogenic",
        "title": "Jóga <b>",
        "genre": "art pop",
        "tags": "art pop|rock",
        "split": "",
    }
    assert manifest.loc["y", ["artist", "title", "genre"]].tolist() == ["Sigur Rós", "Heima", ""]
    assert capsys.readouterr().err == (
        f"1 file of compilations or various artists left out: {tmp_path}/z{suffix}\n"
    )


def test_a_stream_without_tags_is_a_song_of_its_folder(tmp_path, capsys):
    write_song(tmp_path / "Nina Simone" / "Sinnerman.aac")
    song = library.load(str(tmp_path)).iloc[0]
    assert (song["artist"], song["title"]) == ("Nina Simone", "Sinnerman")


def test_it_is_said_of_how_many_songs_the_artist_is_guessed(tmp_path, capsys):
    for name in ("A/1.flac", "A/deep/2.mp3", "B/3.aac", "B/4.wav"):
        write_song(tmp_path / name)
    write_song(tmp_path / "C" / "5.flac", artist="Someone")
    write_song(tmp_path / "6.flac")
    library.load(str(tmp_path))
    guessed, unknown = capsys.readouterr().err.splitlines()
    assert guessed == (
        "4 songs with an artist guessed from the name of the folder, because no tag names one: "
        f"{tmp_path}/A/1.flac, {tmp_path}/A/deep/2.mp3, {tmp_path}/B/3.aac, …"
    )
    assert unknown == f"1 song without a known artist: {tmp_path}/6.flac"


def test_the_suffix_in_capitals_and_folders_at_any_depth(tmp_path):
    write_song(tmp_path / "a/b/c/d/e/x.FLAC", artist="A")
    write_song(tmp_path / "y.Mp3", artist="B")
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["a/b/c/d/e/x", "y"]


def test_folder_and_file_name_stand_in_for_tags_that_are_missing(tmp_path):
    write_song(tmp_path / "Nina Simone" / "Pastel Blues" / "01 Sinnerman.flac")
    write_song(tmp_path / "loose.wav")
    write_song(tmp_path / "Comp" / "x.flac", album_artist="The Band")
    manifest = by_id(library.load(str(tmp_path)))
    song = manifest.loc["Nina Simone/Pastel Blues/01 Sinnerman"]
    assert (song.artist, song.artist_id, song.title) == (
        "Nina Simone",
        "nina simone",
        "01 Sinnerman",
    )
    assert (song.genre, song["tags"], song.album_id) == ("", "", "")
    assert manifest.loc["loose", "artist_id"] == ""
    assert manifest.loc["Comp/x", "artist"] == "The Band"


def test_the_artist_of_a_song_comes_before_that_of_its_album(tmp_path):
    write_song(tmp_path / "x.flac", album_artist="The Band", artist="  A\u00a0\x01 b ")
    assert library.load(str(tmp_path))["artist"].tolist() == ["A b"]


# ---------------------------------------------------------------- several artists


@pytest.mark.parametrize(
    ("name", "main"),
    [
        ("A feat. B", "A"),
        ("A Feat. B & C", "A"),
        ("A ft. B", "A"),
        ("A featuring B", "A"),
        ("A (feat. B)", "A"),
        ("A [ft. B]", "A"),
        ("A; B", "A"),
        ("A;B;C", "A"),
        ("; B", "B"),
        ("A / B", "A"),
        ("A & B feat. C / D", "A & B"),
        # names of one artist
        *((name, name) for name in ("AC/DC", "A & B", "A and B", "A, B", "A x B", "A + B")),
        *((name, name) for name in ("Little Feat", "Feature Presentation", "Soft.", "feat. B")),
        *((name, name) for name in ("", ";", " / ")),
    ],
)
def test_the_main_artist_is_the_one_before_the_second(name, main):
    assert library.main_artist(name) == main


@pytest.mark.parametrize(
    ("name", "artists", "main"),
    [
        ("AC/DC", set(), "AC/DC"),
        ("AC/DC", {"ac/dc", "dc"}, "AC/DC"),
        ("Anna/Bert", {"anna"}, "Anna"),
        ("ANNA/Bert", {"anna"}, "ANNA"),
        ("AC/DC/Anna", {"ac/dc"}, "AC/DC"),
        ("Anna/Bert/Carl", {"bert", "carl"}, "Anna/Bert/Carl"),
        ("V/A", {"v"}, "V/A"),
        ("/A", {"a"}, "/A"),
    ],
)
def test_a_slash_parts_artists_only_if_the_first_is_there_alone(name, artists, main):
    assert library.main_of_slash(name, artists) == main


def test_artists_of_a_collection(tmp_path):
    names = {
        "1": "Anna",
        "2": "Anna/Bert",
        "3": "AC/DC",
        "4": "AC/DC feat. Anna",
        "5": "anna  FT. Carl",
        "6": ["Anna", "Dora"],  # two values of one tag
        "7": "Dora/Anna",
    }
    for name, artist in names.items():
        write_song(tmp_path / f"{name}.flac", artist=artist)
    ids = by_id(library.load(str(tmp_path)))["artist_id"]
    assert ids.tolist() == ["anna", "anna", "ac/dc", "ac/dc", "anna", "anna", "dora/anna"]


def test_values_that_id3_parts_with_zeros_are_several(tmp_path):
    write_song(tmp_path / "x.mp3", artist="Anna\0Bert", genre="Rock\0Pop")
    song = library.load(str(tmp_path)).iloc[0]
    assert (song["artist"], song["tags"]) == ("Anna", "pop|rock")


NAMES = st.text(st.sampled_from("ab;/ ([feat.)x&"), min_size=1, max_size=20)


@given(name=NAMES)
def test_the_main_artist_begins_in_the_name_and_is_its_own_main_artist(name):
    main = library.main_artist(name)
    assert main in name
    assert library.main_artist(main) == main


# ---------------------------------------------------------------- compilations


@pytest.mark.parametrize(
    "tags",
    [
        {"artist": "Various Artists"},
        {"artist": "VARIOUS  artists"},
        {"artist": "VA"},
        {"artist": "V/A"},
        {"album_artist": "Various Artists", "artist": "Anna"},
        {"artist": ["Anna", "Various Artists"]},
        {"compilation": "1", "artist": "Anna"},
        {"compilation": "true", "artist": "Anna"},
    ],
)
def test_compilations_and_various_artists_are_left_out(tmp_path, tags, capsys):
    file = write_song(tmp_path / "x.flac", **tags)
    write_song(tmp_path / "y.flac", artist="Bert", compilation="0")
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["y"]
    assert capsys.readouterr().err == (
        f"1 file of compilations or various artists left out: {file}\n"
    )


def test_a_folder_of_various_artists_is_a_compilation_and_an_unknown_artist_is_none(
    tmp_path, capsys
):
    write_song(tmp_path / "Various Artists" / "x.flac")
    file = write_song(tmp_path / "y.flac", artist="Unknown Artist")
    manifest = library.load(str(tmp_path))
    assert manifest["clip_id"].tolist() == ["y"]
    assert not has_artist(manifest).any()
    assert f"1 song without a known artist: {file}\n" in capsys.readouterr().err


NOBODY = ["<unknown>", "[traditional]", "[no artist]", "N/A", "Artiste inconnu", "(Unbekannt)"]


@pytest.mark.parametrize("name", NOBODY)
def test_a_name_of_nobody_is_no_artist(tmp_path, name):
    write_song(tmp_path / "Folder" / "x.flac", artist=name)
    write_song(tmp_path / "y.flac", artist="Someone")
    manifest = library.load(str(tmp_path))
    assert has_artist(manifest).tolist() == [False, True]


def test_the_artist_of_the_album_comes_before_a_name_of_nobody(tmp_path):
    write_song(tmp_path / "x.flac", artist="[unknown]", album_artist="The Band")
    assert library.load(str(tmp_path))["artist"].tolist() == ["The Band"]


@pytest.mark.parametrize(
    "name", ["VV.AA.", "Various Artist", "[Various Artists]", "Divers", "群星"]
)
def test_names_of_compilations_in_other_words(tmp_path, name, capsys):
    file = write_song(tmp_path / "x.flac", artist=name)
    write_song(tmp_path / "y.flac", artist="Someone")
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["y"]
    assert f"1 file of compilations or various artists left out: {file}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Blink-182", "Blink\u2010182"),
        ("Guns N' Roses", "Guns N\u2019 Roses"),
        ("Someone", "\ufeffSomeone"),
        ("Someone", "Some\u200bone"),
        ("AC/DC", "AC\u2215DC"),
    ],
)
def test_spellings_of_an_artist_are_one(tmp_path, one, other):
    write_song(tmp_path / "x.flac", artist=one)
    write_song(tmp_path / "y.flac", artist=other)
    assert library.load(str(tmp_path))["artist_id"].nunique() == 1


def test_a_folder_of_compilations_alone_is_refused(tmp_path):
    write_song(tmp_path / "x.flac", artist="Various")
    with pytest.raises(InputError, match="all of its 1 audio files are compilations"):
        library.load(str(tmp_path))


# ---------------------------------------------------------------- copies and repetitions


def test_a_copy_of_a_file_counts_once_whatever_its_name(tmp_path, capsys):
    write_song(tmp_path / "b" / "song.wav", artist="Anna")
    for name in ("a.WAV", "c/other.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(tmp_path / "b" / "song.wav", tmp_path / name)
    write_song(tmp_path / "b" / "song.flac", artist="Anna")
    manifest = library.load(str(tmp_path))
    # The ids do not depend on what is left out: b/song would be the id of two files.
    assert manifest["clip_id"].tolist() == ["a", "b/song.flac"]
    assert capsys.readouterr().err == (
        "2 files left out, equal to another: "
        f"{tmp_path}/b/song.wav (as ../a.WAV), {tmp_path}/c/other.wav (as ../a.WAV)\n"
    )


def test_a_recording_in_two_formats_counts_once(tmp_path, capsys):
    tags = {"artist": "Anna", "title": "A song"}
    write_song(tmp_path / "a.flac", 2.0, "one", **tags)
    again = {"artist": "ANNA feat. Bert", "title": "a  SONG", "album": "Best of"}
    write_song(tmp_path / "b.mp3", 2.0, "one", **again)
    write_song(tmp_path / "c.m4a", 5.0, **tags)  # another take
    write_song(tmp_path / "d.ogg", 2.0, artist="Bert", title="A song")
    write_song(tmp_path / "e.opus", 2.0, artist="Anna", title="Another song")
    manifest = library.load(str(tmp_path))
    assert manifest["clip_id"].tolist() == ["a", "c", "d", "e"]
    assert capsys.readouterr().err == (
        f"1 file left out, of the same recording as another: {tmp_path}/b.mp3 (as a.flac)\n"
    )


def test_songs_of_one_artist_title_and_length_that_differ_in_sound_are_all_kept(tmp_path, capsys):
    for i in range(8):
        write_song(tmp_path / f"{i}.flac", 2.0, artist="Someone", title="Untitled", album=str(i))
    # and a second copy of one of them is found among them
    first = str(tmp_path / "3.flac")
    write_song(tmp_path / "copy.m4a", 2.0, first, artist="Someone", title="Untitled")
    assert library.load(str(tmp_path))["clip_id"].tolist() == [str(i) for i in range(8)]
    assert capsys.readouterr().err == (
        f"1 file left out, of the same recording as another: {tmp_path}/copy.m4a (as 3.flac)\n"
    )


def test_songs_without_a_title_or_an_artist_are_no_repetitions(tmp_path):
    write_song(tmp_path / "a.flac", artist="Anna")
    write_song(tmp_path / "b.flac", artist="Anna")
    write_song(tmp_path / "c.flac", title="A song")
    write_song(tmp_path / "d.flac", title="A song")
    assert len(library.load(str(tmp_path))) == 4


# ---------------------------------------------------------------- genres, names, bad files


@pytest.mark.parametrize(
    ("genres", "genre", "tags"),
    [
        (["Rock"], "rock", "rock"),
        (["  rOCK / Pop", "ROCK"], "rock", "pop|rock"),
        (["; ,Zouk;jazz  funk"], "zouk", "jazz funk|zouk"),
        (["Ｒｏｃｋ；Cafe\u0301"], "rock", "café|rock"),
        (["/"], "", ""),
        (["a|b"], "a", "a|b"),
    ],
)
def test_spellings_of_a_genre_are_one(tmp_path, genres, genre, tags):
    write_song(tmp_path / "x.flac", genre=genres)
    assert library.load(str(tmp_path))[["genre", "tags"]].to_numpy().tolist() == [[genre, tags]]


@pytest.mark.parametrize("number", ["17", "(17)"])
def test_the_numbers_of_id3_genres_have_names(tmp_path, number):
    write_song(tmp_path / "x.mp3", genre=number)
    assert library.load(str(tmp_path))["genre"].tolist() == ["rock"]


def test_only_audio_files_count_and_it_is_said_what_was_passed_over(tmp_path, capsys):
    write_song(tmp_path / "b" / "same.wav", artist="A")
    for name in ("b/cover.jpg", "b/back.jpg", "notes.txt", "b/._same.wav", "b/@eaDir/same.wav"):
        touch(tmp_path / name)
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["b/same"]
    assert capsys.readouterr().err.splitlines() == [
        "4 files passed over: .jpg 2, .txt 1, AppleDouble 1",
        "1 folders passed over: of a system 1",
    ]


def test_names_that_start_with_points_are_music_too(tmp_path, capsys):
    names = [".38 Special/1.flac", "Band/...And Justice/2.flac", "Band/...Baby.flac"]
    for name in names:
        write_song(tmp_path / name, artist="A")
    manifest = library.load(str(tmp_path))
    assert manifest["path"].tolist() == [f"{tmp_path}/{name}" for name in names]
    assert capsys.readouterr().err == ""


def test_an_artist_that_is_a_folder_with_a_point(tmp_path):
    write_song(tmp_path / ".38 Special" / "1.flac")
    assert library.load(str(tmp_path))["artist"].tolist() == [".38 Special"]


def test_files_whose_tags_cannot_be_read_stay_and_are_reported(tmp_path, capsys):
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "broken.flac").write_bytes(b"fLaC\x00\x00\x00")
    (tmp_path / "A" / "empty.mp3").touch()
    (tmp_path / "A" / "text.m4a").write_bytes(b"no audio at all")
    (tmp_path / "A" / "gone.ogg").symlink_to("nowhere")
    os.mkfifo(tmp_path / "A" / "pipe.wav")
    manifest = library.load(str(tmp_path))
    assert manifest["title"].tolist() == ["broken", "empty", "gone", "pipe", "text"]
    assert (manifest["artist_id"] == "a").all()
    assert " files with tags that cannot be read: " in capsys.readouterr().err


def test_names_that_are_no_text_are_left_out_and_reported(tmp_path, capsys):
    write_song(tmp_path / "good.wav")
    shutil.copy(tmp_path / "good.wav", bytes(tmp_path) + b"/bad\xff.wav")
    shutil.copy(tmp_path / "good.wav", tmp_path / "two\nlines.wav")
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["good"]
    assert "2 files left out, with a name that is not text" in capsys.readouterr().err


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    song = write_song(tmp_path / "good.wav")
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(folder):
        if str(folder).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    with pytest.raises(
        InputError, match=r"good\.wav: cannot be read as a folder \(Not a directory"
    ):
        library.load(str(song))
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"locked: cannot be read as a folder \(Permission denied"):
        library.load(str(tmp_path))


def test_a_folder_without_audio_is_refused(tmp_path):
    touch(tmp_path / "cover.jpg")
    with pytest.raises(InputError, match="no audio files found; the data set kind 'library'"):
        library.load(str(tmp_path))
