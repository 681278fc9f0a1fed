"""The songs that a run will use: candidates for training, and the labelled songs of each target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from deepartist.process.errors import InputError
from deepartist.splits.artist_order import published_order
from deepartist.splits.artists import has_artist, shares_artist
from deepartist.splits.label_target import label_artists, label_target
from deepartist.splits.split_artists import LeftOut, choose_songs, keep_trainable


@dataclass(frozen=True)
class Training:
    """The settings that decide which songs models are trained on.

    Attributes
    ----------
    source : str or None
        Name of the data set that models are trained on.
    published : sequence of (clip_id, artist_index, song_index) or None
        Its published artist list.
    artist_sets : mapping of str to mapping
        See `deepartist.config.run.artist_sets`.
    count : int or "all"
        Number of artists in the artist set that a held-out target leaves out.
    without_targets : bool
        Artists of the targets are left out of training.
    has_tag_model : bool
        One of the models is trained on tags.
    identification : mapping
        The block of the config.
    """

    source: str | None
    published: Sequence[tuple[str, int, int]] | None
    artist_sets: Mapping[str, Mapping[str, Any]]
    count: int | str
    without_targets: bool
    has_tag_model: bool
    identification: Mapping[str, Any]


@dataclass(frozen=True)
class Selection:
    """The songs that a run will use.

    Attributes
    ----------
    songs_per_artist : pd.Series [dtype=int]
        Number of songs of each artist of the source, without artists that are left out; empty if
        the source could not be loaded.
    tags : pd.Series [dtype=str]
        Tags of each of these songs.
    left_out : dict of str to (int, int)
        The artists that an artist set leaves out because too few of their clips can be used; see
        `deepartist.splits.split_artists.keep_trainable`.
    unusable_sets : sequence of str
        Reasons why too little is left of artist sets.
    labels : mapping of str to pd.DataFrame
        By target, from `deepartist.splits.label_target`.
    refusals : mapping of str to str
        By target, the reason why it cannot be labelled. If the source has too few artists for the
        artist set, a target of its songs is in neither `labels` nor `refusals`.
    """

    songs_per_artist: pd.Series
    tags: pd.Series
    left_out: LeftOut
    unusable_sets: Sequence[str]
    labels: Mapping[str, pd.DataFrame]
    refusals: Mapping[str, str]


def select_songs(
    manifests: Mapping[str, pd.DataFrame],
    training: Training,
    targets: Mapping[str, Mapping[str, Any]],
) -> Selection:
    """Select songs as `split_artists` and `label_target` will.

    Parameters
    ----------
    manifests : mapping of str to pd.DataFrame
        Clips of each data set that could be loaded.
    training : Training
    targets : mapping of str to mapping
        Settings of each target that could be loaded, as in the config.
    """
    songs_per_artist, tags = pd.Series(dtype=int), pd.Series(dtype=str)
    splits: dict[str, pd.DataFrame] = {}
    left_out: LeftOut = {}
    unusable_sets = []
    if training.source is not None and training.source in manifests:
        source = manifests[training.source]
        artists = source.loc[has_artist(source), "artist_id"]
        if training.published is not None:
            artists = published_order(training.published)["label"]
        of_targets = dict.fromkeys(target["dataset"] for target in targets.values())
        others = [manifests[name] for name in of_targets if name != training.source]
        is_left_out = shares_artist(source, others if training.without_targets else [])
        without = set(source.loc[is_left_out, "artist_id"])
        songs_per_artist = artists[~artists.isin(without)].value_counts()
        tags = source.loc[~is_left_out, "tags"]
        for count, settings in training.artist_sets.items():
            try:
                chosen = choose_songs(source, settings, training.published, without)
            except InputError:  # too few artists, of which another check tells
                continue
            try:
                splits[count], left_out_of_set = keep_trainable(chosen, source["clip_id"])
                left_out |= left_out_of_set
            except InputError as error:
                unusable_sets.append(str(error))
    largest_count = list(training.artist_sets)[-1]
    labels, refusals = {}, {}
    for name, target in targets.items():
        manifest = manifests[target["dataset"]]
        set_of_models = None
        if target["held_out"] or target["new_artists"]:  # then the target is of the source
            count = largest_count if target["new_artists"] else str(training.count)
            if count not in splits:
                continue
            set_of_models = splits[count]
        if target["task"] == "identify":
            labels[name] = label_artists(
                manifest,
                set_of_models,
                new_artists=target["new_artists"],
                known=training.identification["known"],
                artists=training.identification["artists"],
                seed=target["seed"],
            )
            continue
        try:
            labels[name] = label_target(
                manifest,
                target["label"],
                target["train_fraction"],
                target["valid_fraction"],
                target["seed"],
                set_of_models,
                new_artists=target["new_artists"],
                tag_count=target["tag_count"],
            )
        except InputError as error:
            refusals[name] = str(error)
    return Selection(songs_per_artist, tags, left_out, unusable_sets, labels, refusals)
