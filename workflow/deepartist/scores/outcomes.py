"""Outcomes of songs: the value of each song, which a score is the mean of.

They are averaged to scores with intervals and written to a file of scores.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from deepartist.config.settings import add_settings_option
from deepartist.files.json_files import write_json
from deepartist.provenance.origin import describe_origin
from deepartist.scores.setting import describe_setting
from deepartist.scores.stats import mean_interval

# Settings of the block `evaluation` that intervals need; the others are of the classifiers.
INTERVAL_SETTINGS = ("bootstrap_resamples", "seed", "resample")
RESAMPLE_ARTISTS = "artists"  # a value of `evaluation.resample`


@dataclass(frozen=True, eq=False)
class Outcome:
    """The values of the songs that a score is the mean of.

    Attributes
    ----------
    songs : np.ndarray [shape=(m,), dtype=int], m > 0
        Positions of the songs, ascending.
    values : np.ndarray [shape=(m,), dtype=float64]
        The value of each song, between 0 and 1.
    setting : mapping of str to number, or to a list of numbers
        What the classifier used, or chose on the validation songs: ``{"k": 5}``, ``{"C": 0.1}``.
    """

    songs: np.ndarray
    values: np.ndarray
    setting: Mapping[str, Any] = field(default_factory=dict)


Outcomes = Mapping[tuple[str, str], Outcome]  # by task and variant


def right_answers(
    songs: np.ndarray,
    predicted: np.ndarray,
    labels: np.ndarray,
    setting: Mapping[str, Any] | None = None,
) -> Outcome:
    """Make the outcome of a classifier: 1 for each song whose label it predicts, else 0.

    Parameters
    ----------
    songs : np.ndarray [shape=(m,), dtype=int]
        Positions of the songs in `labels`.
    predicted : np.ndarray [shape=(m,), dtype=str]
    labels : np.ndarray [shape=(n,), dtype=str]
    setting : mapping, optional
        See `Outcome`.
    """
    return Outcome(songs, (predicted == labels[songs]).astype(float), setting or {})


def summarise_outcomes(
    outcomes: Outcomes,
    artists: np.ndarray | None = None,
    *,
    bootstrap_resamples: int,
    seed: int,
    resample: str = RESAMPLE_ARTISTS,
) -> list[dict[str, Any]]:
    """Average the outcomes of songs.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to Outcome
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of the artist of each song, of all n songs. None if no artist is known.
    bootstrap_resamples, seed : int
        Settings of the block `evaluation` of the config.
    resample : {"artists", "songs"}
        What intervals resample if artists are known.

    Returns
    -------
    list of dict
        A score for each (task, variant), with keys task, variant, value, ci_low, ci_high, n,
        artists and setting: the mean over n songs and its 95 % interval, the number of artists that
        the interval resamples (0 if it resamples songs), and the outcome's setting.
    """
    if resample != RESAMPLE_ARTISTS:
        artists = None
    scores = []
    for (task, variant), outcome in outcomes.items():
        artist_of = None if artists is None else artists[outcome.songs]
        low, high = mean_interval(
            outcome.values, artist_of, resamples=bootstrap_resamples, seed=seed
        )
        scores.append(
            {
                "task": task,
                "variant": variant,
                "value": float(outcome.values.mean()),
                "ci_low": low,
                "ci_high": high,
                "n": int(outcome.values.size),
                "artists": 0 if artist_of is None else len(np.unique(artist_of)),
                "setting": dict(outcome.setting),
            }
        )
    return scores


def list_outcomes(
    outcomes: Outcomes,
    clip_id: np.ndarray,
    artists: np.ndarray | None = None,
    *,
    resample: str = RESAMPLE_ARTISTS,
) -> list[dict[str, Any]]:
    """List the outcomes of songs by clip_id, as values for JSON.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to Outcome
        Songs are positions in `clip_id`.
    clip_id : np.ndarray [shape=(n,), dtype=str]
    artists, resample
        See `summarise_outcomes`.

    Returns
    -------
    list of dict
        One for each (task, variant), with keys task, variant, clip_id (list of str), value (list of
        float, six decimals) and, if intervals resample artists, artist (list of int): the number of
        each song's artist. The lists are of equal length.
    """
    listed = []
    for (task, variant), outcome in outcomes.items():
        record: dict[str, Any] = {
            "task": task,
            "variant": variant,
            "clip_id": clip_id[outcome.songs].tolist(),
            "value": outcome.values.round(6).tolist(),
        }
        if artists is not None and resample == RESAMPLE_ARTISTS:
            record["artist"] = artists[outcome.songs].tolist()
        listed.append(record)
    return listed


def describe_score(score: Mapping[str, Any], songs: int) -> str:
    """Describe one score of `summarise_outcomes` in words.

    Parameters
    ----------
    score : mapping of str to object
    songs : int
        Number of queries or test songs, including those without an outcome.
    """
    left_out = songs - score["n"]
    note = f" (left out: {left_out} without another song of their label)" if left_out else ""
    by_artist = f" by {score['artists']} artists" if score["artists"] else ""
    setting = describe_setting(score["setting"])
    return (
        f"{score['task']:9} {score['variant']:13} {score['value']:.4f} "
        f"[{score['ci_low']:.4f}, {score['ci_high']:.4f}] over {score['n']} songs{by_artist}{note}"
        + (f", {setting}" if setting else "")
    )


def add_score_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that all stages that score features share."""
    parser.add_argument("--features", type=Path, required=True, help="npz: clip_id, embedding")
    parser.add_argument("--labels", type=Path, required=True, help="CSV: clip_id, label, split")
    parser.add_argument("--dataset", required=True, help="name of the data set")
    parser.add_argument("--model", required=True, help="name of the model")
    parser.add_argument("--seed", type=int, required=True, help="seed that the model was made with")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    add_settings_option(parser, "evaluation")


def write_scores(
    args: argparse.Namespace,
    stage: str,
    settings: dict[str, Any],
    scores: Sequence[Mapping[str, Any]],
    outcomes: Sequence[Mapping[str, Any]],
) -> None:
    """Write the file of scores that ``--out`` names.

    The file also records its provenance: the stage's code and settings, and digests of its inputs.

    Parameters
    ----------
    args : argparse.Namespace
        Values of the options of `add_score_options`.
    stage : str
        The module that made the scores, without the package's name: ``<folder>.<module>``.
    settings : dict of str to object
        The settings used, from the block `evaluation` of the config; `seed` is required.
    scores, outcomes : sequence of mapping
        From `summarise_outcomes` and `list_outcomes`.
    """
    about = {"dataset": args.dataset, "model": args.model, "seed": args.seed}
    inputs = (args.features, args.labels)
    origin = describe_origin(stage, inputs=inputs, settings=settings, seed=settings["seed"])
    content = {**about, "scores": scores, "outcomes": outcomes, "provenance": origin}
    write_json(content, args.out)
