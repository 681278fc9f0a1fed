"""A library on disk: a folder with a table of songs and their vectors, and parts while it grows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

TABLE, PARTS = "songs.parquet", "parts"
VERSION = 1
SIZES = {"embedding": 256, "multilevel": 768}
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
    """A song and its vectors, zeros if it is left out."""

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


def write_songs(path: Path, about: About, entries: Sequence[Entry]) -> None:
    """Write a table of songs and their vectors; the file is whole or not there."""
    columns: list[pa.Array] = [
        pa.array([entry.song[place] for entry in entries], TYPES[name])
        for place, name in enumerate(Song._fields)
    ]
    for name, size in SIZES.items():
        values = np.zeros((len(entries), size), np.float32)
        for row, entry in enumerate(entries):
            values[row] = entry.vectors[name]
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), size))
    table = pa.table(dict(zip([*Song._fields, *SIZES], columns, strict=True)))
    table = table.replace_schema_metadata({METADATA: json.dumps(about._asdict()).encode()})
    with replacing(path) as partial:
        # Vectors are hardly compressible; reading them is what a query waits for.
        pq.write_table(table, partial, compression="none", use_dictionary=False)


def read_about(folder: Path) -> About | None:
    """Say what made the vectors of a library; None if there is none yet.

    Raises
    ------
    InputError
        The table cannot be read, or is of another version.
    """
    files = _files(folder)
    return _read_about(files[0]) if files else None


def read_songs(folder: Path, vectors: Iterable[str] = SIZES) -> tuple[list[Song], dict[str, Any]]:
    """Read a library: songs, and vectors (n, size) by name, in the same order.

    Parts of an interrupted indexing are read, too. If a path occurs several times, its newest entry
    is taken.

    Raises
    ------
    InputError
        There is no library, or it cannot be read, or its parts were made by another model.
    """
    files = _files(folder)
    if not files:
        raise InputError(f"{folder}: no library there; make one with deepartist index")
    about = _read_about(files[0])
    names = list(vectors)
    songs: list[Song] = []
    arrays: dict[str, list[npt.NDArray[np.float32]]] = {name: [] for name in names}
    for file in files:
        if _read_about(file) != about:
            raise InputError(f"{file}: was made by another model than {files[0]}; delete it")
        table = _read_table(file, [*Song._fields, *names])
        columns = [table.column(name).to_pylist() for name in Song._fields]
        songs += map(Song._make, zip(*columns, strict=True))
        for name in names:
            flat = table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False)
            arrays[name].append(flat.reshape(-1, SIZES[name]))
    values = {name: np.concatenate(parts) for name, parts in arrays.items()}
    newest = {song.path: row for row, song in enumerate(songs)}
    if len(newest) == len(songs):
        return songs, values
    rows = sorted(newest.values())
    return [songs[row] for row in rows], {name: array[rows] for name, array in values.items()}


def add_part(folder: Path, about: About, entries: Sequence[Entry]) -> None:
    """Write entries as a part, so that an interrupted indexing keeps them."""
    numbers = [int(path.stem) for path in (folder / PARTS).glob("*.parquet")]
    write_songs(folder / PARTS / f"{max(numbers, default=0) + 1:06d}.parquet", about, entries)


def finish(folder: Path, about: About, entries: Sequence[Entry]) -> None:
    """Write the whole library as one table, sorted by path; then remove the parts."""
    write_songs(folder / TABLE, about, sorted(entries, key=lambda entry: entry.song.path))
    for path in (folder / PARTS).glob("*.parquet"):
        path.unlink()
    if (folder / PARTS).is_dir():
        (folder / PARTS).rmdir()


def _files(folder: Path) -> list[Path]:
    """List the table and the parts, the newest last."""
    table = folder / TABLE
    return [table] * table.is_file() + sorted((folder / PARTS).glob("*.parquet"))


def _read_table(file: Path, columns: Sequence[str]) -> pa.Table:
    try:
        return pq.read_table(file, columns=list(columns), memory_map=True)
    except (pa.ArrowException, OSError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read ({reason}); delete it and index again") from error


def _read_about(file: Path) -> About:
    try:
        metadata = pq.read_schema(file).metadata or {}
        about = About(**json.loads(metadata[METADATA]))
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{file}: is no table of a library; delete it and index again") from error
    if about.version != VERSION:
        raise InputError(
            f"{file}: is of version {about.version} of libraries, not {VERSION}; delete the folder "
            "and index again"
        )
    return about
