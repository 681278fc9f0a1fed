"""Trainings of each kind of model from songs in memory."""

import importlib

import torch

from deepartist.config.settings import parse_settings
from deepartist.training.fit import fit

CPU = torch.device("cpu")
KINDS = ("basic", "siamese", "tag")


def stage_of(kind):
    """The module that trains a kind of model."""
    return importlib.import_module(f"deepartist.training.train_{kind}")


def settings_of(kind, **changes):
    """Settings of a kind for a few songs, without dropout where it is not given."""
    words = [f"{key}={value}" for key, value in changes.items()]
    return parse_settings(["batch_size=4", "dropout=0", *words], f"train_{kind}")


def train(kind, data, *, seed=0, state_path=None, state_key="", **changes):
    """Train a model with the settings of `settings_of`."""
    return fit(
        kind,
        stage_of(kind).make_task,
        data,
        settings_of(kind, **changes),
        seed=seed,
        device=CPU,
        state_path=state_path,
        state_key=state_key,
    )
