import json
import shutil
import subprocess
from hashlib import sha256

import pytest

from deepartist.provenance import origin as provenance
from deepartist.provenance.fingerprint import fingerprint
from deepartist.provenance.origin import describe_clone, describe_origin, work_key
from deepartist.scores import score_features as evaluate
from deepartist.scores import score_svm as svm
from helpers import make_songs, write_songs


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A git checkout with a package in it, all committed."""
    if not shutil.which("git"):
        pytest.skip("needs git")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    package = tmp_path / "clone/workflow/package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package.parent / "rules.smk").write_text("")
    git(package.parents[1], "init", "--quiet")
    git(package.parents[1], "add", ".")
    git(package, "commit", "--quiet", "--message", "one")
    return package


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    command = ["git", *who, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_commit_of_the_code_is_recorded(clone):
    commit = git(clone, "rev-parse", "HEAD")
    assert describe_clone(clone) == {"commit": commit, "uncommitted_changes": False}


@pytest.mark.parametrize("name", ["package/__init__.py", "rules.smk", "package/new.py"])
def test_an_edit_that_is_not_committed_is_recorded(clone, name):
    (clone.parent / name).write_text("X = 1\n")
    assert describe_clone(clone)["uncommitted_changes"] is True


def test_what_lies_outside_the_code_is_no_edit(clone):
    (clone.parents[1] / "notes.txt").write_text("")
    assert describe_clone(clone)["uncommitted_changes"] is False


def test_a_package_in_another_project_s_checkout_is_not_of_its_commit(clone):
    installed = clone.parents[1] / ".venv/package"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    assert describe_clone(installed) == {"commit": None, "uncommitted_changes": None}


@pytest.mark.parametrize("case", ["no checkout", "no git", "no folder"])
def test_without_git_nothing_is_said_of_it(clone, tmp_path, monkeypatch, case):
    folder = clone if case == "no git" else tmp_path / "elsewhere"
    if case == "no git":
        monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    if case == "no checkout":
        shutil.copytree(clone, folder)
    assert describe_clone(folder) == {"commit": None, "uncommitted_changes": None}


def test_the_origin_names_all_that_a_result_depends_on(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("hello")
    origin = describe_origin(
        "scores.score_svm", inputs=[path], settings={"seed": 3}, seed=3, device="cuda"
    )
    assert json.loads(json.dumps(origin)) == origin
    assert origin["stage"] == "scores.score_svm"
    assert origin["code"] == fingerprint("scores.score_svm")
    assert origin["inputs"] == {str(path): sha256(b"hello").hexdigest()}
    assert (origin["settings"], origin["seed"], origin["device"]) == ({"seed": 3}, 3, "cuda")
    assert {"python", "numpy", "torch", "zarr", "librosa"} <= origin["packages"].keys()


def test_work_goes_on_after_a_commit_of_the_same_code(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("hello")

    def key():
        return work_key(describe_origin("scores.score_svm", inputs=[path], settings={}, seed=0))

    before = key()
    edited = {"commit": "0" * 40, "uncommitted_changes": True}
    monkeypatch.setattr(provenance, "describe_clone", lambda: edited)
    assert key() == before
    path.write_text("hello!")
    assert key() != before


@pytest.mark.parametrize("stage", [evaluate, svm])
def test_a_score_says_what_made_it(tmp_path, stage, monkeypatch):
    write_songs(tmp_path, *make_songs(60, 0.1))
    monkeypatch.chdir(tmp_path)
    options = ["--features", "features.npz", "--labels", "labels.csv", "--dataset", "gtzan"]
    options += ["--model", "librosa", "--seed", "2", "--out", "score.json"]
    stage.main([*options, "--set", "bootstrap_resamples=100", "seed=7"])
    origin = json.loads((tmp_path / "score.json").read_text())["provenance"]
    assert origin["code"] == fingerprint(origin["stage"]) == fingerprint(stage.__name__[11:])
    assert list(origin["inputs"]) == ["features.npz", "labels.csv"]
    assert (origin["settings"]["bootstrap_resamples"], origin["seed"]) == (100, 7)
