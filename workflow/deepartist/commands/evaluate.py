"""The command ``deepartist evaluate``: scores of any features."""

import argparse
import json
import sys
from pathlib import Path

from deepartist.commands.output import output_file
from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.process.replacing import replacing


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``evaluate`` to the subcommands of ``deepartist``."""
    command = commands.add_parser("evaluate", help="retrieval, k-NN and linear softmax of features")
    add_settings_option(command, "evaluation")
    command.description = (
        "Score any features against labels: mean average precision of retrieval, accuracy of\n"
        "k-NN and of a linear softmax, each with its 95 % interval over songs, as JSON."
    )
    command.add_argument(
        "--features", required=True, type=Path, help="npz with clip_id and embedding (n, d)"
    )
    command.add_argument(
        "--labels", required=True, type=Path, help="CSV clip_id,label,split (train, valid, test)"
    )
    command.add_argument("-o", "--output", type=output_file, help="file to write the JSON to, too")
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    from deepartist.embeddings.features import read_features
    from deepartist.scores.score_features import evaluate_features, summary
    from deepartist.splits.labels import join, read_labels

    settings = parse_settings(args.set, "evaluation")
    _, embedding, labels, split = join(*read_features(args.features), read_labels(args.labels))
    scores = summary(evaluate_features(embedding, labels, split, **settings))
    text = json.dumps(scores, indent=1) + "\n"
    if args.output:
        with replacing(args.output) as partial:
            partial.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
