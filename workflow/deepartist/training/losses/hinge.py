"""The hinge loss of the Siamese model (equation 2; authors' code)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from deepartist.training.losses.relevance import RelevanceLoss, relevance_scores


def make_loss(settings: Mapping[str, Any]) -> RelevanceLoss:
    """Make the loss with the margin of the block ``train_siamese`` of the config schema."""
    return partial(hinge_loss, margin=settings["margin"])


def hinge_loss(anchor: Tensor, positive: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Compute the max-margin hinge loss, summed over negatives and batch (equation 2).

    Parameters
    ----------
    anchor, positive : Tensor [shape=(B, D)]
    negatives : Tensor [shape=(B, K, D)]
    margin : float
        In units of cosine similarity.

    Returns
    -------
    Tensor [shape=()]
        Sum of ``max(0, margin - cos(a, p) + cos(a, n))``.
    """
    scores = relevance_scores(anchor, positive, negatives)
    return torch.relu(margin - scores[:, :1] + scores[:, 1:]).sum()
