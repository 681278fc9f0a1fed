import json
import os
import re
import shutil
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from deepartist import cli
from deepartist.commands.trace import trace
from deepartist.files.digests import digest_file
from deepartist.process.errors import InputError
from deepartist.provenance.fingerprint import fingerprint

MODEL = "results/models/basic-32/seed-1/model.json"
SCORE = "results/scores/basic-32/seed-1/gtzan.json"
VECTORS = "results/embeddings/basic-32/seed-1/gtzan.npz"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The results of a run, as far as they can be traced."""
    monkeypatch.chdir(tmp_path)
    for dataset in ("msd", "gtzan"):
        write(f"results/manifests/{dataset}.csv", f"clip_id,path\na,/music/{dataset}/a.wav\n")
        write(f"results/clips/{dataset}.csv", "clip_id,path\n")
        write(f"results/mels/{dataset}/shard-0000/shard.json", "{}")
    write("results/mels/msd/shard-0001/shard.json", "{}")
    write("results/splits/msd/artists-32.csv", "clip_id,label,split\n")
    write("results/labels/gtzan.csv", "clip_id,label,split\n")
    write(VECTORS, "vectors")
    split = "results/splits/msd/artists-32.csv"
    shards = [f"results/mels/msd/shard-000{n}/shard.json" for n in (0, 1)]
    write_origin(MODEL, "training.train_basic", [split, *shards], seed=1, device="cuda")
    write_origin(SCORE, "scores.score_features", [VECTORS, "results/labels/gtzan.csv"])
    write("results/tables/scores.csv", "dataset,model,seed\n" + "gtzan,basic-32,1\n" * 4)
    write("results/tables/table1.csv", "dataset,basic-32\n")
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_origin(name, stage, inputs, **others):
    origin = {
        "stage": stage,
        "code": fingerprint(stage),
        "commit": "0123456789abcdef" + "0" * 24,
        "uncommitted_changes": False,
        "seed": 0,
        "device": "cpu",
        "inputs": {path: digest_file(path) for path in inputs},
        "packages": {"torch": "2.13.0"},
    }
    write(name, json.dumps({"provenance": origin | others}))


def tree(path):
    """The lines of a trace: how deep each is, its file, what is said of it."""
    lines = []
    for line in trace(path):
        rest = line.lstrip("│├└─ ")
        name, _, notes = rest.partition("  ")
        lines.append(((len(line) - len(rest)) // 3, name, notes))
    return lines


def notes_of(path, name):
    return next(notes for _, told, notes in tree(path) if told == name)


def test_a_table_is_traced_back_to_the_manifests(run):
    lines = tree(run / "results/tables/table1.csv")
    assert [(depth, name.removeprefix("results/")) for depth, name, _ in lines] == [
        (0, "tables/table1.csv"),
        (1, "tables/scores.csv"),
        (2, "scores/basic-32/seed-1/gtzan.json"),
        (3, "embeddings/basic-32/seed-1/gtzan.npz"),
        (4, "models/basic-32/seed-1/model.json"),
        (5, "splits/msd/artists-32.csv"),
        (6, "clips/msd.csv"),
        (7, "manifests/msd.csv"),
        (7, "mels/msd"),
        (8, "manifests/msd.csv"),
        (5, "mels/msd"),
        (4, "clips/gtzan.csv"),
        (5, "manifests/gtzan.csv"),
        (5, "mels/gtzan"),
        (6, "manifests/gtzan.csv"),
        (4, "mels/gtzan"),
        (3, "labels/gtzan.csv"),
        (4, "clips/gtzan.csv"),
    ]


def test_models_and_scores_say_what_made_them(run):
    code = sha256("\n".join(fingerprint("training.train_basic")).encode()).hexdigest()[:12]
    assert notes_of(run / SCORE, MODEL) == (
        f"training.train_basic, code {code}; commit 0123456789ab; seed 1; cuda"
    )
    assert notes_of(run / SCORE, SCORE).endswith("; cpu; torch 2.13.0")  # no more where the same
    assert notes_of(run / MODEL, MODEL).endswith("; cuda; torch 2.13.0")
    assert notes_of(run / SCORE, "results/manifests/msd.csv") == "clips: 1, in /music/msd"
    assert notes_of(run / SCORE, "results/mels/msd") == "shards: 2"
    assert notes_of(run / SCORE, VECTORS) == f"sha256 {digest_file(VECTORS)[:12]}"


def test_other_code_and_uncommitted_changes_are_told(run):
    code = [
        entry.replace("losses.cross_entropy=", "losses.cross_entropy=0")
        for entry in fingerprint("training.train_basic", "training.losses.cross_entropy")
    ]
    write_origin(MODEL, "training.train_basic", [], code=code, uncommitted_changes=True)
    notes = notes_of(run / MODEL, MODEL)
    differs = "differs from the code here (deepartist.training.losses.cross_entropy)"
    assert f", {differs}; commit 0123456789ab with uncommitted" in notes


def test_a_file_that_is_not_what_was_read_is_marked(run):
    write(VECTORS, "other vectors")
    assert notes_of(run / SCORE, VECTORS) == "CHANGED since it was read"
    (run / VECTORS).unlink()
    assert notes_of(run / SCORE, VECTORS) == "not there"


def test_a_shard_that_is_not_what_was_read_is_marked(run):
    write("results/mels/msd/shard-0001/shard.json", "[]")
    marked = [(depth, name) for depth, name, notes in tree(run / MODEL) if "CHANGED" in notes]
    assert marked == [(1, "results/mels/msd")]


def test_the_folder_of_a_model_is_traced_as_its_description(run):
    lines = list(trace((run / MODEL).parent))
    assert len(lines) > 5
    assert lines == list(trace(run / MODEL))


def test_a_folder_of_shards_is_traced(run):
    assert [name for _, name, _ in tree(run / "results/mels/msd")] == [
        "results/mels/msd",
        "results/manifests/msd.csv",
    ]
    assert tree(run / "results/mels/msd/shard-0001") == tree(run / "results/mels/msd")


def test_a_copy_elsewhere_is_traced_alike(run, tmp_path_factory):
    copy = tmp_path_factory.mktemp("elsewhere") / "results"
    shutil.copytree(run / "results", copy)
    assert list(trace(copy / "tables/table1.csv")) == list(trace(run / "results/tables/table1.csv"))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("nothing.csv", "nothing.csv: not there; give a file of a run"),
        ("results/models", "results/models: is a folder of several results; give a file in it"),
        ("results/tables", "results/tables: is a folder of several results; give a file in it"),
        ("elsewhere.csv", "elsewhere.csv: in no folder named 'results'"),
        ("results/tables/table2.csv", "scores.csv: not a table of scores"),
    ],
)
def test_what_cannot_be_traced_is_one_line(run, path, line):
    write("elsewhere.csv", "")
    write("results/tables/table2.csv", "")
    write("results/tables/scores.csv", "a,b\n1,2\n")
    with pytest.raises(InputError, match=line):
        list(trace(run / path))


def test_a_record_without_its_stage_is_told_as_far_as_it_goes(run):
    write(MODEL, '{"provenance": {"code": ["a=1"], "torch": "2.13.0"}}')
    assert re.fullmatch(r"code \w{12}", notes_of(run / MODEL, MODEL))


@pytest.mark.parametrize(
    "content",
    [
        "not JSON",
        "[" * 100_000,
        "[]",
        '{"provenance": 3}',
        '{"provenance": {"code": 3}}',
        '{"provenance": {"inputs": {"a": 3}}}',
        '{"provenance": {"inputs": {"results/models/basic-32/seed-1/model.json": "0"}}}',
        '{"provenance": {"inputs": {"/dev/zero": "0", "../../..": "0"}}}',
        '{"provenance": {"stage": "../cli", "code": ["a=1"]}}',
    ],
)
def test_a_record_that_is_no_record_does_no_harm(run, content):
    write(MODEL, content)
    assert tree(run / VECTORS)[1][1] == MODEL


def test_text_of_others_cannot_write_on_the_terminal(run):
    write_origin(MODEL, "training.train_basic", [], device="\x1b[2J")
    assert "\x1b" not in "".join(trace(run / MODEL))


def test_the_command_prints_the_tree(run, monkeypatch, capsys):
    path = os.path.relpath(run / MODEL)
    monkeypatch.setattr(sys, "argv", ["deepartist", "trace", path])
    cli.main()
    assert capsys.readouterr().out.splitlines() == list(trace(run / MODEL))


def test_labels_of_a_part_of_a_data_set_lead_to_its_clips(run):
    write("results/clips/msd.csv", "clip_id,path\na,x\nb,x\n")
    write("results/clips/gtzan.csv", "clip_id,path\nb,x\nc,x\n")
    write("results/labels/new_artists.csv", "clip_id,label,split\nb,B,\na,A,\n")
    told = [name for _, name, _ in tree(Path("results/labels/new_artists.csv"))]
    assert told[1] == "results/clips/msd.csv"
    write("results/labels/new_artists.csv", "clip_id,label,split\n")
    assert len(tree(Path("results/labels/new_artists.csv"))) == 1
