"""The data sets of a config, as the doctor loads them."""

import importlib
import inspect
from pathlib import Path

import pytest

from deepartist.config.kinds import KINDS
from deepartist.config.run import DEMO_KEYS, resolve_config
from deepartist.config.settings import load_schema
from deepartist.doctor import data as doctor_data
from deepartist.doctor import sound
from deepartist.doctor.data import OTHER_KEYS, check_data


@pytest.mark.parametrize("kind", KINDS)
def test_each_loader_takes_the_keys_of_its_kind(kind):
    keys = set(load_schema()["$defs"][f"dataset_{kind}"]["properties"])
    module = importlib.import_module(f"deepartist.datasets.{kind}")
    taken = set(inspect.signature(module.load).parameters)
    assert taken == keys - {*OTHER_KEYS, *DEMO_KEYS}


@pytest.mark.parametrize("deep", [False, True])
def test_each_subject_is_looked_at_once_whatever_the_number_of_data_sets(data, monkeypatch, deep):
    """Values are handed on once; nothing goes back and forth for each check or data set."""
    calls = []

    def count(module, name):
        function = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a: calls.append(name) or function(*a))

    for name in ("describe_files", "check_clips", "select_songs", "check_songs"):
        count(doctor_data, name)
    count(sound, "describe_sounds")
    data.write()
    check_data(resolve_config(data.config, data.folder, Path.cwd()), deep)
    heard = ["describe_sounds"] if deep else []
    assert calls == ["describe_files", *heard, "check_clips", "select_songs", "check_songs"]


def test_a_run_that_only_evaluates_is_checked_too(data):
    data.write()
    config = {key: value for key, value in data.config.items() if key not in ("source", "artists")}
    config |= {"models": [], "targets": {"target": {"label": "genre"}}}
    findings = check_data(resolve_config(config, data.folder, Path.cwd()), False)
    assert {finding.dataset for finding in findings} == {"target"}
    assert not [finding for finding in findings if finding.level == "error"]


def test_findings_about_a_target_have_its_name(data):
    data.write()
    new = {"dataset": "source", "new_artists": True, "task": "identify"}
    config = {**data.config, "targets": {**data.config["targets"], "who": new}}
    findings = check_data(resolve_config(config, data.folder, Path.cwd()), False)
    (found,) = [finding for finding in findings if finding.dataset == "who"]
    assert found.check == "identify"


def check(data):
    data.write()
    return check_data(resolve_config(data.config, data.folder, Path.cwd()), False)


def test_joined_sources_are_checked_as_one(data):
    data.join()
    twice = data.add("target", "Source 0")
    twice.write_bytes((data.folder / data.rows["source"][0][0]).read_bytes())
    files = {f.dataset: f for f in check(data) if f.check in ("files", "same file")}
    assert set(files) == {"joined"}
    assert files["joined"].level == "warning"
    assert f"{twice.name} = " in files["joined"].message


def test_a_part_is_checked_though_the_other_is_synthesised_by_the_run(data):
    data.join({"kind": "table", "demo_songs": 2})
    (data.folder / data.rows["source"][0][0]).unlink()
    (found,) = [finding for finding in check(data) if finding.dataset == "source"][1:2]
    assert (found.check, found.level, found.count) == ("files", "error", 1)


def test_artists_are_not_counted_without_a_part(data):
    data.join()
    data.config["datasets"]["target"]["path"] = "$DATA/other.csv"
    (data.folder / "other.csv").write_text("path\n")
    findings = check(data)
    assert not [finding for finding in findings if finding.check == "artist sets"]
    assert [f.dataset for f in findings if f.level == "error"] == ["target"]
