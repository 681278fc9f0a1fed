"""Song vectors of audio files: read on all cores, embedded in batches."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch

from deepartist.embeddings.embed_songs import CLIPS_PER_BATCH, embed_clips
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.models.weights import TrainedEncoder


def embed_files(
    trained: TrainedEncoder,
    paths: Sequence[Path],
    excerpt: str,
    device: torch.device,
    jobs: int | None = None,
) -> Iterator[tuple[np.ndarray, np.ndarray] | UnusableClip]:
    """Embed 30 seconds of each audio file.

    Parameters
    ----------
    trained : TrainedEncoder
        On `device`.
    paths : sequence of Path
    excerpt : str
        "start" or "middle".
    device : torch.device
    jobs : int > 0, optional
        Threads that decode; as many as cores where it is not given.

    Yields
    ------
    For each path, in order, its vectors (256,) and (768,) of float32, or why it has none.
    """
    with ThreadPoolExecutor(jobs) as pool:
        for start in range(0, len(paths), CLIPS_PER_BATCH):
            read = partial(_try_to_read, excerpt=excerpt)
            results = list(pool.map(read, paths[start : start + CLIPS_PER_BATCH]))
            clips = [result for result in results if not isinstance(result, UnusableClip)]
            vectors = zip(*embed_clips(trained, clips, device), strict=True) if clips else iter(())
            for result in results:
                yield result if isinstance(result, UnusableClip) else next(vectors)


def _try_to_read(path: Path, excerpt: str) -> np.ndarray | UnusableClip:
    try:
        return read_clip(path, excerpt)
    except UnusableClip as reason:
        return reason
