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
from deepartist.training.command import loss_module, parse_options, train_model
from deepartist.training.losses.relevance import RelevanceLoss
from deepartist.training.positives import draws_of_positives
from deepartist.training.sampling import artist_blocks, draw_negatives
from deepartist.training.songs import TrainingData, album_numbers, artist_classes
from deepartist.training.tasks import Draw, Task


def make_task(
    data: TrainingData, settings: Mapping[str, Any], device: torch.device
) -> tuple[list[str], Task]:
    """Return the artists' names, and the task made from the artist and album of each song."""
    names, artists = artist_classes(data.song_labels)
    # Imported by name: so the fingerprint holds only the loss that is used, and an edit of another
    # loss does not train the model again.
    module = importlib.import_module(f"deepartist.{loss_module(settings)}")
    return names, siamese_task(
        torch.from_numpy(artists).to(device),
        settings["negatives"],
        module.make_loss(settings),
        settings["positives"],
        torch.from_numpy(album_numbers(data)).to(device),
    )


def siamese_task(
    artists: Tensor,
    negatives: int,
    relevance_loss: RelevanceLoss,
    positives: Sequence[str] = ("artist",),
    albums: Tensor | None = None,
) -> Task:
    """Make the task of scoring songs by the anchor's artist above songs by others.

    Parameters
    ----------
    artists : Tensor [shape=(N,), dtype=int64]
        Artist of each song. Songs of an artist are side by side, here and in every pool.
    negatives : int
        Number of songs by other artists per anchor.
    relevance_loss : callable
        See `losses.relevance.RelevanceLoss`.
    positives : sequence of str
        What each anchor has a positive of; see `positives.draws_of_positives`.
    albums : Tensor [shape=(N,), dtype=int64], optional
        Album of each song, a number of its own where it is not known; by default no album is known.

    Returns
    -------
    Task
        Drawing from a pool raises InputError if an artist has one song there, or if there are fewer
        songs by others than negatives.
    """
    albums = torch.arange(len(artists), device=artists.device) if albums is None else albums

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
        draws = draws_of_positives(positives, artists[pool], albums[pool])

        def draw(anchors: Tensor, generator: torch.Generator) -> Tensor:
            drawn = [of_kind(anchors, generator)[:, None] for of_kind in draws]
            drawn.append(draw_negatives(anchors, first, count, negatives, generator))
            return pool[torch.cat([anchors[:, None], *drawn], dim=1)]

        return draw

    return Task(
        drawing_from=drawing_from,
        targets=lambda songs: artists[songs],
        loss=relevance_loss,
        head=None,
        summed=True,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Train one Siamese model from a split and the shards of its clips."""
    options = parse_options("siamese", main.__doc__, argv)
    train_model(options, make_task, modules=[loss_module(options.settings)])


if __name__ == "__main__":
    stage.run(main)
