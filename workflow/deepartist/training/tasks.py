"""What each kind of model learns from a batch: which songs it looks at, and its loss."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from deepartist.models.encoder import make_head
from deepartist.process.errors import InputError
from deepartist.training.losses import artist_loss, tag_loss
from deepartist.training.sampling import artist_blocks, draw_negatives, draw_positives

Draw = Callable[[Tensor, torch.Generator], Tensor]
RelevanceLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


class Task(NamedTuple):
    """One kind of model.

    Attributes
    ----------
    drawing_from : callable
        ``pool (P,) -> draw``: given the songs that may be drawn, a function
        ``draw(anchors (B,), generator) -> songs (B, M)``, the songs whose segments a batch needs,
        the anchors themselves first. Anchors are positions in the pool.
    loss : callable
        ``(features (B, M, 256), anchor songs (B,)) -> scalar``.
    head : nn.Linear or None
        The output layer that is trained with the encoder.
    summed : bool
        Whether the loss is a sum over the batch, not a mean.
    """

    drawing_from: Callable[[Tensor], Draw]
    loss: Callable[[Tensor, Tensor], Tensor]
    head: nn.Linear | None
    summed: bool


def basic_task(artists: Tensor) -> Task:
    """Classify artists (section 2.1): artists (N,) int64 from 0."""
    head = make_head(int(artists.max()) + 1).to(artists.device)
    return Task(
        drawing_from=_anchors_only,
        loss=lambda features, songs: artist_loss(head(features[:, 0]), artists[songs]),
        head=head,
        summed=False,
    )


def tag_task(tags: Tensor) -> Task:
    """Predict tags (section 2.3): tags (N, T) float32 of 0 and 1."""
    head = make_head(tags.shape[1]).to(tags.device)
    return Task(
        drawing_from=_anchors_only,
        loss=lambda features, songs: tag_loss(head(features[:, 0]), tags[songs]),
        head=head,
        summed=False,
    )


def siamese_task(artists: Tensor, negatives: int, relevance_loss: RelevanceLoss) -> Task:
    """Bring songs of an artist closer than songs of others (section 2.2).

    Parameters
    ----------
    artists : Tensor [shape=(N,), dtype=int64]
        Songs of an artist lie side by side, here and in every pool.
    negatives : int
        Songs of other artists per anchor.
    relevance_loss : callable
        ``(anchor (B, D), positive (B, D), negatives (B, K, D)) -> scalar``, summed over the batch.
    """

    def drawing_from(pool: Tensor) -> Draw:
        first, count = artist_blocks(artists[pool])
        others = len(pool) - int(count.max())
        if int(count.min()) < 2:
            raise InputError("the Siamese model needs two songs of each artist, for positives")
        if others < negatives:
            raise InputError(
                f"training.siamese.negatives: is {negatives}, but an artist has only {others} "
                "songs of others beside it; lower it or take more artists"
            )

        def draw(anchors: Tensor, generator: torch.Generator) -> Tensor:
            positives = draw_positives(anchors, first, count, generator)
            drawn = draw_negatives(anchors, first, count, negatives, generator)
            return pool[torch.cat([anchors[:, None], positives[:, None], drawn], dim=1)]

        return draw

    return Task(
        drawing_from=drawing_from,
        loss=lambda features, songs: relevance_loss(
            features[:, 0], features[:, 1], features[:, 2:]
        ),
        head=None,
        summed=True,
    )


def _anchors_only(pool: Tensor) -> Draw:
    return lambda anchors, generator: pool[anchors][:, None]
