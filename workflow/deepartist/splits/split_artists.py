"""Choosing the songs of the source to train and validate artist models on (section 3.1.1).

The split is a table `clip_id, label, split`; the label is the `artist_id`.
"""

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.artist_list import read_artist_list
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.artist_order import published_order, seeded_order
from deepartist.splits.source import add_source_options, read_source
from deepartist.splits.split_table import SPLIT_COLUMNS

PARTS = ("songs_train", "songs_valid", "songs_test")


def artist_set(
    manifest: pd.DataFrame,
    settings: Mapping[str, int],
    published: Sequence[tuple[str, int, int]] | None,
    without: Collection[str],
) -> pd.DataFrame:
    """Choose artists of the source, and the same number of songs of each.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs of the source that have a usable clip.
    settings : mapping of str to int
        `count` artists with `songs_train`, `songs_valid` and `songs_test` songs each. They are
        drawn with `seed` if there is no published list.
    published : sequence of (clip_id, artist_index, song_index) or None
        The published artist list, to choose songs as its authors did. Songs without a usable clip
        are left out after the choice, so they are not replaced by other songs or artists.
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
    parts = [settings[part] for part in PARTS]
    if published is None:
        known = manifest[~manifest["artist_id"].isin(without)]
        order = seeded_order(known, sum(parts), settings["seed"])
    else:
        order = published_order(published)
        order = order[~order["label"].isin(without)]
    chosen = cut_artists(order, settings["count"], *parts)
    return chosen[chosen["clip_id"].isin(manifest["clip_id"])]


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
    split = artist_set(manifest, settings, published, without)
    n_absent = settings["count"] * sum(settings[part] for part in PARTS) - len(split)
    if n_absent:
        print(f"{n_absent} published songs have no usable clip", file=sys.stderr)
    with replacing(args.out) as partial:
        split.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
