"""The artists of songs, numbered: for intervals that resample them, and lists without one's own."""

import numpy as np
import pandas as pd

from deepartist.splits.labels import ARTIST_COLUMN


def song_artists(labels: pd.DataFrame, clip_id: np.ndarray) -> np.ndarray | None:
    """Number the artists of songs, if the labels know any.

    Parameters
    ----------
    labels : pd.DataFrame [columns=(clip_id, artist, …)]
        From `deepartist.splits.labels.read_labels`; the column `artist` may be missing, and is
        empty for a song whose artist is not known.
    clip_id : np.ndarray [shape=(n,), dtype=str]
        Songs of `labels`.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=int] or None
        See `number_artists`; None if no artist is known.
    """
    if ARTIST_COLUMN not in labels.columns:
        return None
    artists = labels.set_index("clip_id")[ARTIST_COLUMN].loc[clip_id].to_numpy(str)
    return number_artists(artists) if (artists != "").any() else None


def number_artists(artists: np.ndarray) -> np.ndarray:
    """Give songs by the same artist the same number.

    Parameters
    ----------
    artists : np.ndarray [shape=(n,), dtype=str]
        Empty where the artist is not known.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=int]
        From 0 without gaps. A song without a known artist has a number of its own, as if it were
        the only song of an artist.
    """
    alone = [f"song {position}" for position in range(len(artists))]
    names = np.where(artists == "", alone, [f"artist {artist}" for artist in artists])
    return np.unique(names, return_inverse=True)[1]
