"""The documentation builds without a warning, and has all commands, options and functions."""

import itertools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deepartist.cli import make_parser
from deepartist.config.options import option_table

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Build a copy of the documentation; return the folder of its pages."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("_build"))
    for name in ("workflow", "tests", "configs", "benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    out = folder / "pages"
    words = ["-m", "sphinx", "--fail-on-warning", "--keep-going", "-q", "-E", "docs", str(out)]
    built = subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    assert not built.stderr.strip()
    return out


def text_of(page):
    """The text of a page, without markup, white space as single blanks."""
    return " ".join(re.sub("<[^>]+>", " ", page.read_text(encoding="utf-8")).split())


def test_each_page_is_built_and_listed(pages):
    index = (pages / "index.html").read_text(encoding="utf-8")
    docs = ROOT / "docs"
    folders = [docs.glob("*.md"), *(docs.glob(f"{name}/*.*") for name in ("tutorials", "howto"))]
    for page in itertools.chain(*folders):
        built = page.relative_to(docs).with_suffix(".html").as_posix()
        assert (pages / built).is_file()
        assert f'href="{built}"' in index or page.stem == "index"


def test_each_command_has_its_help(pages):
    text = text_of(pages / "reference/generated/commands.html")
    (commands,) = (a for a in make_parser()._actions if getattr(a, "choices", None))
    assert len(commands.choices) > 8
    for name in commands.choices:
        assert f"usage: deepartist {name}" in text


def test_each_option_and_function_is_there(pages):
    text = text_of(pages / "options.html")
    keys = re.findall(r"^\| `([^`]+)` \|", option_table(), re.M)
    assert len(keys) > 90
    assert all(key.replace("<", "&lt;").replace(">", "&gt;") in text for key in keys)
    python = (pages / "reference/python.html").read_text(encoding="utf-8")
    for name in ("load", "Library", "Library.similar", "Model.embed", "evaluate"):
        assert f'id="deepartist.interface.{name}"' in python
