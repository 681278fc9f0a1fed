"""The hinge loss of the Siamese model (equation 2; authors' code)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from deepartist.training.losses.relevance import RelevanceLoss, relevance_scores


def make_loss(settings: Mapping[str, Any]) -> RelevanceLoss:
    """Make the loss with the margin of the block ``train_siamese`` of the config schema."""
    margin, n_positives = settings["margin"], len(settings["positives"])
    return lambda features, artists: hinge_loss(features, margin, n_positives)


def hinge_loss(features: Tensor, margin: float, n_positives: int = 1) -> Tensor:
    """Compute the max-margin hinge loss, summed over negatives and batch (equation 2).

    Parameters
    ----------
    features : Tensor [shape=(B, P + 1 + K, D)]
        Of each anchor a, its positives p and its negatives n.
    margin : float
        In units of cosine similarity.
    n_positives : int > 0
        P. The paper has one.

    Returns
    -------
    Tensor [shape=()]
        Sum of ``max(0, margin - cos(a, p) + cos(a, n))`` over all pairs of p and n.
    """
    scores = relevance_scores(features)
    positives, negatives = torch.split(scores, [n_positives, scores.shape[1] - n_positives], dim=1)
    if n_positives > 1:
        positives, negatives = positives.unsqueeze(2), negatives.unsqueeze(1)
    return torch.relu(margin - positives + negatives).sum()
