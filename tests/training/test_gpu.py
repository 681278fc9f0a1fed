"""On a GPU: recorded steps, resumed trainings, several at a time, and songs in main memory."""

import pytest
import torch

from deepartist.training import chunks
from deepartist.training import fit as training
from trainings import KINDS, die_at_save, same, train, train_seeds

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]

CUDA = torch.device("cuda")
# Two recordings, of two steps and of one: an epoch has five steps.
SETTINGS = {"device": CUDA, "max_epochs": 5, "dropout": 0.5, "decay": 0.1, "plateau_factor": 0.3}


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)


def unrecorded(run, warm_up, changing, device):
    return run


@pytest.mark.parametrize("kind", KINDS)
def test_recorded_steps_do_what_steps_do(data, kind, monkeypatch, capsys):
    recorded = train(kind, data, **SETTINGS)
    assert "no CUDA graph" not in capsys.readouterr().out
    monkeypatch.setattr(chunks, "record", unrecorded)
    assert same(train(kind, data, **SETTINGS), recorded)


@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_a_training_that_was_killed_anywhere_is_resumed_as_if_it_had_not_been(
    data, tmp_path, monkeypatch, kind
):
    monkeypatch.setattr(training, "validation_loss", lambda *_: torch.ones((), device=CUDA))
    whole = train(kind, data, **SETTINGS)
    assert len({epoch["learning_rate"] for epoch in whole.history}) > 1
    monkeypatch.setattr(training, "SAVE_EVERY_S", -1.0)
    for number in range(1, 5 * (3 + 1) + 1, 3):
        states = tmp_path / str(number)
        with monkeypatch.context() as patched:
            die_at_save(patched, number)
            with pytest.raises(KeyboardInterrupt):
                train(kind, data, **SETTINGS, states=states)
        assert same(train(kind, data, **SETTINGS, states=states), whole), number


def test_a_seed_is_trained_alike_alone_and_beside_others(data):
    alone = [train("siamese", data, seed=seed, **SETTINGS) for seed in (0, 1, 2)]
    together = train_seeds("siamese", data, [0, 1, 2], **SETTINGS)
    assert all(map(same, together, alone))


@pytest.mark.parametrize("kind", KINDS)
def test_the_program_does_not_wait_within_an_epoch(data, kind, monkeypatch):
    make_run_chunk, validation_loss = training.make_run_chunk, training.validation_loss
    record, calls = chunks.record, []

    def without_waiting(function):
        def call(*arguments, **keywords):
            torch.cuda.set_sync_debug_mode("error")
            calls.append(function)
            try:
                return function(*arguments, **keywords)
            finally:
                torch.cuda.set_sync_debug_mode("default")

        return call

    def recording(*arguments):  # which waits, once
        torch.cuda.set_sync_debug_mode("default")
        replay = record(*arguments)
        torch.cuda.set_sync_debug_mode("error")
        return replay

    monkeypatch.setattr(chunks, "record", recording)
    monkeypatch.setattr(
        training, "make_run_chunk", lambda *arguments: without_waiting(make_run_chunk(*arguments))
    )
    monkeypatch.setattr(training, "validation_loss", without_waiting(validation_loss))
    monkeypatch.setattr(training, "draw_epoch", without_waiting(training.draw_epoch))
    train(kind, data, **SETTINGS)
    assert len(calls) == 5 * (1 + 3 + 1)


def test_songs_that_do_not_fit_are_trained_on_alike(data, monkeypatch):
    on_gpu = train("siamese", data, **SETTINGS)
    make_songs = training.make_songs
    monkeypatch.setattr(
        training,
        "make_songs",
        lambda data, device: make_songs(data._replace(mels=data.mels.cpu()), device),
    )
    assert same(train("siamese", data, **SETTINGS), on_gpu)


def test_a_gpu_learns_what_a_cpu_does(data):
    # Random numbers differ, so only what they lead to can be compared.
    for kind in ("basic", "siamese"):
        settings = {"max_epochs": 15, "plateau_patience": 10, "stop_patience": 15}
        losses = [
            min(epoch["valid_loss"] for epoch in train(kind, data, **where, **settings).history)
            for where in ({}, {"device": CUDA})
        ]
        assert losses[1] < 1.5 * losses[0] + 0.1
