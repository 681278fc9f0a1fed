"""Cosine softmax with a margin, for the basic model (Wang et al., "CosFace", CVPR 2018).

The library pytorch-metric-learning has this loss, too, and a test compares the two. There, the
output layer is part of the loss, and not of the model that is saved and resumed.
"""

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from deepartist.training.losses.classes import ArtistLoss


def make_loss(settings: Mapping[str, Any]) -> ArtistLoss:
    """Make the loss with the scale and the margin of the block ``train_basic``."""

    def loss(head: nn.Linear, features: Tensor, artists: Tensor) -> Tensor:
        return cosine_loss(features, head.weight, artists, settings["scale"], settings["margin"])

    return loss


def cosine_loss(
    features: Tensor, weights: Tensor, artists: Tensor, scale: float, margin: float
) -> Tensor:
    """Compute the softmax cross entropy over scaled cosines, mean over the batch.

    The logit of an artist is ``scale · cos(features, weights)``; that of the right artist is
    ``scale · (cos - margin)``.

    Parameters
    ----------
    features : Tensor [shape=(B, D)]
    weights : Tensor [shape=(A, D)]
        One vector per artist; the bias of the output layer is not used.
    artists : Tensor [shape=(B,), dtype=int64]
        Index of each song's artist.
    scale : float > 0
    margin : float
        In units of cosine similarity.

    Returns
    -------
    Tensor [shape=()]
    """
    cosines = F.linear(F.normalize(features, dim=1), F.normalize(weights, dim=1))
    margins = margin * F.one_hot(artists, len(weights))
    return F.cross_entropy(scale * (cosines - margins), artists)
