"""Fixtures: real music and the authors' weights where they lie beside the checkout."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from command_line import run_command
from noise_data import Data

# Before torch is imported: on a busy machine, threads that wait for each other take minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The machines are shared: how long an example takes says nothing.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

SHARED = Path(__file__).parents[2] / "shared"
DEFAULT_RUN_TESTS = (
    *("test_default_run.py", "test_report.py", "test_shown_run.py"),
    "test_trace_of_run.py",
)


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
def open_music() -> Path:
    """More such clips, by other artists."""
    folder = SHARED / "open_music"
    if not folder.is_dir():
        pytest.skip("needs real music in ../shared/open_music")
    return folder


@pytest.fixture(scope="session")
def authors_weights() -> Path:
    """The authors' released Siamese model, Keras HDF5."""
    path = SHARED / "reference" / "authors_siamese_10000.h5"
    if not path.is_file():
        pytest.skip("needs the authors' weights in ../shared/reference")
    return path


@pytest.fixture
def run(monkeypatch, capsys):
    """Run ``deepartist`` with the words of a command line; returns a `Result`."""
    return lambda *words: run_command(words, monkeypatch, capsys)


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


@pytest.fixture(scope="session")
def latin1(tmp_path_factory) -> dict[str, str]:
    """Variables of the environment for a locale with the encoding Latin-1, made for the tests."""
    folder = tmp_path_factory.mktemp("locales")
    name = "en_US.ISO-8859-1"
    command = ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / name)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs localedef and the sources of the locale en_US")
    return {"LOCPATH": str(folder), "LC_ALL": name, "PYTHONIOENCODING": "", "PYTHONUTF8": ""}
