"""What a kind of model has to define for training: the songs of a batch, and the loss."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from deepartist.training.songs import TrainingData

# Called with (anchors (B,), generator), returns songs (B, M); see `Task`.
Draw = Callable[[Tensor, torch.Generator], Tensor]


class Task(NamedTuple):
    """The task that a model learns.

    Attributes
    ----------
    drawing_from : callable
        ``pool (P,) -> draw``. From the songs that may be drawn, it makes a function
        ``draw(anchors (B,), generator) -> songs (B, M)`` that returns the songs of a batch: first
        the anchor itself, then songs that it is compared with. Anchors are positions in the pool.
    targets : callable
        ``songs (n, M) -> targets (n, ...)``: what the loss needs to know of the songs of a draw.
    loss : callable
        ``(features (B, M, 256), targets (B, ...)) -> scalar``.
    head : nn.Linear or None
        The output layer that is trained with the encoder, if there is one.
    summed : bool
        Whether the loss is the sum over the batch instead of the mean.
    """

    drawing_from: Callable[[Tensor], Draw]
    targets: Callable[[Tensor], Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]
    head: nn.Linear | None
    summed: bool


# Called with (songs, settings, device), returns the names of the classes and the task.
MakeTask = Callable[[TrainingData, Mapping[str, Any], torch.device], tuple[list[str], Task]]


def draw_anchors_only(pool: Tensor) -> Draw:
    """Make a function `draw` for tasks that need no songs besides the anchors: (B,) to (B, 1)."""
    return lambda anchors, generator: pool[anchors][:, None]
