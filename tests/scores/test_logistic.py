import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from deepartist.scores import logistic
from deepartist.scores.logistic import PENALTIES, logistic_predict
from helpers import make_songs


def parts(n, noise, seed=0):
    embedding, labels, split = make_songs(n, noise, seed)
    return [
        part
        for name in ("train", "valid", "test")
        for part in (embedding[split == name], labels[split == name])
    ]


def slow_weights(x, codes, c, classes):
    """Minimise Σ log-loss + ‖w‖² / 2C from scratch; the bias, in the last row, is free."""
    x = np.hstack([x, np.ones((len(x), 1))])
    onehot = np.eye(classes)[codes]

    def loss(flat):
        w = flat.reshape(-1, classes)
        logits = x @ w
        highest = logits.max(axis=1, keepdims=True)
        exp = np.exp(logits - highest)
        p = exp / exp.sum(axis=1, keepdims=True)
        value = -np.log(p[np.arange(len(x)), codes]).sum() + (w[:-1] ** 2).sum() / 2 / c
        gradient = x.T @ (p - onehot)
        gradient[:-1] += w[:-1] / c
        return value, gradient.ravel()

    start = np.zeros(x.shape[1] * classes)
    found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 5000})
    return found.x.reshape(-1, classes)


def slow_predict(train, train_labels, valid, valid_labels, test):
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1)
    names = sorted(set(train_labels))
    codes = np.array([names.index(label) for label in train_labels])
    best = (-1, None, None)
    for c in PENALTIES:
        w = slow_weights((train - mean) / deviation, codes, c, len(names))

        def name(x, w=w):
            scores = (x - mean) / deviation @ w[:-1] + w[-1]
            return [names[i] for i in scores.argmax(axis=1)]

        right = sum(a == b for a, b in zip(name(valid), valid_labels, strict=True))
        if right > best[0]:
            best = (right, name(test), c)
    return best[1:]


@pytest.mark.parametrize(("noise", "seed"), [(1, 0), (3, 0), (3, 1), (6, 2)])
def test_predictions_and_penalty_are_those_of_the_slow_twin(noise, seed):
    train, train_labels, valid, valid_labels, test, _ = parts(120, noise, seed)
    # of very different scales, and one column that says nothing
    train, valid, test = (
        x.astype(float) * [1, 100, 0.01, 5, 1, 0] + [0, 7, 0, -20, 3, 4]
        for x in (train, valid, test)
    )
    predicted, c = logistic_predict(train, train_labels, valid, valid_labels, test)
    expected, expected_c = slow_predict(train, train_labels, valid, valid_labels, test)
    assert c == expected_c
    assert predicted.tolist() == expected


def test_two_songs_by_hand():
    # the border lies in the middle, whatever the penalty
    train, test = np.array([[0.0, 5.0], [4.0, 5.0]]), np.array([[1.9, 5.0], [2.1, 5.0], [9.0, 5.0]])
    labels = np.array(["low", "high"])
    predicted, c = logistic_predict(train, labels, train, labels, test)
    assert predicted.tolist() == ["low", "high", "high"]
    assert c == PENALTIES[0]  # all are right, so the weights stay small


def test_scale_and_offset_of_a_column_do_not_matter(rng):
    train, train_labels, valid, valid_labels, test, _ = parts(120, noise=3)
    scale, offset = rng.uniform(0.1, 10, size=6), rng.normal(size=6)
    moved = [x * scale + offset for x in (train, valid, test)]
    predicted, c = logistic_predict(train, train_labels, valid, valid_labels, test)
    again, c_again = logistic_predict(moved[0], train_labels, moved[1], valid_labels, moved[2])
    assert c == c_again
    np.testing.assert_array_equal(predicted, again)


def test_validation_songs_choose_the_penalty_and_nothing_else(monkeypatch):
    train, train_labels, valid, valid_labels, test, _ = parts(120, noise=4)
    fitted = {}
    for c in PENALTIES:
        monkeypatch.setattr(logistic, "PENALTIES", (c,))
        fitted[c] = [
            logistic_predict(train, train_labels, valid, valid_labels, x)[0] for x in (valid, test)
        ]
    monkeypatch.undo()
    # labels that one of the penalties predicts: it has all of them right
    for wanted, (on_valid, _) in fitted.items():
        predicted, c = logistic_predict(train, train_labels, valid, on_valid, test)
        equal = [p for p, (v, _) in fitted.items() if (v == on_valid).all()]
        assert c == equal[0] <= wanted
        np.testing.assert_array_equal(predicted, fitted[c][1])


def test_the_order_of_training_songs_does_not_matter(rng):
    train, train_labels, valid, valid_labels, test, _ = parts(120, noise=3)
    order = rng.permutation(len(train))
    first = logistic_predict(train, train_labels, valid, valid_labels, test)
    second = logistic_predict(train[order], train_labels[order], valid, valid_labels, test)
    assert first[1] == second[1]
    np.testing.assert_array_equal(first[0], second[0])


def test_perfect_features_are_told_apart_and_empty_ones_are_not():
    train, train_labels, valid, valid_labels, test, test_labels = parts(60, noise=0)
    assert (
        logistic_predict(train, train_labels, valid, valid_labels, test)[0] == test_labels
    ).all()
    train, train_labels, valid, valid_labels, test, test_labels = parts(300, noise=0)
    rng = np.random.default_rng(0)
    train, valid, test = (rng.normal(size=x.shape) for x in (train, valid, test))
    predicted, _ = logistic_predict(train, train_labels, valid, valid_labels, test)
    # 60 test songs: one standard deviation of an accuracy of 1/3 is 0.06
    assert (predicted == test_labels).mean() == pytest.approx(1 / 3, abs=0.2)


def test_a_dimension_of_small_spread_counts_as_much_as_others(rng):
    # the label is in a dimension with a thousandth of the others' spread
    labels = np.array(["a", "b"])[rng.integers(2, size=200)]
    x = rng.normal(size=(200, 20)) * 1000
    x[:, 7] = (labels == "b") + 0.1 * rng.normal(size=200)
    predicted, _ = logistic_predict(x[:100], labels[:100], x[100:150], labels[100:150], x[150:])
    assert (predicted == labels[150:]).mean() > 0.95


def test_one_label_is_always_right():
    labels = np.array(["a", "a"])
    assert (
        logistic_predict(np.eye(2), labels, np.eye(2), labels, np.eye(2))[0].tolist()
        == labels.tolist()
    )


def test_training_ends_at_the_minimum(rng):
    # many correlated dimensions and few songs, as song vectors are
    x = rng.normal(size=(150, 20)) @ rng.normal(size=(20, 256)) + 0.1 * rng.normal(size=(150, 256))
    labels = np.array(["a", "b", "c", "d"])[rng.integers(4, size=150)]
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        logistic_predict(x[:100], labels[:100], x[100:125], labels[100:125], x[125:])
