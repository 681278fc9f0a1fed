"""Choosing the songs of the source to train and validate tag models on (section 3.1.2).

The split is a table `clip_id, label, split`; the label is the song's tags.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.frequent_tags import keep_frequent_tags
from deepartist.splits.shuffle import shuffled
from deepartist.splits.source import add_source_options, read_source
from deepartist.splits.split_table import is_held_out, read_split


def split_tags(
    manifest: pd.DataFrame, artist_set: pd.DataFrame, count: int, seed: int
) -> pd.DataFrame:
    """Draw songs with frequent tags, as many as the artist set has.

    Parameters
    ----------
    manifest : pd.DataFrame
        Songs with a tag are candidates, except those in the data set's own test part and those that
        the artist set holds out (`is_held_out`): no model may learn from songs that any model of
        the run is evaluated on.
    artist_set : pd.DataFrame [columns=SPLIT_COLUMNS]
        The tag set gets as many training and validation songs as this set. If there are too few
        candidates with one of the tags, both numbers are scaled down in proportion, which is
        reported on stderr.
    count : int > 0
        Number of tags: the most frequent ones of the candidates; ties are in alphabetical order.
    seed : int

    Returns
    -------
    pd.DataFrame [columns=SPLIT_COLUMNS]
        `label` is the song's tags among the frequent ones, sorted, separated by ``|``; rows in the
        order of the draw, the training songs first.

    Raises
    ------
    InputError
        There are fewer than two tags, or too few songs for two training and one validation song.
    """
    is_candidate = (manifest["tags"] != "") & (manifest["split"] != "test")
    candidates = manifest[is_candidate & ~is_held_out(manifest, artist_set)]
    kept, frequent = keep_frequent_tags(candidates["tags"], count)
    label_of = {
        clip_id: tags for clip_id, tags in zip(candidates["clip_id"], kept, strict=True) if tags
    }
    if len(frequent) < 2:
        raise InputError(
            f"the source has {len(frequent)} tags; a tag model needs two: leave 'tag' out of models"
        )
    if len(frequent) < count:
        print(f"tags.count is {count}; the source has {len(frequent)} tags", file=sys.stderr)
    n_songs = Counter(artist_set["split"])
    n_train, n_valid = _scale_down(n_songs["train"], n_songs["valid"], len(label_of))
    drawn = shuffled(label_of, seed, "tags")[: n_train + n_valid]
    return pd.DataFrame(
        {
            "clip_id": drawn,
            "label": [label_of[clip_id] for clip_id in drawn],
            "split": ["train"] * n_train + ["valid"] * n_valid,
        }
    )


def _scale_down(songs_train: int, songs_valid: int, available: int) -> tuple[int, int]:
    wanted = songs_train + songs_valid
    if available >= wanted:
        return songs_train, songs_valid
    n_valid = max(1, available * songs_valid // wanted)
    if available - n_valid < 2:
        raise InputError(
            f"only {available} songs of the source have one of the tags; raise tags.count, "
            "or leave 'tag' out of models"
        )
    print(
        f"{wanted} songs with one of the tags are needed, but there are {available}: "
        f"{available - n_valid} are for training and {n_valid} for validation",
        file=sys.stderr,
    )
    return available - n_valid, n_valid


def main(argv: Sequence[str] | None = None) -> None:
    """Choose as many songs with one of the most frequent tags as an artist set has."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.splits.split_tags", description=main.__doc__
    )
    add_source_options(parser)
    parser.add_argument(
        "--match",
        type=Path,
        required=True,
        help="artist set: as many songs are drawn for each part, and none that it holds out",
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    add_settings_option(parser, "tags")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "tags")
    manifest, is_shared = read_source(args.manifest, args.without)
    artist_set = read_split(args.match)
    split = split_tags(manifest[~is_shared], artist_set, settings["count"], settings["seed"])
    with replacing(args.out) as partial:
        split.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
