"""What a kind of model tells the training: which songs a batch needs, and what the loss is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

# (anchors (B,), generator) -> songs (B, M); see `Task`
Draw = Callable[[Tensor, torch.Generator], Tensor]


class Task(NamedTuple):
    """What one model learns.

    Attributes
    ----------
    drawing_from : callable
        ``pool (P,) -> draw``: given the songs that may be drawn, a function
        ``draw(anchors (B,), generator) -> songs (B, M)``, the songs whose segments a batch needs,
        the anchors themselves first. Anchors are positions in the pool.
    loss : callable
        ``(features (B, M, 256), anchor songs (B,)) -> scalar``.
    head : nn.Linear or None
        The output layer that is trained with the encoder.
    summed : bool
        Whether the loss is a sum over the batch, not a mean.
    """

    drawing_from: Callable[[Tensor], Draw]
    loss: Callable[[Tensor, Tensor], Tensor]
    head: nn.Linear | None
    summed: bool


# (label of each song, settings, device) -> names of the classes, task. See `songs.TrainingData`
# for the labels. Weights of a head are drawn here, so it must be called after the seed is set.
MakeTask = Callable[[Sequence[str], Mapping[str, Any], torch.device], tuple[list[str], Task]]


def draw_anchors_only(pool: Tensor) -> Draw:
    """Make the draw of a task that needs no songs beside the anchors: (B,) to (B, 1)."""
    return lambda anchors, generator: pool[anchors][:, None]
