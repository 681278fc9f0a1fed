"""The order in which artists and their songs are taken into artist sets (section 3.1.1)."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pandas as pd

from deepartist.datasets.artist_list import artist_label
from deepartist.splits.artists import has_artist
from deepartist.splits.shuffle import shuffled

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
        Artists are ranked in the order of the list, so that the first n are the published set of n
        artists. Songs of an artist are ranked by `song_index`. Both ranks start from 0.
    """
    order = pd.DataFrame(entries, columns=["clip_id", "artist_index", "song_index"])
    order["label"] = order["artist_index"].map(artist_label)
    order["artist_rank"] = pd.factorize(order["artist_index"])[0]
    order = order.sort_values(["artist_rank", "song_index"], kind="stable", ignore_index=True)
    order["song_rank"] = order.groupby("artist_rank").cumcount()
    return order[list(ORDER_COLUMNS)]


def seeded_order(manifest: pd.DataFrame, songs: int, seed: int) -> pd.DataFrame:
    """Draw songs of each artist who has enough of them; artists are in random order.

    Songs are drawn from an artist's albums in turn (round robin; albums, and the songs of each, are
    in random order). Then the drawn songs are ranked: the next rank goes to the album that is
    furthest behind its share of the songs, so that each part of a split has about the same
    proportions of the albums.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs without a known artist are ignored. A song without an album is treated as an album.
    songs : int > 0
        Number of songs to draw of each artist; artists with fewer are left out.
    seed : int

    Returns
    -------
    pd.DataFrame [columns=ORDER_COLUMNS]
        Exactly `songs` rows per artist, sorted by artist, then song. Ranks start from 0.
    """
    albums_of: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    songs_by_artist = manifest.loc[has_artist(manifest), ["clip_id", "artist_id", "album_id"]]
    for clip_id, artist, album_id in songs_by_artist.to_numpy().tolist():
        album = f"album {album_id}" if album_id else f"song {clip_id}"
        albums_of[artist][album].append(clip_id)
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


def _draw_in_turn(albums: list[list[str]], songs: int) -> list[list[str]]:
    """Draw songs from the albums in turn until there are `songs`; return those of each album."""
    turns = sorted(
        (turn, position) for position, album in enumerate(albums) for turn in range(len(album))
    )
    n_drawn = Counter(position for _turn, position in turns[:songs])
    return [album[: n_drawn[position]] for position, album in enumerate(albums)]


def _spread(albums: list[list[str]]) -> list[str]:
    """Merge albums into one list, so that the songs of each are spread evenly."""
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
