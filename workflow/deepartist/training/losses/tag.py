"""The loss of the tag model; the paper does not name it (section 2.3)."""

import torch.nn.functional as F
from torch import Tensor


def tag_loss(logits: Tensor, tags: Tensor) -> Tensor:
    """Compute the binary cross entropy of a sigmoid per tag, mean over batch and tags.

    Parameters
    ----------
    logits : Tensor [shape=(B, T)]
        One logit per tag.
    tags : Tensor [shape=(B, T), dtype=float32]
        1 if a song has the tag, else 0.

    Returns
    -------
    Tensor [shape=()]
    """
    return F.binary_cross_entropy_with_logits(logits, tags)
