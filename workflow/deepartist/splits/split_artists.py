"""Choosing the songs of the source to train and validate artist models on (section 3.1.1).

The split is a table `clip_id, label, split`; the label is the `artist_id`.
"""

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.artist_list import read_artist_list
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.artist_order import published_order, seeded_order
from deepartist.splits.artists import has_artist
from deepartist.splits.source import add_source_options, read_source
from deepartist.splits.split_table import SPLIT_COLUMNS

ALL = "all"  # in place of a number of artists: every artist with enough songs
SONGS = ("songs_train", "songs_valid", "songs_test")
# Songs of an artist that the choice for `count: all` considers: enough for three training songs, a
# validation song and two that are left out; at most the paper's number (section 3.1.1).
FEWEST_SONGS, MOST_SONGS = 6, 20
VALID_FRACTION = 0.15


def artist_set(
    manifest: pd.DataFrame,
    settings: Mapping[str, Any],
    published: Sequence[tuple[str, int, int]] | None,
    without: Collection[str],
) -> pd.DataFrame:
    """Choose artists of the source, and the same number of songs of each.

    Parameters and errors are those of `choose_songs`. Songs without a usable clip are left out
    after the choice, so they are not replaced by other songs or artists.

    Returns
    -------
    pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the `artist_id`; rows sorted by artist rank, then song rank.
    """
    chosen = choose_songs(manifest, settings, published, without)
    return chosen[chosen["clip_id"].isin(manifest["clip_id"])]


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
        As `artist_set` does.

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
    split = chosen[chosen["clip_id"].isin(manifest["clip_id"])]
    if len(split) < len(chosen):
        n_absent = len(chosen) - len(split)
        print(f"{n_absent} published songs have no usable clip", file=sys.stderr)
    n_songs = split["split"].value_counts()
    print(
        f"{split['label'].nunique()} artists with {chosen.groupby('label').size().max()} songs "
        f"each: {n_songs['train']} songs to train on, {n_songs['valid']} to validate on, "
        f"{n_songs.get('test', 0)} left out",
        file=sys.stderr,
    )
    with replacing(args.out) as partial:
        split.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
