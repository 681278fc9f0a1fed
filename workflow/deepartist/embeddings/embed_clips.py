"""Song vectors of clips: the mean of the vectors of their segments (section 4.1: of ten)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from deepartist.constants import MEL_BANDS, SEGMENT_FRAMES, SEGMENTS
from deepartist.models.encoder import Encoder
from deepartist.models.weights import TrainedEncoder

CLIPS_PER_BATCH = 16
SEGMENTS_PER_BATCH = CLIPS_PER_BATCH * SEGMENTS


def cut_clip(frames: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Cut a clip into whole segments: (n, 128) to (segments, 129, 128); 1291 frames give ten."""
    segments = len(frames) // SEGMENT_FRAMES
    return frames[: segments * SEGMENT_FRAMES].reshape(segments, SEGMENT_FRAMES, MEL_BANDS)


@torch.inference_mode()
def embed_clips(
    trained: TrainedEncoder, clips: Sequence[npt.NDArray[Any]], device: torch.device
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Compute the song vectors of clips.

    Parameters
    ----------
    trained : TrainedEncoder
        On `device`.
    clips : sequence of np.ndarray [shape=(frames, 128), dtype=float16 or float32], frames >= 129
        Log-mel frames, not standardised.
    device : torch.device

    Returns
    -------
    embedding : np.ndarray [shape=(n, 256), dtype=float32]
        Output of the last layer, averaged over segments.
    multilevel : np.ndarray [shape=(n, 768), dtype=float32]
        Maximum over time of each convolution block, averaged over segments; the blocks are
        concatenated.
    """
    cut = [cut_clip(clip) for clip in clips]
    counts = [len(segments) for segments in cut]
    of_batches = []
    for batch in torch.split(torch.from_numpy(np.concatenate(cut)), SEGMENTS_PER_BATCH):
        segments = batch.to(device, torch.float32, copy=True)
        segments.sub_(trained.input_mean).div_(trained.input_std)
        of_batches.append(embed_segments(trained.encoder, segments))
    last, maxima = (torch.cat(values) for values in zip(*of_batches, strict=True))
    # Unlike index_add_, which adds in any order on a GPU, this gives the same bits each time.
    embedding, multilevel = (
        torch.stack([of_clip.mean(dim=0) for of_clip in torch.split(values, counts)])
        for values in (last, maxima)
    )
    return embedding.cpu().numpy(), multilevel.cpu().numpy()


def embed_segments(encoder: Encoder, segments: Tensor) -> tuple[Tensor, Tensor]:
    """Embed standardised log-mel segments (n, 129, 128): their two vectors, (n, 256), (n, 768)."""
    outputs = encoder.responses(segments)
    last = F.relu(outputs[-1]).mean(dim=2)
    return last, F.relu(torch.cat([output.amax(dim=2) for output in outputs], dim=1))
