"""Fixtures: real music and the authors' weights where they lie beside the checkout."""

import os
from pathlib import Path

import numpy as np
import pytest

# Before torch is imported: on a busy machine, threads that wait for each other take minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).parents[2] / "shared"


def pytest_collection_modifyitems(items) -> None:
    """Keep the tests of a file, and all that look at the default run, in one process of several."""
    for item in items:
        shares_run = "default_run" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("default run" if shares_run else item.path.stem))


@pytest.fixture(scope="session")
def music() -> Path:
    """A folder of real, openly licensed clips, with artist tags in the files."""
    folder = SHARED / "music"
    if not folder.is_dir():
        pytest.skip("needs real music in ../shared/music")
    return folder


@pytest.fixture(scope="session")
def authors_weights() -> Path:
    """The authors' released Siamese model, Keras HDF5."""
    path = SHARED / "reference" / "authors_siamese_10000.h5"
    if not path.is_file():
        pytest.skip("needs the authors' weights in ../shared/reference")
    return path


@pytest.fixture
def rng() -> np.random.Generator:
    """Numbers that are the same in each run of a test."""
    return np.random.default_rng(0)
