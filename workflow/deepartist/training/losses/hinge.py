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


def hinge_loss(features: Tensor, margin: float) -> Tensor:
    """Compute the max-margin hinge loss, summed over negatives and batch (equation 2).

    Parameters
    ----------
    features : Tensor [shape=(B, 2 + K, D)]
        Of each anchor a, its positive p and its negatives n.
    margin : float
        In units of cosine similarity.

    Returns
    -------
    Tensor [shape=()]
        Sum of ``max(0, margin - cos(a, p) + cos(a, n))``.
    """
    scores = relevance_scores(features)
    positive, negatives = torch.split(scores, [1, scores.shape[1] - 1], dim=1)
    return torch.relu(margin - positive + negatives).sum()
