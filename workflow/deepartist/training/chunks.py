"""The steps of an epoch in chunks, which a GPU records once and replays."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from deepartist.models.encoder import EMBEDDING_SIZE
from deepartist.training.augment import CHOICES, augmentations
from deepartist.training.epoch import Batches
from deepartist.training.recording import record
from deepartist.training.segments import cutting_at_each_step, cutting_before_each_chunk
from deepartist.training.state import State, tensors_of_steps
from deepartist.training.steps import Songs, make_step
from deepartist.training.tasks import Task

STEPS_OF_CHUNK = 50
SEGMENTS_OF_CHUNK = 4500  # at most, for what is cut before a chunk takes 33 kB a segment

# Called with (epoch, number of the chunk's first step within it, number of steps).
RunChunk = Callable[[Batches, int, int], None]


def chunks_of(epoch: Batches, steps_done: int) -> list[tuple[int, int]]:
    """Divide the steps of an epoch that are left into chunks: (first step, number of steps) each.

    A state is saved between two chunks only, so `steps_done` is a multiple of their size, and the
    chunks are those of an epoch that was not interrupted.
    """
    steps, size = len(epoch.rows), _steps_of_chunk(epoch)
    return [(first, min(size, steps - first)) for first in range(steps_done, steps, size)]


def _steps_of_chunk(epoch: Batches) -> int:
    """Return the number of steps of the largest chunk."""
    of_step = epoch.rows[0].numel()
    return min(STEPS_OF_CHUNK, max(1, SEGMENTS_OF_CHUNK // of_step))


def make_run_chunk(
    state: State, task: Task, songs: Songs, epoch: Batches, settings: Mapping[str, Any]
) -> RunChunk:
    """Make the function that trains on a chunk of an epoch.

    Parameters
    ----------
    state : State
        Changed in place; the model is in training mode.
    task : Task
    songs : Songs
        Those that the rows of `epoch` number.
    epoch : Batches
        An epoch, or another one of the same size.
    settings : mapping
        The block ``train_<kind>`` of the config schema. `dropout` is the probability that a feature
        is set to zero; the others are divided by 1 - dropout.
    """
    device = songs.frames.device
    # A recording reads and writes the same memory each time: that of the first chunk, which is the
    # largest. All that differs between chunks is copied or drawn there beforehand.
    size = _steps_of_chunk(epoch)
    chunk = Batches(*(tensor[:size].clone() for tensor in epoch))
    if songs.mels.device == device:
        prepare, cut = cutting_at_each_step(songs.mels)
    else:
        prepare, cut = cutting_before_each_chunk(songs.mels, chunk.rows.shape, device)
    dropout, changes = settings["dropout"], augmentations(settings, songs)
    # One number from 0 to 1 for each random choice of an augmentation.
    choices = torch.empty(*chunk.rows.shape, CHOICES, device=device) if changes else None

    def augment(number: int, segments: Tensor) -> Tensor:
        assert choices is not None
        for change in changes:
            segments = change(segments, choices[number])
        return segments

    factors = torch.empty(*chunk.rows.shape, EMBEDDING_SIZE, device=device) if dropout else None
    step = make_step(
        state.model,
        task,
        songs,
        state.optimizer,
        chunk,
        cut,
        factors,
        state.total_loss,
        settings,
        augment if changes else None,
    )

    @cache
    def running(steps: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(steps):
                step(number)

        changing = list(tensors_of_steps(state).values())
        return record(run, lambda: step(0), changing, device)

    def run_chunk(epoch: Batches, first: int, steps: int) -> None:
        for tensor, of_epoch in zip(chunk, epoch, strict=True):
            tensor[:steps].copy_(of_epoch[first : first + steps])
        prepare(chunk.rows[:steps])
        if choices is not None:
            choices[:steps].uniform_(generator=state.generator)
        if factors is not None:
            factors[:steps].bernoulli_(1 - dropout, generator=state.generator).div_(1 - dropout)
        running(steps)()

    return run_chunk
