"""Relevance scores, which the losses of the Siamese model compare (equation 1)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# Called with the features (B, 2 + K, D) of each anchor, its positive and its K negatives, returns a
# scalar, the sum over the batch.
RelevanceLoss = Callable[[Tensor], Tensor]

SHORTEST = 1e-8  # shorter vectors are divided by this instead of their length


def relevance_scores(features: Tensor) -> Tensor:
    """Compute the cosine similarity of each anchor with its positive and its negatives.

    Parameters
    ----------
    features : Tensor [shape=(B, 2 + K, D)]
        The anchor comes first, then the positive, then the negatives.

    Returns
    -------
    Tensor [shape=(B, 1 + K)]
        The positive's score comes first.
    """
    unit = F.normalize(features, dim=2, eps=SHORTEST)
    # Unlike slices, the parts of a split take a single operation backward.
    anchor, others = torch.split(unit, [1, features.shape[1] - 1], dim=1)
    return torch.sum(anchor * others, dim=2)
