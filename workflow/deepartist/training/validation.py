"""The validation loss of an epoch, over songs and segments that are drawn once for all epochs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from deepartist.models.encoder import Encoder
from deepartist.training.sampling import random_starts
from deepartist.training.songs import TrainingData
from deepartist.training.steps import Songs, encode
from deepartist.training.tasks import Task


def draw_validation(
    task: Task, songs: Songs, data: TrainingData, crops: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the songs (V, M) and first frames (V, M) that all epochs are validated on.

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
    return drawn, random_starts(songs.frames[drawn], generator)


@torch.inference_mode()
def validation_loss(
    model: nn.ModuleDict,
    task: Task,
    songs: Songs,
    validation: tuple[Tensor, Tensor],
    settings: Mapping[str, Any],
) -> float:
    """Compute the mean loss over the songs and segments from `draw_validation`."""
    model.eval()
    encoder = cast(Encoder, model["encoder"])
    total = 0.0
    batches = (torch.split(part, settings["batch_size"]) for part in validation)
    for drawn, starts in zip(*batches, strict=True):
        features = encode(encoder, songs, drawn, starts, settings["precision"])
        loss = float(task.loss(features, drawn[:, 0]))
        total += loss if task.summed else loss * len(drawn)
    return total / len(validation[0])
