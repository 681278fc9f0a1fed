"""Playlists: what a parser reads in them, whatever the names."""

import os
import subprocess
from pathlib import Path
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


@pytest.mark.skipif(not which("mpv"), reason="needs mpv; `make player` installs it on Debian")
@pytest.mark.parametrize("absolute_paths", [False, True])
def test_a_player_plays_the_songs_in_order(tmp_path, absolute_paths):
    names = ["곡 é.flac", "#1.flac", "100%20.flac", "a & 'b' \"c\".flac", "sub/x?y.flac"]
    songs = [song(tmp_path / "music" / name, title=f"<{name}>") for name in names]
    for number, one in enumerate(songs):
        write_song(Path(one.path), number, seconds=1)
    (tmp_path / "lists").mkdir()
    write_playlist(tmp_path / "lists/mix.m3u8", songs, absolute_paths)
    quick = ("--no-config", "--no-video", "--ao=null", "--untimed", "--msg-level=all=info")
    command = ["mpv", *quick, tmp_path / "lists/mix.m3u8"]
    played = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert played.returncode == 0, played.stdout
    assert "AO: [null] 22050Hz" in played.stdout  # sound came out
    paths = [
        line.partition(": ")[2]
        for line in played.stdout.splitlines()
        if line.startswith("Playing: ")
    ]
    assert [os.path.normpath(path) for path in paths] == [one.path for one in songs]
