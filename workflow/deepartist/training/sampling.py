"""Drawing random crops, positives and negatives, on the device that trains (section 2.2)."""

import torch
from torch import Tensor

from deepartist.constants import CLIP_FRAMES, MEL_BANDS, SEGMENT_FRAMES


def random_integers(bounds: Tensor, generator: torch.Generator) -> Tensor:
    """Draw an integer from 0 up to, but not including, each bound; int64, same shape as `bounds`.

    The draws are uniform. All bounds must be above 0.
    """
    uniform = torch.rand(
        bounds.shape, generator=generator, device=bounds.device, dtype=torch.float64
    )
    return (uniform * bounds).long()


def random_starts(frames: Tensor, generator: torch.Generator) -> Tensor:
    """Draw the first frame of a segment in each clip; `frames` are the clips' valid frames."""
    return random_integers(frames - SEGMENT_FRAMES + 1, generator)


def first_rows(songs: Tensor, starts: Tensor) -> Tensor:
    """Find the row of each segment's first frame among the frames of all songs; int64.

    Parameters
    ----------
    songs, starts : Tensor [shape=(...), dtype=int64]
        Indices of songs, and first frames.
    """
    return songs * CLIP_FRAMES + starts


def cut_segments(mels: Tensor, rows: Tensor) -> Tensor:
    """Cut segments out of songs.

    Parameters
    ----------
    mels : Tensor [shape=(N, 1291, 128), dtype=float16]
    rows : Tensor [shape=(...), dtype=int64]
        From `first_rows`, on the device of `mels`.

    Returns
    -------
    Tensor [shape=(..., 129, 128), dtype=float16]
    """
    # A view of all segments that start at some frame, which overlap.
    segments = mels.view(-1).unfold(0, SEGMENT_FRAMES * MEL_BANDS, MEL_BANDS)
    cut = segments.index_select(0, rows.flatten())
    return cut.view(*rows.shape, SEGMENT_FRAMES, MEL_BANDS)


def artist_blocks(artists: Tensor) -> tuple[Tensor, Tensor]:
    """Find where each song's artist begins and how many songs it has.

    Parameters
    ----------
    artists : Tensor [shape=(N,), dtype=int64]
        Artist of each song; songs of an artist are side by side.

    Returns
    -------
    first, count : Tensor [shape=(N,), dtype=int64]
        First song and number of songs of each song's artist.

    Raises
    ------
    ValueError
        The songs of an artist do not lie side by side.
    """
    changes = torch.ones_like(artists, dtype=torch.bool)
    changes[1:] = artists[1:] != artists[:-1]
    block = changes.cumsum(0) - 1
    starts = changes.nonzero().squeeze(1)
    if len(starts) != len(torch.unique(artists)):
        raise ValueError("songs of an artist must lie side by side")
    return starts[block], torch.bincount(block)[block]


def draw_positives(
    anchors: Tensor, first: Tensor, count: Tensor, generator: torch.Generator
) -> Tensor:
    """Draw another song by the artist of each anchor, uniformly: (B,) to (B,)."""
    first, count = first[anchors], count[anchors]
    step = 1 + random_integers(count - 1, generator)
    return first + (anchors - first + step) % count


def draw_negatives(
    anchors: Tensor, first: Tensor, count: Tensor, negatives: int, generator: torch.Generator
) -> Tensor:
    """Draw distinct songs by other artists for each anchor, uniformly: (B,) to (B, K)."""
    songs = len(first)
    first, count = first[anchors], count[anchors]
    drawn: list[Tensor] = []
    for k in range(negatives):
        # Draw without replacement: draw a rank among the songs that are not drawn yet. Then go
        # through the drawn songs in ascending order, and raise the rank by one for each that is at
        # or below it.
        rank = random_integers(songs - count - k, generator)
        if drawn:
            for earlier in torch.stack(drawn).sort(dim=0).values:
                rank = rank + (rank >= earlier)
        drawn.append(rank)
    others = torch.stack(drawn, dim=1)  # ranks among the songs of other artists
    return others + count[:, None] * (others >= first[:, None])
