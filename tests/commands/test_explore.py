"""`deepartist explore` as a command: what it writes and says, and what stays where it is."""

import shutil

import numpy as np
import pytest

from collection import make_model, write_collection, write_song
from deepartist.explorer import page
from deepartist.explorer.places_file import read_places
from deepartist.library.store import read_songs

pytestmark = pytest.mark.skipif(not page.SCRIPT.exists(), reason="needs npm when it is installed")


@pytest.fixture
def call(run):
    """Run ``deepartist explore``, or another command; returns what it says."""

    def run_words(*words, code=0):
        ended, _, said = run(*words)
        assert ended == code, said
        return said

    return run_words


@pytest.fixture(scope="module")
def indexed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("indexed")
    write_collection(folder / "music", songs=12)
    make_model(folder / "model")
    return folder


@pytest.fixture
def home(indexed, tmp_path, call):
    """A folder with music and its library."""
    shutil.copytree(indexed, tmp_path, dirs_exist_ok=True)
    index(call, tmp_path)
    return tmp_path


def index(call, home):
    call("index", home / "music", "-o", home / "library", "--model", home / "model")


def places(home, vectors="balanced"):
    return read_places(home / "library" / f"map-{vectors}.parquet")


def test_it_writes_a_page_into_the_library(home, call):
    said = call("explore", home / "library")
    assert "map.html: 12 songs; 2 files left out" in said
    written = (home / "library" / "map.html").read_text()
    assert "Song 7" in written
    assert str(home) in written  # for playlists
    assert len(places(home)) == 12


def test_nobody_moves_when_songs_are_added_moved_and_lost(home, call):
    call("explore", home / "library")
    before = places(home)
    write_song(home / "music" / "new.flac", 50, artist="New", title="New")
    (home / "music" / "A" / "0.flac").rename(home / "music" / "moved.flac")
    (home / "music" / "B" / "1.flac").unlink()
    index(call, home)
    assert "new songs: 1; the others stay where they are" in call("explore", home / "library")
    after = places(home)
    assert len(after) == 12
    kept = before.keys() & after.keys()
    assert len(kept) == 11
    assert {digest: before[digest] for digest in kept} == {digest: after[digest] for digest in kept}
    call("explore", home / "library")
    assert places(home) == after


def test_a_new_map_is_drawn_when_it_is_asked_for_or_most_songs_are_new(home, call):
    call("explore", home / "library")
    before = places(home)
    for number in range(20, 40):
        write_song(home / "music" / f"{number}.flac", number, artist="New")
    index(call, home)
    assert "20 of 32 songs are new: a new map is drawn" in call("explore", home / "library")
    drawn = places(home)
    assert not before.items() <= drawn.items()
    call("explore", home / "library", "--new-map")
    assert places(home).keys() == drawn.keys()


def test_copies_share_a_place(home, call):
    shutil.copy(home / "music" / "A" / "0.flac", home / "music" / "copy.flac")
    index(call, home)
    call("explore", home / "library")
    assert len(places(home)) == 12
    assert "13 songs" in call("explore", home / "library")


def test_maps_of_two_kinds_of_vectors_are_kept_apart(home, call):
    call("explore", home / "library")
    call("explore", home / "library", "--vectors", "embedding", "-o", home / "other.html")
    assert places(home) != places(home, "embedding")
    assert (home / "other.html").is_file()


def test_a_library_of_one_song_has_a_map(tmp_path, indexed, call):
    write_song(tmp_path / "music" / "one.flac", 3, title="One")
    call("index", tmp_path / "music", "-o", tmp_path / "library", "--model", indexed / "model")
    assert ": 1 song\n" in call("explore", tmp_path / "library")


def test_at_most_so_many_songs_by_one_artist_are_near(home, call, monkeypatch):
    found = {}
    make_page = page.make_page
    monkeypatch.setattr(page, "make_page", lambda *a: found.update(rows=a[3].rows) or make_page(*a))
    songs = [song for song in read_songs(home / "library")[0] if not song.left_out]
    for limit, most in [(1, 1), (0, 4)]:
        call("explore", home / "library", "--max-per-artist", limit)
        artists = [[songs[row].artist for row in rows if row >= 0] for rows in found["rows"]]
        counts = [np.unique(of_song, return_counts=True)[1].max() for of_song in artists]
        assert max(counts) == most


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "map.txt"], "map.txt does not end in .html"),
        (["-o", "."], ". is a folder; name a file"),
        (["--port", "70000"], "--port within 0 and 65535"),
        (["--max-per-artist", "-1"], "--max-per-artist must be at least 0"),
    ],
)
def test_wrong_words_are_named(home, call, words, message):
    code = 2 if words[0] == "-o" else 1
    assert message in call("explore", home / "library", *words, code=code)
    assert not (home / "library" / "map.html").exists()


def test_a_folder_that_is_no_library_is_named(tmp_path, call):
    assert f"{tmp_path}: no library there" in call("explore", tmp_path, code=1)


def test_a_library_without_a_usable_song_is_named(tmp_path, indexed, call):
    write_song(tmp_path / "music" / "short.flac", 3, seconds=1)
    call("index", tmp_path / "music", "-o", tmp_path / "library", "--model", indexed / "model")
    said = call("explore", tmp_path / "library", code=1)
    assert f"{tmp_path / 'library'}: none of its 1 files could be used" in said
