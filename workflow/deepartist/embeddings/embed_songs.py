"""Song vectors of the clips of a data set, read from its shards.

``python -m deepartist.embeddings.embed_songs`` embeds them with one model.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.embeddings.features import read_clip_ids, write_features
from deepartist.mels.shard_reader import load_clips
from deepartist.models.device import DEVICES, choose_device
from deepartist.models.encoder import EMBEDDING_SIZE, MULTILEVEL_SIZE
from deepartist.models.weights import TrainedEncoder, load_model
from deepartist.process import stage
from deepartist.process.counts import counted


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
    device : torch.device
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
    print(f"{args.out}: {counted(len(clip_ids), 'song')} on {device}")


if __name__ == "__main__":
    stage.run(main)
