"""The loss of the basic model (section 2.1; authors' code)."""

import torch.nn.functional as F
from torch import Tensor


def artist_loss(logits: Tensor, artists: Tensor) -> Tensor:
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
