"""Where the segments of a step come from: songs on the device that trains, or in main memory."""

from collections.abc import Callable

import torch
from torch import Tensor

from deepartist.constants import MEL_BANDS, SEGMENT_FRAMES
from deepartist.training.sampling import cut_segments

# Called with (number of the step within its chunk, rows (B, M)), returns segments
# (B, M, 129, 128) float16 on the device that trains.
Cut = Callable[[int, Tensor], Tensor]
# Called before a chunk with the rows (steps, B, M) of all its segments.
Prepare = Callable[[Tensor], None]


def cutting_at_each_step(mels: Tensor) -> tuple[Prepare, Cut]:
    """Cut the segments of each step from songs on the device that trains.

    Parameters
    ----------
    mels : Tensor [shape=(N, 1291, 128), dtype=float16]
    """
    return lambda rows: None, lambda number, rows: cut_segments(mels, rows)


def cutting_before_each_chunk(
    mels: Tensor, shape: tuple[int, ...], device: torch.device
) -> tuple[Prepare, Cut]:
    """Cut the segments of a whole chunk from songs in main memory, and copy them to the device.

    The steps read them at the same place in each chunk, so they can be recorded. Each chunk waits
    for the one before.

    Parameters
    ----------
    mels : Tensor [shape=(N, 1291, 128), dtype=float16]
        In main memory, or memory-mapped.
    shape : tuple of int
        Steps of the largest chunk, B and M.
    device : torch.device
        The device that trains.
    """
    size = (*shape, SEGMENT_FRAMES, MEL_BANDS)
    on_device = torch.empty(size, dtype=mels.dtype, device=device)
    # A GPU copies twice as fast from pinned memory.
    on_host = torch.empty(size, dtype=mels.dtype, pin_memory=device.type == "cuda")

    def prepare(rows: Tensor) -> None:
        for segments, rows_of_step in zip(on_host, rows.cpu(), strict=False):
            segments.copy_(cut_segments(mels, rows_of_step))
        on_device[: len(rows)].copy_(on_host[: len(rows)])

    return prepare, lambda number, rows: on_device[number]
