"""Scores of song features by the tags that they predict (table 6).

``python -m deepartist.scores.score_tags`` scores the features of one model on one target.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deepartist.config.settings import parse_settings
from deepartist.datasets.manifest import SPLITS
from deepartist.embeddings.features import read_features, stored_vectors
from deepartist.process import stage
from deepartist.process.counts import counted
from deepartist.process.errors import InputError
from deepartist.scores.artists import song_artists
from deepartist.scores.outcomes import (
    INTERVAL_SETTINGS,
    RESAMPLE_ARTISTS,
    add_score_options,
    describe_score,
    write_scores,
)
from deepartist.scores.tagging import (
    average_precisions,
    centred_interval,
    divides,
    mean_over_tags,
    predict_tags,
    resampled_scores,
    roc_aucs,
    tag_matrix,
)
from deepartist.scores.vectors import describe_vectors
from deepartist.splits.labels import join, read_labels

AUC, AP = "auc", "ap"
TEST = "test"  # the variant over all tags


def score_tags(
    embedding: np.ndarray,
    labels: np.ndarray,
    split: np.ndarray,
    artists: np.ndarray | None = None,
    *,
    bootstrap_resamples: int,
    seed: int,
    resample: str = RESAMPLE_ARTISTS,
) -> tuple[list[dict[str, Any]], list[str]]:
    """Score features by a logistic regression for each tag.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    labels : np.ndarray [shape=(n,), dtype=str]
        The tags of each song, separated by ``|``.
    split : np.ndarray [shape=(n,), dtype=str]
        train, valid or test.
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of each song's artist. None if no artist is known.
    bootstrap_resamples, seed, resample
        Settings of the block `evaluation` of the config.

    Returns
    -------
    scores : list of dict
        In the form of `deepartist.scores.outcomes.summarise_outcomes`. Tasks are ``auc`` and
        ``ap``. Variant ``test`` is the mean over the tags that divide both the training songs and
        the test songs; its setting is the C of all regressions and the number of these tags. Of
        each resample, tags that do not divide its songs are left out of the mean. Variants
        ``tag:<tag>`` are single tags; their setting is the C and the number of test songs that
        have the tag. `n` is the number of test songs.
    left_out : list of str
        Tags that do not divide the training songs or the test songs.

    Raises
    ------
    InputError
        A part has no song, or no tag divides both parts.
    """
    for part in SPLITS:
        if not (split == part).any():
            raise InputError(f"no song has split '{part}'; the labels need train, valid and test")
    train, valid, test = (np.flatnonzero(split == part) for part in SPLITS)
    tags, has_tag = tag_matrix(labels)
    is_scored = divides(has_tag[train]) & divides(has_tag[test])
    left_out = [tag for tag, kept in zip(tags, is_scored, strict=True) if not kept]
    if not is_scored.any():
        raise InputError(
            f"none of the {len(tags)} tags has songs with it and songs without it in both the "
            "training part and the test part; tags need more songs"
        )
    scored = [tag for tag, kept in zip(tags, is_scored, strict=True) if kept]
    has_tag = has_tag[:, is_scored]
    ranking, c = predict_tags(
        embedding[train], has_tag[train], embedding[valid], has_tag[valid], embedding[test]
    )
    artist_of = None if artists is None or resample != RESAMPLE_ARTISTS else artists[test]
    n_artists = 0 if artist_of is None else len(np.unique(artist_of))
    resampled = resampled_scores(
        ranking, has_tag[test], artist_of, resamples=bootstrap_resamples, seed=seed
    )

    def record(task: str, variant: str, value: float, values: np.ndarray, **setting: float) -> Any:
        low, high = centred_interval(value, values, n_artists or len(test))
        return {
            "task": task,
            "variant": variant,
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "n": len(test),
            "artists": n_artists,
            "setting": {"C": c, **setting},
        }

    n_tagged = has_tag[test].sum(axis=0)
    whole, single = [], []
    for task, score, of_resamples in zip(
        (AUC, AP), (roc_aucs, average_precisions), resampled, strict=True
    ):
        values = score(ranking, has_tag[test])
        mean, means = float(values.mean()), mean_over_tags(of_resamples)
        whole.append(record(task, TEST, mean, means, tags=len(scored)))
        for tag, value, of_tag, songs in zip(scored, values, of_resamples, n_tagged, strict=True):
            single.append(record(task, f"tag:{tag}", float(value), of_tag, tagged=int(songs)))
    return whole + single, left_out


def main(argv: Sequence[str] | None = None) -> None:
    """Score the features of a target by its tags: all values are between 0 and 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.score_tags", description=main.__doc__
    )
    add_score_options(parser)
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "evaluation")
    table = read_labels(args.labels)
    of_intervals = {key: settings[key] for key in INTERVAL_SETTINGS}
    scores: list[Mapping[str, Any]] = []
    for vectors in stored_vectors(args.features, settings["vectors"]):
        clip_id, values, labels, split = join(*read_features(args.features, vectors), table)
        artists = song_artists(table, clip_id)
        of_vectors, left_out = score_tags(values, labels, split, artists, **of_intervals)
        run = f"{args.dataset} {args.model} seed {args.seed}"
        about = describe_vectors(run, vectors)
        for score in of_vectors:
            if score["variant"] == TEST:
                print(f"{about}: {describe_score(score, score['n'])}")
        if left_out:
            print(
                f"{about}: {counted(len(left_out), 'tag')} left out, which all songs or none have "
                f"in the training part or in the test part: {', '.join(left_out)}",
                file=sys.stderr,
            )
        scores += [{**score, "vectors": vectors} for score in of_vectors]
    of_stage = {**of_intervals, "vectors": settings["vectors"]}
    write_scores(args, "scores.score_tags", of_stage, scores, [])


if __name__ == "__main__":
    stage.run(main)
