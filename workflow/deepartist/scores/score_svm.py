"""Scores of song features by FMA's baseline: a support vector machine (table 4).

Source: Defferrard, Benzi, Vandergheynst and Bresson, "FMA: A dataset for music analysis", ISMIR
2017.
``python -m deepartist.scores.score_svm`` scores the features of one data set.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from deepartist.config.settings import parse_settings
from deepartist.config.vectors import EMBEDDING
from deepartist.embeddings.features import read_features
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.scores.artists import song_artists
from deepartist.scores.outcomes import (
    INTERVAL_SETTINGS,
    Outcome,
    add_score_options,
    describe_score,
    list_outcomes,
    right_answers,
    summarise_outcomes,
    write_scores,
)
from deepartist.splits.labels import join, read_labels


def svm_predict(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Predict the labels of songs by an SVM with a Gaussian kernel (FMA's code).

    Columns are standardised over the training songs. The kernel is ``exp(-‖x - y‖² / d)`` and the
    penalty C is 1. One machine is trained for each pair of labels, and the machines vote.

    Parameters
    ----------
    train : np.ndarray [shape=(n, d)]
    train_labels : np.ndarray [shape=(n,), dtype=str]
    test : np.ndarray [shape=(m, d)]

    Returns
    -------
    np.ndarray [shape=(m,), dtype=str]

    Raises
    ------
    InputError
        The training songs have fewer than two labels.
    """
    if len(np.unique(train_labels)) < 2:
        raise InputError("the training songs do not have two labels; an SVM needs at least two")
    classifier = make_pipeline(StandardScaler(), SVC(kernel="rbf", gamma="auto"))
    predicted: np.ndarray = classifier.fit(train, train_labels).predict(test)
    return predicted


def song_outcomes(
    embedding: np.ndarray, labels: np.ndarray, split: np.ndarray
) -> dict[tuple[str, str], Outcome]:
    """Find which test songs the SVM classifies correctly.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,), dtype=str]
    split : np.ndarray [shape=(n,), dtype=str]
        train, valid or test; validation songs are not used.

    Returns
    -------
    dict of (task, variant) to Outcome
        Only ("svm", "test"): the test songs, and for each 1 if the SVM predicts its label, else 0.

    Raises
    ------
    InputError
        No song is a test song, or the training songs have fewer than two labels.
    """
    train, test = (np.flatnonzero(split == part) for part in ("train", "test"))
    if not test.size:
        raise InputError("no song has split 'test'; the labels need train and test")
    predicted = svm_predict(embedding[train], labels[train], embedding[test])
    return {("svm", "test"): right_answers(test, predicted, labels)}


def main(argv: Sequence[str] | None = None) -> None:
    """Score the features of a data set by FMA's SVM: a fraction between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.score_svm", description=main.__doc__
    )
    add_score_options(parser)
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "evaluation")
    table = read_labels(args.labels)
    clip_id, embedding, labels, split = join(*read_features(args.features), table)
    artists = song_artists(table, clip_id)
    outcomes = song_outcomes(embedding, labels, split)
    resampling = {key: settings[key] for key in INTERVAL_SETTINGS}
    scores = summarise_outcomes(outcomes, artists, **resampling)
    for score in scores:
        print(f"{args.dataset} {args.model} seed {args.seed}: {describe_score(score, score['n'])}")
    by_clip = list_outcomes(outcomes, clip_id, artists, resample=settings["resample"])
    scores = [{**score, "vectors": EMBEDDING} for score in scores]
    by_clip = [{**record, "vectors": EMBEDDING} for record in by_clip]
    write_scores(args, "scores.score_svm", resampling, scores, by_clip)


if __name__ == "__main__":
    stage.run(main)
