"""A library on disk: a folder of parts, each with a table of songs and their vectors.

There is one part, and more while an indexing goes on or after it was interrupted.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from deepartist.config.vectors import ADAPTED, BALANCED, EMBEDDING, MULTILEVEL
from deepartist.library.derived import Common, derive, find_common
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

TABLE = "songs.parquet"
VERSION = 1
SIZES = {EMBEDDING: 256, MULTILEVEL: 768}  # of the vectors of an entry
STORED = SIZES | dict.fromkeys((BALANCED, ADAPTED), SIZES[MULTILEVEL])
METADATA = b"deepartist"


class Song(NamedTuple):
    """A file of a collection.

    Attributes
    ----------
    path : str
        Absolute.
    folder : str
        The folder that was given when the file was found, absolute.
    artist, album, title, genre : str
        From the file's tags; empty if they are missing, except the title, which is then the file's
        name.
    duration_s : float
        0 if it is not known.
    size_bytes, modified_ns : int
        Of the file, when it was read.
    sha256 : str
        Digest of its content.
    left_out : str
        Why the file cannot be used; empty if it can.
    """

    path: str
    folder: str
    artist: str
    album: str
    title: str
    genre: str
    duration_s: float
    size_bytes: int
    modified_ns: int
    sha256: str
    left_out: str


class About(NamedTuple):
    """What made the vectors of a library; they are comparable only if all of it is the same."""

    model: str
    """As given on the command line; a path is absolute."""
    model_name: str
    model_sha256: str
    excerpt: str
    version: int = VERSION


class Entry(NamedTuple):
    """A song and its vectors of unit length; zeros if it is left out."""

    song: Song
    vectors: Mapping[str, npt.NDArray[np.float32]]


TYPES = {
    **dict.fromkeys(Song._fields, pa.string()),
    "duration_s": pa.float64(),
    "size_bytes": pa.int64(),
    "modified_ns": pa.int64(),
}


def absolute(path: Path) -> Path:
    """Make the path of a file absolute; links to folders are followed, a link to a file is not."""
    return path.parent.resolve() / path.name


def write_part(
    folder: Path, about: About, entries: Sequence[Entry], is_whole: bool = False
) -> Path:
    """Write entries as the newest part of a library; it is whole or not there.

    Parameters
    ----------
    folder : Path
        Of the library.
    about : About
    entries : sequence of Entry
    is_whole : bool
        Whether these are all entries, so that older parts do not count any more. The derived
        vectors are then stored, too.
    """
    columns = {
        name: pa.array([entry.song[place] for entry in entries], TYPES[name])
        for place, name in enumerate(Song._fields)
    }
    metadata = json.dumps(about._asdict() | {"is_whole": is_whole}).encode()
    table = pa.table(columns).replace_schema_metadata({METADATA: metadata})
    number = max((int(part.name) for part in _parts(folder)), default=0) + 1
    path = folder / f"{number:06d}"
    with replacing(path) as partial:
        partial.mkdir()
        pq.write_table(table, partial / TABLE)
        for name, size in SIZES.items():
            shape = (len(entries), size)
            values = np.lib.format.open_memmap(partial / f"{name}.npy", "w+", np.float32, shape)
            for row, entry in enumerate(entries):
                values[row] = entry.vectors[name]
            if is_whole and name == MULTILEVEL:
                derived, common = _derive([entry.song for entry in entries], values)
                for of_name, vectors in (derived | common._asdict()).items():
                    np.save(partial / f"{of_name}.npy", vectors)
            del values
    return path


def write_whole(folder: Path, about: About, entries: Sequence[Entry]) -> None:
    """Write a library as one part, sorted by path; then remove the older parts."""
    entries = sorted(entries, key=lambda entry: entry.song.path)
    newest = write_part(folder, about, entries, is_whole=True)
    for part in _parts(folder):
        if part != newest:
            shutil.rmtree(part)
    for leftover in folder.glob(".*.partial"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)


def read_about(folder: Path) -> About | None:
    """Say what made the vectors of a library; None if there is none yet.

    Raises
    ------
    InputError
        A table cannot be read, or is of another version.
    """
    parts = _parts(folder)
    return _read_about(parts[-1])[0] if parts else None


def read_songs(
    folder: Path, vectors: Iterable[str] = STORED
) -> tuple[list[Song], dict[str, npt.NDArray[np.float32]]]:
    """Read a library: songs, and vectors (n, size) of unit length by name, in the same order.

    ``embedding`` (256) and ``multilevel`` (768) are those of the model; ``balanced`` and
    ``adapted`` (768) are made of the multilevel vectors of all songs that can be used, see
    `deepartist.library.derived`.

    Parts of an interrupted indexing are read, too. If a path occurs several times, its newest entry
    is taken. If there is one part, as usual, its vectors are memory-mapped.

    Raises
    ------
    InputError
        There is no library, or it cannot be read, or its parts were made by different models.
    """
    parts: list[Path] = []
    about = None
    for part in reversed(_parts(folder)):
        of_part, is_whole = _read_about(part)
        about = about or of_part
        if of_part != about:
            raise InputError(f"{part}: was made by another model than the newer parts; delete it")
        parts.insert(0, part)
        if is_whole:
            break
    if not parts:
        raise InputError(f"{folder}: no library there; make one with deepartist index")
    songs: list[Song] = []
    for part in parts:
        columns = _read_table(part).to_pydict()
        songs += map(Song._make, zip(*(columns[name] for name in Song._fields), strict=True))
    if len(parts) == 1 and _has_derived(parts[0]):
        return songs, {name: _read_vectors(parts[0], name) for name in vectors}
    newest = sorted({song.path: row for row, song in enumerate(songs)}.values())
    songs = [songs[row] for row in newest]
    values = {
        name: np.concatenate([_read_vectors(part, name) for part in parts])[newest]
        for name in SIZES
    }
    values |= _derive(songs, values[MULTILEVEL])[0]
    return songs, {name: values[name] for name in vectors}


def read_common(folder: Path) -> Common:
    """Read what a library's songs have in common, to derive the vectors of a file not in it.

    Raises
    ------
    InputError
        As in `read_songs`.
    """
    parts = _parts(folder)
    if len(parts) == 1 and _has_derived(parts[0]):
        return Common(*(np.load(path, allow_pickle=False) for path in _common_files(parts[0])))
    songs, vectors = read_songs(folder, [MULTILEVEL])
    return _derive(songs, vectors[MULTILEVEL])[1]


def _common_files(part: Path) -> list[Path]:
    return [part / f"{name}.npy" for name in Common._fields]


def _has_derived(part: Path) -> bool:
    """Tell whether a part has derived vectors; a library of an earlier version has not all."""
    return all(path.is_file() for path in _common_files(part))


def _derive(
    songs: Sequence[Song], multilevel: npt.NDArray[np.float32]
) -> tuple[dict[str, npt.NDArray[np.float32]], Common]:
    """Make the derived vectors (n, 768) of songs, and find what the songs have in common.

    The vectors of songs that are left out are zeros.
    """
    is_usable = np.array([not song.left_out for song in songs], bool)
    artists = [song.artist for song in songs if not song.left_out]
    common = find_common(np.asarray(multilevel)[is_usable], artists)
    derived = derive(multilevel, common)
    for vectors in derived.values():
        vectors[~is_usable] = 0
    return derived, common


def count_parts(folder: Path) -> int:
    """Count the parts of a library: one if it was indexed to the end."""
    return len(_parts(folder))


def _parts(folder: Path) -> list[Path]:
    """List the parts of a library, the newest last."""
    return sorted(path for path in folder.glob("[0-9]" * 6) if (path / TABLE).is_file())


def _read_table(part: Path) -> pa.Table:
    try:
        return pq.read_table(part / TABLE, columns=list(Song._fields))
    except (pa.ArrowException, OSError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{part}: cannot be read ({reason}); delete it and index again") from error


def _read_vectors(part: Path, name: str) -> npt.NDArray[np.float32]:
    try:
        path = part / f"{name}.npy"
        values: npt.NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
        return values.reshape(-1, STORED[name])
    except (OSError, ValueError) as error:
        raise InputError(f"{part}: {name} cannot be read; delete it and index again") from error


def _read_about(part: Path) -> tuple[About, bool]:
    """Return what made a part, and whether it is the whole library."""
    try:
        fields = json.loads((pq.read_schema(part / TABLE).metadata or {})[METADATA])
        is_whole = bool(fields.pop("is_whole"))
        about = About(**fields)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{part}: is no part of a library; delete it and index again") from error
    if about.version != VERSION:
        raise InputError(
            f"{part}: is of version {about.version} of libraries, not {VERSION}; delete the folder "
            "and index again"
        )
    return about, is_whole
