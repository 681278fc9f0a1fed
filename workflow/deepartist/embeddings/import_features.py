"""Importing the user's own features: they are checked and stored like those of the models.

``python -m deepartist.embeddings.import_features`` imports the features of one data set.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deepartist.config.vectors import EMBEDDING, MULTILEVEL
from deepartist.embeddings.features import read_features, stored_vectors, write_features
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.splits.labels import read_labels


def rows_of_songs(clip_id: np.ndarray, songs: Sequence[str]) -> np.ndarray:
    """Find the rows of songs in an array of features; no song may be missing.

    The scores in a table are compared with each other, so all must be over the same songs.

    Parameters
    ----------
    clip_id : np.ndarray [shape=(n,), dtype=str]
        Clip of each row of the features, without repetition.
    songs : sequence of str [length m]
        Clips to find.

    Returns
    -------
    np.ndarray [shape=(m,), dtype=int]

    Raises
    ------
    InputError
        A song has no features.
    """
    rows: np.ndarray = pd.Index(clip_id).get_indexer(songs)
    absent = np.flatnonzero(rows < 0)
    if absent.size:
        raise InputError(
            f"{absent.size} of {len(songs)} labelled songs have no features, such as "
            f"'{songs[absent[0]]}' (an id in the features is '{clip_id[0]}'); "
            "add them, because all models are scored over the same songs"
        )
    return rows


def main(argv: Sequence[str] | None = None) -> None:
    """Import the features of the labelled songs of a data set."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.embeddings.import_features", description=main.__doc__
    )
    parser.add_argument("--features", type=Path, required=True, help="npz: clip_id, embedding")
    parser.add_argument("--labels", type=Path, required=True, help="CSV: clip_id, label, split")
    parser.add_argument("--out", type=Path, required=True, help="npz to write")
    args = parser.parse_args(argv)
    songs = read_labels(args.labels, complete=False)["clip_id"].to_list()
    arrays = {}
    for vectors in stored_vectors(args.features, (EMBEDDING, MULTILEVEL)):
        clip_id, values = read_features(args.features, vectors)
        try:
            arrays[vectors] = values[rows_of_songs(clip_id, songs)]
        except InputError as error:
            raise InputError(f"{args.features}: {error}") from error
    write_features(args.out, songs, arrays[EMBEDDING], arrays.get(MULTILEVEL))
    print(f"{args.out}: {len(songs)} songs of {args.features}")


if __name__ == "__main__":
    stage.run(main)
