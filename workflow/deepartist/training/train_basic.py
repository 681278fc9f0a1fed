"""The basic model, which classifies artists with one output per artist (section 2.1).

``python -m deepartist.training.train_basic`` trains one from a split and the shards of its clips.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from deepartist.models.encoder import make_head
from deepartist.process import stage
from deepartist.training.command import parse_options, train_model
from deepartist.training.losses.artist import artist_loss
from deepartist.training.songs import artist_classes
from deepartist.training.tasks import Task, draw_anchors_only


def make_task(
    song_labels: Sequence[str], settings: Mapping[str, Any], device: torch.device
) -> tuple[list[str], Task]:
    """Return the artists' names, and the task made from the artist of each song."""
    names, artists = artist_classes(song_labels)
    return names, basic_task(torch.from_numpy(artists).to(device))


def basic_task(artists: Tensor) -> Task:
    """Make the task of classifying artists; `artists` (N,) int64 are numbered from 0."""
    head = make_head(int(artists.max()) + 1).to(artists.device)
    return Task(
        drawing_from=draw_anchors_only,
        targets=lambda anchors: artists[anchors],
        loss=lambda features, targets: artist_loss(head(features.squeeze(1)), targets),
        head=head,
        summed=False,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Train one basic model from a split and the shards of its clips."""
    train_model(parse_options("basic", main.__doc__, argv), make_task)


if __name__ == "__main__":
    stage.run(main)
