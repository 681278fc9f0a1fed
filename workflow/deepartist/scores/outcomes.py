"""Outcomes of songs: the value of each song, which a score is the mean of.

They are averaged to scores with intervals and written to a file of scores.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepartist.config.settings import add_settings_option
from deepartist.files.json_files import write_json
from deepartist.provenance.origin import describe_origin
from deepartist.scores.stats import bootstrap_interval

# Maps (task, variant) to (songs, values): positions of songs (int) and the value of each (float64,
# between 0 and 1).
Outcomes = Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]]


def summarise_outcomes(
    outcomes: Outcomes, *, bootstrap_resamples: int, seed: int
) -> list[dict[str, Any]]:
    """Average the outcomes of songs.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to (songs, values)
        songs : np.ndarray [shape=(m,), dtype=int], m > 0; values : np.ndarray [shape=(m,),
        dtype=float64], between 0 and 1.
    bootstrap_resamples, seed : int
        Settings of the block `evaluation` of the config.

    Returns
    -------
    list of dict
        A score for each (task, variant), with keys task, variant, value, ci_low, ci_high and n:
        the mean over n songs and its 95 % bootstrap interval.
    """
    scores = []
    for (task, variant), (_, values) in outcomes.items():
        low, high = bootstrap_interval(values, resamples=bootstrap_resamples, seed=seed)
        scores.append(
            {
                "task": task,
                "variant": variant,
                "value": float(values.mean()),
                "ci_low": low,
                "ci_high": high,
                "n": int(values.size),
            }
        )
    return scores


def list_outcomes(outcomes: Outcomes, clip_id: np.ndarray) -> list[dict[str, Any]]:
    """List the outcomes of songs by clip_id, as values for JSON.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to (songs, values)
        As in `summarise_outcomes`; songs are positions in `clip_id`.
    clip_id : np.ndarray [shape=(n,), dtype=str]

    Returns
    -------
    list of dict
        One for each (task, variant), with keys task, variant, clip_id (list of str) and value (list
        of float, six decimals); the two lists are of equal length.
    """
    return [
        {
            "task": task,
            "variant": variant,
            "clip_id": clip_id[songs].tolist(),
            "value": values.round(6).tolist(),
        }
        for (task, variant), (songs, values) in outcomes.items()
    ]


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
    return (
        f"{score['task']:8}{score['variant']:5} {score['value']:.4f} "
        f"[{score['ci_low']:.4f}, {score['ci_high']:.4f}] over {score['n']} songs{note}"
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
