"""The basic model, which classifies artists with one output per artist (section 2.1).

``python -m deepartist.training.train_basic`` trains one from a split and the shards of its clips.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from deepartist.models.encoder import make_head
from deepartist.process import stage
from deepartist.training.command import loss_module, parse_options, train_model
from deepartist.training.losses.classes import ArtistLoss
from deepartist.training.songs import TrainingData, artist_classes
from deepartist.training.tasks import Task, draw_anchors_only


def make_task(
    data: TrainingData, settings: Mapping[str, Any], device: torch.device
) -> tuple[list[str], Task]:
    """Return the artists' names, and the task made from the artist of each song."""
    names, artists = artist_classes(data.song_labels)
    # Imported by name: so the fingerprint holds only the loss that is used, and an edit of another
    # loss does not train the model again.
    artist_loss = importlib.import_module(f"deepartist.{loss_module(settings)}")
    return names, basic_task(torch.from_numpy(artists).to(device), artist_loss.make_loss(settings))


def basic_task(artists: Tensor, artist_loss: ArtistLoss) -> Task:
    """Make the task of classifying artists; `artists` (N,) int64 are numbered from 0."""
    head = make_head(int(artists.max()) + 1).to(artists.device)
    return Task(
        drawing_from=draw_anchors_only,
        targets=lambda songs: artists[songs[:, 0]],
        loss=lambda features, targets: artist_loss(head, features.squeeze(1), targets),
        head=head,
        summed=False,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Train one basic model from a split and the shards of its clips."""
    options = parse_options("basic", main.__doc__, argv)
    train_model(options, make_task, modules=[loss_module(options.settings)])


if __name__ == "__main__":
    stage.run(main)
