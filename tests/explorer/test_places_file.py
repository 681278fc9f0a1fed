"""The file of places: it comes back, and rubbish is refused by name."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deepartist.explorer.places_file import places_path, read_places, write_places
from deepartist.process.errors import InputError


def test_places_come_back(tmp_path):
    path = places_path(tmp_path, "multilevel")
    assert read_places(path) is None
    write_places(path, ["a", "b"], np.array([[1, 2], [-3.5, 4]], np.float32))
    assert read_places(path) == {"a": (1.0, 2.0), "b": (-3.5, 4.0)}
    assert [file.name for file in tmp_path.iterdir()] == ["map-multilevel.parquet"]


def test_maps_of_other_vectors_are_others(tmp_path):
    assert places_path(tmp_path, "embedding") != places_path(tmp_path, "multilevel")


@pytest.mark.parametrize(
    "columns",
    [
        {"sha256": ["a"], "x": [0.0]},
        {"sha256": ["a"], "x": [0.0], "y": [float("nan")]},
        {"sha256": ["a"], "x": ["left"], "y": [0.0]},
        {"sha256": ["a"], "x": [None], "y": [0.0]},
    ],
)
def test_a_table_of_something_else_is_refused(tmp_path, columns):
    path = tmp_path / "map.parquet"
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InputError, match=r"map.parquet: cannot be read .*; delete it"):
        read_places(path)


def test_rubbish_is_refused(tmp_path):
    path = tmp_path / "map.parquet"
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match=r"map.parquet: cannot be read .*; delete it"):
        read_places(path)
