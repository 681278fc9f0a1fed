"""What a collection needs is installed without the workflow; what needs more says so."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from collection import make_model, write_collection

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]

# Runs the command in a process in which packages cannot be found.
WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from deepartist import cli
sys.argv = ["deepartist", *sys.argv[1:]]
cli.main()
"""


def modules_of(*extras):
    """The modules of packages that these extras install, and nothing else does."""
    names = {re.match(r"[\w-]+", need).group() for extra in extras for need in EXTRAS[extra]}
    return {
        module
        for module, packages in packages_distributions().items()
        if {package.lower() for package in packages} <= {name.lower() for name in names}
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    write_collection(home / "music")
    make_model(home / "model")
    return home


@pytest.fixture
def run(home):
    absent = modules_of("workflow", "export", "test")
    assert {"snakemake", "zarr", "librosa", "matplotlib", "numcodecs", "pytest"} <= absent
    assert not {"torch", "numpy", "sklearn"} & absent

    def call(*words, code=0):
        ended = subprocess.run(
            [sys.executable, "-c", WITHOUT.format(absent=absent), *map(str, words)],
            cwd=home,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == code, ended.stderr
        return ended.stdout + ended.stderr

    return call


def test_a_collection_needs_no_extra(run, home):
    run("index", "music", "-o", "library", "--model", "model")
    assert "Song 3" in run("similar", "song 0", "-l", "library")
    assert "Song 3" in run("similar", "music/A/0.flac", "-l", "library", "--playlist", "m.m3u8")
    run("identify", "music/A/0.flac", "-l", "library")
    run("explore", "library")
    for name in ("songs.npz", "songs.parquet", "songs.csv"):
        run("embed", "music", "--model", "model", "-o", name)
    (home / "labels.csv").write_text(
        "clip_id,label\n" + "".join(f"{'ABC'[k % 3]}/{k}.flac,{'ABC'[k % 3]}\n" for k in range(6))
    )
    assert '"map"' in run("evaluate", "--features", "songs.npz", "--labels", "labels.csv")


def test_what_needs_the_workflow_says_how_to_install_it(run):
    said = run("run", "library", code=1)
    assert said == (
        "error: deepartist run needs snakemake; "
        'install it with pip install "deepartist[workflow]"\n'
    )
