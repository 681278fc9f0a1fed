"""The losses of the three models (equations 1 and 2; authors' code)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def hinge_loss(anchor: Tensor, positive: Tensor, negatives: Tensor, margin: float) -> Tensor:
    """Max-margin hinge loss over negative samples, summed over negatives and batch (equation 2).

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
    relevance_positive = F.cosine_similarity(anchor, positive, dim=1)  # (B,)
    relevance_negative = F.cosine_similarity(anchor[:, None], negatives, dim=2)  # (B, K)
    return torch.relu(margin - relevance_positive[:, None] + relevance_negative).sum()


def artist_loss(logits: Tensor, artists: Tensor) -> Tensor:
    """Softmax cross entropy, mean over the batch: logits (B, C), artists (B,) of int64."""
    return F.cross_entropy(logits, artists)


def tag_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Sigmoid with binary cross entropy, mean over batch and tags: both (B, C)."""
    return F.binary_cross_entropy_with_logits(logits, tags)
