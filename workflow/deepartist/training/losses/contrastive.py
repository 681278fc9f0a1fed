"""Supervised contrastive loss over all pairs of a batch (Khosla et al., NeurIPS 2020).

The library pytorch-metric-learning has this loss, too, and a test compares the two. It gathers the
pairs in lists, whose lengths a GPU has to report at each step, so its steps cannot be recorded and
replayed; here, pairs are a mask.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from deepartist.training.losses.relevance import RelevanceLoss, unit_features


def make_loss(settings: Mapping[str, Any]) -> RelevanceLoss:
    """Make the loss with the temperature of the block ``train_siamese`` of the config schema."""
    temperature = settings["temperature"]
    return lambda features, artists: contrastive_loss(features, artists, temperature)


def contrastive_loss(features: Tensor, artists: Tensor, temperature: float) -> Tensor:
    """Compute the supervised contrastive loss of all segments of a batch.

    Each segment is compared with all others. Those by the same artist are its positives, whether
    they were drawn as positives or as somebody's negatives.

    Parameters
    ----------
    features : Tensor [shape=(B, M, D)]
    artists : Tensor [shape=(B, M), dtype=int64]
    temperature : float > 0

    Returns
    -------
    Tensor [shape=()]
        B times the mean, over all segments i that have positives p, of the mean over p of
        ``-log(exp(cos(i, p) / temperature) / Σ exp(cos(i, j) / temperature))``, where j are all
        segments but i. So it has the size of a sum over anchors, as the other losses have.
    """
    unit, artist = unit_features(features).flatten(0, 1), artists.flatten()
    itself = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    logits = (unit @ unit.T / temperature).masked_fill(itself, -torch.inf)
    is_positive = (artist[:, None] == artist[None]) & ~itself
    log_shares = torch.log_softmax(logits, dim=1).masked_fill(~is_positive, 0.0)
    n_positives = is_positive.sum(dim=1)
    of_segments = -log_shares.sum(dim=1) / n_positives.clamp(min=1)
    return len(features) * of_segments.sum() / (n_positives > 0).sum().clamp(min=1)
