"""Scores of song features: retrieval, k-NN and two linear classifiers (section 4).

``python -m deepartist.scores.score_features`` scores the features of one model on one data set.
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deepartist.config.settings import parse_settings
from deepartist.datasets.manifest import SPLITS
from deepartist.embeddings.features import read_features, stored_vectors
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.scores.artists import song_artists
from deepartist.scores.knn import AUTO, choose_k, knn_predict
from deepartist.scores.logistic import logistic_predict
from deepartist.scores.outcomes import (
    INTERVAL_SETTINGS,
    Outcome,
    Outcomes,
    add_score_options,
    describe_score,
    list_outcomes,
    right_answers,
    summarise_outcomes,
    write_scores,
)
from deepartist.scores.retrieval import retrieval_average_precisions
from deepartist.scores.softmax import softmax_predict
from deepartist.scores.vectors import describe_vectors
from deepartist.splits.labels import join, read_labels

# Variant whose lists have no songs by the query's own artist.
OTHER_ARTISTS = "other-artists"
# Variants over all songs and all trials; tables 1 to 3 show these.
WHOLE_SET = ("all", "test", OTHER_ARTISTS)
# Other readings of what the paper says of its queries and of the songs that it classifies with.
TEST_IN_ALL, TEST_IN_TEST, TRAIN_AND_VALID = "test-in-all", "test-in-test", "train-and-valid"


def song_outcomes(
    embedding: np.ndarray,
    labels: np.ndarray,
    split: np.ndarray,
    artists: np.ndarray | None = None,
    *,
    neighbours: int | str,
    softmax_trials: int,
    softmax_max_epochs: int,
    seed: int,
) -> dict[tuple[str, str], Outcome]:
    """Compute the outcome of each song for each score of the features.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,), dtype=str]
    split : np.ndarray [shape=(n,), dtype=str]
        train, valid or test.
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of each song's artist, see `deepartist.scores.artists.number_artists`. None if no
        artist is known; there is then no variant other-artists.
    neighbours, softmax_trials, softmax_max_epochs, seed
        Settings of the block `evaluation` of the config.

    Returns
    -------
    dict of (task, variant) to Outcome

        ========  ===============  =============================================================
        task      variant          value of a song
        ========  ===============  =============================================================
        map       all              average precision of a song as query for all other songs
        map       test             average precision of a test song as query for training songs
        map       test-in-all      as all, for test songs as queries
        map       test-in-test     as all, for test songs as queries for the other test songs
        map       other-artists    as all, for the songs by other artists than its own
        knn       test             1 if the k nearest training songs predict its label, else 0
        knn       train-and-valid  as test, of the training and validation songs
        knn       other-artists    as test, of the training songs by other artists than its own
        softmax   test             fraction of trials in which the linear softmax is right
        softmax   trial-N          1 if the linear softmax of trial N predicts its label, else 0
        logistic  test             1 if the logistic regression predicts its label, else 0
        ========  ===============  =============================================================

        For map, and for all variants other-artists, songs are left out whose list holds no other
        song of their label. If that leaves out all songs, as with artists as labels, there is no
        variant other-artists, nor test-in-test. There is a variant trial-N for each trial.

    Raises
    ------
    InputError
        A split has no song, or no query has a relevant song.
    """
    train, valid, test = (np.flatnonzero(split == part) for part in SPLITS)
    for part, songs in zip(SPLITS, (train, valid, test), strict=True):
        if not songs.size:
            raise InputError(f"no song has split '{part}'; the labels need train, valid and test")
    outcomes = retrieval_outcomes(embedding, labels, artists)
    outcomes["map", "test"] = _retrieve(embedding, labels, test, train, "test")
    outcomes |= _other_retrievals(embedding, labels, outcomes["map", "all"], test)
    known = embedding[train], labels[train]
    validation = embedding[valid], labels[valid]
    k = choose_k(*known, *validation) if neighbours == AUTO else int(neighbours)
    k = min(k, train.size)
    nearest = knn_predict(*known, embedding[test], k)
    outcomes["knn", "test"] = right_answers(test, nearest, labels, {"k": k})
    both = np.concatenate([train, valid])
    nearest = knn_predict(embedding[both], labels[both], embedding[test], k)
    outcomes["knn", TRAIN_AND_VALID] = right_answers(test, nearest, labels, {"k": k})
    if artists is not None:
        listed = _with_other_artists(labels, artists, train, test)
        if listed.size:
            own = {"train_artists": artists[train], "test_artists": artists[listed]}
            nearest = knn_predict(*known, embedding[listed], k, **own)
            outcomes["knn", OTHER_ARTISTS] = right_answers(listed, nearest, labels, {"k": k})
    predicted = softmax_predict(
        *known,
        *validation,
        embedding[test],
        trials=softmax_trials,
        max_epochs=softmax_max_epochs,
        seed=seed,
    )
    is_correct = predicted == labels[test]  # (trials, songs)
    outcomes["softmax", "test"] = Outcome(test, is_correct.mean(axis=0))
    for trial, predicted_in_trial in enumerate(predicted):
        outcomes["softmax", f"trial-{trial}"] = right_answers(test, predicted_in_trial, labels)
    predicted, c = logistic_predict(*known, *validation, embedding[test])
    outcomes["logistic", "test"] = right_answers(test, predicted, labels, {"C": c})
    return outcomes


def retrieval_outcomes(
    embedding: np.ndarray, labels: np.ndarray, artists: np.ndarray | None = None
) -> dict[tuple[str, str], Outcome]:
    """Compute the outcomes of retrieval from all songs, which need no split.

    Parameters
    ----------
    embedding, labels, artists
        See `song_outcomes`.

    Returns
    -------
    dict of (task, variant) to Outcome
        Those of ``("map", "all")`` and, if artists are known, ``("map", "other-artists")``.

    Raises
    ------
    InputError
        No song has another song of its label.
    """
    all_songs = np.arange(len(labels))
    outcomes = {("map", "all"): _retrieve(embedding, labels, all_songs, all_songs, "all")}
    if artists is not None and _with_other_artists(labels, artists, all_songs, all_songs).size:
        outcomes["map", OTHER_ARTISTS] = _retrieve(
            embedding, labels, all_songs, all_songs, OTHER_ARTISTS, artists
        )
    return outcomes


def split_by_label(outcomes: Outcomes, labels: np.ndarray) -> dict[tuple[str, str], Outcome]:
    """Split the outcomes of k-NN and softmax by label; figure 5 shows their means.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to Outcome
        From `song_outcomes`.
    labels : np.ndarray [shape=(n,), dtype=str]

    Returns
    -------
    dict of (task, variant) to Outcome
        Tasks knn and softmax, a variant ``label:<label>`` for each label of a test song, in
        alphabetical order.
    """
    outcomes_of_labels = {}
    for task in ("knn", "softmax"):
        of_task = outcomes[task, "test"]
        for label in np.unique(labels[of_task.songs]):
            has_label = labels[of_task.songs] == label
            outcomes_of_labels[task, f"label:{label}"] = Outcome(
                of_task.songs[has_label], of_task.values[has_label], of_task.setting
            )
    return outcomes_of_labels


def evaluate_features(
    embedding: np.ndarray,
    labels: np.ndarray,
    split: np.ndarray,
    artists: np.ndarray | None = None,
    **settings: Any,
) -> list[dict[str, Any]]:
    """Score features by retrieval and by three classifiers.

    Parameters
    ----------
    embedding, labels, split, artists
        See `song_outcomes`, which also describes the tasks.
    **settings
        The block `evaluation` of the config.

    Returns
    -------
    list of dict
        The scores over all songs and trials; see `summarise_outcomes`.
    """
    of_tasks, of_intervals = divide_settings(settings)
    outcomes = whole_set(song_outcomes(embedding, labels, split, artists, **of_tasks))
    return summarise_outcomes(outcomes, artists, **of_intervals)


def divide_settings(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide the block `evaluation` into settings of the classifiers and those of intervals.

    The seed is in both.
    """
    of_intervals = {key: settings[key] for key in INTERVAL_SETTINGS if key in settings}
    of_tasks = {
        key: value
        for key, value in settings.items()
        if key == "seed" or key not in (*INTERVAL_SETTINGS, "vectors")
    }
    return of_tasks, of_intervals


def whole_set(outcomes: Outcomes) -> dict[tuple[str, str], Outcome]:
    """Select the outcomes over all songs and trials; leave out those of single trials."""
    return {key: outcome for key, outcome in outcomes.items() if key[1] in WHOLE_SET}


def summary(scores: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Arrange scores by name, such as map, map_test and knn.

    Parameters
    ----------
    scores : sequence of mapping
        From `evaluate_features`.

    Returns
    -------
    dict of str to dict
        Keys value, ci_low, ci_high, n; artists, if the interval resamples them; the k of k-NN and
        the C of the logistic regression.
    """
    names = {
        ("map", "all"): "map",
        ("map", "test"): "map_test",
        ("map", OTHER_ARTISTS): "map_other_artists",
        ("knn", "test"): "knn",
        ("knn", OTHER_ARTISTS): "knn_other_artists",
        ("softmax", "test"): "softmax",
        ("logistic", "test"): "logistic",
    }
    keys = ("value", "ci_low", "ci_high", "n")
    by_key = {(score["task"], score["variant"]): score for score in scores}
    return {
        name: {
            **{key: by_key[of_name][key] for key in keys},
            **({"artists": by_key[of_name]["artists"]} if by_key[of_name]["artists"] else {}),
            **by_key[of_name]["setting"],
        }
        for of_name, name in names.items()
        if of_name in by_key
    }


def _retrieve(
    embedding: np.ndarray,
    labels: np.ndarray,
    queries: np.ndarray,
    items: np.ndarray,
    variant: str,
    artists: np.ndarray | None = None,
) -> Outcome:
    """Score the list of each query; queries without a relevant song are left out."""
    precisions = retrieval_average_precisions(embedding, labels, queries, items, artists)
    kept = ~np.isnan(precisions)
    if not kept.any():
        raise InputError(f"map ({variant}): no query song has another song of its label")
    return Outcome(queries[kept], precisions[kept])


def _other_retrievals(
    embedding: np.ndarray, labels: np.ndarray, of_all: Outcome, test: np.ndarray
) -> dict[tuple[str, str], Outcome]:
    """Compute the outcomes of the other readings of retrieval; none where no query has an item."""
    outcomes = {}
    is_test = np.isin(of_all.songs, test)
    if is_test.any():
        songs, values = of_all.songs[is_test], of_all.values[is_test]
        outcomes["map", TEST_IN_ALL] = Outcome(songs, values)
    if len(np.unique(labels[test])) < test.size:
        outcomes["map", TEST_IN_TEST] = _retrieve(embedding, labels, test, test, TEST_IN_TEST)
    return outcomes


def _with_other_artists(
    labels: np.ndarray, artists: np.ndarray, items: np.ndarray, queries: np.ndarray
) -> np.ndarray:
    """Select the queries that have an item of their label by another artist."""
    artists_of_label: dict[str, set[int]] = {}
    for label, artist in zip(labels[items], artists[items], strict=True):
        artists_of_label.setdefault(label, set()).add(artist)
    return np.array(
        [q for q in queries if artists_of_label.get(labels[q], set()) - {artists[q]}], dtype=int
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Score the features of a data set: all values are fractions between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.score_features", description=main.__doc__
    )
    add_score_options(parser)
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "evaluation")
    table = read_labels(args.labels)
    of_tasks, of_intervals = divide_settings(settings)
    scores, by_clip = [], []
    for vectors in stored_vectors(args.features, settings["vectors"]):
        clip_id, values, labels, split = join(*read_features(args.features, vectors), table)
        artists = song_artists(table, clip_id)
        outcomes = song_outcomes(values, labels, split, artists, **of_tasks)
        by_label = split_by_label(outcomes, labels)
        of_vectors = summarise_outcomes({**outcomes, **by_label}, artists, **of_intervals)
        n_test_songs = int(np.count_nonzero(split == "test"))
        for score in of_vectors:
            if score["variant"] in WHOLE_SET:
                is_of_all = score["task"] == "map" and score["variant"] != "test"
                songs = len(split) if is_of_all else n_test_songs
                run = f"{args.dataset} {args.model} seed {args.seed}"
                about = describe_vectors(run, vectors)
                print(f"{about}: {describe_score(score, songs)}")
        scores += [{**score, "vectors": vectors} for score in of_vectors]
        listed = list_outcomes(whole_set(outcomes), clip_id, artists, resample=settings["resample"])
        by_clip += [{**record, "vectors": vectors} for record in listed]
    write_scores(args, "scores.score_features", settings, scores, by_clip)


if __name__ == "__main__":
    stage.run(main)
