"""What every choice of songs rests on: chance, who counts as an artist, what is held out."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from deepartist.datasets.artist_names import NOT_ARTISTS, normalise
from deepartist.process.errors import InputError

SPLIT_COLUMNS = ("clip_id", "label", "split")


def shuffled(names: Iterable[str], seed: int, salt: str) -> list[str]:
    """Put names into a random order that depends on nothing but the seed, the salt and each name.

    The order in which they come does not matter, and a new name leaves the others in their order.

    Parameters
    ----------
    names : iterable of str
    seed : int
    salt : str
        Tells apart orders that are drawn with one seed.
    """
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed}/{salt}/{name}".encode()).digest())


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
        The commonest spelling, with the id after it where several artists share a name in upper or
        lower case; the id where there is no name; empty where there is no known artist.
    """
    known = manifest[has_artist(manifest)]
    named = known[known["artist"] != ""]
    # mode sorts, so a tie goes to the first name in order
    name_of = named.groupby("artist_id")["artist"].agg(lambda names: names.mode()[0]).to_dict()
    names = pd.Series({a: name_of.get(a, a) for a in known["artist_id"].unique()}, dtype=object)
    is_shared = names.str.casefold().duplicated(keep=False)
    shown = {a: f"{name} ({a})" if is_shared[a] else name for a, name in names.items()}
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
    names = set()
    for other in others:
        names |= {normalise(name) for name in other.loc[has_artist(other), "artist"].unique()}
    names -= {""}
    is_known = has_artist(manifest)
    named = {name for name in manifest["artist"].unique() if normalise(name) in names}
    shared = manifest.loc[is_known & manifest["artist"].isin(named), "artist_id"]
    return is_known & manifest["artist_id"].isin(shared)


def is_held_out(manifest: pd.DataFrame, artist_set: pd.DataFrame) -> pd.Series:
    """Tell which songs of the artist set's own artists are kept from all models.

    Those are its test songs and the songs in no part: on them the models are evaluated, so none is
    trained or validated on them.

    Parameters
    ----------
    manifest : pd.DataFrame
    artist_set : pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the `artist_id`.

    Returns
    -------
    pd.Series [index=that of manifest, dtype=bool]
    """
    seen = artist_set.loc[artist_set["split"].isin(("train", "valid")), "clip_id"]
    return manifest["artist_id"].isin(artist_set["label"]) & ~manifest["clip_id"].isin(seen)


def read_split(path: Path) -> pd.DataFrame:
    """Read a split, a CSV of `SPLIT_COLUMNS`; InputError where the columns are others."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(table.columns) != SPLIT_COLUMNS:
        raise InputError(
            f"{path}: columns are {', '.join(table.columns)}; a split has "
            + ", ".join(SPLIT_COLUMNS)
        )
    return table
