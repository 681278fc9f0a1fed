"""The command `deepartist doctor`, on data sets with all that can be wrong with them."""

import importlib
import inspect
import json
import shutil
import sys
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from deepartist import cli
from deepartist.commands import doctor
from deepartist.config.run import DEMO_KEYS, resolve_config
from deepartist.config.settings import load_schema
from deepartist.doctor import data as doctor_data
from deepartist.doctor.file_checks import LICENCES
from deepartist.process.errors import InputError

PARTS = ("train", "train", "valid", "test")


class Data:
    """Two tables of short noises, `source` and `target`, and a config of them that is right."""

    def __init__(self, folder):
        self.folder, self.rows, self.number = folder, {"source": [], "target": []}, 0
        self.config = {
            "datasets": {
                name: {"kind": "table", "path": f"$DATA/{name}.csv"} for name in self.rows
            },
            "source": "source",
            "targets": {"target": {}},
            "artists": {"count": 3, "songs_train": 2, "songs_valid": 1, "songs_test": 1},
            "models": ["basic"],
        }
        for artist in range(3):
            for _ in PARTS:
                self.add("source", f"Source {artist}")
        for genre in ("jazz", "rock"):
            for i, part in enumerate(PARTS * 3):
                self.add("target", f"{genre} {part} {i}", genre, part)

    def add(self, dataset, artist="", genre="", split="", name="", seconds=4, rate_hz=22_050):
        """Add a song, which sounds like no other; return its file."""
        path = self.folder / dataset / (name or f"{self.number}.wav")
        path.parent.mkdir(exist_ok=True)
        self.number += 1
        rng = np.random.default_rng(self.number)
        loudness = np.interp(np.linspace(0, 40, round(seconds * rate_hz)), *_ramps(rng))
        # 16 bit, and a length of its own
        noise = loudness * rng.uniform(-1, 1, len(loudness))
        soundfile.write(path, np.append(noise, np.zeros(self.number)), rate_hz)
        self.rows[dataset].append((path.relative_to(self.folder), artist, genre, split))
        return path

    def write(self):
        for name, rows in self.rows.items():
            lines = ["path,artist,genre,split", *(",".join(map(str, row)) for row in rows)]
            (self.folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(self.config))
        return path


def _ramps(rng):
    return np.arange(41), rng.uniform(0, 0.5, 41)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The data that is right, made once."""
    return Data(tmp_path_factory.mktemp("made"))


@pytest.fixture
def data(made, tmp_path, monkeypatch):
    """A copy of the data that is right, to be spoilt."""
    shutil.copytree(made.folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("DATA", str(tmp_path))
    copy = deepcopy(made)
    copy.folder = tmp_path
    return copy


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command; return exit code, what it printed, and what went to stderr."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["deepartist", "doctor", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
        written = capsys.readouterr()
        return (1, written.out, code) if isinstance(code, str) else (code, written.out, written.err)

    return call


@pytest.fixture
def examine(data, run):
    """Run the command on the data; return exit code and the findings that are not ok."""

    def call(*words):
        code, out, _ = run(data.write(), "--json", *words)
        findings = json.loads(out)
        return code, [f for f in findings if f["level"] in ("warning", "error")]

    return call


def test_data_that_is_right(data, run):
    code, out, _ = run(data.write())
    assert code == 0
    assert out.splitlines()[-1] == "ok: 9, note: 2, warning: 0, error: 0"
    assert "source    artist sets      3 artists with 4 songs, 3 asked for" in out


def test_data_that_is_right_by_its_sound_too(examine):
    assert examine("--deep") == (0, [])


def check_one(findings, dataset, check, level):
    (finding,) = findings
    assert (finding["dataset"], finding["check"], finding["level"]) == (dataset, check, level)
    assert finding["count"] == 1
    return finding["message"]


def test_a_missing_file(data, examine):
    data.add("target", "new", "jazz", "train").unlink()
    code, findings = examine()
    check_one(findings, "target", "files", "warning")
    assert code == 0


def test_more_bad_files_than_a_run_allows(data, examine):
    data.add("target", "new", "jazz", "train").write_bytes(b"")
    data.config["max_failed_fraction"] = 0.01
    code, findings = examine()
    message = check_one(findings, "target", "files", "error")
    assert code == 1
    assert "empty file (0 bytes): 1 of 25 clips" in message


def test_where_all_clips_are_gone_the_lists_are_still_looked_at(data, examine):
    shutil.rmtree(data.folder / "source")
    shutil.rmtree(data.folder / "target")
    data.config["artists"]["count"] = 4
    for words in ([], ["--deep"]):
        _, findings = examine(*words)
        assert [(f["dataset"], f["check"], f["count"]) for f in findings] == [
            ("source", "files", 12),
            ("source", "artist sets", 3),
            ("target", "files", 24),
        ]


def test_a_copy_of_a_song_of_the_source(data, examine):
    path = data.add("target", "new", "jazz", "train")
    shutil.copy(data.folder / data.rows["source"][0][0], path)
    for words in ([], ["--deep"]):
        code, findings = examine(*words)
        check_one(findings, "target", "same file", "error")
        assert code == 1


def test_a_song_of_the_source_encoded_again_is_found_by_its_sound(data, examine):
    song, rate_hz = soundfile.read(data.folder / data.rows["source"][0][0])
    soundfile.write(data.add("target", "new", "jazz", "train", name="new.mp3"), song, rate_hz)
    assert examine() == (0, [])
    code, findings = examine("--deep")
    message = check_one(findings, "target", "same sound", "error")
    assert code == 1
    assert "new.mp3 = " in message


def test_clips_that_only_decoding_can_judge(data, examine):
    data.config["max_failed_fraction"] = 0.5
    silent = data.add("target", "new", "jazz", "train")
    soundfile.write(silent, np.zeros(80_000), 22_050)
    data.add("target", "new", "jazz", "train").write_bytes(b"no sound" * 10_000)
    data.add("target", "new", "jazz", "train", seconds=2.9)
    data.add("target", "new", "jazz", "train", rate_hz=8_000)
    assert examine() == (0, [])
    code, findings = examine("--deep")
    assert code == 0
    assert [(f["check"], f["level"], f["count"]) for f in findings] == [
        ("sound", "warning", 1),
        ("sound", "warning", 1),
        ("sound", "warning", 1),
        ("sample rate", "warning", 1),
    ]
    texts = [finding["message"].split(":")[0] for finding in findings[:3]]
    assert texts == ["cannot be decoded", "silent", "too short"]


def test_clips_that_cannot_be_used_are_no_songs_of_their_artist(data, examine):
    soundfile.write(data.folder / data.rows["source"][0][0], np.zeros(80_000), 22_050)
    data.config["max_failed_fraction"] = 0.5
    assert examine() == (0, [])
    _, findings = examine("--deep")
    assert [(f["check"], f["count"]) for f in findings] == [("sound", 1), ("artist sets", 2)]


def test_an_artist_of_the_source_spelt_otherwise(data, examine):
    data.add("target", " ｓource  1", "jazz", "train")
    code, findings = examine()
    check_one(findings, "target", "shared artists", "warning")
    assert code == 0


def test_a_run_that_trains_on_no_artist_of_a_target_needs_others(data, examine):
    data.add("target", "SOURCE 1", "jazz", "train")
    data.config["artists"]["without_targets"] = True
    code, findings = examine()
    assert code == 1
    assert [(f["check"], f["level"], f["count"]) for f in findings] == [("artist sets", "error", 2)]


def test_an_artist_on_both_sides_of_the_test(data, examine):
    data.add("target", "Someone", "jazz", "train")
    data.add("target", "SOMEONE", "jazz", "test")
    code, findings = examine()
    check_one(findings, "target", "divided artists", "error")
    assert code == 1


def test_a_genre_of_one_song(data, examine):
    data.add("target", "new", "polka", "test")
    code, findings = examine()
    uneven, few = findings
    assert code == 0
    assert "3 genres with 1 ('polka') to 12 songs" in uneven["message"]
    assert few["level"] == "warning"


def test_a_target_that_cannot_be_labelled(data, examine):
    data.add("target", "new", "jazz", "")
    code, findings = examine()
    assert code == 1
    assert [(f["check"], f["level"]) for f in findings] == [("labels", "error")]
    assert "1 of the target's 25 labelled songs have no split" in findings[0]["message"]


def test_a_loader_that_refuses_leaves_the_other_data_sets_looked_at(data, examine):
    data.rows["source"] = [("source/../../0.wav", "Source", "", "")]
    data.add("target", "new", "jazz", "train").unlink()
    code, findings = examine()
    assert code == 1
    assert [(f["dataset"], f["check"]) for f in findings] == [
        ("source", "loader"),
        ("target", "files"),
    ]


def test_held_out_songs_of_a_folder_of_music(data, run):
    shutil.rmtree(data.folder / "target")
    for i, row in enumerate(data.rows["source"]):  # without tags, the folder names the artist
        artist = data.folder / "source" / row[1]
        artist.mkdir(exist_ok=True)
        (data.folder / row[0]).rename(artist / f"{i}.wav")
    for artist in ("Source 0", "Source 1", "Source 2"):
        for _ in range(4):
            data.add("source", name=f"{artist}/{data.number}.wav")
        (data.folder / "source" / artist / "notes.txt").write_text("no audio file")
    shutil.copy(data.folder / "source/Source 0/0.wav", data.folder / "source/Source 0/copy.wav")
    data.config["datasets"] = {"source": {"kind": "library", "path": "$DATA/source"}}
    data.config["targets"] = {"source": {"label": "artist", "held_out": True}}
    data.config["targets"]["source"] |= {"train_fraction": 0.5, "valid_fraction": 0.2}
    code, out, _ = run(data.write())
    assert code == 0
    assert "all 24 clips are there" in out
    assert "1 files left out, for they equal another" in out
    assert "3 artists with 5 songs each" in out
    assert "songs: 6 train, 3 valid, 6 test" in out


def test_control_characters_in_names_are_escaped(data, run):
    data.add("target", "new", "jazz\u202e\u2028", "train")
    code, out, _ = run(data.write())
    assert code == 0
    assert r"jazz\u202e" in out
    assert "\u202e" not in out and "\u2028" not in out


def test_what_a_run_synthesises_is_not_looked_at(data, run):
    data.config["datasets"]["target"] = {"kind": "table", "demo_songs": 12}
    code, out, _ = run(data.write())
    assert code == 0
    assert "synthesised by the run: nothing to look at before" in out
    assert "all 12 clips are there" in out


@pytest.mark.parametrize("kind", LICENCES)
def test_each_kind_has_a_licence_and_a_loader_that_takes_its_keys(kind):
    keys = set(load_schema()["$defs"][f"dataset_{kind}"]["properties"])
    module = importlib.import_module(f"deepartist.datasets.{kind}")
    taken = set(inspect.signature(module.load).parameters)
    assert taken == keys - {*doctor_data.OTHER_KEYS, *DEMO_KEYS}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "config.yaml: not a config file (No such file or directory)"),
        (b"\xff", "config.yaml: not a config file ("),
        (b"a: [", "config.yaml: not a config file (while parsing"),
        (b"a: 2020-13-45", "config.yaml: not a config file (month must be"),
        (b"[" * 500, "config.yaml: not a config file ("),
        (b"- datasets", "config.yaml: not a config file; it needs datasets"),
        (b"", "config.yaml: not a config file; it needs datasets"),
        (b"source: fma", "config: datasets: missing; it is required"),
    ],
)
def test_a_config_that_is_missing_or_wrong(tmp_path, run, text, message):
    path = tmp_path / "config.yaml"
    if text is not None:
        path.write_bytes(text)
    code, out, line = run(path, "--json")
    assert (code, out) == (1, "")
    assert line.startswith("error: config: ")
    assert message in line
    assert "\n" not in line


# Before the first job


@pytest.fixture
def check(data, capsys):
    """Take the look before a run that reads some data sets; return its error and stderr."""

    def call(*datasets):
        data.write()
        config = resolve_config(data.config, data.folder, Path.cwd())
        line = ""
        try:
            doctor.check_before_run(config, datasets)
        except InputError as error:
            line = str(error)
        written = capsys.readouterr()
        assert written.out == ""
        return line, written.err

    return call


def test_before_a_run_nothing_is_said_of_what_is_right(check):
    assert check("source", "target") == ("", "looking at the data (deepartist doctor) ...\n")


def test_before_a_run_warnings_are_printed(data, check):
    data.add("target", "new", "jazz", "train").unlink()
    line, said = check("target")
    assert line == ""
    assert "warning  target    files" in said
    assert "licence" not in said


def test_before_a_run_an_error_ends_it_in_one_line(data, check):
    data.config["artists"]["count"] = 4
    line, said = check("source", "target")
    assert line.startswith("no job was started, for the data has the errors above")
    assert "\n" not in line
    assert "error  source    artist sets" in said


def test_clips_that_an_earlier_run_has_read_may_be_gone(data, check):
    shutil.rmtree(data.folder / "target")
    assert check("source")[0] == ""
    assert check("source", "target")[0] != ""


def test_every_check_of_files_is_one_that_exists(data):
    data.add("target", "new", "jazz", "train").write_bytes(b"x")
    data.add("target", "new", "jazz", "train").unlink()
    data.write()
    config = resolve_config(data.config, data.folder, Path.cwd())
    names = {finding.check for finding in doctor_data.check_data(config, deep=False)}
    assert {"files", "file sizes"} <= names & set(doctor_data.FILE_CHECKS)
