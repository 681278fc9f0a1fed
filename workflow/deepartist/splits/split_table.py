"""Reading the CSV of a split, and finding the songs that an artist set holds out."""

from pathlib import Path

import pandas as pd

from deepartist.files.csv_files import read_csv

SPLIT_COLUMNS = ("clip_id", "label", "split")


def is_held_out(manifest: pd.DataFrame, artist_set: pd.DataFrame) -> pd.Series:
    """Tell which songs of an artist set's artists are held out from all models.

    These are the set's test songs and the artists' songs that are in no part of the set. Models are
    evaluated on them, so no model is trained or validated on them.

    Parameters
    ----------
    manifest : pd.DataFrame
    artist_set : pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the `artist_id`.

    Returns
    -------
    pd.Series [index=manifest.index, dtype=bool]
    """
    seen = artist_set.loc[artist_set["split"].isin(("train", "valid")), "clip_id"]
    return manifest["artist_id"].isin(artist_set["label"]) & ~manifest["clip_id"].isin(seen)


def read_split(path: Path) -> pd.DataFrame:
    """Read a split, a CSV of `SPLIT_COLUMNS`; an artist set also has the column ``album_id``.

    Raises
    ------
    InputError
        The file cannot be read as CSV, or has wrong columns.
    """
    return read_csv(path, SPLIT_COLUMNS, "a split", optional=("album_id",), exact=False)
