"""Choosing the songs of the source to train and validate artist models on (section 3.1.1).

The split is a table `clip_id, label, split`; the label is the `artist_id`.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.artist_list import read_artist_list
from deepartist.process import stage
from deepartist.process.counts import counted
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.artist_order import published_order, seeded_order
from deepartist.splits.artists import artist_names, has_artist
from deepartist.splits.source import add_source_options, read_source
from deepartist.splits.split_table import SPLIT_COLUMNS

ALL = "all"  # in place of a number of artists: every artist with enough songs
SONGS = ("songs_train", "songs_valid", "songs_test")
# Songs of an artist that the choice for `count: all` considers: enough for three training songs, a
# validation song and two that are left out; at most the paper's number (section 3.1.1).
FEWEST_SONGS, MOST_SONGS = 6, 20
VALID_FRACTION = 0.15
FEWEST_TRAINING_SONGS = 2
MOST_NAMES = 10

LeftOut = dict[str, tuple[int, int]]


def choose_songs(
    manifest: pd.DataFrame,
    settings: Mapping[str, Any],
    published: Sequence[tuple[str, int, int]] | None,
    without: Collection[str],
) -> pd.DataFrame:
    """Choose the songs of an artist set, whether they have a usable clip or not.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs of the source that have a usable clip.
    settings : mapping
        `count` artists with `songs_train`, `songs_valid` and `songs_test` songs each, see
        `settle_numbers`. They are drawn with `seed` if there is no published list.
    published : sequence of (clip_id, artist_index, song_index) or None
        The published artist list, to choose songs as its authors did.
    without : collection of str
        Values of `artist_id`: artists that no model is trained on.

    Returns
    -------
    pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the `artist_id`; rows sorted by artist rank, then song rank.

    Raises
    ------
    InputError
        There are too few artists with enough songs.
    """
    if published is None:
        songs = manifest[~manifest["artist_id"].isin(without)]
        n_songs = songs.loc[has_artist(songs), "artist_id"].value_counts()
        numbers = settle_numbers(settings, n_songs)
        order = seeded_order(songs, sum(numbers[part] for part in SONGS), settings["seed"])
    else:
        order = published_order(published)
        order = order[~order["label"].isin(without)]
        numbers = settle_numbers(settings, order["label"].value_counts())
    return cut_artists(order, numbers["count"], *(numbers[part] for part in SONGS))


def keep_trainable(chosen: pd.DataFrame, usable: pd.Series) -> tuple[pd.DataFrame, LeftOut]:
    """Leave out songs without a usable clip, then artists with fewer than two training songs.

    They are not replaced by other songs or artists. The Siamese model needs another training song
    of each artist as positive. A basic model could learn an artist from one song, but both learn
    from the same set, so that they can be compared. An artist without a validation song stays.

    Parameters
    ----------
    chosen : pd.DataFrame [columns=SPLIT_COLUMNS]
        From `choose_songs`.
    usable : pd.Series [dtype=str]
        `clip_id` of each song that has a usable clip.

    Returns
    -------
    split : pd.DataFrame [columns=SPLIT_COLUMNS]
        Rows of `chosen`, in the same order.
    left_out : dict of str to (int, int)
        For each artist that is left out, the numbers of usable and of chosen training songs.

    Raises
    ------
    InputError
        Fewer than two artists are left, or fewer than two of them have a validation song.
    """
    split = chosen[chosen["clip_id"].isin(usable)]
    n_usable = Counter(split.loc[split["split"] == "train", "label"])
    n_chosen = Counter(chosen.loc[chosen["split"] == "train", "label"])
    left_out = {
        artist: (n_usable[artist], n)
        for artist, n in n_chosen.items()
        if n_usable[artist] < FEWEST_TRAINING_SONGS
    }
    split = split[~split["label"].isin(left_out)]
    is_valid = split["split"] == "valid"
    for part, n_artists in (
        ("two songs to train on", split["label"].nunique()),
        ("a song to validate on", split.loc[is_valid, "label"].nunique()),
    ):
        if n_artists < 2:
            raise InputError(
                f"artists that have {part} with a usable clip: {n_artists} of {len(n_chosen)}; two "
                "are needed: add clips (deepartist doctor says which are missing), or raise "
                "artists.count"
            )
    return split, left_out


def name_left_out(left_out: LeftOut, manifest: pd.DataFrame) -> str:
    """Name artists from `keep_trainable`, ten at most: ``A (1 of 6), B (0 of 6) and 4 more``.

    An artist without a name in the manifest is named by its `artist_id`.
    """
    songs = manifest[manifest["artist_id"].isin(left_out)]
    name_of = dict(zip(songs["artist_id"], artist_names(songs), strict=True))
    names = [
        f"{name_of.get(artist) or artist} ({n_usable} of {n_chosen})"
        for artist, (n_usable, n_chosen) in left_out.items()
    ]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def settle_numbers(settings: Mapping[str, Any], songs_per_artist: pd.Series) -> dict[str, int]:
    """Put numbers in place of ``count: all``, and of numbers of songs that are not given.

    Of a collection, all artists are taken that have at least n songs. If n is not given, it is the
    number from 6 to 20 with which the artist set has most songs; of equal ones the smaller, which
    has more artists. A third of an artist's songs is left out, 15 % validate, the others train.

    Parameters
    ----------
    settings : mapping
        `count` (int or "all"), `songs_train`, `songs_valid` and `songs_test` (int; None, all three,
        only with ``count: all``).
    songs_per_artist : pd.Series [dtype=int]
        Number of songs of each artist that may be chosen.

    Returns
    -------
    dict of str to int
        `count`, `songs_train`, `songs_valid` and `songs_test`.

    Raises
    ------
    InputError
        ``count: all``, and fewer than two artists have enough songs.
    """
    numbers = {key: settings[key] for key in ("count", *SONGS)}
    if numbers["count"] != ALL:
        return numbers
    if numbers["songs_train"] is None:
        sizes = range(FEWEST_SONGS, MOST_SONGS + 1)
        n_songs = max(sizes, key=lambda n: n * int((songs_per_artist >= n).sum()))
        n_test, n_valid = n_songs // 3, round(VALID_FRACTION * n_songs)
        parts = (n_songs - n_valid - n_test, n_valid, n_test)
        numbers |= dict(zip(SONGS, parts, strict=True))
    n_songs = sum(numbers[part] for part in SONGS)
    numbers["count"] = int((songs_per_artist >= n_songs).sum())
    if numbers["count"] < 2:
        raise InputError(
            f"artists.count: is all, and {numbers['count']} artists have {n_songs} songs; two "
            "artists are needed: add songs, or lower artists.songs_train, songs_valid, songs_test"
        )
    return numbers


def cut_artists(
    order: pd.DataFrame, count: int, songs_train: int, songs_valid: int, songs_test: int
) -> pd.DataFrame:
    """Take the first artists and songs of an order as an artist set.

    Parameters
    ----------
    order : pd.DataFrame [columns=ORDER_COLUMNS]
        From `published_order` or `seeded_order`.
    count : int > 0
        Number of artists. Those with the lowest ranks are taken, so that larger sets include
        smaller ones.
    songs_train, songs_valid, songs_test : int
        Songs of each artist, in the order of their ranks. Further songs are in no part.

    Returns
    -------
    pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the `artist_id`; rows sorted by artist rank, then song rank.

    Raises
    ------
    InputError
        There are too few artists with enough songs.
    """
    songs = songs_train + songs_valid + songs_test
    n_songs = order.groupby("artist_rank").size()
    chosen = n_songs.index[n_songs >= songs].sort_values()[:count]
    if len(chosen) < count:
        raise InputError(
            f"only {len(chosen)} artists have {songs} songs (artists.songs_train + songs_valid + "
            f"songs_test); lower artists.count from {count} to {len(chosen)}, or these numbers"
        )
    parts = ["train"] * songs_train + ["valid"] * songs_valid + ["test"] * songs_test
    cut = order[order["artist_rank"].isin(chosen) & (order["song_rank"] < songs)]
    cut = cut.sort_values(["artist_rank", "song_rank"], ignore_index=True)
    return cut.assign(split=cut["song_rank"].map(dict(enumerate(parts))))[list(SPLIT_COLUMNS)]


def main(argv: Sequence[str] | None = None) -> None:
    """Choose artists of the source, and the same number of songs of each."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.splits.split_artists", description=main.__doc__
    )
    add_source_options(parser)
    parser.add_argument(
        "--published", type=Path, help="msd-artist-list.pkl, to choose songs as its authors did"
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    add_settings_option(parser, "artist_set")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "artist_set")
    manifest, is_shared = read_source(args.manifest, args.without)
    published = None if args.published is None else read_artist_list(args.published)
    without = set(manifest.loc[is_shared, "artist_id"])
    chosen = choose_songs(manifest, settings, published, without)
    n_absent = int((~chosen["clip_id"].isin(manifest["clip_id"])).sum())
    if n_absent:
        print(f"{counted(n_absent, 'published song')} without a usable clip", file=sys.stderr)
    split, left_out = keep_trainable(chosen, manifest["clip_id"])
    if left_out:
        print(
            f"{counted(len(left_out), 'artist')} left out, with fewer than two usable songs to "
            f"train on: {name_left_out(left_out, manifest)}",
            file=sys.stderr,
        )
    n_songs = split["split"].value_counts()
    print(
        f"{split['label'].nunique()} artists with {chosen.groupby('label').size().max()} songs "
        f"each: {n_songs['train']} songs to train on, {n_songs['valid']} to validate on, "
        f"{n_songs.get('test', 0)} left out",
        file=sys.stderr,
    )
    album_of = manifest.set_index("clip_id")["album_id"]
    split = split.assign(album_id=split["clip_id"].map(album_of).fillna(""))
    with replacing(args.out) as partial:
        split.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
