"""Everything that changes while a model is trained, and how it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from deepartist.training.schedule import Schedule


@dataclass
class State:
    """Everything that changes while a model is trained.

    Attributes
    ----------
    model : nn.ModuleDict
        ``encoder``, and ``head`` if the task has one.
    optimizer : torch.optim.SGD
        From `steps.make_optimizer`.
    generator : torch.Generator
        Draws the epochs and the dropout, on the device that trains.
    total_loss : Tensor [shape=()]
        Sum of the losses of the epoch's steps, on the device that trains.
    schedule : Schedule
    labels : list of str
        Names of the classes or tags; see `tasks.MakeTask`.
    history : list of dict
        The line of ``history.csv`` for each epoch.
    best_weights : dict of str to Tensor
        Weights of the epoch with the lowest validation loss.
    epoch_draws : Tensor or None
        State of the generator from which the epoch that is being trained was drawn; None between
        two epochs.
    steps_done : int
        Number of steps of the epoch that are done.
    """

    model: nn.ModuleDict
    optimizer: torch.optim.SGD
    generator: torch.Generator
    total_loss: Tensor
    schedule: Schedule
    labels: list[str]
    history: list[dict[str, float]] = field(default_factory=list)
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    epoch_draws: Tensor | None = None
    steps_done: int = 0


def tensors_of_steps(state: State) -> dict[str, Tensor]:
    """Name all tensors that a step changes, which it does in place."""
    velocities = {
        f"velocity.{name}": state.optimizer.state[parameter]["momentum_buffer"]
        for name, parameter in state.model.named_parameters()
        if parameter.requires_grad
    }
    weights = {f"model.{name}": tensor for name, tensor in state.model.state_dict().items()}
    return weights | velocities | {"total_loss": state.total_loss}


def pack(state: State) -> dict[str, Any]:
    """Convert a state to tensors and plain values, from which `unpack` restores it."""
    return {
        "tensors": tensors_of_steps(state),
        "generator": state.generator.get_state(),
        "schedule": state.schedule._asdict(),
        "labels": state.labels,
        "history": state.history,
        "best_weights": state.best_weights,
        "epoch_draws": state.epoch_draws,
        "steps_done": state.steps_done,
    }


def unpack(packed: Mapping[str, Any], state: State) -> None:
    """Overwrite a state, in place, with the values that `pack` returned.

    The tensors stay where they are, because recorded steps read and write them there.
    """
    with torch.no_grad():
        for name, tensor in tensors_of_steps(state).items():
            tensor.copy_(packed["tensors"][name])
    state.generator.set_state(packed["generator"])
    state.schedule = Schedule(**packed["schedule"])
    state.history, state.best_weights = packed["history"], packed["best_weights"]
    state.epoch_draws, state.steps_done = packed["epoch_draws"], packed["steps_done"]
