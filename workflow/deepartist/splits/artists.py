"""The artists of a manifest: which songs have one, their names, and who is in two data sets."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from deepartist.datasets.artist_names import NOT_ARTISTS, normalise


def has_artist(manifest: pd.DataFrame) -> pd.Series:
    """Tell which songs are by a known artist; compilations of various artists are by none."""
    name = manifest["artist"].str.casefold().str.strip()
    return (manifest["artist_id"] != "") & ~name.isin(NOT_ARTISTS)


def artist_names(manifest: pd.DataFrame) -> pd.Series:
    """Give each song the one name of its artist, by which artists can be told apart.

    Parameters
    ----------
    manifest : pd.DataFrame
        An artist is an `artist_id`.

    Returns
    -------
    pd.Series [index=that of manifest, dtype=str]
        The most frequent spelling, with the id after it where several artists share a name in upper
        or lower case; the id where there is no name; empty where there is no known artist.
    """
    known = manifest[has_artist(manifest)]
    named = known[known["artist"] != ""]
    # mode sorts, so a tie goes to the first name in order
    name_of = named.groupby("artist_id")["artist"].agg(lambda names: names.mode()[0]).to_dict()
    names = {a: str(name_of.get(a, a)) for a in known["artist_id"].unique()}
    n_artists = Counter(name.casefold() for name in names.values())
    shown = {
        a: f"{name} ({a})" if n_artists[name.casefold()] > 1 else name for a, name in names.items()
    }
    return manifest["artist_id"].where(has_artist(manifest), "").map(lambda a: shown.get(a, ""))


def shares_artist(manifest: pd.DataFrame, others: Iterable[pd.DataFrame]) -> pd.Series:
    """Tell which songs are by an artist who, by the name, has songs in another data set too.

    Parameters
    ----------
    manifest : pd.DataFrame
    others : iterable of pd.DataFrame
        Manifests of other data sets. A name is folded as
        `deepartist.datasets.artist_names.normalise` does.

    Returns
    -------
    pd.Series [index=that of manifest, dtype=bool]
        True for all songs of an `artist_id` that goes by such a name.
    """
    names: set[str] = set()
    for other in others:
        names |= {normalise(name) for name in other.loc[has_artist(other), "artist"].unique()}
    names -= {""}
    is_known = has_artist(manifest)
    named = {name for name in manifest["artist"].unique() if normalise(name) in names}
    shared = manifest.loc[is_known & manifest["artist"].isin(named), "artist_id"]
    return is_known & manifest["artist_id"].isin(shared)
