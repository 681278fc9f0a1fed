"""The command of a training: several seeds at the same time, each made once."""

import json

import pytest
import torch
from safetensors.torch import load_file

from deepartist.process.locks import locking
from deepartist.training import command
from trainings import stage_of

BESIDE = ["--beside", "0", "1", "2"]


@pytest.fixture
def at_once(monkeypatch):
    """Train several seeds in one process, as on a GPU."""
    monkeypatch.setattr(command, "_trains_at_once", lambda device: True)


def of_seed(words, seed, *more):
    """The command line of a seed; models lie side by side."""
    changed = {"--seed": str(seed), "--out": None}
    words = list(words)
    for option in changed:
        place = words.index(option) + 1
        words[place] = str(seed) if option == "--seed" else f"{words[place]}s/seed-{seed}"
    return [*words[: words.index("--set")], *more, *words[words.index("--set") :], "negatives=1"]


def weights_of(tmp_path, seed):
    return load_file(tmp_path / f"models/seed-{seed}/model.safetensors")


def train(words, seed, *more):
    stage_of("siamese").main(of_seed(words, seed, *more))


def test_the_first_command_trains_all_seeds_and_the_others_write_theirs(
    words, tmp_path, monkeypatch, capsys
):
    for seed in (0, 1, 2):  # one by one, to compare with
        train(words, seed)
    alone = [weights_of(tmp_path, seed) for seed in (0, 1, 2)]
    for seed in (0, 1, 2):
        (tmp_path / f"models/seed-{seed}/model.json").unlink()
    assert not (tmp_path / "states").exists()
    monkeypatch.setattr(command, "_trains_at_once", lambda device: True)
    capsys.readouterr()

    train(words, 1, *BESIDE)
    printed = capsys.readouterr().out
    assert all(f"seed {seed}, best epoch" in printed for seed in (0, 1, 2))
    states = {path.name for path in (tmp_path / "states").glob("*.pt")}
    assert states == {"seed-0.pt", "seed-2.pt"}
    assert [path.parent.name for path in tmp_path.glob("models/*/model.json")] == ["seed-1"]

    with monkeypatch.context() as patched:
        patched.setattr(command, "read_training_data", lambda *_: pytest.fail("read the songs"))
        train(words, 0, *BESIDE)
        assert "seed 0, had ended before" in capsys.readouterr().out
        train(words, 2, *BESIDE)
    assert not (tmp_path / "states").exists()
    for seed, expected in enumerate(alone):
        found = weights_of(tmp_path, seed)
        assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
        description = json.loads((tmp_path / f"models/seed-{seed}/model.json").read_text())
        assert description["seed"] == description["provenance"]["seed"] == seed


def test_a_seed_that_is_made_or_being_made_is_not_trained_beside(words, tmp_path, at_once, capsys):
    train(words, 0, *BESIDE[:2])
    (tmp_path / "states").mkdir()
    capsys.readouterr()
    with locking(tmp_path / "states/seed-2.lock"):
        train(words, 1, *BESIDE)
    printed = capsys.readouterr().out
    assert "seed" not in printed  # one training alone
    assert "best epoch" in printed
    assert not list((tmp_path / "states").glob("*.pt"))


def test_a_model_of_other_settings_is_made_again(words, tmp_path, at_once, capsys):
    train([*words, "margin=0.3"], 0)
    capsys.readouterr()
    train(words, 1, *BESIDE[:3])
    assert "seed 0, best epoch" in capsys.readouterr().out
    assert [path.name for path in (tmp_path / "states").glob("*.pt")] == ["seed-0.pt"]


def test_on_a_cpu_each_command_trains_its_own_seed(words, tmp_path, capsys):
    train(words, 1, *BESIDE)
    assert "seed" not in capsys.readouterr().out
    assert [path.parent.name for path in tmp_path.glob("models/*/model.json")] == ["seed-1"]
    assert not (tmp_path / "states").exists()


def test_two_commands_of_a_seed_take_turns(words, tmp_path, at_once, capsys, monkeypatch):
    waited = []
    real = command.locking

    def noted(path, waiting):
        waited.append((path.name, waiting))
        return real(path, waiting)

    monkeypatch.setattr(command, "locking", noted)
    train(words, 1, *BESIDE)
    waiting = "seed 1 is being trained by another job; waiting for it"
    assert waited == [("seed-1.lock", waiting)]
