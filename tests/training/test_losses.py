"""The losses against slow, independent versions and against values worked out by hand."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deepartist.provenance.fingerprint import fingerprint
from deepartist.training.losses.artist import artist_loss
from deepartist.training.losses.hinge import hinge_loss
from deepartist.training.losses.relevance import relevance_scores
from deepartist.training.losses.softmax import softmax_loss
from deepartist.training.losses.tag import tag_loss

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 5), st.integers(2, 9), st.integers(0, 2**31))


def slow_hinge(anchor, positive, negatives, margin) -> float:
    total = 0.0
    for a, p, others in zip(anchor, positive, negatives, strict=True):
        for n in others:
            total += max(0.0, margin - cosine(a, p) + cosine(a, n))
    return total


@given(SIZES, st.floats(0.01, 2))
def test_hinge_equals_a_slow_version(sizes, margin):
    batch, negatives, dimensions, seed = sizes
    draw = np.random.default_rng(seed).normal(size=(batch, 2 + negatives, dimensions))
    ours = hinge_loss(torch.from_numpy(draw), margin)
    slow = slow_hinge(draw[:, 0], draw[:, 1], draw[:, 2:], margin)
    assert float(ours) == pytest.approx(slow, abs=1e-9)


def test_hinge_by_hand():
    anchor, positive = [1.0, 0.0], [3.0, 4.0]  # cosine 0.6
    negatives = [0.0, 2.0], [5.0, 0.0], [4.0, 3.0], [-1.0, 0.0]  # cosines 0, 1, 0.8, -1
    features = torch.tensor([[anchor, positive, *negatives]])
    # max(0, 0.4 - 0.6 + 0) + max(0, 0.4 - 0.6 + 1) + max(0, 0.4 - 0.6 + 0.8) + 0 = 0 + 0.8 + 0.6
    assert float(hinge_loss(features, 0.4)) == pytest.approx(1.4)


@pytest.mark.parametrize("loss", [partial(hinge_loss, margin=0.4), softmax_loss])
def test_a_vector_of_zeros_is_like_no_other(loss):
    # Its cosines are 0, and no gradient is nan: the second anchor is silent, its ReLUs are off.
    draw = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0))
    draw[1, 0] = -1
    draw.requires_grad_()
    loss(torch.relu(draw)).backward()
    assert draw.grad.isfinite().all()
    assert not draw.grad[1].any()
    assert draw.grad[0].any()
    scores = relevance_scores(torch.relu(draw))
    assert not scores[1].any()


def test_hinge_is_a_sum_over_the_batch():
    draw = torch.randn(5, 6, 8, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(hinge_loss(torch.cat([draw, draw]), 0.4), 2 * hinge_loss(draw, 0.4))


def cosine(u, v):
    dot = sum(a * b for a, b in zip(u, v, strict=True))
    return dot / math.sqrt(sum(a * a for a in u)) / math.sqrt(sum(b * b for b in v))


@given(SIZES)
def test_softmax_over_relevance_equals_a_slow_version(sizes):
    batch, negatives, dimensions, seed = sizes
    draw = np.random.default_rng(seed).normal(size=(batch, 2 + negatives, dimensions))
    slow = 0.0
    for anchor, *others in draw:
        weights = [math.exp(cosine(anchor, other)) for other in others]
        slow -= math.log(weights[0] / sum(weights))
    ours = softmax_loss(torch.from_numpy(draw))
    assert float(ours) == pytest.approx(slow, abs=1e-9)


def test_softmax_over_relevance_by_hand():
    # cosines 1 with the positive, 0 and 0 with the negatives: -log(e / (e + 1 + 1))
    features = torch.tensor([[[2.0, 0.0], [3.0, 0.0], [0.0, 1.0], [0.0, -5.0]]])
    expected = math.log((math.e + 2) / math.e)
    assert float(softmax_loss(features)) == pytest.approx(expected)


@given(SIZES)
def test_artist_loss_equals_a_slow_version(sizes):
    batch, _, classes, seed = sizes
    rng = np.random.default_rng(seed)
    logits, artists = rng.normal(scale=5, size=(batch, classes)), rng.integers(classes, size=batch)
    slow = 0.0
    for row, artist in zip(logits, artists, strict=True):
        slow -= math.log(math.exp(row[artist]) / sum(math.exp(x) for x in row)) / batch
    ours = artist_loss(torch.from_numpy(logits), torch.from_numpy(artists))
    assert float(ours) == pytest.approx(slow, abs=1e-9)


def test_artist_loss_by_hand():
    # softmax of (0, ln 3) is (1/4, 3/4): -(ln 1/4 + ln 3/4) / 2 = (ln 4 + ln 4/3) / 2
    logits = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)]])
    loss = artist_loss(logits, torch.tensor([0, 1]))
    assert float(loss) == pytest.approx((math.log(4) + math.log(4 / 3)) / 2)


@given(SIZES)
def test_tag_loss_equals_a_slow_version(sizes):
    batch, _, tags, seed = sizes
    rng = np.random.default_rng(seed)
    logits, truth = rng.normal(scale=5, size=(batch, tags)), rng.integers(2, size=(batch, tags))
    slow = 0.0
    for x, t in zip(logits.ravel(), truth.ravel(), strict=True):
        probability = 1 / (1 + math.exp(-x))
        slow -= math.log(probability if t else 1 - probability) / (batch * tags)
    ours = tag_loss(torch.from_numpy(logits), torch.from_numpy(truth.astype(float)))
    assert float(ours) == pytest.approx(slow, abs=1e-7)


def test_tag_loss_by_hand():
    # sigmoid(ln 3) = 3/4 and the tag is there, sigmoid(0) = 1/2 and it is not
    loss = tag_loss(torch.tensor([[math.log(3), 0.0]]), torch.tensor([[1.0, 0.0]]))
    assert float(loss) == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


@pytest.mark.parametrize(
    ("modules", "losses"),
    [
        (["training.train_basic"], {"artist"}),
        (["training.train_tag"], {"tag"}),
        (["training.train_siamese", "training.losses.hinge"], {"hinge", "relevance"}),
        (["training.train_siamese", "training.losses.softmax"], {"softmax", "relevance"}),
    ],
)
def test_an_edit_of_a_loss_concerns_only_the_models_that_use_it(modules, losses):
    names = [entry.partition("=")[0] for entry in fingerprint(*modules)]
    folder = "deepartist.training.losses."
    assert {n.removeprefix(folder) for n in names if n.startswith(folder)} == losses
