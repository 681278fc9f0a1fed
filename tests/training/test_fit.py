"""Training: what is minimised and how; that it learns, repeats itself and can be interrupted."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deepartist.config.settings import parse_settings
from deepartist.embeddings.embed_songs import embed_set
from deepartist.models.encoder import Encoder
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError
from deepartist.training import train as training
from deepartist.training.losses import softmax_loss
from deepartist.training.schedule import Schedule, after_epoch, decayed_rate
from deepartist.training.songs import TrainingData, artist_targets, input_statistics, tag_targets
from deepartist.training.tasks import basic_task, siamese_task

CPU = torch.device("cpu")
ARTISTS, SONGS = 5, 6


@pytest.fixture(scope="module")
def data() -> TrainingData:
    """Songs whose artist shows in a few bands, under noise that is louder."""
    rng = np.random.default_rng(0)
    colour = rng.random((ARTISTS, 128)) * 0.8
    artists = np.repeat(np.arange(ARTISTS), SONGS)
    mels = 0.5 * rng.random((len(artists), 1291, 128)) + colour[artists, None]
    mels += rng.random((len(artists), 1, 1))  # loudness, which says nothing
    frames = rng.integers(400, 1292, len(artists))
    for mel, n in zip(mels, frames, strict=True):
        mel[n:] = 0
    return TrainingData(
        mels.astype(np.float16),
        frames,
        [f"artist {i}" for i in artists],
        np.tile([False] * (SONGS - 2) + [True] * 2, ARTISTS),
    )


def settings(kind, **changes):
    words = [f"{key}={value}" for key, value in changes.items()]
    return parse_settings(["batch_size=4", "dropout=0", *words], f"train_{kind}")


def run(kind, data, *, seed=0, **changes):
    return training.train(kind, data, settings(kind, **changes), seed=seed, device=CPU)


def tagged(data):
    return data._replace(song_labels=[f"{name}|{name[-1] in '02'}" for name in data.song_labels])


@pytest.mark.parametrize("kind", training.KINDS)
def test_every_kind_learns(data, kind):
    data = tagged(data) if kind == "tag" else data
    result = run(kind, data, max_epochs=25, plateau_patience=10, stop_patience=25)
    losses = [row["train_loss"] for row in result.history]
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


def test_the_siamese_loss_is_a_choice(data):
    hinge, softmax = (
        run("siamese", data, max_epochs=1, loss=loss).history for loss in ("hinge", "softmax")
    )
    # before anything is learned, all cosines are alike: four negatives cost 4 · 0.4, or log 5; the
    # least the softmax can come to is that of cosines 1 and -1: log(1 + 4 · exp(-2))
    assert 0 < hinge[0]["train_loss"] < 4 * 0.4
    assert np.log(1 + 4 * np.exp(-2)) < softmax[0]["train_loss"] < np.log(5)


def test_precision_is_a_choice(data):
    losses = {
        precision: run(
            "siamese", data, max_epochs=1, learning_rate=1e-4, precision=precision
        ).history[0]["train_loss"]
        for precision in ("float32", "tf32", "bfloat16")
    }
    assert losses["tf32"] == losses["float32"]  # on a CPU
    assert losses["bfloat16"] != losses["float32"]
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.05)


@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_a_seed_repeats_itself(data, kind):
    one, same, other = (run(kind, data, seed=seed, max_epochs=2) for seed in (1, 1, 2))
    assert one.history == same.history
    assert all(torch.equal(one.weights[name], same.weights[name]) for name in one.weights)
    assert one.history != other.history


@pytest.mark.parametrize(
    ("epoch", "steps", "message"),
    [(3, 0, "going on after epoch 3,"), (1, 2, "going on after epoch 1 and 2 steps,")],
)
def test_an_interrupted_training_goes_on_as_if_nothing_had_happened(
    data, tmp_path, monkeypatch, capsys, epoch, steps, message
):
    block = settings("siamese", max_epochs=4, dropout=0.5)
    arguments = {"seed": 3, "device": CPU, "state_path": tmp_path / "state.pt", "state_key": "k"}
    whole = training.train("siamese", data, block, seed=3, device=CPU)
    save = training.save_checkpoint

    def die_there(state, path, key):
        save(state, path, key)
        within = state["order"] is not None and state["done"]
        if (state["schedule"]["epoch"], within) == (epoch, steps):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(training, "save_checkpoint", die_there)
        patched.setattr(training, "SAVE_EVERY_S", 0.0 if steps else 1e9)
        with pytest.raises(KeyboardInterrupt):
            training.train("siamese", data, block, **arguments)
    resumed = training.train("siamese", data, block, **arguments)
    assert message in capsys.readouterr().out
    assert resumed.history == whole.history
    assert all(torch.equal(resumed.weights[name], whole.weights[name]) for name in whole.weights)

    fresh = training.train("siamese", data, block, **(arguments | {"state_key": "other"}))
    assert "going on" not in capsys.readouterr().out
    assert fresh.history == whole.history


def test_a_broken_state_is_not_used(data, tmp_path, capsys):
    (tmp_path / "state.pt").write_bytes(b"half a file")
    block = settings("basic", max_epochs=1)
    training.train(
        "basic", data, block, seed=0, device=CPU, state_path=tmp_path / "state.pt", state_key="k"
    )
    assert "cannot be read; starting anew" in capsys.readouterr().out


def test_every_song_is_an_anchor_once_per_epoch(data, monkeypatch):
    anchors = []
    task = basic_task(torch.from_numpy(artist_targets(data.song_labels)[1]))

    def spy(pool):
        draw = task.drawing_from(pool)

        def recorded(positions, generator):
            songs = draw(positions, generator)
            anchors.append(songs[:, 0].tolist())
            return songs

        return recorded

    monkeypatch.setattr(training, "basic_task", lambda artists: task._replace(drawing_from=spy))
    run("basic", data, max_epochs=1, batch_size=8)
    validation, *batches = anchors
    assert sorted(validation) == np.flatnonzero(data.is_valid).tolist()
    assert [len(batch) for batch in batches] == [8, 8, 8]  # 20 songs: the last is filled up
    order = [song for batch in batches for song in batch]
    assert sorted(order[:20]) == np.flatnonzero(~data.is_valid).tolist()
    assert order[20:] == order[:4]


@pytest.mark.parametrize("alone", [[0, 1, 2, 3, 4], [2], []])
def test_only_artists_with_one_validation_song_bring_their_training_songs(data, alone):
    is_valid = data.is_valid.copy()
    is_valid[[artist * SONGS + SONGS - 2 for artist in alone]] = False
    partly = data._replace(is_valid=is_valid)
    songs = training.Songs(torch.from_numpy(partly.mels), torch.from_numpy(partly.frames), 0, 1)
    artists = torch.from_numpy(artist_targets(partly.song_labels)[1])
    task = siamese_task(artists, 4, softmax_loss)
    generator = torch.Generator().manual_seed(0)
    drawn, starts = training._draw_validation(task, songs, partly, 3, generator)
    assert drawn.shape == starts.shape == (3 * is_valid.sum(), 6)
    assert drawn[:, 0].tolist() == 3 * np.flatnonzero(is_valid).tolist()
    assert torch.equal(artists[drawn[:, 1]], artists[drawn[:, 0]])
    assert not (artists[drawn[:, 2:]] == artists[drawn[:, :1]]).any()
    from_training = ~torch.from_numpy(is_valid)[drawn]
    assert set(artists[drawn[from_training]].tolist()) <= set(alone)
    assert bool(from_training.any()) == bool(alone)


def test_bad_settings_are_named(data):
    with pytest.raises(InputError, match="negatives: is 40, but an artist has only 16 songs"):
        run("siamese", data, negatives=40)
    with pytest.raises(InputError, match=r"training.basic.learning_rate: is 1e\+30.*lower it"):
        run("basic", data, learning_rate=1e30)


def test_statistics_are_of_the_sound_of_training_songs(rng):
    mels = rng.random((4, 1291, 128)).astype(np.float16)
    frames = np.array([200, 1291, 700, 900])
    is_valid = np.array([False, True, False, False])
    values = np.concatenate([mels[i, : frames[i]].ravel() for i in (0, 2, 3)]).astype(np.float64)
    mean, std = input_statistics(TrainingData(mels, frames, ["a"] * 4, is_valid))
    assert mean == pytest.approx(values.mean(), rel=1e-6)
    assert std == pytest.approx(values.std(), rel=1e-6)


def test_tags_of_songs():
    tags, matrix = tag_targets(["rock|loud", "loud", "jazz"])
    assert tags == ["jazz", "loud", "rock"]
    assert matrix.tolist() == [[0, 1, 1], [0, 1, 0], [1, 0, 0]]


def keras_plateau(losses, rate, factor, patience, floor):
    """Keras 2.1.1's ReduceLROnPlateau, in its own order of steps, told as a loop."""
    best, wait, rates = float("inf"), 0, []
    for loss in losses:
        if loss < best - 1e-4:
            best, wait = loss, 0
        else:
            if wait >= patience:
                rate, wait = max(rate * factor, floor), 0
            wait += 1
        rates.append(rate)
    return rates


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=30),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.01]),
)
def test_schedule_drops_when_keras_does(losses, patience, floor):
    schedule, rates = Schedule(learning_rate=0.1), []
    for loss in losses:
        schedule = after_epoch(schedule, loss / 10, factor=0.2, patience=patience, floor=floor)
        rates.append(schedule.learning_rate)
    expected = keras_plateau([loss / 10 for loss in losses], 0.1, 0.2, patience, floor)
    assert rates == pytest.approx(expected)


def test_schedule_by_hand():
    # patience 1: one epoch without a better loss is borne, the second drops the rate, and so does
    # each that follows until a better one
    schedule = Schedule(learning_rate=0.1)
    rates, waits = [], []
    for loss in (1.0, 0.9, 0.95, 0.97, 0.98, 0.8, 0.85):
        schedule = after_epoch(schedule, loss, factor=0.2, patience=1, floor=0.01)
        rates.append(round(schedule.learning_rate, 6))
        waits.append(schedule.since_best)
    assert rates == [0.1, 0.1, 0.1, 0.02, 0.01, 0.01, 0.01]
    assert waits == [0, 0, 1, 2, 3, 0, 1]
    assert (schedule.best_epoch, schedule.best_loss) == (6, 0.8)


def test_a_rate_below_the_floor_stays():
    schedule = Schedule(learning_rate=0.001)
    for loss in (1.0, 1.0, 1.0, 1.0):
        schedule = after_epoch(schedule, loss, factor=0.2, patience=1, floor=0.01)
    assert schedule.learning_rate == 0.001


def test_decay_by_hand():
    assert decayed_rate(0.1, 1e-6, 0) == 0.1
    assert decayed_rate(0.1, 1e-6, 1_000_000) == pytest.approx(0.05)
