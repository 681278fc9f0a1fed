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
    relevance = _relevance(anchor, positive, negatives)
    return torch.relu(margin - relevance[:, :1] + relevance[:, 1:]).sum()


def softmax_loss(anchor: Tensor, positive: Tensor, negatives: Tensor) -> Tensor:
    """Softmax cross entropy over relevance scores, summed over the batch (section 2.2).

    The loss that the paper tried beside the hinge and dropped: the positive among positive and
    negatives is the class to find, the cosine similarities are the logits.

    Parameters
    ----------
    anchor, positive : Tensor [shape=(B, D)]
    negatives : Tensor [shape=(B, K, D)]

    Returns
    -------
    Tensor [shape=()]
        Sum of ``-log(exp(cos(a, p)) / (exp(cos(a, p)) + Σ exp(cos(a, n))))``.
    """
    relevance = _relevance(anchor, positive, negatives)
    return -F.log_softmax(relevance, dim=1)[:, 0].sum()


def artist_loss(logits: Tensor, artists: Tensor) -> Tensor:
    """Softmax cross entropy, mean over the batch: logits (B, C), artists (B,) of int64."""
    return F.cross_entropy(logits, artists)


def tag_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Sigmoid with binary cross entropy, mean over batch and tags: both (B, C)."""
    return F.binary_cross_entropy_with_logits(logits, tags)


def _relevance(anchor: Tensor, positive: Tensor, negatives: Tensor) -> Tensor:
    """Cosine similarity of the anchor with the positive and each negative: (B, 1 + K)."""
    others = torch.cat([positive[:, None], negatives], dim=1)
    return F.cosine_similarity(anchor[:, None], others, dim=2)
