"""The softmax loss of the Siamese model, which the paper tried and dropped (section 2.2)."""

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from deepartist.training.losses.relevance import RelevanceLoss, relevance_scores


def make_loss(settings: Mapping[str, Any]) -> RelevanceLoss:
    """Return the loss, which has no settings."""
    return softmax_loss


def softmax_loss(features: Tensor) -> Tensor:
    """Compute the softmax cross entropy over relevance scores, summed over the batch.

    The classes are the positive and the negatives, and the positive is the correct one. The cosine
    similarities are the logits.

    Parameters
    ----------
    features : Tensor [shape=(B, 2 + K, D)]
        Of each anchor a, its positive p and its negatives n.

    Returns
    -------
    Tensor [shape=()]
        Sum of ``-log(exp(cos(a, p)) / (exp(cos(a, p)) + Σ exp(cos(a, n))))``.
    """
    return -F.log_softmax(relevance_scores(features), dim=1)[:, 0].sum()
