"""Fixtures: real music and the authors' weights where they lie beside the checkout."""

import os
from pathlib import Path

import numpy as np
import pytest
from xdist.scheduler import LoadScopeScheduling

from noise_data import Data

# Before torch is imported: on a busy machine, threads that wait for each other take minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).parents[2] / "shared"
DEFAULT_RUN_TESTS = ("test_default_run.py", "test_report.py", "test_trace_of_run.py")


class FilesTogether(LoadScopeScheduling):
    """Sends the tests of a file, and all of the default run, to one process of several."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "default run" if Path(file).name in DEFAULT_RUN_TESTS else file


def pytest_xdist_make_scheduler(config, log):
    return FilesTogether(config, log)


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


@pytest.fixture(scope="session")
def sound_data(tmp_path_factory) -> Data:
    """Data sets with nothing wrong with them, for the tests of the doctor, made once."""
    return Data(tmp_path_factory.mktemp("sound_data"))


@pytest.fixture
def data(sound_data, tmp_path, monkeypatch) -> Data:
    """A copy of those data sets, to be spoilt."""
    monkeypatch.setenv("DATA", str(tmp_path))
    return sound_data.copy_to(tmp_path)
