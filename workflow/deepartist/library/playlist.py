"""Playlists in extended M3U and UTF-8, as players read them."""

import os
from collections.abc import Iterable
from pathlib import Path

from deepartist.library.store import Song, absolute
from deepartist.process.replacing import replacing


def write_playlist(path: Path, songs: Iterable[Song], absolute_paths: bool = False) -> None:
    """Write a playlist (.m3u8).

    Parameters
    ----------
    path : Path
    songs : iterable of Song
    absolute_paths : bool
        Whether paths are absolute; else they start from the folder of the playlist, so that it can
        be moved together with the music.
    """
    folder = absolute(path).parent
    lines = ["#EXTM3U"]
    for song in songs:
        name = " - ".join(part for part in (song.artist, song.title) if part)
        lines.append(f"#EXTINF:{round(song.duration_s) or -1},{_one_line(name)}")
        place = song.path if absolute_paths else os.path.relpath(song.path, folder)
        # A line that starts with # would be a comment.
        lines.append(f"./{place}" if place.startswith("#") else place)
    with replacing(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _one_line(text: str) -> str:
    return " ".join(text.split())
