"""The Siamese model, which puts songs of an artist closer together than others (section 2.2).

``python -m deepartist.training.train_siamese`` trains one from a split and the shards of its clips.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.training.command import parse_options, train_model
from deepartist.training.losses.relevance import RelevanceLoss
from deepartist.training.sampling import artist_blocks, draw_negatives, draw_positives
from deepartist.training.songs import artist_classes
from deepartist.training.tasks import Draw, Task


def make_task(
    song_labels: Sequence[str], settings: Mapping[str, Any], device: torch.device
) -> tuple[list[str], Task]:
    """Return the artists' names, and the task made from the artist of each song."""
    names, artists = artist_classes(song_labels)
    # Imported by name: so the fingerprint holds only the loss that is used, and an edit of another
    # loss does not train the model again.
    module = importlib.import_module(f"deepartist.{loss_module(settings)}")
    relevance_loss: RelevanceLoss = module.make_loss(settings)
    artists_on_device = torch.from_numpy(artists).to(device)
    return names, siamese_task(artists_on_device, settings["negatives"], relevance_loss)


def loss_module(settings: Mapping[str, Any]) -> str:
    """Return the module of the loss, without the package's name: ``training.losses.hinge``."""
    return f"training.losses.{settings['loss']}"


def siamese_task(artists: Tensor, negatives: int, relevance_loss: RelevanceLoss) -> Task:
    """Make the task of scoring songs by the anchor's artist above songs by others.

    Parameters
    ----------
    artists : Tensor [shape=(N,), dtype=int64]
        Artist of each song. Songs of an artist are side by side, here and in every pool.
    negatives : int
        Number of songs by other artists per anchor.
    relevance_loss : callable
        See `losses.relevance.RelevanceLoss`.
    """

    def drawing_from(pool: Tensor) -> Draw:
        first, count = artist_blocks(artists[pool])
        others = len(pool) - int(count.max())
        if int(count.min()) < 2:
            raise InputError("the Siamese model needs two songs by each artist, for positives")
        if others < negatives:
            raise InputError(
                f"training.siamese.negatives: is {negatives}, but for an artist there are only "
                f"{others} songs by others; lower it or take more artists"
            )

        def draw(anchors: Tensor, generator: torch.Generator) -> Tensor:
            positives = draw_positives(anchors, first, count, generator)
            drawn = draw_negatives(anchors, first, count, negatives, generator)
            return pool[torch.cat([anchors[:, None], positives[:, None], drawn], dim=1)]

        return draw

    return Task(
        drawing_from=drawing_from,
        targets=lambda anchors: anchors,  # the loss compares the songs of a draw, and needs none
        loss=lambda features, targets: relevance_loss(features),
        head=None,
        summed=True,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Train one Siamese model from a split and the shards of its clips."""
    options = parse_options("siamese", main.__doc__, argv)
    train_model(options, make_task, modules=[loss_module(options.settings)])


if __name__ == "__main__":
    stage.run(main)
