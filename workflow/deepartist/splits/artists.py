"""The artists of a manifest: which songs have one, their names, and who is in other data sets."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from deepartist.datasets.artist_names import is_nobody, normalise


def has_artist(manifest: pd.DataFrame) -> pd.Series:
    """Tell which songs have a known artist: an id, and a name that does not stand for nobody.

    Where the name is empty, the id is looked at as a name. See
    `deepartist.datasets.artist_names.is_nobody`.
    """
    names = manifest["artist"].where(manifest["artist"] != "", manifest["artist_id"])
    nobody = [name for name in names.unique() if is_nobody(name)]
    return (manifest["artist_id"] != "") & ~names.isin(nobody)


def artist_names(manifest: pd.DataFrame) -> pd.Series:
    """Return the name of each song's artist: one per artist, and different for each artist.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs with the same `artist_id` are by the same artist.

    Returns
    -------
    pd.Series [index=manifest.index, dtype=str]
        The most frequent spelling of the name. The id is added if several artists have this name,
        as compared by `deepartist.datasets.artist_names.normalise`, and replaces a missing name.
        Empty if the song has no known artist.
    """
    known = manifest[has_artist(manifest)]
    named = known[known["artist"] != ""]
    # mode sorts, so a tie goes to the first name in alphabetical order
    name_of = named.groupby("artist_id")["artist"].agg(lambda names: names.mode()[0]).to_dict()
    names = {a: str(name_of.get(a, a)) for a in known["artist_id"].unique()}
    n_artists = Counter(map(normalise, names.values()))
    shown = {
        a: f"{name} ({a})" if n_artists[normalise(name)] > 1 else name for a, name in names.items()
    }
    return manifest["artist_id"].where(has_artist(manifest), "").map(lambda a: shown.get(a, ""))


def shares_artist(manifest: pd.DataFrame, others: Iterable[pd.DataFrame]) -> pd.Series:
    """Tell which songs are by an artist whose name occurs in other data sets.

    Parameters
    ----------
    manifest : pd.DataFrame
    others : iterable of pd.DataFrame
        Manifests of other data sets. Names are compared after
        `deepartist.datasets.artist_names.normalise`.

    Returns
    -------
    pd.Series [index=manifest.index, dtype=bool]
        True for all songs of an `artist_id` that has such a name in any of its songs.
    """
    names: set[str] = set()
    for other in others:
        names |= {normalise(name) for name in other.loc[has_artist(other), "artist"].unique()}
    names -= {""}
    is_known = has_artist(manifest)
    named = {name for name in manifest["artist"].unique() if normalise(name) in names}
    shared = manifest.loc[is_known & manifest["artist"].isin(named), "artist_id"]
    return is_known & manifest["artist_id"].isin(shared)
