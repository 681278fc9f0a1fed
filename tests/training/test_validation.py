"""The songs that a model is validated on, and its loss on them."""

import numpy as np
import pytest
import torch

from deepartist.models.encoder import Encoder, initialise
from deepartist.training import validation
from deepartist.training.losses.cross_entropy import cross_entropy_loss
from deepartist.training.losses.hinge import hinge_loss
from deepartist.training.losses.softmax import softmax_loss
from deepartist.training.songs import artist_classes
from deepartist.training.steps import make_songs
from deepartist.training.train_basic import basic_task
from deepartist.training.train_siamese import siamese_task
from deepartist.training.validation import draw_validation, validation_loss
from trainings import CPU


@pytest.mark.parametrize("alone", [[0, 1, 2, 3, 4], [2], []])
def test_only_artists_with_one_validation_song_bring_their_training_songs(data, alone):
    is_valid = data.is_valid.copy()
    is_valid[[artist * 6 + 4 for artist in alone]] = False  # the first of their two
    partly = data._replace(is_valid=is_valid)
    artists = torch.from_numpy(artist_classes(partly.song_labels)[1])
    task = siamese_task(artists, 4, lambda features, artists: softmax_loss(features))
    generator = torch.Generator().manual_seed(0)
    targets, rows = draw_validation(task, make_songs(partly, CPU), partly, 3, generator)
    drawn, starts = rows // 1291, rows % 1291
    assert drawn.shape == (3 * is_valid.sum(), 6)
    assert (starts <= torch.from_numpy(partly.frames)[drawn] - 129).all()
    assert torch.equal(targets, artists[drawn])
    assert drawn[:, 0].tolist() == 3 * np.flatnonzero(is_valid).tolist()
    assert torch.equal(artists[drawn[:, 1]], artists[drawn[:, 0]])
    assert not (artists[drawn[:, 2:]] == artists[drawn[:, :1]]).any()
    from_training = ~torch.from_numpy(is_valid)[drawn]
    assert set(artists[drawn[from_training]].tolist()) <= set(alone)
    assert bool(from_training.any()) == bool(alone)


def cross_entropy(head, features, artists):
    return cross_entropy_loss(head(features), artists)


def make_model(data, kind):
    artists = torch.from_numpy(artist_classes(data.song_labels)[1])
    if kind == "siamese":
        task = siamese_task(artists, 4, lambda features, artists: hinge_loss(features, 0.4))
    else:
        task = basic_task(artists, cross_entropy)
    model = torch.nn.ModuleDict({"encoder": Encoder()})
    if task.head:
        model["head"] = task.head
    initialise(model, torch.Generator().manual_seed(0))
    for block in model["encoder"].blocks:  # statistics that are not those of a batch
        block.norm.running_mean.fill_(0.1)
        block.norm.running_var.fill_(1.5)
    return model.train(), task


@pytest.mark.parametrize("kind", ["basic", "siamese"])
def test_the_loss_is_the_mean_over_anchors_one_by_one(data, kind, monkeypatch):
    model, task = make_model(data, kind)
    songs = make_songs(data, CPU)
    generator = torch.Generator().manual_seed(0)
    drawn = draw_validation(task, songs, data, 2, generator)
    monkeypatch.setattr(validation, "SEGMENTS_AT_A_TIME", {"cpu": 13})  # the last batch is smaller
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    loss = validation_loss(model, task, songs, drawn, "float32")
    assert not model.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())

    model.eval()
    losses = []
    with torch.no_grad():
        for target, rows in zip(*drawn, strict=True):
            segments = torch.stack(
                [data.mels[row // 1291, row % 1291 :][:129].double() for row in rows.tolist()]
            )
            standardised = (segments - data.input_mean) / data.input_std
            features = model["encoder"](standardised.float())
            if kind == "basic":
                logits = model["head"](features[0]).double()
                losses.append(float(logits.exp().sum().log() - logits[target]))
            else:
                unit = features / features.norm(dim=1, keepdim=True)
                cosines = (unit[1:] @ unit[0]).tolist()
                losses.append(sum(max(0, 0.4 - cosines[0] + other) for other in cosines[1:]))
    assert float(loss) == pytest.approx(np.mean(losses), rel=1e-5)
    assert len(losses) == 2 * data.is_valid.sum()
