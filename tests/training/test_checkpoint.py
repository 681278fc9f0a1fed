"""A training's state: used by the training that wrote it, and by no other."""

import pickle

import pandas as pd
import pytest
import torch

from deepartist.provenance import origin as provenance
from deepartist.training import fit as training
from deepartist.training.checkpoint import load_checkpoint, save_checkpoint
from trainings import stage_of

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
    assert capsys.readouterr().out == (
        f"{path}: was saved with other data, settings or code; training from the start\n"
    )


def test_no_state_is_nothing_to_speak_of(tmp_path, capsys):
    assert load_checkpoint(tmp_path / "none.pt", "key") is None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("end", [0, 1, 100, 1000, -1])
def test_a_cut_state_is_not_used(path, end, capsys):
    path.write_bytes(path.read_bytes()[:end])
    assert load_checkpoint(path, "key") is None
    assert "cannot be read; training from the start" in capsys.readouterr().out


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


def interrupt(kind, words, monkeypatch):
    """Train until the first epoch's state is written."""
    save = training.save_checkpoint

    def save_and_die(state, path, key):
        save(state, path, key)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "save_checkpoint", save_and_die)
        with pytest.raises(KeyboardInterrupt):
            stage_of(kind).main(words)


def test_the_training_that_wrote_a_state_is_resumed_from_it(words, tmp_path, monkeypatch, capsys):
    words += ["negatives=1"]
    interrupt("siamese", words, monkeypatch)
    assert [path.name for path in (tmp_path / "states").iterdir()] == ["seed-0.pt"]
    stage_of("siamese").main(words)
    assert "resumed after epoch 1, from" in capsys.readouterr().out
    assert not (tmp_path / "states").exists()
    assert len(pd.read_csv(tmp_path / "model/history.csv")) == 2


CHANGES = {
    "seed": {"0": "1"},
    "kind": {"negatives=1": "dropout=0.5"},
    "the loss": {"negatives=1": "loss=softmax"},
    "a setting": {"max_epochs=2": "max_epochs=3"},
    "the split": {"split.csv": "other split.csv"},
    "the songs": {"shard/shard.json": "other shard/shard.json"},
    "the code": {},
    "the library": {},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_training_that_differs_is_not_resumed(change, words, tmp_path, monkeypatch, capsys):
    words += ["negatives=1"]
    interrupt("siamese", words, monkeypatch)
    if change == "the code":
        monkeypatch.setattr(provenance, "fingerprint", lambda *stages: [f"{stages[0]}=other"])
    if change == "the library":
        monkeypatch.setattr(provenance, "_versions", lambda: {"torch": "1.0"})
    if change == "seed":  # a state that somebody gave another name
        (tmp_path / "states/seed-0.pt").rename(tmp_path / "states/seed-1.pt")
    for old, new in CHANGES[change].items():
        words = [
            word.removesuffix(old) + new if word == old or word.endswith(f"/{old}") else word
            for word in words
        ]
    stage_of("basic" if change == "kind" else "siamese").main(words)
    said = capsys.readouterr().out
    assert "resumed" not in said
    assert "was saved with other data, settings or code; training from the start" in said
    assert len(pd.read_csv(tmp_path / "model/history.csv")) == (3 if change == "a setting" else 2)
