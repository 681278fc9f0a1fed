"""The songs of the source that train and validate a model: artist sets and tag sets.

A split is a table `clip_id, label, split`: of artists (section 3.1.1) the label is the
`artist_id`, of tags (section 3.1.2) the song's tags.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.artist_list import artist_label, read_artist_list
from deepartist.datasets.manifest import read_manifest
from deepartist.datasets.tags import TAG_SEPARATOR
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.split_table import (
    SPLIT_COLUMNS,
    has_artist,
    is_held_out,
    read_split,
    shares_artist,
    shuffled,
)

ORDER_COLUMNS = ("clip_id", "label", "artist_rank", "song_rank")


def published_order(entries: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
    """Rank the artists and songs of the published artist list.

    Parameters
    ----------
    entries : sequence of (clip_id, artist_index, song_index)
        See `deepartist.datasets.artist_list.read_artist_list`.

    Returns
    -------
    pd.DataFrame [columns=ORDER_COLUMNS]
        Artists ranked as they first occur, so that the first n are the published set of n artists;
        the songs of each by `song_index`. Both ranks start from 0.
    """
    order = pd.DataFrame(entries, columns=["clip_id", "artist_index", "song_index"])
    order["label"] = order["artist_index"].map(artist_label)
    order["artist_rank"] = pd.factorize(order["artist_index"])[0]
    order = order.sort_values(["artist_rank", "song_index"], kind="stable", ignore_index=True)
    order["song_rank"] = order.groupby("artist_rank").cumcount()
    return order[list(ORDER_COLUMNS)]


def seeded_order(manifest: pd.DataFrame, songs: int, seed: int) -> pd.DataFrame:
    """Draw songs of each artist who has enough of them, artists in random order.

    Songs are drawn from an artist's albums in turn (round robin, albums and the songs of each in
    random order). Then each next rank goes to the album that lags furthest behind its share of
    the drawn songs, so that any stretch of ranks holds the albums in about the same proportions.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs without a known artist are ignored. A song without an album is an album of its own.
    songs : int > 0
        Songs to draw of each artist; artists with fewer are left out.
    seed : int

    Returns
    -------
    pd.DataFrame [columns=ORDER_COLUMNS]
        Exactly `songs` rows per artist; sorted by artist, then song. Ranks start from 0.
    """
    albums_of: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for song in manifest[has_artist(manifest)].itertuples():
        album = f"album {song.album_id}" if song.album_id else f"song {song.clip_id}"
        albums_of[song.artist_id][album].append(song.clip_id)
    qualified = [
        artist for artist, albums in albums_of.items() if sum(map(len, albums.values())) >= songs
    ]
    ranked = []
    for artist_rank, artist in enumerate(shuffled(qualified, seed, "artists")):
        albums = [
            shuffled(albums_of[artist][name], seed, "songs")
            for name in shuffled(albums_of[artist], seed, f"albums of {artist}")
        ]
        ranked += [
            (clip_id, artist, artist_rank, song_rank)
            for song_rank, clip_id in enumerate(_spread(_draw_in_turn(albums, songs)))
        ]
    return pd.DataFrame(ranked, columns=list(ORDER_COLUMNS))


def cut_artists(
    order: pd.DataFrame, count: int, songs_train: int, songs_valid: int, songs_test: int
) -> pd.DataFrame:
    """Cut an order of artists and songs into an artist set.

    Parameters
    ----------
    order : pd.DataFrame [columns=ORDER_COLUMNS]
        From `published_order` or `seeded_order`.
    count : int > 0
        Number of artists: those with the lowest ranks, so smaller sets lie within larger ones.
    songs_train, songs_valid, songs_test : int
        Songs of each artist, by rank. Songs beyond these are in no part.

    Returns
    -------
    pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the `artist_id`; rows sorted by artist rank, then song rank.

    Raises
    ------
    InputError
        There are fewer artists with as many songs.
    """
    songs = songs_train + songs_valid + songs_test
    n_songs = order.groupby("artist_rank").size()
    chosen = n_songs.index[n_songs >= songs].sort_values()[:count]
    if len(chosen) < count:
        raise InputError(
            f"only {len(chosen)} artists have {songs} songs (artists.songs_train + songs_valid + "
            f"songs_test); lower artists.count from {count} to {len(chosen)}, or those"
        )
    parts = ["train"] * songs_train + ["valid"] * songs_valid + ["test"] * songs_test
    cut = order[order["artist_rank"].isin(chosen) & (order["song_rank"] < songs)]
    cut = cut.sort_values(["artist_rank", "song_rank"], ignore_index=True)
    return cut.assign(split=cut["song_rank"].map(dict(enumerate(parts))))[list(SPLIT_COLUMNS)]


def split_tags(
    manifest: pd.DataFrame, artist_set: pd.DataFrame, count: int, seed: int
) -> pd.DataFrame:
    """Draw songs with frequent tags, as many as the artist set has.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs with a tag are candidates, but for those of the data set's own test part and those
        that the artist set holds out (`is_held_out`): no model may learn from a song that another
        of the run is evaluated on.
    artist_set : pd.DataFrame [columns=SPLIT_COLUMNS]
        As many songs train and validate as of this set. Where there are too few candidates with
        one of the tags, both are scaled down alike, which is said on stderr.
    count : int > 0
        Number of tags: the most frequent ones of the candidates, ties in alphabetical order.
    seed : int

    Returns
    -------
    pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the song's tags among the frequent ones, sorted, separated by ``|``; rows in the
        order of the draw, the training songs first.

    Raises
    ------
    InputError
        There are fewer than two tags, or too few songs for two training songs and one other.
    """
    is_candidate = (manifest["tags"] != "") & (manifest["split"] != "test")
    candidates = manifest[is_candidate & ~is_held_out(manifest, artist_set)]
    tags_of = {
        clip_id: set(tags.split(TAG_SEPARATOR)) - {""}
        for clip_id, tags in zip(candidates["clip_id"], candidates["tags"], strict=True)
    }
    n_tagged = Counter(tag for tags in tags_of.values() for tag in tags)
    frequent = set(sorted(n_tagged, key=lambda tag: (-n_tagged[tag], tag))[:count])
    label_of = {
        clip_id: TAG_SEPARATOR.join(sorted(tags & frequent))
        for clip_id, tags in tags_of.items()
        if tags & frequent
    }
    if len(frequent) < 2:
        raise InputError(
            f"the source has {len(frequent)} tags; a tag model needs two: leave 'tag' out of models"
        )
    if len(frequent) < count:
        print(f"tags.count is {count}; the source has {len(frequent)} tags", file=sys.stderr)
    n_songs = Counter(artist_set["split"])
    n_train, n_valid = _scale_down(n_songs["train"], n_songs["valid"], len(label_of))
    drawn = shuffled(label_of, seed, "tags")[: n_train + n_valid]
    return pd.DataFrame(
        {
            "clip_id": drawn,
            "label": [label_of[clip_id] for clip_id in drawn],
            "split": ["train"] * n_train + ["valid"] * n_valid,
        }
    )


def _draw_in_turn(albums: list[list[str]], songs: int) -> list[list[str]]:
    """Take songs from the albums in turn until there are `songs`; return them by album."""
    turns = sorted(
        (turn, position) for position, album in enumerate(albums) for turn in range(len(album))
    )
    n_drawn = Counter(position for _turn, position in turns[:songs])
    return [album[: n_drawn[position]] for position, album in enumerate(albums)]


def _spread(albums: list[list[str]]) -> list[str]:
    """Merge albums so that each one's songs are spread evenly."""
    songs = sum(map(len, albums))
    spread: list[str] = []
    n_taken = [0] * len(albums)
    for place in range(1, songs + 1):
        lag = [
            len(album) * place - taken * songs for album, taken in zip(albums, n_taken, strict=True)
        ]
        position = lag.index(max(lag))
        spread.append(albums[position][n_taken[position]])
        n_taken[position] += 1
    return spread


def _scale_down(songs_train: int, songs_valid: int, available: int) -> tuple[int, int]:
    wanted = songs_train + songs_valid
    if available >= wanted:
        return songs_train, songs_valid
    n_valid = max(1, available * songs_valid // wanted)
    if available - n_valid < 2:
        raise InputError(
            f"only {available} songs of the source have one of the tags; raise tags.count, "
            "or leave 'tag' out of models"
        )
    print(
        f"{wanted} songs with a tag are asked for and {available} there: "
        f"{available - n_valid} train and {n_valid} validate",
        file=sys.stderr,
    )
    return available - n_valid, n_valid


def _split_artists_command(args: argparse.Namespace) -> pd.DataFrame:
    settings = parse_settings(args.set, "artist_set")
    parts = settings["songs_train"], settings["songs_valid"], settings["songs_test"]
    manifest, shared_artists = _read_source(args)
    if args.published is None:
        order = seeded_order(manifest, sum(parts), settings["seed"])
        return cut_artists(order, settings["count"], *parts)
    order = published_order(read_artist_list(args.published))
    order = order[~order["label"].isin(shared_artists)]
    split = cut_artists(order, settings["count"], *parts)
    is_present = split["clip_id"].isin(manifest["clip_id"])
    if not is_present.all():
        print(f"{(~is_present).sum()} published songs have no usable clip", file=sys.stderr)
    return split[is_present]


def _split_tags_command(args: argparse.Namespace) -> pd.DataFrame:
    settings = parse_settings(args.set, "tags")
    manifest, _ = _read_source(args)
    return split_tags(manifest, read_split(args.match), settings["count"], settings["seed"])


def _read_source(args: argparse.Namespace) -> tuple[pd.DataFrame, set[str]]:
    """Read the manifest, without the artists who are in the other manifests, and who those are."""
    manifest = read_manifest(args.manifest)
    is_shared = shares_artist(manifest, map(read_manifest, args.without))
    shared_artists = set(manifest.loc[is_shared, "artist_id"])
    if args.without:
        print(
            f"{is_shared.sum()} songs left out, by {len(shared_artists)} artists of the targets",
            file=sys.stderr,
        )
    return manifest[~is_shared], shared_artists


def main(argv: Sequence[str] | None = None) -> None:
    """Choose the songs of the source that train and validate a model."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.splits.split_artists", description=main.__doc__
    )
    commands = parser.add_subparsers(required=True)
    artists = commands.add_parser("artists", help="the same number of songs of each artist")
    artists.add_argument(
        "--published", type=Path, help="msd-artist-list.pkl, to choose as its authors did"
    )
    artists.set_defaults(split=_split_artists_command)
    tags = commands.add_parser("tags", help="songs with one of the most frequent tags")
    tags.add_argument(
        "--match",
        type=Path,
        required=True,
        help="artist set; draw as many songs for each part, and none that it holds out",
    )
    tags.set_defaults(split=_split_tags_command)
    for command, block in ((artists, "artist_set"), (tags, "tags")):
        command.add_argument("--manifest", type=Path, required=True, help="manifest of the source")
        command.add_argument(
            "--without",
            type=Path,
            nargs="*",
            default=(),
            help="manifests whose artists, by their names, are left out",
        )
        command.add_argument("--out", type=Path, required=True, help="CSV to write")
        add_settings_option(command, block)
    args = parser.parse_args(argv)
    split = args.split(args)
    with replacing(args.out) as partial:
        split.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
