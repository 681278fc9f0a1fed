"""Scores of song features: retrieval, k-NN and linear softmax (section 4).

``python -m deepartist.scores.score_features`` scores the features of one model on one data set.
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deepartist.config.settings import parse_settings
from deepartist.datasets.manifest import SPLITS
from deepartist.embeddings.features import read_features
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.scores.knn import knn_predict
from deepartist.scores.outcomes import (
    Outcomes,
    add_score_options,
    describe_score,
    list_outcomes,
    summarise_outcomes,
    write_scores,
)
from deepartist.scores.retrieval import retrieval_average_precisions
from deepartist.scores.softmax import softmax_predict
from deepartist.splits.labels import join, read_labels

# Variants over all songs and all trials; tables 1 to 3 show these.
WHOLE_SET = ("all", "test")


def song_outcomes(
    embedding: np.ndarray,
    labels: np.ndarray,
    split: np.ndarray,
    *,
    neighbours: int,
    softmax_trials: int,
    softmax_max_epochs: int,
    seed: int,
) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """Compute the outcome of each song for each score of the features.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,), dtype=str]
    split : np.ndarray [shape=(n,), dtype=str]
        train, valid or test.
    neighbours, softmax_trials, softmax_max_epochs, seed : int
        Settings of the block `evaluation` of the config.

    Returns
    -------
    dict of (task, variant) to (songs, values)
        songs : np.ndarray [shape=(m,), dtype=int], positions among the n songs, ascending;
        values : np.ndarray [shape=(m,), dtype=float64], between 0 and 1.

        ========  =======  ====================================================================
        task      variant  value of a song
        ========  =======  ====================================================================
        map       all      average precision of a song as query for all other songs
        map       test     average precision of a test song as query for the training songs
        knn       test     1 if the k nearest training songs predict its label, else 0
        softmax   test     fraction of trials in which the linear softmax predicts its label
        softmax   trial-N  1 if the linear softmax of trial N predicts its label, else 0
        ========  =======  ====================================================================

        For map, songs whose ranked list holds no other song of their label are left out. There is a
        variant trial-N for each trial.

    Raises
    ------
    InputError
        A split has no song, or no query has a relevant song.
    """
    train, valid, test = (np.flatnonzero(split == part) for part in SPLITS)
    for part, songs in zip(SPLITS, (train, valid, test), strict=True):
        if not songs.size:
            raise InputError(f"no song has split '{part}'; the labels need train, valid and test")
    all_songs = np.arange(len(labels))
    outcomes: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}
    for variant, queries, items in (("all", all_songs, all_songs), ("test", test, train)):
        precisions = retrieval_average_precisions(embedding, labels, queries, items)
        kept = ~np.isnan(precisions)
        if not kept.any():
            raise InputError(f"map ({variant}): no query song has another song of its label")
        outcomes["map", variant] = queries[kept], precisions[kept]
    nearest = knn_predict(embedding[train], labels[train], embedding[test], neighbours)
    predicted = softmax_predict(
        embedding[train],
        labels[train],
        embedding[valid],
        labels[valid],
        embedding[test],
        trials=softmax_trials,
        max_epochs=softmax_max_epochs,
        seed=seed,
    )
    outcomes["knn", "test"] = test, (nearest == labels[test]).astype(float)
    is_correct = predicted == labels[test]  # (trials, songs)
    outcomes["softmax", "test"] = test, is_correct.mean(axis=0)
    for trial, is_correct_in_trial in enumerate(is_correct):
        outcomes["softmax", f"trial-{trial}"] = test, is_correct_in_trial.astype(float)
    return outcomes


def split_by_label(
    outcomes: Outcomes, labels: np.ndarray
) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """Split the outcomes of k-NN and softmax by label; figure 5 shows their means.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to (songs, values)
        From `song_outcomes`.
    labels : np.ndarray [shape=(n,), dtype=str]

    Returns
    -------
    dict of (task, variant) to (songs, values)
        Tasks knn and softmax, a variant ``label:<label>`` for each label of a test song, in
        alphabetical order.
    """
    outcomes_of_labels = {}
    for task in ("knn", "softmax"):
        songs, values = outcomes[task, "test"]
        for label in np.unique(labels[songs]):
            has_label = labels[songs] == label
            outcomes_of_labels[task, f"label:{label}"] = songs[has_label], values[has_label]
    return outcomes_of_labels


def evaluate_features(
    embedding: np.ndarray,
    labels: np.ndarray,
    split: np.ndarray,
    *,
    bootstrap_resamples: int,
    seed: int,
    **settings: int,
) -> list[dict[str, Any]]:
    """Score features by retrieval and by two classifiers.

    Parameters
    ----------
    embedding, labels, split : np.ndarray
        See `song_outcomes`, which also describes the tasks and the other settings.
    bootstrap_resamples, seed, **settings : int
        The block `evaluation` of the config.

    Returns
    -------
    list of dict
        Four scores; see `summarise_outcomes`.
    """
    outcomes = _whole_set(song_outcomes(embedding, labels, split, seed=seed, **settings))
    return summarise_outcomes(outcomes, bootstrap_resamples=bootstrap_resamples, seed=seed)


def _whole_set(outcomes: Outcomes) -> Outcomes:
    """Select the outcomes over all songs and trials; leave out those of single trials."""
    return {key: of_songs for key, of_songs in outcomes.items() if key[1] in WHOLE_SET}


def summary(scores: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Arrange the scores of `evaluate_features` by name: map, map_test, knn and softmax."""
    names = {
        ("map", "all"): "map",
        ("map", "test"): "map_test",
        ("knn", "test"): "knn",
        ("softmax", "test"): "softmax",
    }
    keys = ("value", "ci_low", "ci_high", "n")
    return {
        names[score["task"], score["variant"]]: {key: score[key] for key in keys}
        for score in scores
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Score the features of a data set: all values are fractions between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.score_features", description=main.__doc__
    )
    add_score_options(parser)
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "evaluation")
    clip_id, embedding, labels, split = join(
        *read_features(args.features), read_labels(args.labels)
    )
    resamples = settings["bootstrap_resamples"]
    task_settings = {key: value for key, value in settings.items() if key != "bootstrap_resamples"}
    outcomes = song_outcomes(embedding, labels, split, **task_settings)
    scores = summarise_outcomes(
        {**outcomes, **split_by_label(outcomes, labels)},
        bootstrap_resamples=resamples,
        seed=settings["seed"],
    )
    n_test_songs = int(np.count_nonzero(split == "test"))
    for score in scores:
        if score["variant"] in WHOLE_SET:
            songs = len(split) if score["variant"] == "all" else n_test_songs
            print(f"{args.dataset} {args.model} seed {args.seed}: {describe_score(score, songs)}")
    by_clip = list_outcomes(_whole_set(outcomes), clip_id)
    write_scores(args, "scores.score_features", settings, scores, by_clip)


if __name__ == "__main__":
    stage.run(main)
