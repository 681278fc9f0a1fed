"""How much of what was tuned is kept: validation songs decide.

Where training starts from an encoder that is there already, few songs may make it worse. So the
weights are mixed: a share of the tuned encoder, the rest of the one at the start. The share is
chosen by retrieval, the validation songs being the queries; a share that is worse than no tuning,
or that is better by no more than chance, is not taken.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from deepartist.embeddings.balanced import balance, find_centre, take_roots
from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.models.encoder import Encoder
from deepartist.models.weights import TrainedEncoder
from deepartist.scores.retrieval import retrieval_average_precisions
from deepartist.training.songs import TrainingData


class SharePrecision(NamedTuple):
    """How validation songs are retrieved with a share of the tuned weights.

    Attributes
    ----------
    share : float
    embedding, balanced : float
        Mean average precision by these vectors.
    gain, error : float
        Mean over the songs of what their average precision has gained since the first share, both
        vectors averaged, and its standard error.
    """

    share: float
    embedding: float
    balanced: float
    gain: float
    error: float


def mix_weights(
    start: Mapping[str, Tensor], end: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """Mix two encoders' weights and statistics: `share` of `end`, the rest of `start`."""
    return {name: torch.lerp(start[name], end[name], share) for name in start}


def score_shares(
    start: Mapping[str, Tensor],
    end: Mapping[str, Tensor],
    shares: Sequence[float],
    data: TrainingData,
    device: torch.device,
) -> list[SharePrecision]:
    """Score each share of the tuned weights by retrieval.

    Parameters
    ----------
    start, end : mapping of str to Tensor
        Weights of an `Encoder` at the start, and tuned.
    shares : sequence of float
        The first is what the others are compared with.
    data : TrainingData
        Each validation song is a query; its artist's songs are relevant, of all songs.
    device : torch.device

    Returns
    -------
    list of SharePrecision
        One for each share.
    """
    labels = np.unique(data.song_labels, return_inverse=True)[1]
    queries, items = np.flatnonzero(data.is_valid), np.arange(len(labels))
    precisions = []
    of_first: np.ndarray | None = None
    for share in shares:
        encoder = Encoder()
        encoder.load_state_dict(mix_weights(start, end, share))
        encoder.eval().to(device)
        trained = TrainedEncoder(encoder, data.input_mean, data.input_std)
        of_songs = np.stack(
            [
                retrieval_average_precisions(vectors, labels, queries, items)
                for vectors in _embed(trained, data, device)
            ]
        )
        of_first = of_songs if of_first is None else of_first
        gains = (of_songs - of_first).mean(axis=0)
        gains = gains[~np.isnan(gains)]
        embedding, balanced = np.nanmean(of_songs, axis=1).tolist()
        error = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else 0.0
        precisions.append(SharePrecision(share, embedding, balanced, float(gains.mean()), error))
    return precisions


def choose_share(precisions: Sequence[SharePrecision]) -> float:
    """Choose the share with the highest gain, the lowest of equal ones.

    Shares whose gain is not above its standard error are left out, and those with which one of the
    two scores is below that of the first share.
    """
    first, *others = precisions
    better = [
        row
        for row in others
        if row.gain > row.error
        and row.embedding >= first.embedding
        and row.balanced >= first.balanced
    ]
    return max([first, *better], key=lambda row: (row.gain, -row.share)).share


def _embed(
    trained: TrainedEncoder, data: TrainingData, device: torch.device
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the embedding and the balanced vector of all songs."""
    of_batches = []
    for first in range(0, len(data.frames), CLIPS_PER_BATCH):
        mels = data.mels[first : first + CLIPS_PER_BATCH].cpu().numpy()
        frames = data.frames[first : first + CLIPS_PER_BATCH]
        clips = [mel[:n] for mel, n in zip(mels, frames, strict=True)]
        of_batches.append(embed_clips(trained, clips, device))
    embedding, multilevel = (np.concatenate(parts) for parts in zip(*of_batches, strict=True))
    roots = take_roots(multilevel)
    return embedding, balance(roots, find_centre(roots))
