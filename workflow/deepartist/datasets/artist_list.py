"""The published list of artists and their songs, ``msd-artist-list.pkl`` (section 3.1.1)."""

import re
from pathlib import Path

from deepartist.files.pickles import load_pickle
from deepartist.process.errors import InputError

ENTRY = re.compile(r"([^/]+)/([0-9]{1,9})/([0-9]{1,9})")


def read_artist_list(path: Path) -> list[tuple[str, int, int]]:
    """Read the published artist list.

    Parameters
    ----------
    path : Path
        The pickled list.

    Returns
    -------
    list of (clip_id : str, artist_index : int, song_index : int)
        In the order of the file: artist by artist, with `song_index` counted from 1. `clip_id` is
        the 7digital id.

    Raises
    ------
    InputError
        The file is missing or holds something other than a list, or an entry is not
        ``7digital_id/artist_index/song_index``.
    """
    lines = load_pickle(path)
    if not isinstance(lines, list):
        raise InputError(f"{path}: is a {type(lines).__name__}; a list is expected")
    entries = []
    for position, line in enumerate(lines, start=1):
        match = ENTRY.fullmatch(line) if isinstance(line, str) else None
        if match is None:
            shown = repr(line[:50]) if isinstance(line, str) else f"a {type(line).__name__}"
            raise InputError(
                f"{path}: entry {position} is {shown}, not 7digital_id/artist_index/song_index"
            )
        clip_id, artist, song = match.groups()
        entries.append((clip_id, int(artist), int(song)))
    return entries


def artist_label(artist_index: int) -> str:
    """Turn an index of the artist list into an `artist_id`, such as ``00042``."""
    return f"{artist_index:05d}"
