"""Everything that changes while a model is trained, and how it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from deepartist.training.schedule import Schedule


@dataclass
class State:
    """Everything that changes while a model is trained, except the random state of dropout.

    Attributes
    ----------
    model : nn.ModuleDict
        ``encoder``, and ``head`` if the task has one.
    optimizer : torch.optim.SGD
    generator : torch.Generator
        Draws the order of songs, crops and samples, on the device that trains.
    schedule : Schedule
    total_loss : Tensor [shape=()]
        Sum of the losses of the epoch's steps. Each step adds to it in place.
    history : list of dict
        The line of ``history.csv`` for each epoch.
    best_weights : dict of str to Tensor
        Weights of the epoch with the lowest validation loss.
    order : Tensor [shape=(steps · batch size,), dtype=int64] or None
        The epoch's anchors, as positions among the training songs; None between two epochs.
    steps_done : int
        Number of steps of the epoch that are done.
    """

    model: nn.ModuleDict
    optimizer: torch.optim.SGD
    generator: torch.Generator
    schedule: Schedule
    total_loss: Tensor
    history: list[dict[str, float]] = field(default_factory=list)
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    order: Tensor | None = None
    steps_done: int = 0


def pack(state: State) -> dict[str, Any]:
    """Convert a state to tensors and plain values, from which `unpack` restores it."""
    return {
        "model": state.model.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "generator": state.generator.get_state(),
        "global_rng": _global_rng(state.generator.device),
        "schedule": state.schedule._asdict(),
        "total_loss": float(state.total_loss),
        "history": state.history,
        "best_weights": state.best_weights,
        "order": state.order,
        "steps_done": state.steps_done,
    }


def unpack(packed: Mapping[str, Any], state: State) -> None:
    """Overwrite a state, in place, with the values that `pack` returned."""
    state.model.load_state_dict(packed["model"])
    state.optimizer.load_state_dict(packed["optimizer"])
    state.generator.set_state(packed["generator"])
    _set_global_rng(packed["global_rng"], state.generator.device)
    state.schedule = Schedule(**packed["schedule"])
    state.total_loss.fill_(packed["total_loss"])
    state.history, state.best_weights = packed["history"], packed["best_weights"]
    state.order, state.steps_done = packed["order"], packed["steps_done"]


def _global_rng(device: torch.device) -> Tensor:
    """Return the state of the generator that dropout draws from."""
    return torch.cuda.get_rng_state() if device.type == "cuda" else torch.get_rng_state()


def _set_global_rng(state: Tensor, device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state)
    else:
        torch.set_rng_state(state)
