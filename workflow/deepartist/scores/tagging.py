"""Prediction of the tags of songs by logistic regression, and how well it ranks the songs.

A song has several tags. For each tag, the test songs are ranked by a classifier's value, and the
ranking is scored by the area under the ROC curve (AUC) and by the average precision (AP): how far
the songs with the tag stand above those without it. Both are then averaged over tags (macro).
"""

import warnings
from collections.abc import Iterable, Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.scores.logistic import MAX_STEPS, PENALTIES
from deepartist.scores.stats import draw_by_artist, wilson_interval

BLOCK = 1_000_000  # weights of songs computed at once: 8 MB


def tag_matrix(labels: Iterable[str]) -> tuple[list[str], np.ndarray]:
    """Tell which song has which tag.

    Parameters
    ----------
    labels : iterable of str [length n]
        The tags of each song, separated by ``|``.

    Returns
    -------
    tags : list of str [length t]
        All tags, in alphabetical order.
    has_tag : np.ndarray [shape=(n, t), dtype=bool]
    """
    of_songs = [set(label.split(TAG_SEPARATOR)) - {""} for label in labels]
    tags = sorted(set().union(*of_songs))
    column = {tag: n for n, tag in enumerate(tags)}
    has_tag = np.zeros((len(of_songs), len(tags)), dtype=bool)
    for row, of_song in zip(has_tag, of_songs, strict=True):
        row[[column[tag] for tag in of_song]] = True
    return tags, has_tag


def divides(has_tag: np.ndarray) -> np.ndarray:
    """Tell which tags some of the songs have and others do not.

    Parameters
    ----------
    has_tag : np.ndarray [shape=(n, t), dtype=bool]

    Returns
    -------
    np.ndarray [shape=(t,), dtype=bool]
    """
    n_tagged = has_tag.sum(axis=0)
    some: np.ndarray = (n_tagged > 0) & (n_tagged < len(has_tag))
    return some


def predict_tags(
    train: np.ndarray,
    train_has_tag: np.ndarray,
    valid: np.ndarray,
    valid_has_tag: np.ndarray,
    test: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Train a logistic regression (scikit-learn's) for each tag and apply them to the test songs.

    Dimensions are standardised over the training songs. The regressions are trained for each C of
    `PENALTIES`. The C whose macro average precision over the validation songs is highest is used
    for all tags; of several, the smallest. Validation songs are never trained on. If no tag divides
    them, the smallest C is used.

    Parameters
    ----------
    train, valid, test : np.ndarray [shape=(n, d), (v, d), (q, d)]
    train_has_tag, valid_has_tag : np.ndarray [shape=(n, t), (v, t), dtype=bool]
        Each tag must divide the training songs (`divides`).

    Returns
    -------
    ranking : np.ndarray [shape=(q, t), dtype=float64]
        The logit of each test song for each tag.
    c : float
        The C that was chosen.
    """
    scaler = StandardScaler().fit(np.asarray(train, dtype=np.float64))
    train, valid, test = (scaler.transform(part) for part in (train, valid, test))
    n_tags = train_has_tag.shape[1]
    of_valid = np.empty((len(PENALTIES), len(valid), n_tags))
    of_test = np.empty((len(PENALTIES), len(test), n_tags))
    for tag in range(n_tags):
        # each regression starts from the weights of the one before, which are close
        regression = LogisticRegression(max_iter=MAX_STEPS, warm_start=True)
        for position, c in enumerate(PENALTIES):
            regression.set_params(C=c).fit(train, train_has_tag[:, tag])
            of_valid[position, :, tag] = regression.decision_function(valid)
            of_test[position, :, tag] = regression.decision_function(test)
    precisions = [
        mean_over_tags(average_precisions(ranking, valid_has_tag)) for ranking in of_valid
    ]
    chosen = 0 if np.isnan(precisions).all() else int(np.nanargmax(precisions))
    return of_test[chosen], PENALTIES[chosen]


def roc_aucs(ranking: np.ndarray, has_tag: np.ndarray) -> np.ndarray:
    """Compute the area under the ROC curve of each tag.

    Parameters
    ----------
    ranking : np.ndarray [shape=(n, t)]
        Songs with a tag should have high values. Songs of equal value are a draw.
    has_tag : np.ndarray [shape=(n, t), dtype=bool]

    Returns
    -------
    np.ndarray [shape=(t,), dtype=float64]
        NaN for a tag that does not divide the songs.
    """
    return _score_rankings(ranking, has_tag, np.ones((len(ranking), 1)))[0][:, 0]


def average_precisions(ranking: np.ndarray, has_tag: np.ndarray) -> np.ndarray:
    """Compute the average precision of each tag.

    Parameters and result are as those of `roc_aucs`. Songs of equal value have one precision.
    """
    return _score_rankings(ranking, has_tag, np.ones((len(ranking), 1)))[1][:, 0]


def mean_over_tags(of_tags: np.ndarray) -> np.ndarray:
    """Average over the first axis, the tags, without those that are NaN; NaN if all are."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a mean of nothing
        mean: np.ndarray = np.nanmean(of_tags, axis=0)
    return mean


def resampled_scores(
    ranking: np.ndarray,
    has_tag: np.ndarray,
    artists: np.ndarray | None = None,
    *,
    resamples: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Compute AUC and average precision of each tag for resamples of the songs.

    Parameters
    ----------
    ranking, has_tag
        See `roc_aucs`.
    artists : np.ndarray [shape=(n,), dtype=int], optional
        Number of each song's artist; artists are then resampled, and then their songs.
    resamples : int > 0
    seed : int >= 0

    Returns
    -------
    aucs, precisions : np.ndarray [shape=(t, resamples), dtype=float64]
        NaN where a tag does not divide the songs of the resample.
    """
    generator = np.random.default_rng(seed)
    blocks = [
        _score_rankings(ranking, has_tag, weights)
        for weights in _draw_weights(len(ranking), artists, resamples, generator)
    ]
    aucs, precisions = zip(*blocks, strict=True)
    return np.hstack(aucs), np.hstack(precisions)


def centred_interval(value: float, resampled: np.ndarray, n: int) -> tuple[float, float]:
    """Make the 95 % interval of a score from its values in resamples.

    Parameters
    ----------
    value : float
        The score, between 0 and 1.
    resampled : np.ndarray [shape=(resamples,)]
        NaN where it could not be computed.
    n : int > 0
        Number of songs or artists that were drawn.

    Returns
    -------
    low, high : float
        The 2.5th and 97.5th percentiles, moved by the difference between the score and the mean of
        the resamples, and at most to 0 or 1. A song that is drawn twice stands in one place, next
        to itself, which raises average precision; the move takes that out. If all values are equal,
        the resamples know no spread, and the interval is Wilson's for n answers, as in
        `deepartist.scores.stats.mean_interval`.
    """
    known = resampled[~np.isnan(resampled)]
    if not known.size or np.ptp(known) < 1e-12:
        return wilson_interval(value * n, n)
    low, high = np.percentile(known, [2.5, 97.5]) + value - known.mean()
    return max(0.0, min(float(low), value)), min(1.0, max(float(high), value))


def _draw_weights(
    n: int, artists: np.ndarray | None, resamples: int, generator: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield how often each song is drawn in each resample, in blocks [shape=(n, b)]."""
    at_once = max(1, BLOCK // n)
    for start in range(0, resamples, at_once):
        b = min(at_once, resamples - start)
        if artists is None:
            songs, totals = generator.integers(n, size=b * n), np.full(b, n)
        else:
            songs, totals = draw_by_artist(artists, b, generator)
        resample = np.repeat(np.arange(b), totals)
        counts = np.bincount(songs * b + resample, minlength=n * b)
        yield counts.reshape(n, b).astype(np.float64)


def _score_rankings(
    ranking: np.ndarray, has_tag: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Compute AUC and average precision of each tag, for each set of weights of the songs.

    Parameters
    ----------
    ranking, has_tag : np.ndarray [shape=(n, t)]
    weights : np.ndarray [shape=(n, b), dtype=float64]

    Returns
    -------
    aucs, precisions : np.ndarray [shape=(t, b)]
    """
    scores = [
        _score_ranking(*pair, weights) for pair in zip(ranking.T, has_tag.T, strict=True)
    ]  # a tag each
    return np.stack([auc for auc, _ in scores]), np.stack([precision for _, precision in scores])


def _score_ranking(
    ranking: np.ndarray, has_tag: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Do so for one tag, (n,).

    Only songs with the tag add to either sum: their weight, times the weight below them for AUC,
    times their precision for AP. Songs of equal value are one group.
    """
    if not has_tag.any():
        nothing = np.full(weights.shape[1], np.nan)
        return nothing, nothing
    order = np.argsort(-ranking, kind="stable")
    positives = np.flatnonzero(has_tag[order])  # their places, from the top
    values = ranking[order]
    # the first positive of each group, and where its group begins and ends
    is_first = np.append(True, np.diff(values[positives]) != 0)
    first = np.flatnonzero(is_first)
    begin = np.searchsorted(-values, -values[positives[first]], side="left")
    end = np.searchsorted(-values, -values[positives[first]], side="right")
    # down to each place, all songs; before the first one is none
    to_place = np.zeros((len(order) + 1, weights.shape[1]))
    np.cumsum(weights[order], axis=0, out=to_place[1:])
    of_group = np.add.reduceat(weights[order[positives]], first, axis=0)  # with the tag
    to_group = np.cumsum(of_group, axis=0)
    n_with = to_group[-1]
    n_without = to_place[-1] - n_with
    without_above = to_place[begin] - (to_group - of_group)
    without_in = to_place[end] - to_place[begin] - of_group
    below = n_without - without_above - without_in / 2
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN where all weights are 0
        auc = (of_group * below).sum(axis=0) / (n_with * n_without)
        precision = to_group / np.maximum(to_place[end], 1)  # of a group without weight: none
        average = (of_group * precision).sum(axis=0) / n_with
    divided = (n_with > 0) & (n_without > 0)
    return np.where(divided, auc, np.nan), np.where(divided, average, np.nan)
