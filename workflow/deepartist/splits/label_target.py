"""The labels of a target's songs and their split into training, validation and test part."""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.manifest import SPLITS, read_manifest
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.artists import artist_names, has_artist
from deepartist.splits.frequent_tags import keep_frequent_tags
from deepartist.splits.shuffle import shuffled
from deepartist.splits.split_table import is_held_out, read_split

OPTION = "--identification"
MOST_SONGS = 40  # of an artist to identify, in a large source


def label_target(
    manifest: pd.DataFrame,
    label: str,
    train_fraction: float,
    valid_fraction: float,
    seed: int,
    source_split: pd.DataFrame | None = None,
    *,
    new_artists: bool = False,
    tag_count: int = 50,
) -> pd.DataFrame:
    """Give each song of a target its label and its part of the split.

    The data set's own split is used if it has one and nothing is held out. Otherwise a split is
    drawn: for genres and tags, all songs of an artist are in the same part (`divide_by_artist`; a
    song's most frequent tag stands for its genre); for artists, the songs of each artist are
    divided (`divide_within_label`).

    Parameters
    ----------
    manifest : pd.DataFrame
    label : {"genre", "artist", "tags"}
        Column that the labels are taken from. Songs without a label are left out. With tags, the
        label is those of a song's tags that are among the target's `tag_count` most frequent ones,
        sorted, separated by ``|``; the number of songs without any of them is reported on stderr.
    train_fraction, valid_fraction : float
        Their sum is below 1; the rest is the test part.
    seed : int
    source_split : pd.DataFrame or None
        The artist set of the models: only songs that it holds out are kept (`is_held_out`). None:
        all songs are kept.
    new_artists : bool
        Keep the songs of artists outside the artist set in place of those that it holds out.
    tag_count : int > 0
        Number of tags, if the labels are tags.

    Returns
    -------
    pd.DataFrame [columns=(clip_id, label, split) and, if an artist is known, artist]
        Sorted by clip_id. `artist` is the `artist_id`, empty for songs without a known artist.

    Raises
    ------
    InputError
        There are fewer than two labels, only some of the labelled songs have a split, a part is
        empty, or the test part has no label (or tag) of the training part.
    """
    if train_fraction + valid_fraction >= 1:
        raise InputError(
            f"train_fraction + valid_fraction is {train_fraction + valid_fraction:g}; it must be "
            "less than 1, because the rest is the test part"
        )
    column = artist_names(manifest) if label == "artist" else manifest[label]
    songs = manifest.assign(label=column).sort_values("clip_id", ignore_index=True)
    if source_split is not None:
        is_of_set = songs["artist_id"].isin(source_split["label"])
        songs = songs[~is_of_set if new_artists else is_held_out(songs, source_split)]
    frequent: list[str] = []
    if label == "tags":
        kept, frequent = keep_frequent_tags(songs["label"], tag_count)
        songs = songs.assign(label=kept)
        if n_without := kept.count(""):
            print(
                f"{n_without} of the target's {len(songs)} songs have none of its {len(frequent)} "
                "tags and are left out",
                file=sys.stderr,
            )
    songs = songs[songs["label"] != ""]
    if songs["label"].nunique() < 2:
        raise InputError(
            f"the target has {songs['label'].nunique()} different labels in its {len(songs)} songs "
            f"with label '{label}'; two are needed"
        )
    has_none = songs["split"] == ""
    if source_split is not None or has_none.all():
        divide = divide_within_label if label == "artist" else divide_by_artist
        # as genres: most combinations of tags are a single song's
        strata = songs.assign(label=_main_tags(songs, frequent)) if frequent else songs
        songs = songs.assign(split=divide(strata, train_fraction, valid_fraction, seed))
    elif has_none.any():
        raise InputError(
            f"{has_none.sum()} of the target's {len(songs)} labelled songs have no split, such as "
            f"clip '{songs.loc[has_none, 'clip_id'].iloc[0]}'; fill in the column, or empty it"
        )
    _check_parts(songs, has_tags=label == "tags")
    songs = songs.assign(artist=songs["artist_id"].where(has_artist(songs), ""))
    knows_artists = (songs["artist"] != "").any()
    return songs[["clip_id", "label", "split", *(["artist"] if knows_artists else [])]]


def label_artists(
    manifest: pd.DataFrame,
    artist_set: pd.DataFrame | None,
    *,
    new_artists: bool,
    known: Sequence[int],
    artists: int,
    seed: int,
) -> pd.DataFrame:
    """Give each song with a known artist its artist as label, for the task `identify`.

    The songs are not divided into parts, because which of them are known is drawn anew many times.

    Parameters
    ----------
    manifest, artist_set, new_artists
        See `label_target`, whose `source_split` is the artist set.
    known, artists
        Settings of the block `identification`. If more than `artists` artists have a song more than
        the largest number of known songs, so many of them are drawn, and `MOST_SONGS` songs of
        each: of a large source, no more songs are embedded than are scored.
    seed : int
        Seed of that draw.

    Returns
    -------
    pd.DataFrame [columns=(clip_id, label, split, artist)]
        Sorted by clip_id; `split` is empty. There may be no songs: a run with too few new artists
        has nothing to identify, and goes on.
    """
    songs = manifest.assign(label=artist_names(manifest), split="", artist=manifest["artist_id"])
    songs = songs[has_artist(songs)].sort_values("clip_id", ignore_index=True)
    if artist_set is not None:
        is_of_set = songs["artist_id"].isin(artist_set["label"])
        songs = songs[~is_of_set if new_artists else is_held_out(songs, artist_set)]
    n_songs = songs["artist_id"].value_counts()
    enough = [str(artist) for artist, n in n_songs.items() if n > max(known)]
    if len(enough) > artists:
        songs = songs[songs["artist_id"].isin(shuffled(enough, seed, "artists")[:artists])]
        drawn = shuffled(songs["clip_id"], seed, "songs of artists")
        rank = pd.Series({clip_id: rank for rank, clip_id in enumerate(drawn)})
        place = songs["clip_id"].map(rank).groupby(songs["artist_id"]).rank()
        songs = songs[place <= max(MOST_SONGS, max(known) + 1)]
    return songs[["clip_id", "label", "split", "artist"]]


def divide_by_artist(
    songs: pd.DataFrame, train_fraction: float, valid_fraction: float, seed: int
) -> pd.Series:
    """Divide songs so that no artist is in two parts and, if possible, each label is in all parts.

    Artists are assigned label by label, in random order. Each goes to the part that lacks most
    songs of the label. When no more artists are left than there are parts without a song of the
    label, they go to these parts: first to the training part, then to the less full of the other
    two. An artist is assigned with the most frequent label of their songs. A song without a known
    artist is treated as the only song of an artist.

    Parameters
    ----------
    songs : pd.DataFrame
        Manifest columns and `label`.
    train_fraction, valid_fraction : float
        Fractions of each label's songs.
    seed : int

    Returns
    -------
    pd.Series [index=songs.index, dtype=str]
        train, valid or test.
    """
    artist = ("artist " + songs["artist_id"]).where(has_artist(songs), "clip " + songs["clip_id"])
    main_label = songs["label"].groupby(artist).agg(lambda labels: labels.mode().iloc[0])
    n_songs = artist.value_counts()
    fractions = {
        "train": train_fraction,
        "test": 1 - train_fraction - valid_fraction,
        "valid": valid_fraction,
    }
    part_of: dict[str, str] = {}
    fullness = dict.fromkeys(fractions, 0.0)  # songs in the part, divided by its fraction
    for label, artists in main_label.groupby(main_label):
        total = int(n_songs[artists.index].sum())
        lack = {part: total * fraction for part, fraction in fractions.items()}
        empty = list(fractions)
        for n_before, name in enumerate(shuffled(artists.index, seed, f"artists of {label}")):
            if len(artists) - n_before <= len(empty):
                part = min(empty, key=lambda part: (part != "train", fullness[part]))
            else:
                part = max(lack, key=lack.__getitem__)
            empty = [other for other in empty if other != part]
            lack[part] -= int(n_songs[name])
            fullness[part] += int(n_songs[name]) / fractions[part]
            part_of[name] = part
    return artist.map(part_of)


def divide_within_label(
    songs: pd.DataFrame, train_fraction: float, valid_fraction: float, seed: int
) -> pd.Series:
    """Divide the songs of each label among the parts.

    A label with three or more songs has at least one in each part. With two songs, one is in the
    training and one in the test part; a single song is in the training part.

    Parameters
    ----------
    songs : pd.DataFrame
        Columns `clip_id` and `label`.
    train_fraction, valid_fraction : float
        Fractions of each label's songs.
    seed : int

    Returns
    -------
    pd.Series [index=songs.index, dtype=str]
        train, valid or test.
    """
    part_of: dict[str, str] = {}
    for label, clip_ids in songs["clip_id"].groupby(songs["label"]):
        drawn = shuffled(clip_ids, seed, f"songs of {label}")
        n_test, n_valid = _count_parts(len(drawn), train_fraction, valid_fraction)
        parts = ["test"] * n_test + ["valid"] * n_valid
        parts += ["train"] * (len(drawn) - len(parts))
        part_of |= dict(zip(drawn, parts, strict=True))
    return songs["clip_id"].map(part_of)


def _count_parts(songs: int, train_fraction: float, valid_fraction: float) -> tuple[int, int]:
    """Return how many songs of a label go to the test part and to the validation part."""
    if songs < 3:
        return songs - 1, 0
    n_test = max(1, _round(songs * (1 - train_fraction - valid_fraction)))
    n_test = min(n_test, songs - 2)
    n_valid = max(1, _round(songs * valid_fraction))
    return n_test, min(n_valid, songs - n_test - 1)


def _round(value: float) -> int:
    # results such as songs * (1 - 0.8 - 0.1) can be below a half because of rounding errors
    return math.floor(value + 0.5 + 1e-9)


def _main_tags(songs: pd.DataFrame, frequent: Sequence[str]) -> list[str]:
    """Return the most frequent tag of each song; `frequent` has all tags in this order."""
    rank = {tag: n for n, tag in enumerate(frequent)}
    return [min(tags.split(TAG_SEPARATOR), key=rank.__getitem__) for tags in songs["label"]]


def _check_parts(songs: pd.DataFrame, *, has_tags: bool) -> None:
    for part in SPLITS:
        if not (songs["split"] == part).any():
            raise InputError(
                f"the target's {part} part is empty: {len(songs)} songs with "
                f"{songs['label'].nunique()} labels by {songs['artist_id'].nunique()} artists are "
                "too few to divide; add songs or artists, or give every clip a split"
            )
    if has_tags:
        songs = songs.assign(label=songs["label"].str.split(TAG_SEPARATOR, regex=False))
        songs = songs.explode("label")
    in_train = set(songs.loc[songs["split"] == "train", "label"])
    if in_train.isdisjoint(songs.loc[songs["split"] == "test", "label"]):
        raise InputError(
            f"no {'tag' if has_tags else 'label'} of the target's test part occurs in its training "
            "part; empty the data set's split column, or choose another label"
        )


def main(argv: Sequence[str] | None = None) -> None:
    """Write the labels and parts of a target."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.splits.label_target", description=main.__doc__
    )
    parser.add_argument("--manifest", type=Path, required=True, help="manifest of the target")
    parser.add_argument(
        "--source-split",
        type=Path,
        nargs="*",  # the rule gives no value if nothing is held out
        default=[],
        help="artist sets that the models were trained on; needed for held_out=true",
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    add_settings_option(parser, "target")
    add_settings_option(parser, "identification", option=OPTION)
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "target")
    is_part = settings["held_out"] or settings["new_artists"]
    if is_part and not args.source_split:
        raise InputError(
            "held_out or new_artists=true: give the artist sets of the models by --source-split"
        )
    artist_set = pd.concat(map(read_split, args.source_split)) if is_part else None
    manifest = read_manifest(args.manifest)
    if settings["task"] == "identify":
        chosen = parse_settings(args.identification, "identification", option=OPTION)
        labels = label_artists(
            manifest,
            artist_set,
            new_artists=settings["new_artists"],
            known=chosen["known"],
            artists=chosen["artists"],
            seed=settings["seed"],
        )
    else:
        labels = label_target(
            manifest,
            settings["label"],
            settings["train_fraction"],
            settings["valid_fraction"],
            settings["seed"],
            artist_set,
            new_artists=settings["new_artists"],
            tag_count=settings["tag_count"],
        )
    with replacing(args.out) as partial:
        labels.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
