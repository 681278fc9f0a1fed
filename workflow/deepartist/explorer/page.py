"""The page: one HTML file with the places, names and neighbours of songs, and all that shows them.

It loads nothing: the browser is told to refuse every connection (Content-Security-Policy), and
titles are data that the script shows as text.
"""

import base64
import hashlib
import html
import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import numpy.typing as npt

from deepartist.explorer.neighbours import Neighbours
from deepartist.library.store import Song
from deepartist.process.errors import InputError

FOLDER = Path(__file__).parent / "page"
SCRIPT = FOLDER / "explorer.js"


def make_page(
    title: str,
    songs: Sequence[Song],
    places: npt.NDArray[np.float32],
    neighbours: Neighbours,
    folder_of_page: Path | None,
) -> str:
    """Make the page of a map.

    Parameters
    ----------
    title : str
    songs : sequence of Song
    places : np.ndarray [shape=(n, 2), dtype=float32]
        On any scale; the page fits them into its window.
    neighbours : Neighbours
        Of these songs.
    folder_of_page : Path or None
        Where the page will lie; its links to the songs start there. None: the page is served, and a
        song lies at ``songs/`` and its number.

    Raises
    ------
    InputError
        The script of the page was not built.
    """
    if not SCRIPT.is_file():
        raise InputError(
            "the map's script was not built when deepartist was installed, because npm was not "
            "there; install Node.js, then install deepartist again"
        )
    script = SCRIPT.read_text(encoding="utf-8")
    if "</script" in script.lower():  # it would end the element
        raise ValueError(f"{SCRIPT}: holds </script")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    data = describe(title, songs, places, neighbours, folder_of_page)
    template = Template((FOLDER / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=html.escape(title),
        script_digest=f"sha256-{digest}",
        style=(FOLDER / "page.css").read_text(encoding="utf-8"),
        # Within a script element, only < can end it.
        data=json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        script=script,
    )


def describe(
    title: str,
    songs: Sequence[Song],
    places: npt.NDArray[np.float32],
    neighbours: Neighbours,
    folder_of_page: Path | None,
) -> dict[str, Any]:
    """Gather what the page needs; numbers are in base64, little-endian. See `make_page`."""
    folder = os.path.commonpath([Path(song.path).parent for song in songs])
    below = [os.path.relpath(song.path, folder) for song in songs]
    groups = {
        "artist": [song.artist for song in songs],
        "album": [song.album for song in songs],
        "genre": [song.genre.partition(";")[0].strip() for song in songs],
        "folder": [path.partition("/")[0] if "/" in path else "" for path in below],
    }
    link = None
    if folder_of_page is not None:
        link = os.path.relpath(folder, folder_of_page)
    return {
        "title": title,
        "folder": folder,
        "link": link,
        "paths": below,
        "titles": [song.title for song in songs],
        "groups": {name: _number(values) for name, values in groups.items()},
        "duration_s": _encode([song.duration_s for song in songs], "<f4"),
        "x": _encode(places[:, 0], "<f4"),
        "y": _encode(places[:, 1], "<f4"),
        "neighbours": _encode(neighbours.rows, "<i4"),
        "similarity_percent": _encode(np.rint(100 * neighbours.similarity), "i1"),
    }


def _number(values: Sequence[str]) -> dict[str, Any]:
    """Number the values, the most frequent first; none is the last."""
    counts = Counter(values)
    names = sorted(counts, key=lambda name: (not name, -counts[name], name))
    number = {name: place for place, name in enumerate(names)}
    return {"names": names, "of": _encode([number[value] for value in values], "<i4")}


def _encode(values: Iterable[float] | npt.NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.asarray(values).astype(kind).tobytes()).decode()
