"""Which songs the Siamese model draws as positives of an anchor (section 2.2, and beyond it)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from deepartist.training.sampling import artist_blocks, draw_positives, random_integers

# Called with (anchors (B,), generator), returns the positions of their positives (B,) in the pool.
DrawPositives = Callable[[Tensor, torch.Generator], Tensor]


def draws_of_positives(
    kinds: Sequence[str], artists: Tensor, albums: Tensor
) -> list[DrawPositives]:
    """Make a function for each kind of positive that draws one of each anchor, uniformly.

    Parameters
    ----------
    kinds : sequence of str
        ``artist``: another song by the anchor's artist (the paper); ``other_album``: one that is
        not from the anchor's album; ``album``: another song from the anchor's album; ``song``: the
        anchor itself, of which another segment is cut. Where there is no such song on another album
        or on the same one, it is another song by the artist.
    artists, albums : Tensor [shape=(P,), dtype=int64]
        Artist and album of each song of the pool; artists have two songs or more, side by side.
    """
    first, count = artist_blocks(artists)

    def of_artist(anchors: Tensor, generator: torch.Generator) -> Tensor:
        return draw_positives(anchors, first, count, generator)

    def of_song(anchors: Tensor, generator: torch.Generator) -> Tensor:
        return anchors

    if not {"album", "other_album"} & set(kinds):
        draw_of = {"artist": of_artist, "song": of_song}
        return [draw_of[kind] for kind in kinds]

    # Albums side by side within their artist: the pool's songs in that order, and their places.
    block = torch.unique(albums, return_inverse=True)[1]
    order = torch.argsort(first * len(artists) + block, stable=True)
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order), device=order.device)
    album_first, album_count = artist_blocks(first[order] * len(artists) + block[order])
    artist_first, artist_count = first[order], count[order]
    has_others_of_album = album_count > 1
    has_other_albums = album_count < artist_count

    def of_album(anchors: Tensor, generator: torch.Generator) -> Tensor:
        there = place[anchors]
        # Where the album has no other song, the draw is of the artist.
        first = torch.where(has_others_of_album, album_first, artist_first)
        count = torch.where(has_others_of_album, album_count, artist_count)
        return order[draw_positives(there, first, count, generator)]

    def of_other_album(anchors: Tensor, generator: torch.Generator) -> Tensor:
        there = place[anchors]
        # The songs that may not be drawn are the album's or, if that is all, the anchor alone.
        first = torch.where(has_other_albums, album_first, torch.arange(len(order)).to(order))
        barred = torch.where(has_other_albums, album_count, 1)
        first, barred = first[there], barred[there]
        step = barred + random_integers(artist_count[there] - barred, generator)
        within = (first - artist_first[there] + step) % artist_count[there]
        return order[artist_first[there] + within]

    draw_of = {
        "artist": of_artist,
        "song": of_song,
        "album": of_album,
        "other_album": of_other_album,
    }
    return [draw_of[kind] for kind in kinds]
