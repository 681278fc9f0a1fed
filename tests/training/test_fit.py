"""Training: that it learns, repeats itself and can be interrupted."""

from functools import partial

import numpy as np
import pytest
import torch

from deepartist.embeddings.embed_songs import embed_set
from deepartist.models.encoder import Encoder
from deepartist.models.precision import set_precision
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError
from deepartist.training import chunks, train_basic
from deepartist.training import fit as training
from deepartist.training.fit import Run, fit
from deepartist.training.segments import cutting_before_each_chunk
from fake_cuda import FakeCuda
from taped import record_on_tape
from trainings import (
    CPU,
    KINDS,
    die_at_save,
    same,
    same_weights,
    settings_of,
    stage_of,
    train,
    train_seeds,
)


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
    trained = TrainedEncoder(encoder.eval(), data.input_mean, data.input_std)
    vectors, _ = embed_set(trained, data.mels.numpy(), data.frames, CPU)
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


@pytest.mark.parametrize(("precision", "expected"), [("float32", "ieee"), ("tf32", "tf32")])
def test_a_training_sets_the_arithmetic_of_a_gpu(data, precision, expected):
    set_precision("float32" if precision == "tf32" else "tf32")
    train("basic", data, max_epochs=1, precision=precision)
    assert torch.backends.cudnn.conv.fp32_precision == expected
    assert torch.backends.cuda.matmul.fp32_precision == expected
    set_precision("float32")


@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_a_seed_repeats_itself(data, kind):
    one, again, other = (train(kind, data, seed=seed, max_epochs=2) for seed in (1, 1, 2))
    assert same(one, again)
    assert one.history != other.history


def test_a_seed_is_trained_alike_alone_and_beside_others(data):
    settings = {"max_epochs": 6, "dropout": 0.5, "stop_patience": 1}
    alone = [train("siamese", data, seed=seed, **settings) for seed in (2, 0, 1)]
    together = train_seeds("siamese", data, [2, 0, 1], **settings)
    assert all(map(same, together, alone))
    assert len({len(result.history) for result in alone}) > 1  # they end at different times


def test_trainings_by_turns_do_not_disturb_each_other(data, monkeypatch):
    # As on a GPU, where each has a stream of its own.
    settings = settings_of("siamese", max_epochs=3, dropout=0.5)
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    trainings = {
        seed: training._train(
            "siamese", stage_of("siamese").make_task, data, settings, Run(seed), None, CPU, "", None
        )
        for seed in (1, 2)
    }
    results = training._finish_by_turns(trainings)
    for seed, result in results.items():
        assert same(result, train("siamese", data, seed=seed, max_epochs=3, dropout=0.5))


def test_on_a_gpu_each_training_works_on_a_stream_of_its_own(monkeypatch):
    cuda = FakeCuda()
    cuda.install(monkeypatch)
    seen = []

    def training_of(name, turns):
        for _ in range(turns):
            seen.append((name, cuda.current))
            yield
        seen.append((name, cuda.current))
        return name

    trainings = {n: training._on_own_stream(training_of("ab"[n], 1 + n)) for n in (0, 1)}
    assert training._finish_by_turns(trainings) == {0: "a", 1: "b"}
    assert [name for name, _ in seen] == ["a", "b", "a", "b", "b"]  # by turns
    assert {id(stream) for name, stream in seen if name == "a"} == {id(cuda.streams[0])}
    assert {id(stream) for name, stream in seen if name == "b"} == {id(cuda.streams[1])}
    assert cuda.current is cuda.default
    for stream in cuda.streams:
        assert stream.waited_for == ["default"]  # where the songs were copied
        assert stream.was_waited_for


def test_lines_name_the_seed_where_there_are_several(data, capsys):
    train_seeds("basic", data, [4, 7], max_epochs=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" train")[0] for line in lines[::2]] == [
        "seed 4, epoch 1:",
        "seed 7, epoch 1:",
    ]
    assert [line.partition(", validation")[0] for line in lines[1::2]] == [
        "seed 4, best epoch 1",
        "seed 7, best epoch 1",
    ]


def prescribe_validation_losses(monkeypatch, losses):
    """Let validation losses be these, and keep the weights that each was said of."""
    seen = []

    def loss_of(model, *_):
        weights = model.state_dict()
        seen.append({name: tensor.clone() for name, tensor in weights.items()})
        return torch.tensor(losses[len(seen) - 1])

    monkeypatch.setattr(training, "validation_loss", loss_of)
    return seen


@pytest.mark.parametrize("best", [1, 2, 4])
def test_the_weights_are_those_of_the_best_epoch(data, monkeypatch, capsys, best):
    losses = [2.0] * 4
    losses[best - 1] = 1.0
    seen = prescribe_validation_losses(monkeypatch, losses)
    result = train("siamese", data, max_epochs=4)
    assert len(seen) == 4
    assert f"best epoch {best}, validation loss 1.0000" in capsys.readouterr().out
    for name, tensor in result.weights.items():
        assert torch.equal(tensor, seen[best - 1][name])
    assert not torch.equal(*(epoch["encoder.blocks.0.conv.weight"] for epoch in seen[:2]))


def test_a_resumed_training_keeps_the_best_weights_of_before(data, tmp_path, monkeypatch):
    seen = prescribe_validation_losses(monkeypatch, [1.0, 2.0, 3.0])
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        die_at_save(patched, 2)
        train("basic", data, max_epochs=3, states=tmp_path)
    result = train("basic", data, max_epochs=3, states=tmp_path)
    assert [epoch["valid_loss"] for epoch in result.history] == [1.0, 2.0, 3.0]
    assert all(torch.equal(tensor, seen[0][name]) for name, tensor in result.weights.items())


def test_momentum_may_be_zero(data, tmp_path):
    result = train("siamese", data, max_epochs=2, momentum=0, states=tmp_path)
    with_momentum = train("siamese", data, max_epochs=2)
    assert result.history[0]["train_loss"] != with_momentum.history[0]["train_loss"]


def test_training_ends_when_patience_does(data, monkeypatch):
    prescribe_validation_losses(monkeypatch, [3.0, 1.0, 2.0, 1.5, 1.0, 0.5])
    result = train("basic", data, max_epochs=6, stop_patience=3)
    assert [epoch["epoch"] for epoch in result.history] == [1, 2, 3, 4, 5]


def test_the_history_says_what_was_done(data, monkeypatch):
    prescribe_validation_losses(monkeypatch, [1.0, 2.0, 2.0, 2.0])
    history = train("siamese", data, max_epochs=4, learning_rate=0.01, plateau_factor=0.5).history
    assert [epoch["step"] for epoch in history] == [5, 10, 15, 20]  # 20 songs, 4 a step
    assert [epoch["learning_rate"] for epoch in history] == [0.01, 0.01, 0.01, 0.005]
    assert all(0 < epoch["train_loss"] < 4 * 0.4 * 1.5 for epoch in history)  # of an anchor


@pytest.mark.parametrize("summed", [True, False])
def test_the_training_loss_is_that_of_an_anchor(data, summed):
    def make_task(*arguments):
        names, task = train_basic.make_task(*arguments)

        def loss(features, targets):
            of_anchor = 7 + 0 * features.sum()
            return of_anchor * len(features) if summed else of_anchor

        return names, task._replace(loss=loss, summed=summed)

    settings = settings_of("basic", max_epochs=2)
    (result,) = fit("basic", make_task, lambda: data, settings, [Run(0)], CPU)
    for epoch in result.history:
        assert epoch["train_loss"] == epoch["valid_loss"] == pytest.approx(7)


def test_the_rate_decays_over_all_epochs(data, monkeypatch):
    rates = []
    draw_epoch = training.draw_epoch

    def noted(*arguments, **keywords):
        epoch = draw_epoch(*arguments, **keywords)
        rates.extend(epoch.rates.tolist())
        return epoch

    monkeypatch.setattr(training, "draw_epoch", noted)
    prescribe_validation_losses(monkeypatch, [1.0, 2.0, 2.0, 2.0])
    train("basic", data, max_epochs=4, learning_rate=0.01, decay=0.1, plateau_factor=0.5)
    expected = [0.01 / (1 + 0.1 * step) * (1 if step < 15 else 0.5) for step in range(20)]
    assert rates == pytest.approx(expected)


def test_songs_in_main_memory_are_trained_on_as_those_on_the_device(data, monkeypatch):
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    settings = {"max_epochs": 2, "dropout": 0.5}
    expected = train("siamese", data, **settings)
    monkeypatch.setattr(
        chunks,
        "cutting_at_each_step",
        lambda mels: cutting_before_each_chunk(mels, (2, 4, 6), CPU),
    )
    assert same(train("siamese", data, **settings), expected)


RECORDERS = {"plain": None, "recorded": record_on_tape}


@pytest.mark.parametrize("recorder", RECORDERS)
@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_a_training_that_was_killed_anywhere_is_resumed_as_if_it_had_not_been(
    data, tmp_path, monkeypatch, recorder, kind
):
    # The rate falls with each step and, as the validation loss stays, by a factor after epoch 3.
    settings = {"seed": 3, "max_epochs": 5, "dropout": 0.5, "decay": 0.1, "plateau_factor": 0.3}
    monkeypatch.setattr(training, "validation_loss", lambda *_: torch.tensor(1.0))
    whole = train(kind, data, **settings)
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    monkeypatch.setattr(training, "SAVE_EVERY_S", -1.0)
    if recorder == "recorded":
        monkeypatch.setattr(chunks, "record", record_on_tape)
    assert len({epoch["learning_rate"] for epoch in whole.history}) > 1
    n_saves = 5 * (3 + 1)  # chunks of 2, 2 and 1 steps, and the end of the epoch
    for number in range(1, n_saves + 1, 1 if recorder == "plain" else 5):
        states = tmp_path / str(number)
        with monkeypatch.context() as patched:
            saves = die_at_save(patched, number)
            with pytest.raises(KeyboardInterrupt):
                train(kind, data, **settings, states=states)
            assert len(saves) == number
        assert same(train(kind, data, **settings, states=states), whole), number


AUGMENTED = {"gain_db": 6, "pitch_bands": 2, "mask_bands": 9, "mask_frames": 9}


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        *((kind, {}) for kind in KINDS),
        ("basic", {"loss": "cosine"} | AUGMENTED),
        ("siamese", {"loss": "contrastive", "positives": ["artist", "song"]} | AUGMENTED),
        ("siamese", {"batch_norm": "input", "velocity": "keras", "plateau_patience": None}),
    ],
)
def test_recorded_steps_do_what_steps_do(data, monkeypatch, kind, changes):
    # The rate falls, positives and crops change, and dropout and augmentation with them.
    settings = {"max_epochs": 3, "dropout": 0.3, "decay": 0.1} | changes
    songs = tagged(data) if kind == "tag" else data
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    plain = train(kind, songs, **settings)
    monkeypatch.setattr(chunks, "record", record_on_tape)
    assert same(train(kind, songs, **settings), plain)


def test_augmentation_is_drawn_anew_for_each_segment_and_resumed(data, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    settings = {"max_epochs": 2, **AUGMENTED}
    whole = train("siamese", data, **settings)
    assert not same_weights(whole, train("siamese", data, max_epochs=2))
    monkeypatch.setattr(training, "SAVE_EVERY_S", -1.0)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        die_at_save(patched, 2)
        train("siamese", data, **settings, states=tmp_path)
    assert same(train("siamese", data, **settings, states=tmp_path), whole)


@pytest.mark.parametrize(
    ("save", "message"),
    [(1, "and 2 steps, from"), (3, "and 5 steps, from"), (4, "resumed after epoch 1, from")],
)
def test_a_line_says_where_a_training_is_resumed(
    data, tmp_path, monkeypatch, capsys, save, message
):
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    monkeypatch.setattr(training, "SAVE_EVERY_S", -1.0)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        die_at_save(patched, save)
        train("basic", data, max_epochs=2, states=tmp_path)
    capsys.readouterr()
    train("basic", data, max_epochs=2, states=tmp_path)
    assert message in capsys.readouterr().out


def test_states_are_saved_now_and_then(data, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", 2)
    for every_s, expected in ((1e9, 2), (-1.0, 2 * 4)):
        with monkeypatch.context() as patched:
            patched.setattr(training, "SAVE_EVERY_S", every_s)
            saves = die_at_save(patched, 99)
            train("basic", data, max_epochs=2, states=tmp_path / str(every_s))
        assert len(saves) == expected


def test_a_state_of_another_training_is_not_used(data, tmp_path, capsys):
    first = train("basic", data, max_epochs=2, states=tmp_path, state_key="k")
    capsys.readouterr()
    fresh = train("basic", data, max_epochs=2, states=tmp_path, state_key="other")
    assert "resumed" not in capsys.readouterr().out
    assert same(fresh, first)


def test_a_training_that_had_ended_needs_no_songs(data, tmp_path, capsys):
    ended = train("siamese", data, max_epochs=2, states=tmp_path)
    make_task = stage_of("siamese").make_task
    settings = settings_of("siamese", max_epochs=2)
    run = Run(0, tmp_path / "seed-0.pt")
    (again,) = fit("siamese", make_task, partial(pytest.fail, "read"), settings, [run], CPU)
    assert f"had ended before, see {tmp_path / 'seed-0.pt'}" in capsys.readouterr().out
    assert same(again, ended)
    assert again.labels == ended.labels == [f"artist {n}" for n in range(5)]


def test_of_several_seeds_only_those_that_had_not_ended_are_trained(data, tmp_path, capsys):
    both = train_seeds("basic", data, [0, 1], max_epochs=2)
    train_seeds("basic", data, [1], max_epochs=2, states=tmp_path)
    capsys.readouterr()
    again = train_seeds("basic", data, [0, 1], max_epochs=2, states=tmp_path)
    printed = capsys.readouterr().out
    assert "seed 1, had ended before" in printed
    assert "seed 1, epoch" not in printed
    assert all(map(same, again, both))


def test_a_broken_state_is_not_used(data, tmp_path, capsys):
    (tmp_path / "seed-0.pt").write_bytes(b"half a file")
    train("basic", data, max_epochs=1, states=tmp_path)
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

    settings = settings_of("basic", max_epochs=2, batch_size=8)
    fit("basic", make_task, lambda: data, settings, [Run(0)], CPU)
    validation, *epochs = anchors
    assert sorted(validation) == np.flatnonzero(data.is_valid).tolist()
    assert len(epochs) == 2
    for order in epochs:
        assert len(order) == 24  # 20 songs in batches of 8: the last is filled up
        assert sorted(order[:20]) == np.flatnonzero(~data.is_valid).tolist()
        assert order[20:] == order[:4]
    assert epochs[0] != epochs[1]


def test_a_learning_rate_that_is_too_high_is_named(data):
    with pytest.raises(InputError, match=r"training.basic.learning_rate: is 1e\+30.*lower it"):
        train("basic", data, learning_rate=1e30)
