"""The tag model, which predicts the tags of a song with one output per tag (section 2.3).

``python -m deepartist.training.train_tag`` trains one from a split and the shards of its clips.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from deepartist.models.encoder import make_head
from deepartist.process import stage
from deepartist.training.command import parse_options, train_model
from deepartist.training.losses.tag import tag_loss
from deepartist.training.songs import TrainingData, tag_vectors
from deepartist.training.tasks import Task, draw_anchors_only


def make_task(
    data: TrainingData, settings: Mapping[str, Any], device: torch.device
) -> tuple[list[str], Task]:
    """Return the tags' names, and the task made from the tags of each song."""
    names, tags = tag_vectors(data.song_labels)
    return names, tag_task(torch.from_numpy(tags).to(device))


def tag_task(tags: Tensor) -> Task:
    """Make the task of predicting tags; `tags` (N, T) float32 are 0 or 1."""
    head = make_head(tags.shape[1]).to(tags.device)
    return Task(
        drawing_from=draw_anchors_only,
        targets=lambda songs: tags[songs[:, 0]],
        loss=lambda features, targets: tag_loss(head(features.squeeze(1)), targets),
        head=head,
        summed=False,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Train one tag model from a split and the shards of its clips."""
    train_model(parse_options("tag", main.__doc__, argv), make_task)


if __name__ == "__main__":
    stage.run(main)
