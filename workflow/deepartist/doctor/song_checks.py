"""Checks of songs, artists and labels: functions from tables of songs to findings.

A finding is an error if it would stop the run later (too few artists, tags or labels) or make the
scores worthless (the user's split has the same artists in its training and test part). All others
are warnings, because an error stops the run: artists whose names are both in source and target
(scores become somewhat too high, but two artists may have the same name), labels with few songs.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from deepartist.datasets.artist_names import normalise
from deepartist.datasets.manifest import SPLITS
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.doctor.findings import Finding, quote
from deepartist.doctor.look_alikes import check_look_alikes
from deepartist.doctor.songs import Selection, Training
from deepartist.process.counts import counted
from deepartist.process.errors import InputError
from deepartist.splits.artists import artist_names, has_artist
from deepartist.splits.split_artists import (
    ALL,
    SONGS,
    LeftOut,
    name_left_out,
    settle_numbers,
)

# If more than this fraction of the test songs are by artists of the training part, scores show how
# well a model recognises these artists.
DIVIDED_FRACTION = 0.05
# It is a warning if the largest label has more than this many times the songs of the smallest one.
UNEVEN_FACTOR = 10


def check_songs(
    manifests: Mapping[str, pd.DataFrame],
    selection: Selection,
    training: Training,
    targets: Mapping[str, Mapping[str, Any]],
    catalogues: Mapping[str, str | None],
) -> list[Finding]:
    """Run all checks of this module on the songs of the source and the targets.

    Parameters
    ----------
    manifests : mapping of str to pd.DataFrame
        Clips of each data set that could be loaded.
    selection : Selection
        From `deepartist.doctor.songs.select_songs`.
    training : Training
    targets : mapping of str to mapping
        Settings of each target, as in the config.
    catalogues : mapping of str to str or None
        The catalogue that the artist ids of each data set come from; None if the ids have no
        meaning outside the data set.
    """
    findings = []
    source = None if training.source is None else manifests.get(training.source)
    if training.source is not None and source is not None:
        n_songs = selection.songs_per_artist
        findings += check_artist_sets(training.source, n_songs, training.artist_sets)
        for reason in selection.unusable_sets:
            findings.append(Finding(training.source, "artist sets", "error", 0, reason))
        findings += check_left_out(training.source, selection.left_out, source)
        if training.has_tag_model:
            findings.append(check_tags(training.source, selection.tags))
    for name, songs in manifests.items():
        findings += check_nobody(name, songs)
        if catalogues[name] is None:  # a catalogue knows better which names are one artist
            findings += check_look_alikes(name, "artists", artist_names(songs).unique())
    for name, refusal in selection.refusals.items():
        findings.append(Finding(name, "labels", "error", 0, refusal))
    for name, labels in selection.labels.items():
        label, dataset = targets[name]["label"], targets[name]["dataset"]
        catalogue = catalogues[dataset]
        if targets[name]["task"] == "identify":
            findings.append(check_identified(name, labels))
        elif label != "tags":
            findings += check_labels(name, labels, label)
        labelled = labels[["clip_id", "label", "split"]]
        songs = manifests[dataset].drop(columns="split").merge(labelled, on="clip_id")
        if label == "genre":
            findings += check_look_alikes(name, "genres", labels["label"].unique())
            findings.append(check_parts(name, songs, by_id=catalogue is not None))
        if training.source is not None and source is not None and dataset != training.source:
            by_id = catalogue is not None and catalogue == catalogues[training.source]
            without = training.without_targets
            findings.append(check_artists(name, songs, training.source, source, by_id, without))
    return findings


def check_identified(target: str, labels: pd.DataFrame) -> Finding:
    """Say how many artists of a target can be identified: two songs of each are needed.

    Parameters
    ----------
    target : str
    labels : pd.DataFrame [columns=(clip_id, artist, …)]
        From `deepartist.splits.label_target.label_artists`.
    """
    n_artists = int((labels["artist"].value_counts() > 1).sum())
    text = f"{counted(n_artists, 'artist')} to identify have two songs or more"
    if n_artists < 2:
        return Finding(target, "identify", "warning", n_artists, f"{text}; table 5 has no scores")
    return Finding(target, "identify", "ok", n_artists, text)


def artist_keys(manifest: pd.DataFrame, by_id: bool) -> pd.Series:
    """Return a key of each song's artist that can be compared with those of another data set.

    Parameters
    ----------
    manifest : pd.DataFrame
    by_id : bool
        Use the `artist_id` as key, if both data sets have ids of the same catalogue. Otherwise use
        the name, normalised by `deepartist.datasets.artist_names.normalise`.

    Returns
    -------
    pd.Series [index=manifest.index, dtype=str]
        Empty for songs without a known artist or, if names are used, without a name.
    """
    if by_id:
        keys = manifest["artist_id"]
    else:
        names = manifest["artist"]
        keys = names.map({name: normalise(name) for name in names.unique()})
    return keys.where(has_artist(manifest), "")


def check_nobody(dataset: str, songs: pd.DataFrame) -> list[Finding]:
    """Say how many songs have a name for their artist that stands for nobody.

    Parameters
    ----------
    dataset : str
    songs : pd.DataFrame [columns=(artist, artist_id)]

    Returns
    -------
    list of Finding
        Empty if there are no such songs.
    """
    names = songs["artist"].where(songs["artist"] != "", songs["artist_id"])
    by_nobody = names[(names != "") & (songs["artist_id"] != "") & ~has_artist(songs)]
    if by_nobody.empty:
        return []
    text = (
        f"{len(by_nobody):,} of {counted(len(songs), 'song')} by names that stand for nobody, such "
        f"as {', '.join(map(quote, by_nobody.unique()[:3]))}: they are songs without an artist"
    )
    return [Finding(dataset, "unknown artists", "note", len(by_nobody), text)]


def check_artists(
    dataset: str,
    songs: pd.DataFrame,
    source: str,
    source_songs: pd.DataFrame,
    by_id: bool,
    without_targets: bool = False,
) -> Finding:
    """Look for artists that are both in a target and in the source.

    Parameters
    ----------
    dataset : str
        The target.
    songs : pd.DataFrame [columns=(artist, artist_id)]
        Labelled songs of the target.
    source : str
    source_songs : pd.DataFrame [columns=(artist, artist_id)]
        All songs of the source.
    by_id : bool
        See `artist_keys`.
    without_targets : bool
        The config leaves such artists out of training.
    """
    keys = artist_keys(songs, by_id)
    known = set(artist_keys(source_songs, by_id)) - {""}
    unnamed = [name for name, artists in ((dataset, keys), (source, known)) if not any(artists)]
    if unnamed:
        text = f"shared artists cannot be checked: no artists are known in {' and '.join(unnamed)}"
        return Finding(dataset, "shared artists", "note", 0, text)
    is_shared = keys.isin(known)
    shared = songs[is_shared]
    if shared.empty:
        n = keys[keys != ""].nunique()
        text = f"none of {counted(n, 'artist')} is in the source {source}"
        return Finding(dataset, "shared artists", "ok", 0, text)
    level, advice = (
        ("ok", "artists.without_targets leaves them out of training")
        if without_targets
        else ("warning", "artists.without_targets: true would leave them out of training")
    )
    text = (
        f"{len(shared):,} of {counted(len(songs), 'song')} by "
        f"{counted(keys[is_shared].nunique(), 'artist')} of the source {source}, such as "
        f"{_artist(shared)}; {advice}"
    )
    return Finding(dataset, "shared artists", level, len(shared), text)


def check_parts(dataset: str, songs: pd.DataFrame, by_id: bool) -> Finding:
    """Look for artists with songs in both the training part and the test part of a target.

    Parameters
    ----------
    dataset : str
    songs : pd.DataFrame [columns=(artist, artist_id, split)]
        Labelled songs.
    by_id : bool
        See `artist_keys`.
    """
    songs = songs.assign(key=artist_keys(songs, by_id))
    known = songs[songs["key"] != ""]
    if known.empty:
        text = "artists in both training and test part cannot be checked: no artists are known"
        return Finding(dataset, "divided artists", "note", 0, text)
    test = songs[songs["split"] == "test"]
    shared = test[test["key"].isin(known.loc[known["split"] == "train", "key"])]
    if shared.empty:
        return Finding(
            dataset, "divided artists", "ok", 0, "no artist is in both training and test part"
        )
    text = (
        f"{len(shared):,} of {counted(len(test), 'test song')} by "
        f"{counted(shared['key'].nunique(), 'artist')} of the training part, such as "
        f"{_artist(shared)}; give each artist one spelling and one split, or empty the column split"
    )
    level = "error" if len(shared) > DIVIDED_FRACTION * len(test) else "warning"
    return Finding(dataset, "divided artists", level, len(shared), text)


def check_labels(dataset: str, labels: pd.DataFrame, label: str) -> list[Finding]:
    """Check the sizes of a target's parts (training, validation, test) and labels.

    Parameters
    ----------
    dataset : str
    labels : pd.DataFrame [columns=(label, split)]
        See `deepartist.splits.label_target.label_target`.
    label : {"genre", "artist"}
    """
    sizes = labels["split"].value_counts()
    text = ", ".join(f"{sizes.get(part, 0):,} {part}" for part in SPLITS)
    findings = [Finding(dataset, "splits", "ok", len(labels), f"songs: {text}")]
    n_songs = dict(sorted(Counter(labels["label"]).items()))
    fewest, most = min(n_songs, key=n_songs.__getitem__), max(n_songs, key=n_songs.__getitem__)
    is_uneven = n_songs[most] > UNEVEN_FACTOR * n_songs[fewest]
    text = f"{counted(len(n_songs), label)} with {counted(n_songs[most], 'song')} each"
    if n_songs[fewest] < n_songs[most]:
        text = (
            f"{counted(len(n_songs), label)} with {n_songs[fewest]:,} ({quote(fewest)}) to "
            f"{counted(n_songs[most], 'song')} ({quote(most)})"
        )
    if is_uneven:
        text += "; the large ones dominate the accuracy: merge or drop the small ones"
    level = "warning" if is_uneven else "ok"
    findings.append(Finding(dataset, f"{label}s", level, len(n_songs), text))
    n_train = Counter(labels.loc[labels["split"] == "train", "label"])
    few = [name for name in n_songs if n_train[name] < 2]
    if few:
        text = (
            f"{len(few):,} of {counted(len(n_songs), label)} with fewer than two training songs, "
            f"such as {quote(few[0])}; add songs, or merge or drop them"
        )
        findings.append(Finding(dataset, f"{label}s", "warning", len(few), text))
    return findings


def check_neighbours(dataset: str, labels: pd.DataFrame, neighbours: int | str) -> list[Finding]:
    """Check that each label has as many training songs as k-NN counts neighbours.

    Parameters
    ----------
    dataset : str
    labels : pd.DataFrame [columns=(label, split)]
        See `deepartist.splits.label_target.label_target`.
    neighbours : int or "auto"
        ``evaluation.neighbours`` of the config; ``auto`` keeps to the smallest label.
    """
    if not isinstance(neighbours, int):
        return []
    n_train = Counter(labels.loc[labels["split"] == "train", "label"])
    smaller = [name for name, n in n_train.items() if n < neighbours]
    if not smaller:
        return []
    fewest = min(n_train, key=lambda name: (n_train[name], name))
    text = (
        f"{len(smaller):,} of {counted(len(n_train), 'label')} with fewer training songs than the "
        f"{neighbours} neighbours of k-NN, such as {quote(fewest)} with {n_train[fewest]:,}: "
        "larger labels outvote them; set evaluation.neighbours: auto"
    )
    return [Finding(dataset, "neighbours", "warning", len(smaller), text)]


def check_artist_sets(
    dataset: str, songs_per_artist: pd.Series, sets: Mapping[str, Mapping[str, Any]]
) -> list[Finding]:
    """Check that enough artists of the source have enough songs for each artist set.

    Parameters
    ----------
    dataset : str
    songs_per_artist : pd.Series [dtype=int]
    sets : mapping
        See `deepartist.config.run.artist_sets`.
    """
    findings = []
    for block in sets.values():
        try:
            numbers = settle_numbers(block, songs_per_artist)
        except InputError as error:
            findings.append(Finding(dataset, "artist sets", "error", 0, str(error)))
            continue
        n_songs = sum(numbers[part] for part in SONGS)
        n = int((songs_per_artist >= n_songs).sum())
        found = f"{counted(n, 'artist')} with {counted(n_songs, 'song')}"
        if n >= numbers["count"]:
            wanted = "all are taken" if block["count"] == ALL else f"{block['count']:,} asked for"
            findings.append(Finding(dataset, "artist sets", "ok", n, f"{found}, {wanted}"))
            continue
        fewer = f"artists.count (or more_counts) to {n:,}, or " if n else ""
        text = (
            f"{found}, {block['count']:,} asked for; lower {fewer}artists.songs_train, songs_valid "
            "and songs_test, or add songs"
        )
        findings.append(Finding(dataset, "artist sets", "error", n, text))
    return findings


def check_left_out(dataset: str, left_out: LeftOut, songs: pd.DataFrame) -> list[Finding]:
    """Name the artists of the artist sets who have too few usable clips to be trained on.

    Parameters
    ----------
    dataset : str
    left_out : dict of str to (int, int)
        See `deepartist.splits.split_artists.keep_trainable`.
    songs : pd.DataFrame
        Usable clips of the source, for the artists' names.
    """
    if not left_out:
        return []
    text = (
        f"{counted(len(left_out), 'artist')} with fewer than two songs to train on, because the "
        f"others' clips cannot be used: {name_left_out(left_out, songs)}; the run leaves them out"
    )
    return [Finding(dataset, "artist sets", "warning", len(left_out), text)]


def check_tags(dataset: str, tags: pd.Series) -> Finding:
    """Check that the source has two tags, the minimum for a tag model."""
    n = len({tag for text in tags.unique() for tag in text.split(TAG_SEPARATOR)} - {""})
    if n < 2:
        text = f"{counted(n, 'tag')}: too few for a tag model; remove tag from models"
        return Finding(dataset, "tags", "error", n, text)
    text = f"{counted(n, 'tag')} in {counted(int((tags != '').sum()), 'song')}"
    return Finding(dataset, "tags", "ok", n, text)


def _artist(songs: pd.DataFrame) -> str:
    first = songs.iloc[0]
    return quote(first.artist or first.artist_id)
