"""Relevance scores, which the losses of the Siamese model compare (equation 1)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# Called with the features (B, P + 1 + K, D) of each anchor, its P positives and its K negatives,
# and with the artist of each (B, P + 1 + K) int64; returns a scalar, the sum over the batch.
RelevanceLoss = Callable[[Tensor, Tensor], Tensor]

SHORTEST = 1e-8  # shorter vectors are divided by this instead of their length


def unit_features(features: Tensor) -> Tensor:
    """Scale vectors in the last dimension to unit length; a vector of zeros stays one."""
    return F.normalize(features, dim=-1, eps=SHORTEST)


def relevance_scores(features: Tensor) -> Tensor:
    """Compute the cosine similarity of each anchor with its positives and its negatives.

    Parameters
    ----------
    features : Tensor [shape=(B, P + 1 + K, D)]
        The anchor comes first, then the positives, then the negatives.

    Returns
    -------
    Tensor [shape=(B, P + K)]
        The positives' scores come first.
    """
    unit = unit_features(features)
    # Unlike slices, the parts of a split take a single operation backward.
    anchor, others = torch.split(unit, [1, features.shape[1] - 1], dim=1)
    return torch.sum(anchor * others, dim=2)
