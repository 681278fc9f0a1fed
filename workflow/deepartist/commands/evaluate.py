"""The command ``deepartist evaluate``: scores of any features."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepartist.commands.output import output_file
from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# People bring sets of any size; the paper's k = 20 outvotes labels with few training songs.
DEFAULTS = {"neighbours": "auto"}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``evaluate`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "evaluate", help="retrieval, k-NN and linear classifiers of features"
    )
    add_settings_option(command, "evaluation", DEFAULTS)
    command.description = (
        "Score any features against labels: mean average precision of retrieval, accuracy of\n"
        "k-NN, of a linear softmax and of a logistic regression, each with its 95 % interval,\n"
        "as JSON. Without a column split and without --folds, retrieval alone is scored."
    )
    command.add_argument(
        "--features",
        required=True,
        type=Path,
        help="npz with clip_id and embedding (n, d), or a CSV",
    )
    command.add_argument(
        "--labels",
        required=True,
        type=Path,
        help="CSV with clip_id, labels and, if known, split (train, valid, test) and artist",
    )
    command.add_argument(
        "--label", default="label", metavar="COLUMN", help="column of the labels (default label)"
    )
    command.add_argument(
        "--vectors",
        default="embedding",
        metavar="NAME",
        help="which vectors of the file to score: the name of an array of the npz, or of columns "
        "NAME_0, NAME_1 ... of a CSV (default embedding; deepartist embed also writes multilevel)",
    )
    command.add_argument(
        "--folds",
        type=int,
        metavar="N",
        help="test each song in one of N folds, in place of the column split; with a column "
        "artist, all songs of an artist are in the same fold",
    )
    command.add_argument("-o", "--output", type=output_file, help="file to write the JSON to, too")
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    from deepartist.datasets.artist_names import common_spelling
    from deepartist.embeddings.features import read_features
    from deepartist.scores.artists import song_artists
    from deepartist.scores.outcomes import summarise_outcomes
    from deepartist.scores.score_features import divide_settings, summary
    from deepartist.splits.labels import join, read_labels

    settings = parse_settings(args.set, "evaluation", DEFAULTS)
    if args.label.strip().casefold() in ("clip_id", "split"):
        raise InputError(f"--label {args.label}: name a column of labels")
    clip_ids, vectors = read_features(args.features, args.vectors)
    table = read_labels(args.labels, args.label, complete=False)
    # A label is one label, however its spaces, dashes, quotes and accents are encoded.
    table["label"] = table["label"].map(common_spelling(table["label"]))
    labelled = table[table["label"] != ""]
    if labelled.empty:
        raise InputError(f"{args.labels}: no song has a label in the column '{args.label}'")
    clip_id, embedding, labels, split = join(clip_ids, vectors, labelled)
    left_out = _count_left_out(clip_ids, labelled)
    artists = song_artists(labelled, clip_id)
    of_tasks, of_intervals = divide_settings(settings)
    outcomes = _outcomes(args.folds, embedding, labels, split, artists, of_tasks, clip_id)
    scores = summary(summarise_outcomes(outcomes, artists, **of_intervals))
    result = {"n": len(clip_id), "vectors": args.vectors, "left_out": left_out, **scores}
    text = json.dumps(result, indent=1) + "\n"
    if args.output:
        with replacing(args.output) as partial:
            partial.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def _count_left_out(clip_ids: "np.ndarray", labelled: "pd.DataFrame") -> dict[str, int]:
    """Count the songs that are in one of the two files alone.

    `join` has said the number of labelled songs without features; here that of the others is said.
    """
    import numpy as np

    has_label = np.isin(clip_ids, labelled["clip_id"].to_numpy(str))
    if not has_label.all():
        first = clip_ids[~has_label][0]
        print(
            f"{np.count_nonzero(~has_label)} of {len(clip_ids)} songs with features have no label "
            f"and are left out, such as '{first}'",
            file=sys.stderr,
        )
    return {
        "without_label": int(np.count_nonzero(~has_label)),
        "without_features": int(len(labelled) - np.count_nonzero(has_label)),
    }


def _outcomes(
    folds: int | None,
    embedding: "np.ndarray",
    labels: "np.ndarray",
    split: "np.ndarray",
    artists: "np.ndarray | None",
    settings: dict[str, Any],
    clip_id: "np.ndarray",
) -> dict[tuple[str, str], Any]:
    """Compute the outcomes of songs: in folds, in the parts of the split, or of retrieval alone."""
    from deepartist.scores.cross_validate import cross_validate
    from deepartist.scores.score_features import retrieval_outcomes, song_outcomes, whole_set

    has_part = split != ""
    if folds is not None:
        if has_part.any():
            print("--folds: the column split is not used", file=sys.stderr)
        return cross_validate(embedding, labels, artists, folds=folds, **settings)
    if not has_part.any():
        print(
            "no song has a split, so retrieval alone is scored; --folds 5 classifies too",
            file=sys.stderr,
        )
        return retrieval_outcomes(embedding, labels, artists)
    if not has_part.all():
        raise InputError(
            f"{(~has_part).sum()} of {len(split)} labelled songs have no split, such as "
            f"'{clip_id[~has_part][0]}'; fill in the column, empty it, or give --folds 5"
        )
    return whole_set(song_outcomes(embedding, labels, split, artists, **settings))
