"""Files of song features: writing, reading and checking them."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepartist.config.vectors import BALANCED, EMBEDDING, MULTILEVEL
from deepartist.embeddings.balanced import SIZE, balance, find_centre, take_roots
from deepartist.files.csv_files import read_csv
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing


def read_clip_ids(path: Path) -> list[str]:
    """Read the ids of songs from the column ``clip_id`` of a CSV file, such as a manifest.

    Raises
    ------
    InputError
        The file cannot be read, or has no such column.
    """
    return read_csv(path, ["clip_id"], "a list of songs", exact=False)["clip_id"].to_list()


def write_features(
    path: Path,
    clip_id: Sequence[str],
    embedding: np.ndarray | None,
    multilevel: np.ndarray | None = None,
    about: Mapping[str, str | Sequence[str]] | None = None,
) -> None:
    """Write the features of songs as npz.

    Parameters
    ----------
    path : Path
    clip_id : sequence of str [length n]
    embedding : np.ndarray [shape=(n, d)] or None
        Stored as float32, unless it is None.
    multilevel : np.ndarray [shape=(n, m)], optional
        Stored as float32.
    about : mapping of str to str or sequence of str [length n], optional
        Further arrays of text, by name.
    """
    arrays: dict[str, Any] = {"clip_id": np.asarray(clip_id, dtype=str)}
    for name, values in ((EMBEDDING, embedding), (MULTILEVEL, multilevel)):
        if values is not None:
            arrays[name] = np.asarray(values, dtype=np.float32)
    arrays |= {name: np.asarray(text, dtype=str) for name, text in (about or {}).items()}
    # a file object, because savez appends .npz to a name that lacks it
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)


def write_feature_table(
    path: Path,
    clip_id: Sequence[str],
    values: np.ndarray,
    about: Mapping[str, str | Sequence[str]],
    vectors: str = EMBEDDING,
) -> None:
    """Write the features of songs as CSV: ``clip_id``, columns about them, ``embedding_0`` ….

    Parameters
    ----------
    path : Path
    clip_id : sequence of str [length n]
    values : np.ndarray [shape=(n, d)]
        Written with as many digits as tell apart all numbers of float32.
    about : mapping of str to str or sequence of str [length n]
        Further columns, by name; one text stands in all rows.
    vectors : str
        Name of the vectors: columns are named ``<vectors>_0``, ``<vectors>_1`` ….
    """
    n_dimensions = np.shape(values)[1]
    columns = [[text] * len(clip_id) if isinstance(text, str) else text for text in about.values()]
    with (
        replacing(path) as partial,
        # Names of files may hold bytes that are not UTF-8; they are written as they are.
        partial.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["clip_id", *about, *(f"{vectors}_{i}" for i in range(n_dimensions))])
        for row, texts in zip(values, zip(clip_id, *columns, strict=True), strict=True):
            writer.writerow([*texts, *(f"{value:.9g}" for value in row)])


def write_feature_parquet(
    path: Path,
    clip_id: Sequence[str],
    vectors: Mapping[str, np.ndarray],
    about: Mapping[str, str | Sequence[str]],
) -> None:
    """Write the features of songs as Parquet: ``clip_id``, columns about them, lists of numbers.

    Parameters
    ----------
    path : Path
    clip_id : sequence of str [length n]
    vectors : mapping of str to np.ndarray [shape=(n, d)]
        Each is a column of lists of d float32.
    about : mapping of str to str or sequence of str [length n]
        Further columns, by name; one text stands in all rows.

    Raises
    ------
    InputError
        A text is not UTF-8, which Parquet requires.
    """
    import pyarrow as pa  # takes a tenth of a second, which few commands need
    import pyarrow.parquet as pq

    texts = {"clip_id": list(clip_id)} | {
        name: [text] * len(clip_id) if isinstance(text, str) else list(text)
        for name, text in about.items()
    }
    try:
        columns = {name: pa.array(values, pa.string()) for name, values in texts.items()}
    except UnicodeEncodeError as error:
        raise InputError(
            f"{path}: the name of a file is not UTF-8 ({error.object!a}), as Parquet requires; "
            "rename the file, or write to a name that ends in .npz"
        ) from error
    for name, values in vectors.items():
        flat = pa.array(np.asarray(values, np.float32).ravel())
        columns[name] = pa.FixedSizeListArray.from_arrays(flat, np.shape(values)[1])
    with replacing(path) as partial:
        pq.write_table(pa.table(columns), partial)


def read_features(path: Path, vectors: str = EMBEDDING) -> tuple[np.ndarray, np.ndarray]:
    """Read the features of songs; other arrays in the file are ignored.

    Parameters
    ----------
    path : Path
        An npz file with `clip_id` and the vectors; or by its ending a Parquet file with columns
        of these names, or a CSV file with columns ``clip_id`` and ``embedding_0``, ….
    vectors : str
        Name of the vectors to read: the array's, or that of the columns without their numbers.
        ``balanced`` vectors are made of all ``multilevel`` vectors in the file.

    Returns
    -------
    clip_id : np.ndarray [shape=(n,), dtype=str]
    values : np.ndarray [shape=(n, d), dtype=float32]

    Raises
    ------
    InputError
        The file cannot be read, an array is missing or has a wrong shape or type, a clip_id occurs
        twice, or a number is not finite.
    """
    if vectors == BALANCED:
        return _balance_features(path, *read_features(path, MULTILEVEL))
    if path.suffix.lower() == ".csv":
        clip_id, values = _load_table(path, vectors)
    elif path.suffix.lower() == ".parquet":
        clip_id, values = _load_parquet(path, vectors)
    else:
        clip_id, values = _load_arrays(path, ("clip_id", vectors))
    if clip_id.ndim != 1 or clip_id.dtype.kind != "U":
        raise InputError(
            f"{path}: clip_id has shape {clip_id.shape} and type {clip_id.dtype}; "
            "store one text per song: np.asarray(ids, dtype=str)"
        )
    if values.ndim != 2 or values.dtype.kind not in "fiu" or not values.size:
        raise InputError(
            f"{path}: {vectors} has shape {values.shape} and type {values.dtype}; "
            "store numbers of shape (songs, dimensions)"
        )
    if len(clip_id) != len(values):
        raise InputError(
            f"{path}: {len(clip_id)} clip_id for {len(values)} rows of {vectors}; "
            "store one for each"
        )
    ids, counts = np.unique(clip_id, return_counts=True)
    if counts.max() > 1:
        raise InputError(f"{path}: clip_id '{ids[counts.argmax()]}' occurs more than once")
    with np.errstate(over="ignore"):  # an overflow is reported below as not finite
        values = values.astype(np.float32)
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        raise InputError(
            f"{path}: {vectors} of clip '{clip_id[finite.argmin()]}' is not finite in float32 "
            f"({np.count_nonzero(~finite)} such songs); leave them out or correct them"
        )
    return clip_id, values


def stored_vectors(path: Path, wanted: Sequence[str]) -> list[str]:
    """Return those of some vectors that an npz file has, in the order wanted.

    `EMBEDDING` is always among them if it is wanted: a file without it is wrong, which reading it
    reports. `BALANCED` is if `MULTILEVEL` has the size of the paper's encoder.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            stored = {EMBEDDING, *archive.files}
            if BALANCED in wanted and MULTILEVEL in stored:
                shape = archive[MULTILEVEL].shape
                stored |= {BALANCED} if shape[1:] == (SIZE,) else set()
    except Exception as error:  # a damaged archive can raise errors of any type
        raise _unreadable(path, error) from error
    return [vectors for vectors in wanted if vectors in stored]


def _balance_features(
    path: Path, clip_id: np.ndarray, multilevel: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if multilevel.shape[1] != SIZE or (multilevel < 0).any():
        raise InputError(
            f"{path}: {BALANCED} vectors are made of {SIZE} maxima of an encoder, none below 0; "
            f"{MULTILEVEL} has {multilevel.shape[1]} numbers"
        )
    roots = take_roots(multilevel)
    return clip_id, balance(roots, find_centre(roots))


def _load_table(path: Path, vectors: str) -> tuple[np.ndarray, np.ndarray]:
    table = read_csv(path, ("clip_id", f"{vectors}_0"), "a table of features", exact=False)
    columns: list[str] = []
    while (name := f"{vectors}_{len(columns)}") in table:
        columns.append(name)
    try:
        values = table[columns].to_numpy(dtype=str).astype(np.float64)
    except ValueError as error:
        raise InputError(f"{path}: {vectors}_…: {_one_line(error)}; store numbers") from error
    return table["clip_id"].to_numpy(dtype=str), values


def _load_parquet(path: Path, vectors: str) -> tuple[np.ndarray, np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        stored = pq.read_schema(path).names
        for name in ("clip_id", vectors):
            if name not in stored:
                raise InputError(f"{path}: no column '{name}'; it has {', '.join(stored)}")
        table = pq.read_table(path, columns=["clip_id", vectors])
        rows = table.column(vectors).to_pylist()
        values = np.array(rows, np.float64) if rows else np.zeros((0, 0))
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: cannot be read as a Parquet table of features: {_one_line(error)}; store "
            f"clip_id as text and {vectors} as lists of numbers of one length"
        ) from error
    return np.array(table.column("clip_id").to_pylist(), dtype=str), values


def _load_arrays(path: Path, names: Sequence[str]) -> list[np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names if name in archive}
            stored = ", ".join(archive.files)
    except Exception as error:  # a damaged archive can raise errors of any type
        raise _unreadable(path, error) from error
    for name in names:
        if name not in arrays:
            raise InputError(
                f"{path}: no array '{name}'; a features file has {', '.join(names)}, this one "
                f"has {stored or 'none'}"
            )
    return [arrays[name] for name in names]


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(
        f"{path}: cannot be read as an npz file: {_one_line(error)}; "
        "save it with numpy.savez, clip_id as str and embedding as float32"
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
