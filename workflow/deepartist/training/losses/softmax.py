"""The softmax loss of the Siamese model, which the paper tried and dropped (section 2.2)."""

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from deepartist.training.losses.relevance import RelevanceLoss, relevance_scores


def make_loss(settings: Mapping[str, Any]) -> RelevanceLoss:
    """Make the loss with the temperature of the block ``train_siamese`` of the config schema."""
    temperature, n_positives = settings["temperature"], len(settings["positives"])
    return lambda features, artists: softmax_loss(features, temperature, n_positives)


def softmax_loss(features: Tensor, temperature: float = 1.0, n_positives: int = 1) -> Tensor:
    """Compute the softmax cross entropy over relevance scores, summed over the batch.

    The classes are a positive and the negatives, and the positive is the correct one. The cosine
    similarities, divided by the temperature, are the logits.

    Parameters
    ----------
    features : Tensor [shape=(B, P + 1 + K, D)]
        Of each anchor a, its positives p and its negatives n.
    temperature : float > 0
        1 is the paper's.
    n_positives : int > 0
        P. The losses of an anchor's positives are added; the paper has one.

    Returns
    -------
    Tensor [shape=()]
        Sum of ``-log(exp(cos(a, p)) / (exp(cos(a, p)) + Σ exp(cos(a, n))))`` at a temperature of 1.
    """
    logits = relevance_scores(features)
    if temperature != 1:
        logits = logits / temperature
    if n_positives == 1:
        return -F.log_softmax(logits, dim=1)[:, 0].sum()
    positives, negatives = torch.split(logits, [n_positives, logits.shape[1] - n_positives], dim=1)
    others = torch.logsumexp(negatives, dim=1, keepdim=True)
    return (torch.logaddexp(positives, others) - positives).sum()
