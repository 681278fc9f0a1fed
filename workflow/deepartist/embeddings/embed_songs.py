"""Song vectors: the mean of ten segment vectors (section 4.1).

``python -m deepartist.embeddings.embed_songs`` embeds the clips of a data set with one model.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from tqdm import tqdm

from deepartist.constants import MEL_BANDS, SEGMENT_FRAMES, SEGMENTS
from deepartist.embeddings.features import read_clip_ids, write_features
from deepartist.mels.shard_reader import load_clips
from deepartist.models.device import DEVICES, choose_device
from deepartist.models.encoder import EMBEDDING_SIZE, MULTILEVEL_SIZE
from deepartist.models.weights import TrainedEncoder, load_model
from deepartist.process import stage

CLIPS_PER_BATCH = 16


def cut_clip(frames: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Cut a clip into whole segments, at most ten: (n, 128) to (segments, 129, 128)."""
    segments = min(SEGMENTS, len(frames) // SEGMENT_FRAMES)
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
    batch = torch.from_numpy(np.concatenate(cut)).to(device, torch.float32, copy=True)
    outputs = trained.encoder.responses(batch.sub_(trained.input_mean).div_(trained.input_std))
    last = F.relu(outputs[-1]).mean(dim=2)  # (segments, 256)
    maxima = F.relu(torch.cat([output.amax(dim=2) for output in outputs], dim=1))  # (segments, 768)
    # Unlike index_add_, which adds in any order on a GPU, this gives the same bits each time.
    embedding, multilevel = (
        torch.stack([of_clip.mean(dim=0) for of_clip in torch.split(values, counts)])
        for values in (last, maxima)
    )
    return embedding.cpu().numpy(), multilevel.cpu().numpy()


def embed_set(
    trained: TrainedEncoder,
    mels: npt.NDArray[np.float16],
    frames: npt.NDArray[np.int64],
    device: torch.device,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Compute the song vectors of a data set in batches; see `embed_clips`.

    Parameters
    ----------
    trained : TrainedEncoder
        On `device`.
    mels : np.ndarray [shape=(n, 1291, 128), dtype=float16]
    frames : np.ndarray [shape=(n,), dtype=int64]
        Valid frames of each song.
    """
    embedding = np.empty((len(mels), EMBEDDING_SIZE), np.float32)
    multilevel = np.empty((len(mels), MULTILEVEL_SIZE), np.float32)
    starts = range(0, len(mels), CLIPS_PER_BATCH)
    for start in tqdm(starts, desc="embed", unit="batch", disable=None):
        batch = slice(start, start + CLIPS_PER_BATCH)
        clips = [mel[:n] for mel, n in zip(mels[batch], frames[batch], strict=True)]
        embedding[batch], multilevel[batch] = embed_clips(trained, clips, device)
    return embedding, multilevel


def main(argv: Sequence[str] | None = None) -> None:
    """Embed the usable clips of a data set with one model."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.embeddings.embed_songs", description=main.__doc__
    )
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--clips", type=Path, required=True, help="CSV with the songs' clip_id")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--out", type=Path, required=True, help="npz to write")
    args = parser.parse_args(argv)
    device = choose_device(args.device)
    trained = load_model(args.model)
    trained.encoder.to(device)
    clip_ids = read_clip_ids(args.clips)
    mels, frames = load_clips([path.parent for path in args.shards], clip_ids, args.out.parent)
    embedding, multilevel = embed_set(trained, mels, frames, device)
    write_features(args.out, clip_ids, embedding, multilevel)
    print(f"{args.out}: {len(clip_ids)} songs on {device}")


if __name__ == "__main__":
    stage.run(main)
