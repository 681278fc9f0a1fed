"""Scores of song features: retrieval, k-NN and linear softmax (section 4).

``python -m deepartist.evaluate`` scores the features of one data set by one model.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepartist import stage
from deepartist.classify import knn_predict
from deepartist.classify import softmax_trials as predict_softmax_trials
from deepartist.errors import InputError
from deepartist.features import read_features
from deepartist.files import write_json
from deepartist.labels import join, read_labels
from deepartist.manifest import SPLITS
from deepartist.retrieval import retrieval_average_precisions
from deepartist.settings import add_settings_option, parse_settings
from deepartist.stats import bootstrap_interval


def evaluate_features(
    embedding: np.ndarray,
    labels: np.ndarray,
    split: np.ndarray,
    *,
    neighbours: int,
    softmax_trials: int,
    softmax_max_epochs: int,
    bootstrap_resamples: int,
    seed: int,
) -> list[dict]:
    """Score features by retrieval and by two classifiers.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,), dtype=str]
    split : np.ndarray [shape=(n,), dtype=str]
        train, valid or test.
    neighbours, softmax_trials, softmax_max_epochs, bootstrap_resamples, seed : int
        The block `evaluation` of the config.

    Returns
    -------
    list of dict
        Four rows with keys task, variant, value, ci_low, ci_high and n; every value is a mean over
        n songs, between 0 and 1, and has its 95 % bootstrap interval over those songs.

        ========  =======  ==========================================================
        task      variant  value
        ========  =======  ==========================================================
        map       all      mean average precision, every song against all others
        map       test     mean average precision, test songs against training songs
        knn       test     accuracy of the k nearest training songs
        softmax   test     accuracy of the linear softmax, mean over trials
        ========  =======  ==========================================================

        For map, songs whose list holds no song of their label are left out of n.

    Raises
    ------
    InputError
        A split has no song, or no query has a relevant song.
    """
    train, valid, test = (np.flatnonzero(split == part) for part in SPLITS)
    for part, songs in zip(SPLITS, (train, valid, test), strict=True):
        if not songs.size:
            raise InputError(f"no song has split '{part}'; the labels need train, valid and test")
    every = np.arange(len(labels))
    retrieved = retrieval_average_precisions(embedding, labels, every, every)
    retrieved_test = retrieval_average_precisions(embedding, labels, test, train)
    nearest = knn_predict(embedding[train], labels[train], embedding[test], neighbours)
    predicted = predict_softmax_trials(
        embedding[train],
        labels[train],
        embedding[valid],
        labels[valid],
        embedding[test],
        trials=softmax_trials,
        max_epochs=softmax_max_epochs,
        seed=seed,
    )
    values_by_score = {
        ("map", "all"): retrieved[~np.isnan(retrieved)],
        ("map", "test"): retrieved_test[~np.isnan(retrieved_test)],
        ("knn", "test"): (nearest == labels[test]).astype(float),
        ("softmax", "test"): (predicted == labels[test]).mean(axis=0),
    }
    rows = []
    for (task, variant), values in values_by_score.items():
        if not values.size:
            raise InputError(f"{task} ({variant}): no query song has another song of its label")
        low, high = bootstrap_interval(values, resamples=bootstrap_resamples, seed=seed)
        rows.append(
            {
                "task": task,
                "variant": variant,
                "value": float(values.mean()),
                "ci_low": low,
                "ci_high": high,
                "n": int(values.size),
            }
        )
    return rows


def summary(rows: Sequence[dict]) -> dict:
    """Arrange the rows of `evaluate_features` by name: map, map_test, knn and softmax."""
    names = {
        ("map", "all"): "map",
        ("map", "test"): "map_test",
        ("knn", "test"): "knn",
        ("softmax", "test"): "softmax",
    }
    keys = ("value", "ci_low", "ci_high", "n")
    return {names[row["task"], row["variant"]]: {key: row[key] for key in keys} for row in rows}


def describe(row: dict, songs: int) -> str:
    """Say one row in words; `songs` is how many queries or test songs there were."""
    left_out = songs - row["n"]
    note = f" ({left_out} without another song of their label left out)" if left_out else ""
    return (
        f"{row['task']:8}{row['variant']:5} {row['value']:.4f} "
        f"[{row['ci_low']:.4f}, {row['ci_high']:.4f}] over {row['n']} songs{note}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Score the features of a data set: all values are fractions between 0 and 1."""
    parser = argparse.ArgumentParser(prog="python -m deepartist.evaluate", description=main.__doc__)
    parser.add_argument("--features", type=Path, required=True, help="npz: clip_id, embedding")
    parser.add_argument("--labels", type=Path, required=True, help="CSV: clip_id, genre, split")
    parser.add_argument("--dataset", required=True, help="name of the data set")
    parser.add_argument("--model", required=True, help="name of the model")
    parser.add_argument("--seed", type=int, required=True, help="seed that the model was made with")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    add_settings_option(parser, "evaluation")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "evaluation")
    embedding, labels, split = join(*read_features(args.features), read_labels(args.labels))
    rows = evaluate_features(embedding, labels, split, **settings)
    for row in rows:
        songs = len(split) if row["variant"] == "all" else np.count_nonzero(split == "test")
        print(f"{args.dataset} {args.model} seed {args.seed}: {describe(row, songs)}")
    write_json(
        {"dataset": args.dataset, "model": args.model, "seed": args.seed, "scores": rows}, args.out
    )


if __name__ == "__main__":
    stage.run(main)
