"""Maps of songs: their vectors, reduced to two dimensions by t-SNE (section 6).

``python -m deepartist.figures.map_songs`` maps the songs of figure 6 or 7.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from deepartist.embeddings.features import read_features
from deepartist.files.csv_files import read_csv
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

MAX_PERPLEXITY = 30
MIN_SONGS = 4  # with fewer songs there are no neighbourhoods to show
MAP_COLUMNS = ("clip_id", "label", "x", "y")


def map_songs(embedding: np.ndarray, seed: int) -> np.ndarray:
    """Map songs to two dimensions by t-SNE of their cosine distances.

    The cosine distance corresponds to the paper's relevance score, the cosine similarity (section
    3.3).

    Parameters
    ----------
    embedding : np.ndarray [shape=(n, d), dtype=float32], n >= 4, d >= 2
    seed : int

    Returns
    -------
    np.ndarray [shape=(n, 2), dtype=float32]
        Centred on the origin and turned so that the map is widest along the first axis, because
        t-SNE determines neither.

    Raises
    ------
    InputError
        All songs have the same vector.
    """
    if (embedding == embedding[0]).all():  # scikit-learn fails on these
        raise InputError(f"the vectors of all {len(embedding)} songs are the same; train the model")
    reduction = TSNE(
        perplexity=find_perplexity(len(embedding)),
        metric="cosine",
        init="pca",
        random_state=seed,
    )
    # rounding depends on the number of threads, and t-SNE amplifies the smallest difference
    with threadpool_limits(1):
        places = reduction.fit_transform(embedding)
        places -= places.mean(axis=0)
        turned: np.ndarray = places @ np.linalg.svd(places, full_matrices=False).Vh.T
    return turned


def find_perplexity(songs: int) -> float:
    """Return scikit-learn's default perplexity, or a lower one if there are too few songs."""
    return min(MAX_PERPLEXITY, (songs - 1) / 3)


def read_column(path: Path, column: str) -> pd.DataFrame:
    """Read the songs of a CSV file and their labels from one of its columns.

    Parameters
    ----------
    path : Path
        A CSV file with the columns `clip_id` and `column`; it may have no songs.
    column : str
        "label" or "artist".

    Returns
    -------
    pd.DataFrame [columns=(clip_id, label), dtype=str]
        Sorted by clip_id.

    Raises
    ------
    InputError
        The file cannot be read, a column or label is missing, or a clip_id occurs twice.
    """
    columns = ["clip_id", column]
    table = read_csv(path, columns, "songs of a map", exact=False)
    table = table[columns].set_axis(["clip_id", "label"], axis=1)
    empty = table[table["label"] == ""]
    if len(empty):
        first = empty["clip_id"].iloc[0]
        raise InputError(f"{path}: clip '{first}' has no {column}; fill it in or remove the row")
    repeated = table["clip_id"][table["clip_id"].duplicated()]
    if len(repeated):
        raise InputError(f"{path}: clip_id '{repeated.iloc[0]}' occurs more than once")
    return table.sort_values("clip_id", ignore_index=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Map songs to two dimensions, without a unit, by t-SNE."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.map_songs", description=main.__doc__
    )
    parser.add_argument("--features", type=Path, required=True, help="npz: clip_id, embedding")
    parser.add_argument("--labels", type=Path, required=True, help="CSV: clip_id and the column")
    parser.add_argument(
        "--column", choices=("label", "artist"), required=True, help="column with the labels"
    )
    parser.add_argument("--seed", type=int, required=True, help="seed of t-SNE")
    parser.add_argument("--out", type=Path, required=True, help="CSV to write: clip_id,label,x,y")
    args = parser.parse_args(argv)
    table = read_column(args.labels, args.column)
    if len(table) < MIN_SONGS:
        print(f"{args.out}: {len(table)} songs are too few for a map")
        table = pd.DataFrame(columns=list(MAP_COLUMNS))
    else:
        clip_id, embedding = read_features(args.features)
        position = pd.Index(clip_id).get_indexer(table["clip_id"])
        if (position < 0).any():
            absent = table["clip_id"][position < 0].iloc[0]
            raise InputError(
                f"{args.features}: no features of clip '{absent}' of {args.labels}; embed it"
            )
        table[["x", "y"]] = map_songs(embedding[position], args.seed)
        print(
            f"{args.out}: t-SNE of {len(table)} songs with {table['label'].nunique()} "
            f"different {args.column}s, perplexity {find_perplexity(len(table)):.3g}"
        )
    with replacing(args.out) as partial:
        table.to_csv(partial, index=False, float_format="%.4f", lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
