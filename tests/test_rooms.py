"""The rooms of the package: what a folder's face may hold, and that tests lie beside the code."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from helpers import PACKAGE

TESTS = Path(__file__).parent
FACES = sorted(path for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)


@pytest.mark.parametrize("path", FACES, ids=lambda path: path.parent.name)
def test_a_face_is_a_docstring(path):
    """A fingerprint does not follow an import to the faces of the folders above it."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    (only,) = body
    assert isinstance(only, ast.Expr)
    assert isinstance(only.value.value, str)


def test_every_folder_of_code_has_a_face():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert folders == {path.parent for path in [*FACES, PACKAGE / "__init__.py"]}


def test_tests_lie_in_folders_of_the_packages_names():
    rooms = {path.parent.name for path in FACES if path.parent.parent == PACKAGE}
    others = {"workflow", "cluster"}  # of the whole: through Snakemake, and on a cluster
    folders = {path.parent.name for path in TESTS.glob("*/test_*.py")}
    assert folders - others <= rooms
    assert rooms <= folders


def test_the_architecture_page_lists_the_folders_in_the_order_of_the_layers():
    project = tomllib.loads((TESTS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    page = (TESTS.parent / "docs/architecture.md").read_text(encoding="utf-8")
    table = page.partition("| folder |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == contract["layers"]
    assert set(contract["layers"]) == {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()
    } - {"__init__", "__pycache__"}


def test_the_architecture_page_names_files_that_are_there():
    page = (TESTS.parent / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w+\.(?:py|yaml|smk))`", page)
    assert len(named) > 15
    for name in named:
        assert any((folder / name).is_file() for folder in (TESTS.parent, PACKAGE)), name
