"""What songs contribute to scores: averaged, with intervals, and written to a file of scores."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from deepartist.config.settings import add_settings_option
from deepartist.files.json_files import write_json
from deepartist.provenance.origin import describe_origin
from deepartist.scores.stats import bootstrap_interval


def score_rows(
    outcomes: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]],
    *,
    bootstrap_resamples: int,
    seed: int,
) -> list[dict]:
    """Average the outcomes of songs.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to (songs, values)
        What each song contributes: songs [shape=(m,), dtype=int] and values [shape=(m,),
        dtype=float64], between 0 and 1.
    bootstrap_resamples, seed : int
        Of the block `evaluation` of the config.

    Returns
    -------
    list of dict
        A row for each (task, variant), with keys task, variant, value, ci_low, ci_high and n; every
        value is a mean over n songs, and has its 95 % bootstrap interval over those songs.
    """
    rows = []
    for (task, variant), (_, values) in outcomes.items():
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


def outcome_records(
    outcomes: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]], clip_id: np.ndarray
) -> list[dict]:
    """Write the outcomes of songs out by clip.

    Parameters
    ----------
    outcomes : mapping of (task, variant) to (songs, values)
        As in `score_rows`; songs are positions among the n.
    clip_id : np.ndarray [shape=(n,), dtype=str]

    Returns
    -------
    list of dict
        A record for each (task, variant), of what JSON can hold: task, variant, clip_id (list of
        str) and value (list of float, six decimals), one of each for every song that counts.
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


def describe(row: dict, songs: int) -> str:
    """Say one row in words; `songs` is how many queries or test songs there were."""
    left_out = songs - row["n"]
    note = f" ({left_out} without another song of their label left out)" if left_out else ""
    return (
        f"{row['task']:8}{row['variant']:5} {row['value']:.4f} "
        f"[{row['ci_low']:.4f}, {row['ci_high']:.4f}] over {row['n']} songs{note}"
    )


def add_score_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that every stage which scores features has."""
    parser.add_argument("--features", type=Path, required=True, help="npz: clip_id, embedding")
    parser.add_argument("--labels", type=Path, required=True, help="CSV: clip_id, genre, split")
    parser.add_argument("--dataset", required=True, help="name of the data set")
    parser.add_argument("--model", required=True, help="name of the model")
    parser.add_argument("--seed", type=int, required=True, help="seed that the model was made with")
    parser.add_argument("--out", type=Path, required=True, help="JSON to write")
    add_settings_option(parser, "evaluation")


def write_scores(
    args: argparse.Namespace,
    stage: str,
    settings: dict,
    rows: Sequence[dict],
    records: Sequence[dict],
) -> None:
    """Write the file of scores that the options name: `score_rows` and `outcome_records`.

    It says what made it too: the stage's code, its settings and the digests of what it read.
    """
    about = {"dataset": args.dataset, "model": args.model, "seed": args.seed}
    inputs = (args.features, args.labels)
    origin = describe_origin(stage, inputs=inputs, settings=settings, seed=settings["seed"])
    write_json({**about, "scores": rows, "outcomes": records, "provenance": origin}, args.out)
