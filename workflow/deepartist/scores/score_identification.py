"""Scores of artists that are known by a few songs: identification and verification.

``python -m deepartist.scores.score_identification`` scores the features of one model on one data
set. No model or classifier is trained: this is what a vector tells about artists that are new.
"""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.embeddings.features import read_features, stored_vectors
from deepartist.process import stage
from deepartist.scores.artists import number_artists
from deepartist.scores.identification import choose_artists, identify
from deepartist.scores.identification_variants import (
    ARTISTS,
    EQUAL_ERROR_RATE,
    IDENTIFY,
    VERIFY,
    known_songs,
)
from deepartist.scores.outcomes import (
    INTERVAL_SETTINGS,
    Outcome,
    add_score_options,
    describe_score,
    list_outcomes,
    summarise_outcomes,
    write_scores,
)
from deepartist.scores.verification import verify
from deepartist.splits.labels import join, read_labels

OPTION = "--identification"


def song_outcomes(
    embedding: np.ndarray,
    artists: np.ndarray,
    songs: np.ndarray,
    known: Sequence[int],
    *,
    draws: int,
    seed: int,
) -> dict[tuple[str, str], Outcome]:
    """Compute how often the artist of each song is named, for each number of known songs.

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d)]
    artists : np.ndarray [shape=(n,), dtype=int]
        Number of each song's artist.
    songs, known
        From `deepartist.scores.identification.choose_artists`.
    draws, seed : int
        See `deepartist.scores.identification.identify`.

    Returns
    -------
    dict of (task, variant) to Outcome
        The variants ``k=<number>`` of the task identify, with the number of artists as setting N.
        Songs that are known in all draws are left out.
    """
    fractions = identify(embedding[songs], artists[songs], known, draws=draws, seed=seed)
    setting = {ARTISTS: len(np.unique(artists[songs]))}
    return {
        (IDENTIFY, known_songs(k)): Outcome(songs[~np.isnan(of_k)], of_k[~np.isnan(of_k)], setting)
        for k, of_k in zip(known, fractions, strict=True)
    }


def score_verification(
    embedding: np.ndarray, artists: np.ndarray, *, resamples: int, seed: int
) -> dict[str, Any]:
    """Score the verification of artists, as a record like those of `summarise_outcomes`.

    Its interval always resamples artists.

    Parameters
    ----------
    embedding, artists, resamples, seed
        See `deepartist.scores.verification.verify`.
    """
    value, low, high, _ = verify(embedding, artists, resamples=resamples, seed=seed)
    n_artists = len(np.unique(artists))
    return {
        "task": VERIFY,
        "variant": EQUAL_ERROR_RATE,
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "n": len(artists),
        "artists": n_artists,
        "setting": {ARTISTS: n_artists},
    }


def _two_artists(table: pd.DataFrame, clip_id: np.ndarray) -> bool:
    """Whether songs by two artists have features; also if none has, which `join` reports."""
    known = table["clip_id"].isin(clip_id)
    return table.loc[known, "label"].nunique() > 1 or not (known.any() or table.empty)


def main(argv: Sequence[str] | None = None) -> None:
    """Score how well features tell artists that are known by a few songs: fractions from 0 to 1."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.score_identification", description=main.__doc__
    )
    add_score_options(parser)
    add_settings_option(parser, "identification", option=OPTION)
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "evaluation")
    chosen = parse_settings(args.identification, "identification", option=OPTION)
    of_intervals = {key: settings[key] for key in INTERVAL_SETTINGS}
    resampling = {"resamples": settings["bootstrap_resamples"], "seed": settings["seed"]}
    about = f"{args.dataset} {args.model} seed {args.seed}"
    table = read_labels(args.labels, complete=False)
    table = table[table["label"] != ""]
    scores, by_clip = [], []
    for vectors in stored_vectors(args.features, settings["vectors"]):
        clip_id, values = read_features(args.features, vectors)
        if not _two_artists(table, clip_id):
            print(f"{about} {vectors}: fewer than two artists; nothing is scored")
            continue
        clip_id, values, labels, _ = join(clip_id, values, table)
        artists = number_artists(labels)
        known, songs = choose_artists(
            artists, chosen["known"], largest=chosen["artists"], seed=settings["seed"]
        )
        if not known:
            least = min(chosen["known"]) + 1
            print(f"{about} {vectors}: no two artists have {least} songs; nothing is scored")
            continue
        drawing = {"draws": chosen["draws"], "seed": settings["seed"]}
        outcomes = song_outcomes(values, artists, songs, known, **drawing)
        of_vectors = summarise_outcomes(outcomes, artists, **of_intervals)
        of_vectors.append(score_verification(values[songs], artists[songs], **resampling))
        for score in of_vectors:
            print(f"{about} {vectors}: {describe_score(score, score['n'])}")
        scores += [{**score, "vectors": vectors} for score in of_vectors]
        listed = list_outcomes(outcomes, clip_id, artists, resample=settings["resample"])
        by_clip += [{**record, "vectors": vectors} for record in listed]
    used = {**of_intervals, "vectors": settings["vectors"], "identification": chosen}
    write_scores(args, "scores.score_identification", used, scores, by_clip)


if __name__ == "__main__":
    stage.run(main)
