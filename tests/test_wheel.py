"""The wheel, installed into an environment of its own, does all that the checkout does."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from email import message_from_bytes
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml
from readme_renderer import markdown
from torch import nn

from deepartist.explorer.page import SCRIPT
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.weights import save_model
from helpers import make_songs, write_songs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of a copy of the checkout, so that nothing is written into it."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = (".venv", "results", "runs", ".snakemake", "__pycache__", "node_modules")
    ignore = shutil.ignore_patterns(*ignored)
    shutil.copytree(ROOT, folder / "source", ignore=ignore)
    command = ["-m", "build", "--wheel", "--no-isolation", "--outdir", folder, folder / "source"]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A clean environment: the wheel, and the packages it needs, but not the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    # What a path file names is searched, but not the path files there: no editable install.
    (packages / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, wheel], check=True)
    return folder


@pytest.fixture
def run(environment, tmp_path, monkeypatch):
    """Call the installed command in an empty folder."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(*words, code=0):
        ended = subprocess.run(
            [environment / "bin/deepartist", *map(str, words)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == code, ended.stderr[-3000:]
        return ended

    return call


def test_the_wheel_holds_the_workflow_and_all_data_files(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    package = {name.removeprefix("workflow/") for name in files if "workflow/deepartist/" in name}
    assert {"deepartist/py.typed", "deepartist/config/schema.yaml"} <= package <= names
    workflow = re.compile(r"Snakefile|config\.yaml|configs/.*|profiles/default/.*|workflow/r.*")
    assert {f"deepartist/pipeline/{name}" for name in files if workflow.fullmatch(name)} <= names
    assert not {name for name in names if "tests/" in name or "node_modules" in name}
    assert not SCRIPT.exists() or "deepartist/explorer/page/explorer.js" in names


def test_the_page_on_a_package_index_is_the_readme_without_what_is_not_there(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    described = message_from_bytes(zipfile.ZipFile(wheel).read(metadata))
    assert described["Description-Content-Type"] == "text/markdown"
    page = Page(described.get_payload(decode=True).decode())
    readme = Page((ROOT / "README.md").read_text(encoding="utf-8"))
    assert "docs/library.md" in readme.links and "docs/figures/map.png" in readme.links
    assert not [link for link in page.links if not re.match(r"https?:|#", link)]
    assert page.tags.count("h2") == readme.tags.count("h2") > 5
    assert page.tags.count("td") == readme.tags.count("td") > 20
    # the words are the same: the text of links stays, and no mark of a link
    assert page.text.split() == readme.text.split()


class Page(HTMLParser):
    """What a package index shows of a text in Markdown: links and pictures, tags, words."""

    def __init__(self, text):
        super().__init__()
        self.links, self.tags, self.text = [], [], ""
        self.feed(markdown.render(text))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def test_the_package_is_not_that_of_the_checkout(environment, tmp_path):
    code = "import deepartist; print(deepartist.__file__)"
    command = [environment / "bin/python", "-c", code]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(environment))


def test_help_and_version(run):
    for command in (
        *("index", "similar", "explore", "identify", "embed"),
        *("evaluate", "run", "doctor", "fetch", "trace"),
    ):
        assert command in run("--help").stdout
        assert run(command, "--help").stdout.startswith(f"usage: deepartist {command}")
    assert run("--version").stdout.strip() == VERSION


def test_embed(run, tmp_path):
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "song.wav", rng.normal(0, 0.1, 22_050 * 8), 22_050)
    model = nn.ModuleDict({"encoder": Encoder()})
    initialise(model, torch.Generator().manual_seed(0))
    save_model(tmp_path / "model", model.state_dict(), {"input_mean": 0.2, "input_std": 0.3})
    run("embed", "song.wav", "--model", "model", "--device", "cpu", "-o", "vectors.npz")
    with np.load(tmp_path / "vectors.npz") as vectors:
        assert vectors["clip_id"].tolist() == ["song.wav"]
        assert vectors["embedding"].shape == (1, 256)


def test_evaluate(run, tmp_path):
    write_songs(tmp_path, *make_songs(60, noise=0.1))
    words = ("--features", "features.npz", "--labels", "labels.csv", "--set", "softmax_trials=1")
    scores = json.loads(run("evaluate", *words).stdout)
    assert scores["map"]["value"] > 0.9


def test_doctor(run, tmp_path):
    (tmp_path / "music").mkdir()
    config = {
        "datasets": {"mine": {"kind": "library", "path": "music"}},
        "source": "mine",
        "targets": {"mine": {"held_out": True, "label": "artist"}},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config))
    assert "no audio files found" in run("doctor", "mine.yaml", code=1).stdout


def test_fetch(run):
    assert "fma-small" in run("fetch").stdout


def test_run_says_what_the_default_run_would_do(run, tmp_path):
    ended = run("run", "-n")
    assert "train_siamese" in ended.stdout
    assert not (tmp_path / "results").exists()


def test_run_makes_a_target_of_a_config(run, environment, tmp_path):
    config = {
        "datasets": {"mine": {"kind": "table", "demo_songs": 1}},
        "source": "mine",
        "targets": {"mine": {"held_out": True}},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(config))
    ended = run("run", "mine.yaml", "results/clips/mine.csv")
    # the rules' `python` is that of the environment, so its package made this
    assert len((tmp_path / "results/clips/mine.csv").read_text().splitlines()) == 1 + 8
    printed = shlex.split(ended.stderr.splitlines()[0])
    assert printed[0] == "snakemake"
    assert f"{environment}/" in printed[printed.index("--snakefile") + 1]
    # the printed command finds nothing more to do
    again = [environment / "bin/python", "-m", *printed]
    path = os.pathsep.join([str(environment / "bin"), os.environ["PATH"]])
    ended = subprocess.run(
        again, cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PATH": path}
    )
    assert "Nothing to be done" in ended.stderr + ended.stdout
