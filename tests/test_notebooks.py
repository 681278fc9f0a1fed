"""The tutorials: they were executed as they are, and executed again they show the same."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from deepartist.cli import make_parser

ROOT = Path(__file__).parents[1]
# What shows music of real_music.md; others may need data that are not there.
ON_REAL_MUSIC = [
    ROOT / "docs/tutorials" / f"{name}.ipynb" for name in ("own_collection", "paper_evaluation")
]
NOTEBOOKS = sorted((ROOT / "docs/tutorials").glob("*.ipynb"))
MOST_BYTES = 200_000
PATH_OF_A_MACHINE = re.compile(r"(?<![\w.~])/(?:home|Users|root|tmp|work|private|mnt)\b")
NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
SAME = "same"  # tag of the cells whose output must not change
TOLERANCE = 0.015  # two decimals; one of 83 songs is 0.012

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_of(cell):
    """What a cell printed, and its value as text, without white space at the ends of lines."""
    parts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.outputs]
    return "\n".join(line.rstrip() for line in "".join(parts).splitlines())


def count_pictures(cell):
    return sum("image/png" in output.get("data", {}) for output in cell.outputs)


def assert_same(new, kept):
    """Check that two texts differ in numbers with a decimal point alone, and in these by little."""
    assert NUMBER.sub("#", new).split() == NUMBER.sub("#", kept).split()
    numbers, before = (np.array(NUMBER.findall(text), float) for text in (new, kept))
    np.testing.assert_allclose(numbers, before, rtol=0, atol=TOLERANCE)


def command_lines(notebook):
    """The command lines of deepartist: those that are executed, and those of sh blocks."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            lines = re.findall(r"^!(.*)", cell.source, re.M)
        else:
            blocks = re.findall(r"```sh\n(.*?)```", cell.source, re.S)
            lines = [line for block in blocks for line in block.splitlines()]
        for line in lines:
            words = shlex.split(re.split(r" (?:2?>|\|\|) ", line)[0], comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if words and words[0] == "deepartist":
                yield words[1:]


def test_the_tutorials_are_there():
    assert set(ON_REAL_MUSIC) <= set(NOTEBOOKS)


@each_notebook
def test_it_is_valid_and_small(path):
    nbformat.validate(read(path))
    assert path.stat().st_size < MOST_BYTES


@each_notebook
def test_it_was_executed_from_top_to_bottom_without_an_error(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        assert all(output.output_type != "error" for output in cell.outputs)
        assert "Traceback" not in text_of(cell) and "Warning" not in text_of(cell)


@each_notebook
def test_no_path_of_a_machine_is_in_it(path):
    # decoded, because a picture in base64 may hold anything
    notebook = read(path)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    text = json.dumps(notebook, ensure_ascii=False)
    assert not PATH_OF_A_MACHINE.search(text)
    assert str(Path.home()) not in text


@each_notebook
def test_its_commands_are_understood(path):
    for words in command_lines(read(path)):
        make_parser().parse_args(words)


@each_notebook
def test_what_it_links_to_is_there(path):
    text = "\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)\s#]+)[^)\s]*\)", text):
        assert re.match(r"\w+:", target) or (path.parent / target).exists(), target


def test_a_path_of_a_machine_is_told_from_others():
    assert PATH_OF_A_MACHINE.search("in /home/me/x")
    assert PATH_OF_A_MACHINE.search("'/tmp'")
    assert not PATH_OF_A_MACHINE.search("~/work and docs/home/x, /data/fma, Music/tmp/a")


def test_texts_are_compared_by_two_decimals():
    assert_same("a 0.123\nb", "a  0.124 b")
    with pytest.raises(AssertionError):
        assert_same("a 0.12", "a 0.14")
    with pytest.raises(AssertionError):
        assert_same("a 0.12", "c 0.12")
    with pytest.raises(AssertionError):
        assert_same("10 of a", "11 of a")


@pytest.fixture
def collection(tmp_path, monkeypatch, music, open_music, authors_weights):
    """Lay out the music with links to files, and the weights as if they had been downloaded."""
    for folder in (music, open_music):
        for file in folder.rglob("*.*"):
            if file.is_file():
                link = tmp_path / "Music" / file.relative_to(folder.parent)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(file)
    cache = tmp_path / "cache"
    (cache / "deepartist").mkdir(parents=True)
    (cache / "deepartist" / "authors_siamese_10000.h5").symlink_to(authors_weights)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("MUSIC", str(tmp_path / "Music"))
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("path", ON_REAL_MUSIC, ids=lambda path: path.stem)
def test_executed_again_it_shows_the_same(path, collection):
    kept, again = read(path), read(path)
    client = NotebookClient(
        again, timeout=300, kernel_name="python3", resources={"metadata": {"path": collection}}
    )
    client.execute()
    compared = 0
    for new, before in zip(code_cells(again), code_cells(kept), strict=True):
        if SAME in before.metadata.get("tags", []):
            assert_same(text_of(new), text_of(before))
            compared += 1
        assert count_pictures(new) == count_pictures(before)
    assert compared > 6
