"""The draws of a whole epoch, made at once on the device that trains (sections 2.2 and 3.3)."""

from typing import NamedTuple

import torch
from torch import Tensor

from deepartist.training.sampling import first_rows, random_starts
from deepartist.training.schedule import decayed_rates
from deepartist.training.tasks import Draw, Task


class Batches(NamedTuple):
    """What the S steps of an epoch, or of a part of it, are trained on.

    Attributes
    ----------
    rows : Tensor [shape=(S, B, M), dtype=int64]
        First frame of the segment of each anchor and of the songs that it is compared with; see
        `sampling.first_rows`.
    targets : Tensor [shape=(S, B, ...)]
        What the loss needs to know of the songs of each draw; see `tasks.Task.targets`.
    rates : Tensor [shape=(S,), dtype=float32]
        Learning rates.
    """

    rows: Tensor
    targets: Tensor
    rates: Tensor


def draw_epoch(
    task: Task,
    draw: Draw,
    pool_size: int,
    frames: Tensor,
    batch_size: int,
    generator: torch.Generator,
    *,
    learning_rate: float,
    decay: float,
    epochs_before: int,
) -> Batches:
    """Draw the anchors and segments of an epoch, and compute its learning rates.

    Every song of the pool is an anchor once. The first anchors fill up the last batch, because
    batch norm and a summed loss need full ones.

    Parameters
    ----------
    task : Task
    draw : callable
        From `task.drawing_from`.
    pool_size : int
        Number of songs in the pool of `draw`.
    frames : Tensor [shape=(N,), dtype=int64]
        Valid frames of each song.
    batch_size : int
        B, at most `pool_size`.
    generator : torch.Generator
        On the device of `frames`.
    learning_rate, decay : float
        See `schedule.decayed_rates`.
    epochs_before : int
        Number of epochs of the training before this one.
    """
    order = torch.randperm(pool_size, generator=generator, device=generator.device)
    order = torch.cat([order, order[: -pool_size % batch_size]])
    songs = draw(order, generator)  # (S · B, M)
    rows = first_rows(songs, random_starts(frames[songs], generator))
    steps = len(order) // batch_size
    numbers = torch.arange(steps, device=order.device, dtype=torch.float64) + epochs_before * steps
    return Batches(
        rows=rows.view(steps, batch_size, -1),
        targets=torch.unflatten(task.targets(songs), 0, (steps, batch_size)),
        rates=decayed_rates(learning_rate, decay, numbers),
    )
