"""Training: that it learns, repeats itself and can be interrupted."""

import numpy as np
import pytest
import torch

from deepartist.embeddings.embed_songs import embed_set
from deepartist.models.encoder import Encoder
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError
from deepartist.training import fit as training
from deepartist.training import train_basic
from trainings import CPU, KINDS, settings_of, train


def tagged(data):
    return data._replace(song_labels=[f"{name}|{name[-1] in '02'}" for name in data.song_labels])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns(data, kind):
    data = tagged(data) if kind == "tag" else data
    result = train(kind, data, max_epochs=25, plateau_patience=10, stop_patience=25)
    losses = [epoch["train_loss"] for epoch in result.history]
    assert min(losses) < 0.5 * losses[0]
    assert len(result.labels) == {"basic": 5, "siamese": 5, "tag": 7}[kind]
    encoder = Encoder()
    weights = {k.removeprefix("encoder."): v for k, v in result.weights.items() if "head" not in k}
    encoder.load_state_dict(weights)
    trained = TrainedEncoder(encoder.eval(), result.input_mean, result.input_std)
    vectors, _ = embed_set(trained, data.mels, data.frames, CPU)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevance = vectors @ vectors.T
    np.fill_diagonal(relevance, -1)
    artists = np.array([label.split("|")[0] for label in data.song_labels])
    assert np.mean(artists[relevance.argmax(axis=1)] == artists) > 0.8


def test_precision_is_a_setting(data):
    losses = {
        precision: train(
            "siamese", data, max_epochs=1, learning_rate=1e-4, precision=precision
        ).history[0]["train_loss"]
        for precision in ("float32", "tf32", "bfloat16")
    }
    assert losses["tf32"] == losses["float32"]  # on a CPU
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.05)


@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_a_seed_repeats_itself(data, kind):
    one, same, other = (train(kind, data, seed=seed, max_epochs=2) for seed in (1, 1, 2))
    assert one.history == same.history
    assert all(torch.equal(one.weights[name], same.weights[name]) for name in one.weights)
    assert one.history != other.history


@pytest.mark.parametrize(
    ("epoch", "steps", "message"),
    [(3, 0, "resumed after epoch 3, from"), (1, 2, "resumed after epoch 1 and 2 steps, from")],
)
def test_an_interrupted_training_is_resumed_as_if_nothing_had_happened(
    data, tmp_path, monkeypatch, capsys, epoch, steps, message
):
    settings = {"seed": 3, "max_epochs": 4, "dropout": 0.5}
    state = {"state_path": tmp_path / "state.pt", "state_key": "k"}
    whole = train("siamese", data, **settings)
    save = training.save_checkpoint

    def die_there(state, path, key):
        save(state, path, key)
        within = state["order"] is not None and state["steps_done"]
        if (state["schedule"]["epoch"], within) == (epoch, steps):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "save_checkpoint", die_there)
        patched.setattr(training, "SAVE_EVERY_S", 0.0 if steps else 1e9)
        with pytest.raises(KeyboardInterrupt):
            train("siamese", data, **settings, **state)
    resumed = train("siamese", data, **settings, **state)
    assert message in capsys.readouterr().out
    assert resumed.history == whole.history
    assert all(torch.equal(resumed.weights[name], whole.weights[name]) for name in whole.weights)

    fresh = train("siamese", data, **settings, **(state | {"state_key": "other"}))
    assert "resumed" not in capsys.readouterr().out
    assert fresh.history == whole.history


def test_a_broken_state_is_not_used(data, tmp_path, capsys):
    (tmp_path / "state.pt").write_bytes(b"half a file")
    train("basic", data, max_epochs=1, state_path=tmp_path / "state.pt", state_key="k")
    assert "cannot be read; training from the start" in capsys.readouterr().out


def test_every_song_is_an_anchor_once_per_epoch(data):
    anchors = []

    def make_task(*arguments):
        names, task = train_basic.make_task(*arguments)

        def recording_from(pool):
            draw = task.drawing_from(pool)

            def recorded(positions, generator):
                songs = draw(positions, generator)
                anchors.append(songs[:, 0].tolist())
                return songs

            return recorded

        return names, task._replace(drawing_from=recording_from)

    settings = settings_of("basic", max_epochs=1, batch_size=8)
    training.fit("basic", make_task, data, settings, seed=0, device=CPU)
    validation, *batches = anchors
    assert sorted(validation) == np.flatnonzero(data.is_valid).tolist()
    assert [len(batch) for batch in batches] == [8, 8, 8]  # 20 songs: the last is filled up
    order = [song for batch in batches for song in batch]
    assert sorted(order[:20]) == np.flatnonzero(~data.is_valid).tolist()
    assert order[20:] == order[:4]


def test_a_learning_rate_that_is_too_high_is_named(data):
    with pytest.raises(InputError, match=r"training.basic.learning_rate: is 1e\+30.*lower it"):
        train("basic", data, learning_rate=1e30)
