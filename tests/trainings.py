"""Trainings of each kind of model from songs in memory."""

import importlib
import json

import numpy as np
import torch

from deepartist.config.settings import parse_settings
from deepartist.training import fit as training
from deepartist.training.fit import Run, fit
from deepartist.training.songs import TrainingData

CPU = torch.device("cpu")
KINDS = ("basic", "siamese", "tag")


def stage_of(kind):
    """The module that trains a kind of model."""
    return importlib.import_module(f"deepartist.training.train_{kind}")


def songs_with(labels, albums=()):
    """Songs that have labels, and albums if they are given, but no sound."""
    n = len(labels)
    frames, is_valid = np.full(n, 1291), np.zeros(n, bool)
    return TrainingData(torch.zeros(n, 1291, 1), frames, labels, is_valid, 0.0, 1.0, albums)


def settings_of(kind, **changes):
    """Settings of a kind for a few songs, without dropout where it is not given."""
    words = [f"{key}={json.dumps(value)}" for key, value in changes.items()]
    return parse_settings(["batch_size=4", "dropout=0", *words], f"train_{kind}")


def train_seeds(
    kind, data, seeds, *, states=None, state_key="", device=CPU, initial=None, **changes
):
    """Train a model for each seed with the settings of `settings_of`; states are in a folder."""
    return fit(
        kind,
        stage_of(kind).make_task,
        lambda: data._replace(mels=data.mels.to(device)),
        settings_of(kind, **changes),
        [Run(seed, states and states / f"seed-{seed}.pt", state_key) for seed in seeds],
        device,
        initial,
    )


def train(kind, data, *, seed=0, **changes):
    """Train a model with the settings of `settings_of`."""
    return train_seeds(kind, data, [seed], **changes)[0]


def same(one, other):
    """Whether two results are the same, bit by bit; their histories must be."""
    assert one.history == other.history
    return same_weights(one, other)


def same_weights(one, other):
    """Whether two models are the same, bit by bit."""
    assert one.weights.keys() == other.weights.keys()
    return all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def die_at_save(patched, number):
    """Interrupt the training just after a state was saved for the nth time."""
    save, saves = training.save_checkpoint, []

    def save_and_die(*arguments):
        save(*arguments)
        saves.append(arguments)
        if len(saves) == number:
            raise KeyboardInterrupt

    patched.setattr(training, "save_checkpoint", save_and_die)
    return saves
