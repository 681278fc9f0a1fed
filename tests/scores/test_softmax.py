import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from deepartist.scores import softmax
from deepartist.scores.softmax import (
    cross_entropy,
    cross_entropy_gradient,
    nesterov_step,
    softmax_predict,
    train_softmax,
)

# loss, gradient, update


def test_cross_entropy_by_hand():
    # logits (0, 0) and (ln 3, 0): probabilities 1/2 and 3/4 of class 0
    x = np.array([[0.0], [math.log(3)]])
    weights = np.array([[1.0, 0.0]])
    expected = -(math.log(1 / 2) + math.log(3 / 4)) / 2
    assert cross_entropy(weights, x, np.array([0, 0])) == pytest.approx(expected)
    # (p - onehot) x, averaged: only the second row counts, (3/4 - 1) ln 3 / 2
    gradient = cross_entropy_gradient(weights[None], x[None], np.array([[0, 0]]))
    np.testing.assert_allclose(gradient, [[[-math.log(3) / 8, math.log(3) / 8]]])


@pytest.mark.parametrize("scale", [1, 100, 1e5])
def test_loss_and_gradient_agree_with_autograd(scale):
    rng = np.random.default_rng(0)
    weights = scale * rng.normal(size=(3, 5, 4))
    x = rng.normal(size=(3, 16, 5))
    codes = rng.integers(4, size=(3, 16))
    gradient = cross_entropy_gradient(weights, x, codes)
    for w, inputs, classes, slope in zip(weights, x, codes, gradient, strict=True):
        leaf = torch.tensor(w, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(torch.tensor(inputs) @ leaf, torch.tensor(classes))
        loss.backward()
        assert cross_entropy(w, inputs, classes) == pytest.approx(loss.item())
        np.testing.assert_allclose(slope, leaf.grad.numpy(), atol=1e-12)


def test_steps_agree_with_torch_at_a_constant_learning_rate():
    rng = np.random.default_rng(0)
    weights, velocity = rng.normal(size=(2, 3)), np.zeros((2, 3))
    leaf = torch.tensor(weights.copy(), requires_grad=True)
    optimiser = torch.optim.SGD([leaf], lr=0.01, momentum=0.9, nesterov=True)
    for _ in range(20):
        gradient = rng.normal(size=(2, 3))
        leaf.grad = torch.tensor(gradient)
        optimiser.step()
        nesterov_step(weights, velocity, gradient, 0.01)
    np.testing.assert_allclose(weights, leaf.detach().numpy(), rtol=1e-12)


def test_steps_by_hand():
    weights, velocity = np.array([1.0]), np.array([0.5])
    # v = 0.9 * 0.5 - 0.1 * 2 = 0.25; w = 1 + 0.9 * 0.25 - 0.1 * 2 = 1.025
    nesterov_step(weights, velocity, np.array([2.0]), 0.1)
    assert (velocity[0], weights[0]) == (pytest.approx(0.25), pytest.approx(1.025))


# training


def slow_train(train, codes, valid, valid_codes, *, trial, max_epochs, seed):
    """Train one trial, a song and a weight at a time; also return how many epochs it took."""
    n_classes = 1 + max(*codes, *valid_codes)
    d = train.shape[1]
    generator = np.random.default_rng([seed, trial])
    limit = math.sqrt(6 / (d + n_classes))
    w = [*generator.uniform(-limit, limit, (d, n_classes)).tolist(), [0.0] * n_classes]
    v = [[0.0] * n_classes for _ in range(d + 1)]

    def probabilities(song):
        inputs = [*song, 1.0]
        logits = [
            sum(x * row[c] for x, row in zip(inputs, w, strict=True)) for c in range(n_classes)
        ]
        exponentials = [math.exp(z) for z in logits]
        return [e / sum(exponentials) for e in exponentials]

    best, best_loss, waited, step, epoch = None, math.inf, 0, 0, 0
    while epoch < max_epochs and waited < 8:
        epoch += 1
        order = generator.permutation(len(train))
        for start in range(0, len(train), 16):
            songs = order[start : start + 16]
            g = [[0.0] * n_classes for _ in range(d + 1)]
            for song in songs:
                p = probabilities(train[song])
                for i, x in enumerate([*train[song], 1.0]):
                    for c in range(n_classes):
                        g[i][c] += x * (p[c] - (c == codes[song])) / len(songs)
            lr = 0.01 / (1 + 1e-6 * step)
            step += 1
            for i in range(d + 1):
                for c in range(n_classes):
                    v[i][c] = 0.9 * v[i][c] - lr * g[i][c]
                    w[i][c] += 0.9 * v[i][c] - lr * g[i][c]
        losses = [-math.log(probabilities(s)[c]) for s, c in zip(valid, valid_codes, strict=True)]
        loss = sum(losses) / len(losses)
        waited = 0 if loss < best_loss else waited + 1
        if loss < best_loss:
            best, best_loss = [list(row) for row in w], loss
    return np.array(best), epoch


def noisy_songs(n, seed, d=2, classes=3):
    rng = np.random.default_rng(seed)
    codes = np.arange(n) % classes
    return rng.normal(size=(n, d)) + np.eye(classes, d)[codes], codes


def test_training_agrees_with_slow_twin_through_early_stops(monkeypatch):
    steps = []
    monkeypatch.setattr(
        softmax, "nesterov_step", lambda *a: (steps.append(len(a[0])), nesterov_step(*a))
    )
    (train, codes), (valid, valid_codes) = noisy_songs(37, 0), noisy_songs(12, 1)
    settings = {"max_epochs": 60, "seed": 3}
    weights = train_softmax(train, codes, valid, valid_codes, trials=4, **settings)
    twins = [
        slow_train(train, codes, valid, valid_codes, trial=trial, **settings) for trial in range(4)
    ]
    np.testing.assert_allclose(weights, [twin for twin, _ in twins], rtol=1e-9)
    epochs = [epoch for _, epoch in twins]
    assert min(epochs) < 60
    assert len(set(epochs)) > 1
    # a trial leaves when it stops; an epoch has three batches: 16 + 16 + 5 songs
    assert sum(steps) == 3 * sum(epochs)


def test_a_trial_does_not_depend_on_the_others():
    parts = (*noisy_songs(40, 0), *noisy_songs(12, 1))
    few = train_softmax(*parts, trials=2, max_epochs=30, seed=0)
    many = train_softmax(*parts, trials=5, max_epochs=30, seed=0)
    np.testing.assert_array_equal(few, many[:2])
    assert not np.allclose(many[0], many[1])
    assert not np.allclose(few, train_softmax(*parts, trials=2, max_epochs=30, seed=1))


@pytest.fixture(scope="module")
def separable():
    """Four classes in eight dimensions, far apart: train, valid and test songs and their labels."""
    rng = np.random.default_rng(0)
    codes = np.arange(400) % 4
    songs = 100 + 5 * (rng.normal(size=(400, 8)) * 0.3 + np.eye(4, 8)[codes] * 3)
    labels = np.array(["blues", "country", "jazz", "metal"])[codes]
    parts = (slice(0, 240), slice(240, 320), slice(320, 400))
    return [(songs[part].astype(np.float32), labels[part]) for part in parts]


def test_softmax_is_as_good_as_logistic_regression_on_separable_songs(separable):
    (train, train_labels), (valid, valid_labels), (test, test_labels) = separable
    predicted = softmax_predict(
        train, train_labels, valid, valid_labels, test, trials=3, max_epochs=50, seed=0
    )
    assert predicted.shape == (3, 80)
    mean, std = train.mean(), train.std()
    reference = LogisticRegression(max_iter=1000).fit((train - mean) / std, train_labels)
    assert reference.score((test - mean) / std, test_labels) == 1
    np.testing.assert_array_equal(predicted, np.tile(test_labels, (3, 1)))


def test_softmax_ignores_shift_and_scale_of_all_features(separable):
    (train, train_labels), (valid, valid_labels), (test, _) = separable
    settings = {"trials": 2, "max_epochs": 3, "seed": 0}
    predicted = softmax_predict(train, train_labels, valid, valid_labels, test, **settings)
    shifted = [1000 * songs.astype(np.float64) - 7 for songs in (train, valid, test)]
    np.testing.assert_array_equal(
        softmax_predict(shifted[0], train_labels, shifted[1], valid_labels, shifted[2], **settings),
        predicted,
    )


def test_all_songs_are_standardised_by_the_training_part_alone(monkeypatch):
    (train, codes), (valid, valid_codes), (test, _) = (noisy_songs(n, n) for n in (60, 20, 30))
    valid, test = 2 * valid - 9, 3 * test + 5
    passed = []
    monkeypatch.setattr(
        softmax, "train_softmax", lambda *a, **k: (passed.extend(a), train_softmax(*a, **k))[1]
    )
    settings = {"trials": 2, "max_epochs": 3, "seed": 0}
    predicted = softmax_predict(train, codes, valid, valid_codes, test, **settings)
    parts = (
        (train - train.mean()) / train.std(),
        codes,
        (valid - train.mean()) / train.std(),
        valid_codes,
    )
    for part, expected in zip(passed, parts, strict=True):
        np.testing.assert_allclose(part, expected)
    weights = train_softmax(*parts, **settings)
    scores = (test - train.mean()) / train.std() @ weights[:, :-1] + weights[:, -1:]
    np.testing.assert_array_equal(predicted, scores.argmax(axis=2))
    assert len(np.unique(predicted)) > 1


def test_softmax_of_equal_features_says_the_most_frequent_label():
    train_labels = np.array(["a", "b", "b", "b"] * 10)
    predicted = softmax_predict(
        np.zeros((40, 3)),
        train_labels,
        np.zeros((8, 3)),
        train_labels[:8],
        np.zeros((2, 3)),
        trials=2,
        max_epochs=50,
        seed=0,
    )
    assert predicted.tolist() == [["b", "b"]] * 2


def test_softmax_takes_labels_that_only_validation_songs_have():
    rng = np.random.default_rng(0)
    predicted = softmax_predict(
        rng.normal(size=(20, 3)),
        np.array(["a", "c"] * 10),
        rng.normal(size=(4, 3)),
        np.array(["a", "b", "c", "c"]),
        rng.normal(size=(6, 3)),
        trials=1,
        max_epochs=5,
        seed=0,
    )
    assert set(predicted.ravel()) <= {"a", "b", "c"}
