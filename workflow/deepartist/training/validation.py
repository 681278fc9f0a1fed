"""The validation loss of an epoch, over songs and segments that are drawn once for all epochs."""

from collections import Counter
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from deepartist.models.encoder import Encoder
from deepartist.training.sampling import cut_segments, first_rows, random_starts
from deepartist.training.songs import TrainingData
from deepartist.training.steps import Songs, encode
from deepartist.training.tasks import Task

# Segments that are encoded at a time: on a CPU, as many as its cache serves well.
SEGMENTS_AT_A_TIME = {"cpu": 16, "cuda": 4096}


class Validation(NamedTuple):
    """What all epochs are validated on.

    Attributes
    ----------
    targets : Tensor [shape=(V, ...)]
        What the loss needs to know of the songs of each draw, on the device that trains.
    rows : Tensor [shape=(V, M), dtype=int64]
        First frame of the segment of each anchor and of the songs that it is compared with, on the
        device of the log-mels; see `sampling.first_rows`.
    """

    targets: Tensor
    rows: Tensor


def draw_validation(
    task: Task, songs: Songs, data: TrainingData, crops: int, generator: torch.Generator
) -> Validation:
    """Draw the songs and segments that all epochs are validated on.

    Every validation song is the anchor of `crops` draws.

    Positives and negatives are validation songs. If an artist has only one (with 10,000 artists,
    all have only one), the artist's training songs are drawn from, too, so that there is a
    positive.
    """
    n_valid = Counter(
        label for label, is_valid in zip(data.song_labels, data.is_valid, strict=True) if is_valid
    )
    in_pool = data.is_valid | [n_valid[label] == 1 for label in data.song_labels]
    pool = torch.from_numpy(in_pool.nonzero()[0])
    anchors = torch.from_numpy(data.is_valid[in_pool].nonzero()[0]).repeat(crops)
    device = songs.frames.device
    drawn = task.drawing_from(pool.to(device))(anchors.to(device), generator)
    rows = first_rows(drawn, random_starts(songs.frames[drawn], generator))
    return Validation(task.targets(drawn), rows.to(songs.mels.device))


@torch.inference_mode()
def validation_loss(
    model: nn.ModuleDict, task: Task, songs: Songs, validation: Validation, precision: str
) -> Tensor:
    """Compute the mean loss over the anchors from `draw_validation`, a scalar on the device.

    The program does not wait for it. The model is left in evaluation mode.
    """
    device = songs.frames.device
    batch_size = max(1, SEGMENTS_AT_A_TIME[device.type] // validation.rows.shape[1])
    model.eval()
    total = torch.zeros((), device=device)
    for targets, rows in zip(*(torch.split(part, batch_size) for part in validation), strict=True):
        segments = cut_segments(songs.mels, rows).to(device)
        features = encode(cast(Encoder, model["encoder"]), segments, songs, precision)
        loss = task.loss(features, targets)
        total += loss if task.summed else loss * len(rows)
    return total / len(validation.rows)
