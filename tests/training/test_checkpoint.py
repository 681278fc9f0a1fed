"""A training's state: used by the training that wrote it, and by no other."""

import pickle

import numpy as np
import pandas as pd
import pytest
import torch

from deepartist.mels.shard_writer import save_shard
from deepartist.provenance import origin as provenance
from deepartist.training import train as training
from deepartist.training.checkpoint import load_checkpoint, save_checkpoint

STATE = {"weights": torch.arange(4.0), "epoch": 3, "order": None}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "states" / "basic.pt"
    save_checkpoint(STATE, path, "key")
    return path


def test_a_state_comes_back(path):
    state = load_checkpoint(path, "key")
    assert torch.equal(state.pop("weights"), STATE["weights"])
    assert state == {"epoch": 3, "order": None}


def test_a_state_of_another_key_is_not_used(path, capsys):
    assert load_checkpoint(path, "other key") is None
    assert capsys.readouterr().out == (f"{path}: of other data, settings or code; starting anew\n")


def test_no_state_is_nothing_to_speak_of(tmp_path, capsys):
    assert load_checkpoint(tmp_path / "none.pt", "key") is None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("end", [0, 1, 100, 1000, -1])
def test_a_cut_state_is_not_used(path, end, capsys):
    path.write_bytes(path.read_bytes()[:end])
    assert load_checkpoint(path, "key") is None
    assert "cannot be read; starting anew" in capsys.readouterr().out


@pytest.mark.parametrize("value", [["key"], {"state": STATE}, {"key": "key"}, 3])
def test_a_file_of_something_else_is_not_used(path, value):
    torch.save(value, path)
    assert load_checkpoint(path, "key") is None


def test_code_in_a_state_is_not_run(path, tmp_path):
    class Harm:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    for write in (torch.save, lambda value, path: path.write_bytes(pickle.dumps(value, 2))):
        write({"key": "key", "state": Harm()}, path)
        assert load_checkpoint(path, "key") is None
        assert not (tmp_path / "harm").exists()


def test_a_state_that_may_not_be_read_is_not_written_over(path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(PermissionError):
        load_checkpoint(path, "key")


@pytest.fixture
def words(tmp_path):
    """The command line of a short training, with the files that it reads."""
    clips = [f"clip {i:02}" for i in range(9)]
    mels = np.random.default_rng(0).random((9, 1291, 128)).astype(np.float16)
    usable = [{"clip_id": clip, "frames": 1291} for clip in clips]
    for shard, shift in (("shard", 0.0), ("other shard", 0.5)):
        save_shard(tmp_path / shard, mels + np.float16(shift), usable, [])
    parts = ["train", "train", "valid"] * 3
    labels = ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    split = pd.DataFrame({"clip_id": clips, "label": labels, "split": parts})
    split.to_csv(tmp_path / "split.csv", index=False)
    split.assign(label=labels[::-1]).to_csv(tmp_path / "other split.csv", index=False)
    return [
        *("siamese", "--device", "cpu", "--seed", "0", "--state", str(tmp_path / "state.pt")),
        *("--split", str(tmp_path / "split.csv"), "--shards", str(tmp_path / "shard/shard.json")),
        *("--out", str(tmp_path / "model")),
        *("--set", "batch_size=3", "max_epochs=2", "negatives=1"),
    ]


def interrupt(words, monkeypatch):
    """Train until the first epoch's state is written."""
    save = training.save_checkpoint

    def save_and_die(state, path, key):
        save(state, path, key)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "save_checkpoint", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            training.main(words)


def test_the_training_that_wrote_a_state_goes_on_from_it(words, tmp_path, monkeypatch, capsys):
    interrupt(words, monkeypatch)
    assert [path.name for path in tmp_path.iterdir()].count("state.pt") == 1
    training.main(words)
    assert "going on after epoch 1, from" in capsys.readouterr().out
    assert not (tmp_path / "state.pt").exists()
    assert len(pd.read_csv(tmp_path / "model/history.csv")) == 2


CHANGES = {
    "seed": {"0": "1"},
    "kind": {"siamese": "basic", "negatives=1": "dropout=0.5"},
    "a setting": {"max_epochs=2": "max_epochs=3"},
    "the split": {"split.csv": "other split.csv"},
    "the songs": {"shard/shard.json": "other shard/shard.json"},
    "the code": {},
    "the library": {},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_training_that_differs_starts_anew(change, words, tmp_path, monkeypatch, capsys):
    interrupt(words, monkeypatch)
    if change == "the code":
        monkeypatch.setattr(provenance, "fingerprint", lambda stage: [f"{stage}=other"])
    if change == "the library":
        monkeypatch.setattr(provenance, "_versions", lambda: {"torch": "1.0"})
    for old, new in CHANGES[change].items():
        words = [
            word.removesuffix(old) + new if word == old or word.endswith(f"/{old}") else word
            for word in words
        ]
    training.main(words)
    said = capsys.readouterr().out
    assert "going on" not in said
    assert "of other data, settings or code; starting anew" in said
    assert len(pd.read_csv(tmp_path / "model/history.csv")) == (3 if change == "a setting" else 2)
