"""What the baselines from log-mels share: the command, and how features are standardised."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from deepartist.embeddings.features import read_clip_ids, write_features
from deepartist.mels.shard_reader import load_clips
from deepartist.process.errors import InputError
from deepartist.splits.labels import read_labels


def standardise(features: np.ndarray, is_reference: np.ndarray) -> np.ndarray:
    """Give each column mean 0 and standard deviation 1 over the songs of reference.

    Otherwise the column with the largest numbers, such as the loudness in dB, would dominate the
    cosine similarity. Columns that do not vary over these songs are only centred.

    Parameters
    ----------
    features : np.ndarray [shape=(n, d)]
    is_reference : np.ndarray [shape=(n,), dtype=bool]
        The songs from which mean and deviation are computed; at least one.
    """
    reference = features[is_reference].astype(np.float64)
    varies = np.ptp(reference, axis=0) > 0  # the deviation of equal values may be 1e-9, not 0
    scale = np.where(varies, reference.std(axis=0), 1)
    standardised: np.ndarray = (features - reference.mean(axis=0)) / scale
    return standardised


def is_reference(clip_ids: Sequence[str], labels: pd.DataFrame) -> np.ndarray:
    """Tell which songs features are standardised over: the training songs of a target.

    Parameters
    ----------
    clip_ids : sequence of str [length n]
    labels : pd.DataFrame [columns=LABEL_COLUMNS]
        The songs of the target, which may be some of the clips.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=bool]
        The labelled songs of the training part; all labelled songs if none is of it; all clips if
        there are no labelled songs, as where no artist is left to identify.

    Raises
    ------
    InputError
        The labels are of other clips.
    """
    if labels.empty:
        return np.ones(len(clip_ids), dtype=bool)
    is_train = np.isin(clip_ids, labels.loc[labels["split"] == "train", "clip_id"])
    chosen = is_train if is_train.any() else np.isin(clip_ids, labels["clip_id"])
    if not chosen.any():
        raise InputError("no labelled song is among the clips; give the labels of these clips")
    return chosen


def describe(
    argv: Sequence[str] | None,
    prog: str,
    doc: str | None,
    summarise: Callable[[np.ndarray], np.ndarray],
) -> None:
    """Run the command of a baseline: describe the usable clips of a data set.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments of the command; None: those of the process.
    prog, doc : str
        Name of the command and what its ``--help`` says of it.
    summarise : function
        Takes the frames of a clip, ``log10(1 + 10 · mel)`` of the magnitude,
        np.ndarray [shape=(n, 128), dtype=float16], and returns np.ndarray [shape=(d,)].

    Raises
    ------
    InputError
        An input cannot be read, or the labels are of other clips.
    """
    parser = argparse.ArgumentParser(prog=prog, description=doc)
    parser.add_argument("--clips", type=Path, required=True, help="CSV with the songs' clip_id")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument("--labels", type=Path, required=True, help="CSV clip_id,label,split")
    parser.add_argument("--out", type=Path, required=True, help="npz to write")
    args = parser.parse_args(argv)
    clip_ids = read_clip_ids(args.clips)
    try:
        chosen = is_reference(clip_ids, read_labels(args.labels, complete=False))
    except InputError as error:
        raise InputError(f"{args.labels}: {error}") from error
    if not clip_ids:  # where no artist is left to identify
        write_features(args.out, [], np.empty((0, 1)))
        print(f"{args.out}: no songs")
        return
    mels, frames = load_clips([path.parent for path in args.shards], clip_ids, args.out.parent)
    clips = tqdm(zip(mels, frames, strict=True), total=len(mels), unit="clip", disable=None)
    features = np.stack([summarise(mel[:n]) for mel, n in clips])
    write_features(args.out, clip_ids, standardise(features, chosen))
    print(f"{args.out}: {len(clip_ids)} songs")
