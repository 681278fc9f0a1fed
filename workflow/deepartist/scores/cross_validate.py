"""Cross-validation: scores of features whose songs have no split into parts."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from deepartist.process.errors import InputError
from deepartist.scores.outcomes import Outcome
from deepartist.scores.score_features import song_outcomes, whole_set

FEWEST_FOLDS = 3  # one to test on, one to validate on, and one at least to train on


def draw_folds(
    labels: np.ndarray, artists: np.ndarray | None, *, folds: int, seed: int
) -> np.ndarray:
    """Divide songs into folds that have each label in about the same proportion (scikit-learn's).

    Parameters
    ----------
    labels : np.ndarray [shape=(n,), dtype=str]
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of each song's artist. All songs of an artist are then in the same fold, unless each
        label has just one artist (as with artists as labels): no label could be learned.
    folds, seed : int

    Returns
    -------
    np.ndarray [shape=(n,), dtype=int]
        Fold of each song, from 0.

    Raises
    ------
    InputError
        There are fewer than three folds, or a fold would be empty.
    """
    if folds < FEWEST_FOLDS:
        raise InputError(f"--folds {folds}: give at least {FEWEST_FOLDS}: test, valid and train")
    groups = None if artists is None or _is_artist(labels, artists) else artists
    n_units = len(labels) if groups is None else len(np.unique(groups))
    what = "songs" if groups is None else "artists"
    if n_units < folds:
        raise InputError(f"--folds {folds}: there are only {n_units} {what}; give fewer folds")
    _, n_songs = np.unique(labels, return_counts=True)
    if n_songs.max() < folds:
        raise InputError(
            f"--folds {folds}: no label has more than {n_songs.max()} songs; give fewer folds"
        )
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    with warnings.catch_warnings():
        # a label with fewer songs than folds is not in all of them, which is as it must be
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        splits = kind(folds, shuffle=True, random_state=seed).split(labels, labels, groups)
        test_parts = [test for _, test in splits]
    fold_of = np.empty(len(labels), dtype=int)
    for fold, test in enumerate(test_parts):
        if not test.size:
            raise InputError(f"--folds {folds}: too few {what} of each label; give fewer folds")
        fold_of[test] = fold
    return fold_of


def cross_validate(
    embedding: np.ndarray,
    labels: np.ndarray,
    artists: np.ndarray | None,
    *,
    folds: int,
    seed: int,
    **settings: Any,
) -> dict[tuple[str, str], Outcome]:
    """Compute the outcome of each song in the fold that it is tested in.

    Each fold in turn is the test part, the next one (after the last, the first) the validation
    part, and the others are the training part. So every song is a test song once.

    Parameters
    ----------
    embedding, labels, artists, **settings
        See `deepartist.scores.score_features.song_outcomes`.
    folds, seed : int
        See `draw_folds`; the seed is that of the softmax, too.

    Returns
    -------
    dict of (task, variant) to Outcome
        Those over all songs and trials. Settings are lists with a value for each fold.

    Raises
    ------
    InputError
        See `draw_folds` and `song_outcomes`.
    """
    fold_of = draw_folds(labels, artists, folds=folds, seed=seed)
    outcomes_of_folds = []
    for fold in range(folds):
        split = np.full(len(labels), "train")
        split[fold_of == (fold + 1) % folds] = "valid"
        split[fold_of == fold] = "test"
        try:
            outcomes = song_outcomes(embedding, labels, split, artists, seed=seed, **settings)
        except InputError as error:
            raise InputError(f"fold {fold + 1} of {folds}: {error}") from error
        outcomes_of_folds.append(whole_set(outcomes))
    keys = dict.fromkeys(key for outcomes in outcomes_of_folds for key in outcomes)
    return {
        key: _join_folds([outcomes[key] for outcomes in outcomes_of_folds if key in outcomes], key)
        for key in keys
    }


def _is_artist(labels: np.ndarray, artists: np.ndarray) -> bool:
    """Tell whether each label has just one artist."""
    pairs = set(zip(labels.tolist(), artists.tolist(), strict=True))
    return len(pairs) == len(np.unique(labels))


def _join_folds(outcomes: Sequence[Outcome], key: tuple[str, str]) -> Outcome:
    task, variant = key
    if task == "map" and variant != "test":  # over all songs, whatever the fold
        return outcomes[0]
    songs = np.concatenate([outcome.songs for outcome in outcomes])
    values = np.concatenate([outcome.values for outcome in outcomes])
    names = dict.fromkeys(name for outcome in outcomes for name in outcome.setting)
    settings = {name: [outcome.setting[name] for outcome in outcomes] for name in names}
    order = np.argsort(songs)
    return Outcome(songs[order], values[order], settings)
