"""Playlists: what a parser reads in them, whatever the names."""

import subprocess
from shutil import which

import pytest

from collection import write_song
from deepartist.library.playlist import write_playlist
from deepartist.library.store import Song


def song(path, artist="A", title="T", duration_s=61.4):
    return Song(str(path), "/", artist, "", title, "", duration_s, 1, 1, "", "")


def read_playlist(path):
    """Read an extended M3U: (seconds, name, path) of each song."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#EXTM3U"
    songs = []
    for info, place in zip(lines[1::2], lines[2::2], strict=True):
        seconds, _, name = info.removeprefix("#EXTINF:").partition(",")
        assert not place.startswith("#")
        songs.append((int(seconds), name, place))
    return songs


def test_songs_come_back_with_relative_paths(tmp_path):
    songs = [
        song(tmp_path / "music/곡 é.mp3", "Ä, B", "One\nTwo"),
        song(tmp_path / "lists/#1.mp3", "", "#1", 0.0),
        song("/elsewhere/x.mp3"),
    ]
    (tmp_path / "lists").mkdir()
    write_playlist(tmp_path / "lists/mix.m3u8", songs)
    found = read_playlist(tmp_path / "lists/mix.m3u8")
    assert found[0] == (61, "Ä, B - One Two", "../music/곡 é.mp3")
    assert found[1] == (-1, "#1", "./#1.mp3")
    assert (tmp_path / "lists" / found[2][2]).resolve() == (tmp_path / songs[2].path).resolve()


def test_paths_may_be_absolute(tmp_path):
    write_playlist(tmp_path / "mix.m3u8", [song(tmp_path / "a.mp3")], absolute_paths=True)
    assert read_playlist(tmp_path / "mix.m3u8") == [(61, "A - T", str(tmp_path / "a.mp3"))]


@pytest.mark.skipif(not which("ffprobe"), reason="needs a player")
def test_a_player_reads_the_songs(tmp_path):
    write_song(tmp_path / "music/one.flac", 1)
    write_playlist(tmp_path / "mix.m3u8", [song(tmp_path / "music/one.flac")])
    place = read_playlist(tmp_path / "mix.m3u8")[0][2]
    subprocess.run(["ffprobe", "-v", "error", tmp_path / place], check=True)
