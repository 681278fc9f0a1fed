"""The loss of the basic model: softmax cross entropy over artists (section 2.1; authors' code)."""

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from deepartist.training.losses.classes import ArtistLoss


def make_loss(settings: Mapping[str, Any]) -> ArtistLoss:
    """Return the loss, which has no settings."""

    def loss(head: nn.Linear, features: Tensor, artists: Tensor) -> Tensor:
        return cross_entropy_loss(head(features), artists)

    return loss


def cross_entropy_loss(logits: Tensor, artists: Tensor) -> Tensor:
    """Compute the softmax cross entropy over artists, mean over the batch.

    Parameters
    ----------
    logits : Tensor [shape=(B, A)]
        One logit per artist.
    artists : Tensor [shape=(B,), dtype=int64]
        Index of each song's artist.

    Returns
    -------
    Tensor [shape=()]
    """
    return F.cross_entropy(logits, artists)
