"""Relevance scores, which the losses of the Siamese model compare (equation 1)."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

# Called with (anchor (B, D), positive (B, D), negatives (B, K, D)), returns a scalar, the sum over
# the batch.
RelevanceLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


def relevance_scores(anchor: Tensor, positive: Tensor, negatives: Tensor) -> Tensor:
    """Compute the cosine similarity of each anchor with its positive and its negatives.

    Parameters
    ----------
    anchor, positive : Tensor [shape=(B, D)]
    negatives : Tensor [shape=(B, K, D)]

    Returns
    -------
    Tensor [shape=(B, 1 + K)]
        The positive's score comes first.
    """
    others = torch.cat([positive[:, None], negatives], dim=1)
    return F.cosine_similarity(anchor[:, None], others, dim=2)
