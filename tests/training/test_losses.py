"""The losses against slow, independent versions and against values worked out by hand."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.losses import CosFaceLoss, SupConLoss

from deepartist.provenance.fingerprint import fingerprint
from deepartist.training.losses import cosine as cosine_module
from deepartist.training.losses import cross_entropy as cross_entropy_module
from deepartist.training.losses.contrastive import contrastive_loss
from deepartist.training.losses.cosine import cosine_loss
from deepartist.training.losses.cross_entropy import cross_entropy_loss
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
    ours = cross_entropy_loss(torch.from_numpy(logits), torch.from_numpy(artists))
    assert float(ours) == pytest.approx(slow, abs=1e-9)


def test_artist_loss_by_hand():
    # softmax of (0, ln 3) is (1/4, 3/4): -(ln 1/4 + ln 3/4) / 2 = (ln 4 + ln 4/3) / 2
    logits = torch.tensor([[0.0, math.log(3)], [0.0, math.log(3)]])
    loss = cross_entropy_loss(logits, torch.tensor([0, 1]))
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
        (["training.train_basic", "training.losses.cross_entropy"], {"cross_entropy", "classes"}),
        (["training.train_basic", "training.losses.cosine"], {"cosine", "classes"}),
        (["training.train_tag"], {"tag"}),
        (["training.train_siamese", "training.losses.hinge"], {"hinge", "relevance"}),
        (["training.train_siamese", "training.losses.softmax"], {"softmax", "relevance"}),
        (["training.train_siamese", "training.losses.contrastive"], {"contrastive", "relevance"}),
    ],
)
def test_an_edit_of_a_loss_concerns_only_the_models_that_use_it(modules, losses):
    names = [entry.partition("=")[0] for entry in fingerprint(*modules)]
    folder = "deepartist.training.losses."
    assert {n.removeprefix(folder) for n in names if n.startswith(folder)} == losses


@given(SIZES, st.integers(1, 3), st.floats(0.05, 2))
def test_losses_of_several_positives_are_added(sizes, n_positives, temperature):
    batch, negatives, dimensions, seed = sizes
    draw = np.random.default_rng(seed).normal(size=(batch, 1 + n_positives + negatives, dimensions))
    hinge, softmax = 0.0, 0.0
    for anchor, *others in draw:
        cosines = [cosine(anchor, other) for other in others]
        positives, others = cosines[:n_positives], cosines[n_positives:]
        weight = sum(math.exp(other / temperature) for other in others)
        for positive in positives:
            hinge += sum(max(0.0, 0.3 - positive + other) for other in others)
            own = math.exp(positive / temperature)
            softmax -= math.log(own / (own + weight))
    features = torch.from_numpy(draw)
    assert float(hinge_loss(features, 0.3, n_positives)) == pytest.approx(hinge, abs=1e-9)
    ours = softmax_loss(features, temperature, n_positives)
    assert float(ours) == pytest.approx(softmax, abs=1e-8)


@given(SIZES, st.floats(0.05, 1))
def test_contrastive_loss_equals_a_slow_version_and_a_library(sizes, temperature):
    batch, negatives, dimensions, seed = sizes
    rng = np.random.default_rng(seed)
    draw = rng.normal(size=(batch, 2 + negatives, dimensions))
    artists = rng.integers(4, size=draw.shape[:2])
    flat, artist = draw.reshape(-1, dimensions), artists.ravel()
    losses = []
    for i, one in enumerate(flat):
        others = [j for j in range(len(flat)) if j != i]
        weights = {j: math.exp(cosine(one, flat[j]) / temperature) for j in others}
        of_pairs = [
            -math.log(weights[j] / sum(weights.values())) for j in others if artist[j] == artist[i]
        ]
        if of_pairs:
            losses.append(sum(of_pairs) / len(of_pairs))
    expected = batch * sum(losses) / len(losses) if losses else 0.0
    features, labels = torch.from_numpy(draw), torch.from_numpy(artists)
    ours = float(contrastive_loss(features, labels, temperature))
    assert ours == pytest.approx(expected, rel=1e-7, abs=1e-9)
    library = SupConLoss(temperature=temperature)(features.flatten(0, 1), labels.flatten())
    assert ours == pytest.approx(batch * float(library), rel=1e-5, abs=1e-6)


def test_contrastive_loss_by_hand():
    # Two songs by one artist, with a cosine of 0.6, and one by another, at right angles to both.
    features = torch.tensor([[[1.0, 0, 0], [3.0, 4, 0], [0, 0, 2]]])
    own = math.exp(0.6 / 0.5)
    expected = -math.log(own / (own + 1))  # of both songs; the third has no positive
    loss = contrastive_loss(features, torch.tensor([[0, 0, 1]]), 0.5)
    assert float(loss) == pytest.approx(expected)


@given(SIZES, st.floats(1, 30), st.floats(0, 0.5))
def test_cosine_softmax_equals_a_slow_version_and_a_library(sizes, scale, margin):
    batch, classes, dimensions, seed = sizes
    classes += 1
    rng = np.random.default_rng(seed)
    draw, weights = rng.normal(size=(batch, dimensions)), rng.normal(size=(classes, dimensions))
    artists = rng.integers(classes, size=batch)
    slow = 0.0
    for one, artist in zip(draw, artists, strict=True):
        logits = [
            scale * (cosine(one, weight) - margin * (number == artist))
            for number, weight in enumerate(weights)
        ]
        slow -= math.log(math.exp(logits[artist]) / sum(map(math.exp, logits))) / batch
    features, labels = torch.from_numpy(draw), torch.from_numpy(artists)
    ours = float(cosine_loss(features, torch.from_numpy(weights), labels, scale, margin))
    assert ours == pytest.approx(slow, rel=1e-7, abs=1e-9)
    library = CosFaceLoss(classes, dimensions, margin=margin, scale=scale).double()
    with torch.no_grad():
        library.W.copy_(torch.from_numpy(weights).T)
    assert ours == pytest.approx(float(library(features, labels).detach()), rel=1e-6, abs=1e-7)


def test_cosine_softmax_by_hand():
    # Cosines 1 and 0 with the right and the wrong artist; with the margin, logits 2 · 0.8 and 0.
    loss = cosine_loss(torch.tensor([[5.0, 0]]), torch.eye(2), torch.tensor([0]), 2.0, 0.2)
    assert float(loss) == pytest.approx(math.log(1 + math.exp(-1.6)))


def test_the_losses_of_artists_read_their_settings():
    head, features = torch.nn.Linear(8, 3), torch.randn(4, 8)
    artists = torch.tensor([0, 2, 1, 1])
    settings = {"scale": 3.0, "margin": 0.1}
    ours = cosine_module.make_loss(settings)(head, features, artists)
    assert torch.equal(ours, cosine_loss(features, head.weight, artists, 3.0, 0.1))
    plain = cross_entropy_module.make_loss({})(head, features, artists)
    assert torch.equal(plain, cross_entropy_loss(head(features), artists))
