"""Differences between the scores of models, computed from the values of each song.

``python -m deepartist.scores.compare_models`` compares each pair of models on the same songs.
"""

import argparse
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, combinations
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from deepartist.config.vectors import EMBEDDING
from deepartist.files.json_files import read_json
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.scores.stats import paired_interval

SCORE = ["task", "dataset", "vectors", "variant"]
# Table 4 compares this model, classified by a support vector machine, with the linear softmax of
# the others.
SVM_MODEL, SVM_TASK, SVM_PEER = "librosa", "svm", "softmax"
COLUMNS = [*SCORE, "model_a", "model_b", "difference", "ci_low", "ci_high", "n"]


def read_outcomes(paths: Sequence[Path], models: Sequence[str]) -> pd.DataFrame:
    """Read the outcomes of songs, which the scores of some models are means of.

    Parameters
    ----------
    paths : sequence of Path
        JSON files of ``deepartist.scores.score_features``: ``{"dataset", "model", "seed",
        "outcomes": [{"task", "vectors", "variant", "clip_id": [...], "value": [...]}]}``; an
        outcome may also have ``"artist": [...]``, the number of each song's artist.
    models : sequence of str
        Files of other models are ignored.

    Returns
    -------
    pd.DataFrame [columns=task, dataset, vectors, variant, model, seed, clip_id, value, artist]
        `artist` is NaN if intervals do not resample artists.

    Raises
    ------
    InputError
        A file has another form, two files have the same data set, model and seed, or no file is of
        one of the models.
    """
    outcomes_of_runs: list[pd.DataFrame] = []
    path_of_run: dict[tuple[Any, ...], Path] = {}
    for path in paths:
        try:
            content = read_json(path)
            about = {"dataset": content["dataset"], "model": content["model"]}
            about["seed"] = int(content["seed"])
            if about["model"] not in models:
                continue
            of_scores = [_tabulate_outcomes(score).assign(**about) for score in content["outcomes"]]
            outcomes = pd.concat(of_scores, ignore_index=True)
            if outcomes.duplicated(["task", "vectors", "variant", "clip_id"]).any():
                raise ValueError("a song occurs twice")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{path}: not a file of scores with the outcomes of songs ({error!r}); "
                "make it with deepartist.scores.score_features"
            ) from error
        run = tuple(about.values())
        if run in path_of_run:
            raise InputError(
                f"{path}: data set '{about['dataset']}', model '{about['model']}' and seed "
                f"{about['seed']} are also in {path_of_run[run]}; give each score once"
            )
        path_of_run[run] = path
        outcomes_of_runs.append(outcomes)
    if not outcomes_of_runs:
        raise InputError(f"no score file is of a model among {', '.join(models)}; score them first")
    return pd.concat(outcomes_of_runs, ignore_index=True)


def compare_models(
    outcomes: pd.DataFrame,
    groups: Sequence[Sequence[str]],
    *,
    left_out: Collection[tuple[str, str]] = (),
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Compare each pair of models of a group on every data set.

    Parameters
    ----------
    outcomes : pd.DataFrame
        From `read_outcomes`.
    groups : sequence of sequence of str
        Models of each table, without repetition. The earlier one of a pair is `model_a`. A pair
        that is in several groups is compared once.
    left_out : collection of (model, data set)
        Features of the user that have no file for a data set; they are not compared on it.
    resamples, seed : int
        See `paired_interval`; the same songs are drawn for all pairs of models.

    Returns
    -------
    pd.DataFrame [columns=COLUMNS]
        A row per task, data set, vectors, variant (sorted by these) and pair of models (in the
        order given). Models are compared by the same vectors; one without multilevel has no such
        row.
        The difference is the mean over n songs of a song's value with model_a minus its value with
        model_b; both values are means over the seeds of the model. The 95 % bootstrap interval is
        over songs or, if all have one, over artists and their songs. The task is ``softmax/svm`` if
        one of the models is classified by a support vector machine.

    Raises
    ------
    InputError
        A model lacks the outcomes of a score that another model has, or two models or seeds have
        outcomes of different songs.
    """
    pairs = list(dict.fromkeys(pair for group in groups for pair in combinations(group, 2)))
    outcomes = outcomes.assign(task=outcomes["task"].replace(SVM_TASK, SVM_PEER))
    differences = []
    stored = set(outcomes[["model", "dataset", "vectors"]].itertuples(index=False, name=None))
    for key, of_score in outcomes.groupby(SCORE):
        task, dataset, vectors, variant = map(str, key)
        where = f"task '{task}', data set '{dataset}', variant '{variant}'"
        where += "" if vectors == EMBEDDING else f", {vectors}"
        models = [
            model
            for model in dict.fromkeys(chain.from_iterable(groups))
            if (model, dataset) not in left_out
            and (task == SVM_PEER or model != SVM_MODEL)
            and (vectors == EMBEDDING or (model, dataset, vectors) in stored)
        ]
        by_run = _pivot(outcomes, of_score, dataset, models, where)
        artists = _find_artists(of_score, by_run.index)
        means = {
            model: cast(pd.DataFrame, by_run[model]).mean(axis=1).to_numpy() for model in models
        }
        for a, b in pairs:
            if not {a, b} <= means.keys():
                continue
            interval = paired_interval(means[a], means[b], artists, resamples=resamples, seed=seed)
            compared_tasks = f"{task}/{SVM_TASK}" if SVM_MODEL in (a, b) else task
            differences.append(
                (compared_tasks, dataset, vectors, variant, a, b, *interval, len(by_run))
            )
    return pd.DataFrame(differences, columns=COLUMNS)


def _pivot(
    outcomes: pd.DataFrame, of_score: pd.DataFrame, dataset: str, models: Sequence[str], where: str
) -> pd.DataFrame:
    """Arrange the outcomes of one score: a row per song, a column per model and seed."""
    runs = outcomes.loc[outcomes["dataset"] == dataset, ["model", "seed"]]
    runs = runs[runs["model"].isin(models)]
    by_run = of_score.pivot(index="clip_id", columns=["model", "seed"], values="value")
    # a model and seed without outcomes of this score get a column of NaN, which is reported below
    by_run = by_run.reindex(columns=pd.MultiIndex.from_frame(runs).unique().sort_values())
    for model in models:
        if model not in by_run.columns:
            raise InputError(
                f"{where}: no score of model '{model}'; evaluate this model on this data set"
            )
    _check_same_songs(by_run, where)
    return by_run


def _find_artists(of_score: pd.DataFrame, clip_id: "pd.Index[str]") -> np.ndarray | None:
    """Return the number of each clip's artist; None if a clip has none."""
    # all files number the artists of a data set alike, because they read the same labels
    artists = of_score.groupby("clip_id")["artist"].first().loc[clip_id].to_numpy()
    return None if np.isnan(artists).any() else artists


def _tabulate_outcomes(score: Mapping[str, Any]) -> pd.DataFrame:
    value = np.array(score["value"], dtype=np.float64)
    if value.ndim != 1 or not value.size or not np.isfinite(value).all():
        raise ValueError("values are not finite numbers")
    artist = np.array(score.get("artist", np.full(value.size, np.nan)), dtype=np.float64)
    songs = pd.DataFrame({"clip_id": score["clip_id"], "value": value, "artist": artist})
    return songs.assign(**{key: score[key] for key in ("task", "vectors", "variant")})


def _check_same_songs(by_run: pd.DataFrame, where: str) -> None:
    missing = by_run.isna()
    if not missing.any(axis=None):
        return
    songs = missing.index[missing.any(axis=1)]
    absent = missing.loc[songs[0]]
    (model, seed), (other, other_seed) = absent.idxmax(), absent.idxmin()
    raise InputError(
        f"{where}: clip '{songs[0]}' (and {len(songs) - 1} more) has a value by model '{other}', "
        f"seed {other_seed}, but none by model '{model}', seed {seed}; "
        "evaluate all models on the same songs"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Compare models on the same songs: differences of scores, between -1 and 1, as CSV."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.scores.compare_models", description=main.__doc__
    )
    parser.add_argument("--scores", type=Path, nargs="+", required=True, help="JSON files")
    parser.add_argument(
        "--models",
        nargs="+",
        action="append",
        required=True,
        help="models to compare with each other, in this order; give it again for another table",
    )
    add_left_out_option(parser)
    parser.add_argument(
        "--resamples", type=int, required=True, help="number of bootstrap resamples"
    )
    parser.add_argument("--seed", type=int, required=True, help="seed of the bootstrap")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    args = parser.parse_args(argv)
    if args.resamples < 1 or args.seed < 0:
        raise InputError(
            f"--resamples {args.resamples} --seed {args.seed}: give at least 1 and at least 0"
        )
    for group in args.models:
        if len(set(group)) < len(group):
            raise InputError(f"--models {' '.join(group)}: give each model once")
    models = list(dict.fromkeys(chain.from_iterable(args.models)))
    table = compare_models(
        read_outcomes(args.scores, models),
        args.models,
        left_out=parse_left_out(args.left_out),
        resamples=args.resamples,
        seed=args.seed,
    )
    with replacing(args.out) as partial:
        table.to_csv(partial, index=False, lineterminator="\n")
    print(f"{args.out}: {len(table)} differences between {len(models)} models")


if __name__ == "__main__":
    stage.run(main)
