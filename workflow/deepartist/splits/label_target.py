"""Labels and parts of a target: what the features are evaluated on."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.datasets.manifest import SPLITS, read_manifest
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.splits.artists import artist_names, has_artist
from deepartist.splits.shuffle import shuffled
from deepartist.splits.split_table import is_held_out, read_split


def label_target(
    manifest: pd.DataFrame,
    label: str,
    train_fraction: float,
    valid_fraction: float,
    seed: int,
    source_split: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give each song of a target its label and part.

    The data set's own split is used where there is one and nothing is held out. Otherwise one is
    drawn: for genres with all songs of an artist in one part (`divide_by_artist`), for artists
    within the songs of each (`divide_within_label`).

    Parameters
    ----------
    manifest : pd.DataFrame
    label : {"genre", "artist"}
        Songs without one are left out.
    train_fraction, valid_fraction : float
        Their sum is below 1; the rest is the test part.
    seed : int
    source_split : pd.DataFrame or None
        The artist set of the models: keep the songs that it holds out (`is_held_out`). None:
        nothing is held out.

    Returns
    -------
    pd.DataFrame [columns=(clip_id, label, split)]
        Sorted by clip_id.

    Raises
    ------
    InputError
        Fewer than two labels, a split that only some of the labelled songs have, an empty part, or
        a test part without any label of the training part.
    """
    if train_fraction + valid_fraction >= 1:
        raise InputError(
            f"train_fraction + valid_fraction is {train_fraction + valid_fraction:g}; it must be "
            "less than 1, the rest being the test part"
        )
    songs = manifest.assign(label=manifest["genre"] if label == "genre" else artist_names(manifest))
    songs = songs[songs["label"] != ""].sort_values("clip_id", ignore_index=True)
    if source_split is not None:
        songs = songs[is_held_out(songs, source_split)]
    if songs["label"].nunique() < 2:
        raise InputError(
            f"the target has {songs['label'].nunique()} different labels in its {len(songs)} songs "
            f"with label '{label}'; two are needed"
        )
    has_none = songs["split"] == ""
    if source_split is not None or has_none.all():
        divide = divide_by_artist if label == "genre" else divide_within_label
        songs = songs.assign(split=divide(songs, train_fraction, valid_fraction, seed))
    elif has_none.any():
        raise InputError(
            f"{has_none.sum()} of the target's {len(songs)} labelled songs have no split, such as "
            f"clip '{songs.loc[has_none, 'clip_id'].iloc[0]}'; fill in the column, or empty it"
        )
    _check_parts(songs)
    return songs[["clip_id", "label", "split"]]


def divide_by_artist(
    songs: pd.DataFrame, train_fraction: float, valid_fraction: float, seed: int
) -> pd.Series:
    """Divide songs so that no artist is in two parts and each label is in all, where possible.

    Label by label, each artist in random order goes to the part that lacks most songs of the label.
    The last artists go to the parts that have no song of it yet: to the training part first, then
    to the emptier of the other two. An artist belongs to the label of most of their songs. A song
    without a known artist counts as the only song of an artist.

    Parameters
    ----------
    songs : pd.DataFrame
        Manifest columns and `label`.
    train_fraction, valid_fraction : float
        Fractions of each label's songs.
    seed : int

    Returns
    -------
    pd.Series [index=that of songs, dtype=str]
        train, valid or test.
    """
    artist = ("artist " + songs["artist_id"]).where(has_artist(songs), "clip " + songs["clip_id"])
    main_label = songs["label"].groupby(artist).agg(lambda labels: labels.mode().iloc[0])
    n_songs = artist.value_counts()
    fractions = {
        "train": train_fraction,
        "test": 1 - train_fraction - valid_fraction,
        "valid": valid_fraction,
    }
    part_of: dict[str, str] = {}
    fullness = dict.fromkeys(fractions, 0.0)  # songs of all labels, for the part's fraction
    for label, artists in main_label.groupby(main_label):
        total = int(n_songs[artists.index].sum())
        lack = {part: total * fraction for part, fraction in fractions.items()}
        empty = list(fractions)
        for n_before, name in enumerate(shuffled(artists.index, seed, f"artists of {label}")):
            if len(artists) - n_before <= len(empty):
                part = min(empty, key=lambda part: (part != "train", fullness[part]))
            else:
                part = max(lack, key=lack.__getitem__)
            empty = [other for other in empty if other != part]
            lack[part] -= int(n_songs[name])
            fullness[part] += int(n_songs[name]) / fractions[part]
            part_of[name] = part
    return artist.map(part_of)


def divide_within_label(
    songs: pd.DataFrame, train_fraction: float, valid_fraction: float, seed: int
) -> pd.Series:
    """Divide the songs of each label between the parts.

    A label with two songs has one in training and one in test; with three or more, at least one in
    each part; a single song is in training.

    Parameters
    ----------
    songs : pd.DataFrame
        Columns `clip_id` and `label`.
    train_fraction, valid_fraction : float
        Fractions of each label's songs.
    seed : int

    Returns
    -------
    pd.Series [index=that of songs, dtype=str]
        train, valid or test.
    """
    part_of: dict[str, str] = {}
    for label, clip_ids in songs["clip_id"].groupby(songs["label"]):
        drawn = shuffled(clip_ids, seed, f"songs of {label}")
        n_test, n_valid = _count_parts(len(drawn), train_fraction, valid_fraction)
        parts = ["test"] * n_test + ["valid"] * n_valid
        parts += ["train"] * (len(drawn) - len(parts))
        part_of |= dict(zip(drawn, parts, strict=True))
    return songs["clip_id"].map(part_of)


def _count_parts(songs: int, train_fraction: float, valid_fraction: float) -> tuple[int, int]:
    """Return how many of some songs are test and validation songs."""
    if songs < 3:
        return songs - 1, 0
    n_test = max(1, _round(songs * (1 - train_fraction - valid_fraction)))
    n_test = min(n_test, songs - 2)
    n_valid = max(1, _round(songs * valid_fraction))
    return n_test, min(n_valid, songs - n_test - 1)


def _round(value: float) -> int:
    # sums such as 1 - 0.8 - 0.1 miss the half by a rounding error
    return math.floor(value + 0.5 + 1e-9)


def _check_parts(songs: pd.DataFrame) -> None:
    for part in SPLITS:
        if not (songs["split"] == part).any():
            raise InputError(
                f"the target's {part} part is empty: {len(songs)} songs with "
                f"{songs['label'].nunique()} labels by {songs['artist_id'].nunique()} artists are "
                "too few to divide; add songs or artists, or give every clip a split"
            )
    in_train = set(songs.loc[songs["split"] == "train", "label"])
    if in_train.isdisjoint(songs.loc[songs["split"] == "test", "label"]):
        raise InputError(
            "no label of the target's test part occurs in its training part; "
            "empty the data set's split column, or choose another label"
        )


def main(argv: Sequence[str] | None = None) -> None:
    """Write the labels and parts of a target."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.splits.label_target", description=main.__doc__
    )
    parser.add_argument("--manifest", type=Path, required=True, help="manifest of the target")
    parser.add_argument(
        "--source-split",
        type=Path,
        nargs="*",  # a rule without one writes the option alone
        default=[],
        help="artist sets of the models, for held_out=true (none given: nothing is held out "
        "against)",
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    add_settings_option(parser, "target")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, "target")
    if settings["held_out"] and not args.source_split:
        raise InputError("held_out=true: say with --source-split what the models were trained on")
    labels = label_target(
        read_manifest(args.manifest),
        settings["label"],
        settings["train_fraction"],
        settings["valid_fraction"],
        settings["seed"],
        pd.concat(map(read_split, args.source_split)) if settings["held_out"] else None,
    )
    with replacing(args.out) as partial:
        labels.to_csv(partial, index=False, lineterminator="\n")


if __name__ == "__main__":
    stage.run(main)
