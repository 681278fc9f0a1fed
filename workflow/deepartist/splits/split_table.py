"""The CSV of a split, and which songs an artist set holds out."""

from pathlib import Path

import pandas as pd

from deepartist.files.csv_files import read_csv

SPLIT_COLUMNS = ("clip_id", "label", "split")


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
    """Read a split, a CSV of `SPLIT_COLUMNS`.

    Raises
    ------
    InputError
        The file cannot be read as CSV, or its columns are others.
    """
    return read_csv(path, SPLIT_COLUMNS, "a split")
