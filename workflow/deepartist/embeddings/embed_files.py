"""Song vectors of audio files, which are decoded in several threads and embedded in batches."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.models.weights import TrainedEncoder


def embed_files(
    trained: TrainedEncoder,
    paths: Sequence[Path],
    excerpt: str,
    device: torch.device,
    jobs: int | None = None,
) -> Iterator[tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]] | UnusableClip]:
    """Embed an excerpt of each audio file.

    Parameters
    ----------
    trained : TrainedEncoder
        On `device`.
    paths : sequence of Path
    excerpt : str
        ``start``, ``middle`` or ``whole``, as in `read_clip`.
    device : torch.device
    jobs : int > 0, optional
        Number of threads that decode. Default: four more than there are cores, but at most 32.

    Yields
    ------
    tuple of np.ndarray [shape=(256,), dtype=float32] and [shape=(768,), dtype=float32]
        The two vectors of each path, in order, as in `embed_clips`. If a file cannot be used, an
        `UnusableClip` with the reason takes their place.
    """
    with ThreadPoolExecutor(jobs) as pool:
        for start in range(0, len(paths), CLIPS_PER_BATCH):
            read = partial(_try_to_read, excerpt=excerpt)
            results = list(pool.map(read, paths[start : start + CLIPS_PER_BATCH]))
            clips = [result for result in results if not isinstance(result, UnusableClip)]
            vectors = zip(*embed_clips(trained, clips, device), strict=True) if clips else iter(())
            for result in results:
                yield result if isinstance(result, UnusableClip) else next(vectors)


def _try_to_read(path: Path, excerpt: str) -> npt.NDArray[np.float16] | UnusableClip:
    try:
        return read_clip(path, excerpt)
    except UnusableClip as reason:
        return reason
