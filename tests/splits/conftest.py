"""A manifest of four artists, and one of another data set."""

import pytest

from artist_songs import make_manifest
from deepartist.datasets.manifest import build_manifest, write_manifest


@pytest.fixture
def manifest_path(tmp_path):
    manifest = make_manifest({"a": 5, "b,c": 5, "NA": 5, "d": 2})
    write_manifest(manifest.assign(tags="x|y"), tmp_path / "m.csv")
    return tmp_path / "m.csv"


@pytest.fixture
def without_b(tmp_path):
    """The option that leaves out the artist 'b,c', spelt otherwise in another data set."""
    other = build_manifest(
        {"clip_id": str(n), "path": "x", "artist_id": str(n), "artist": artist}
        for n, artist in enumerate(("B,C ", "Various Artists", "", "e"))
    )
    write_manifest(other, tmp_path / "other.csv")
    return ("--without", str(tmp_path / "other.csv"))
