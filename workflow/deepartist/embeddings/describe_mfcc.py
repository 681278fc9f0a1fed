"""The baseline `mfcc`: mean and standard deviation of 20 MFCCs and of their deltas."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import librosa
import numpy as np
from tqdm import tqdm

from deepartist.datasets.manifest import read_manifest
from deepartist.embeddings.features import write_features
from deepartist.mels.shard_reader import load_clips
from deepartist.process import stage
from deepartist.splits.labels import read_labels

COEFFICIENTS = 20


def mfcc_statistics(frames: np.ndarray) -> np.ndarray:
    """Summarise a clip by its MFCCs.

    Parameters
    ----------
    frames : np.ndarray [shape=(n, 128)]
        ``log10(1 + 10 · mel)`` of the magnitude.

    Returns
    -------
    np.ndarray [shape=(80,), dtype=float32]
        Mean and standard deviation of 20 MFCCs, then of their deltas.
    """
    magnitude = (10 ** frames.astype(np.float32).T - 1) / 10  # (128, n)
    mfcc = librosa.feature.mfcc(S=librosa.amplitude_to_db(magnitude), n_mfcc=COEFFICIENTS)
    delta = librosa.feature.delta(mfcc)
    return np.concatenate([mfcc.mean(1), mfcc.std(1), delta.mean(1), delta.std(1)])


def standardise(features: np.ndarray, is_train: np.ndarray) -> np.ndarray:
    """Give each column mean 0 and standard deviation 1 over the training songs.

    Otherwise the mean of the first coefficient, which is the loudness in dB, would dominate the
    cosine similarity. Columns that do not vary over the training songs are only centred.

    Parameters
    ----------
    features : np.ndarray [shape=(n, d)]
    is_train : np.ndarray [shape=(n,), dtype=bool]
        The songs from which mean and deviation are computed.
    """
    train = features[is_train].astype(np.float64)
    varies = np.ptp(train, axis=0) > 0  # the deviation of equal values may be 1e-9, not 0
    scale = np.where(varies, train.std(axis=0), 1)
    standardised: np.ndarray = (features - train.mean(axis=0)) / scale
    return standardised


def main(argv: Sequence[str] | None = None) -> None:
    """Describe the usable clips of a data set by their MFCCs."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.embeddings.describe_mfcc", description=main.__doc__
    )
    parser.add_argument("--clips", type=Path, required=True, help="manifest of the usable clips")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument("--labels", type=Path, required=True, help="CSV clip_id,label,split")
    parser.add_argument("--out", type=Path, required=True, help="npz to write")
    args = parser.parse_args(argv)
    clip_ids = read_manifest(args.clips)["clip_id"].to_list()
    mels, frames = load_clips([path.parent for path in args.shards], clip_ids, args.out.parent)
    clips = tqdm(zip(mels, frames, strict=True), total=len(mels), unit="clip", disable=None)
    features = np.stack([mfcc_statistics(mel[:n]) for mel, n in clips])
    labels = read_labels(args.labels)
    is_train = np.isin(clip_ids, labels.loc[labels["split"] == "train", "clip_id"])
    write_features(args.out, clip_ids, standardise(features, is_train))
    print(f"{args.out}: {len(clip_ids)} songs")


if __name__ == "__main__":
    stage.run(main)
