"""The file of a library that keeps the place of each song on its map."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing


def places_path(library: Path, vectors: str) -> Path:
    """Name the file of places of a library for ``embedding`` or ``multilevel`` vectors."""
    return library / f"map-{vectors}.parquet"


def read_places(path: Path) -> dict[str, tuple[float, float]] | None:
    """Read the place of each song by the SHA-256 of its file, so that one that is moved stays.

    Returns
    -------
    dict or None
        None if there is no map yet.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    if not path.exists():
        return None
    try:
        columns = pq.read_table(path).to_pydict()
        places = np.array([columns["x"], columns["y"]], np.float32).T
        if not np.isfinite(places).all():
            raise ValueError("a place is not finite")
        return dict(zip(columns["sha256"], map(tuple, places.tolist()), strict=True))
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read ({reason}); delete it") from error


def write_places(path: Path, digests: list[str], places: npt.NDArray[np.float32]) -> None:
    """Write places (n, 2) of files with these digests."""
    table = pa.table({"sha256": digests, "x": places[:, 0], "y": places[:, 1]})
    with replacing(path) as partial:
        pq.write_table(table, partial)
