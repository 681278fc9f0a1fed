"""A model card: what a trained model is, what it learned from, what it is worth, where it fails.

``python -m deepartist.tables.write_card`` writes it beside the model, so that both are passed on
together (Mitchell et al., "Model Cards for Model Reporting", FAT* 2019).
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from deepartist.config.settings import load_block
from deepartist.config.titles import Titles, add_titles_option, parse_titles
from deepartist.config.vectors import BALANCED, EMBEDDING, MULTILEVEL
from deepartist.files.csv_files import read_csv
from deepartist.files.json_files import read_json
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing
from deepartist.scores.gather_scores import read_scores
from deepartist.tables.text import escape_markdown

TRAINED_FOR = {
    "basic": "tell the artists of its training songs apart, one output for each",
    "siamese": "put songs by an artist closer together than songs by others",
    "tag": "predict the tags of songs, one output for each",
}
# Task, variant and what a reader is told of it.
SCORES = {
    ("map", "all"): "retrieval, mean average precision",
    ("knn", "test"): "nearest neighbours, accuracy",
    ("logistic", "test"): "logistic regression, accuracy",
    ("identify", "k=1"): "artist named from one known song",
    ("identify", "k=5"): "artist named from five known songs",
    ("verify", "eer"): "same artist or not, equal error rate (less is better)",
    ("auc", "test"): "tags, area under the ROC curve",
}

VECTORS = (EMBEDDING, MULTILEVEL, BALANCED)


class Data(NamedTuple):
    """A data set that a model learned from."""

    name: str
    kind: str
    licence: str
    is_synthesised: bool


def make_card(
    name: str,
    model: Mapping[str, Any],
    history: pd.DataFrame,
    split: pd.DataFrame,
    data: Sequence[Data],
    scores: pd.DataFrame,
    baselines: Sequence[str],
    titles: Mapping[str, Titles],
) -> str:
    """Write the card of a model in Markdown.

    Parameters
    ----------
    name : str
        Such as ``siamese-5000``.
    model : mapping
        Its ``model.json``.
    history : pd.DataFrame [columns=epoch, train_loss, valid_loss, …]
    split : pd.DataFrame [columns=clip_id, label, split, …]
        What it was trained and validated on.
    data : sequence of Data
        Several if they were joined.
    scores : pd.DataFrame
        From `deepartist.scores.gather_scores.read_scores`.
    baselines : sequence of str
        Features without training, whose scores stand beside the model's.
    titles : mapping of str to Titles
        By target.
    """
    kind, settings, origin = model["kind"], model["settings"], model["provenance"]
    parts = split["split"].value_counts()
    is_tag = kind == "tag"
    best = history.sort_values("valid_loss", kind="stable").iloc[0]
    n_labels = len(model["labels"])
    what = (
        f"{n_labels} tags"
        if is_tag
        else f"{n_labels} artists: {', '.join(map(escape_markdown, model['labels'][:20]))}"
        f"{' and others' if n_labels > 20 else ''}"
    )
    changed = _changed(kind, settings)
    lines = [
        f"# {escape_markdown(name)}, seed {model['seed']}",
        "",
        f"An encoder of music: {model['architecture']}. It was trained to {TRAINED_FOR[kind]}, "
        "after Park et al., “Representation Learning of Music Using Artist Labels” (ISMIR 2018). "
        "From 3 seconds of sound it makes a vector of 256 numbers; of a song, the vectors of its "
        "segments are averaged.",
        "",
        "## Data",
        "",
        "- Music, at most 30 seconds of each song:",
        *(f"  - data set `{part.name}`, {_describe(part)}" for part in data),
        f"- Songs to train on: {parts.get('train', 0)}; to validate on: {parts.get('valid', 0)}; "
        f"{what}.",
        "",
        "## Training",
        "",
        f"- {len(history)} epoch{'s' * (len(history) > 1)}; the weights are those of epoch "
        f"{best['epoch']:.0f}, with the lowest validation loss: {best['valid_loss']:.4f} (training "
        f"loss {best['train_loss']:.4f}).",
        f"- Settings that differ from the defaults: {changed}.",
        *_tuned(model),
        f"- Code: deepartist (MIT licence), {_digest(origin)}; device: "
        f"{origin.get('device', 'not known')}.",
        "",
        "## What it is worth",
        "",
        *_tabulate(name, model["seed"], scores, baselines, titles),
        "",
        "Intervals are of 95 %. "
        f"{', '.join(f'`{baseline}`' for baseline in baselines)}: what has not learned from this "
        "music. Where the model is not above them, it is of no use for that.",
        "",
        "## Limits",
        "",
        *_limits(is_tag, n_labels, titles),
    ]
    return "\n".join(lines) + "\n"


def _describe(data: Data) -> str:
    if data.is_synthesised:
        return "synthesised by this program, so no licence is needed"
    return f"of the kind `{data.kind}`; licence: {escape_markdown(data.licence)}"


def _changed(kind: str, settings: Mapping[str, Any]) -> str:
    known = load_block(f"train_{kind}")["properties"]
    changed = [
        f"`{key}: {json.dumps(value)}`"
        for key, value in settings.items()
        if key in known and value != known[key].get("default")
    ]
    return ", ".join(changed) or "none"


def _tuned(model: Mapping[str, Any]) -> list[str]:
    if "share" not in model:
        return []
    return [
        f"- Started from `{model['settings']['init']}`; validation songs chose a share of "
        f"{model['share']:g} of the tuned weights (0: the encoder at the start)."
    ]


def _digest(origin: Mapping[str, Any]) -> str:
    commit = str(origin.get("commit") or "of no commit")[:12]
    return f"{commit}{' with uncommitted changes' if origin.get('uncommitted_changes') else ''}"


def _tabulate(
    name: str,
    seed: int,
    scores: pd.DataFrame,
    baselines: Sequence[str],
    titles: Mapping[str, Titles],
) -> list[str]:
    """Lay out the scores of a model and of the baselines, a row for each target and score."""
    models = [name, *baselines]
    rows = []
    own = scores[(scores["model"] == name) & (scores["seed"] == seed)]
    for target, title in titles.items():
        for (task, variant), words in SCORES.items():
            of_score = own[
                (own["dataset"] == target) & (own["task"] == task) & (own["variant"] == variant)
            ]
            for vectors in [name for name in VECTORS if name in set(of_score["vectors"])]:
                cells = [
                    _cell(scores, (target, task, variant, vectors), model, seed) for model in models
                ]
                shown = f"{escape_markdown(title['title'])}: {words}, `{vectors}`"
                rows.append(f"| {shown} | {' | '.join(cells)} |")
    if not rows:
        return ["It has not been scored."]
    header = " | ".join(escape_markdown(model) for model in models)
    return [f"| | {header} |", f"|---|{'---|' * len(models)}", *rows]


def _cell(scores: pd.DataFrame, score: tuple[str, str, str, str], model: str, seed: int) -> str:
    """Write a score with its interval: of the same seed or, without one, of the first seed."""
    target, task, variant, vectors = score
    found = scores[
        (scores["dataset"] == target)
        & (scores["task"] == task)
        & (scores["variant"] == variant)
        & (scores["vectors"] == vectors)
        & (scores["model"] == model)
    ]
    if found.empty:
        return "–"
    same = found[found["seed"] == seed]
    row = (found if same.empty else same).iloc[0]
    return f"{row['value']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]"


def _limits(is_tag: bool, n_labels: int, titles: Mapping[str, Titles]) -> list[str]:
    tested = ", ".join(escape_markdown(title["title"]) for title in titles.values())
    learned = "tags" if is_tag else "artists"
    return [
        f"- It learned {n_labels} {learned}. Music unlike theirs is not what it was trained for; "
        f"it was tested on: {tested}.",
        "- It hears log-mel spectra of 3 seconds: no words, no form, nothing above 11 kHz.",
        *(
            []
            if is_tag
            else [
                "- Artist names are taken as they stand in the tags or lists. They stand for "
                "everything that an artist's recordings share: voice, instruments, style, but also "
                "the studio and the album's sound.",
                f"- What it knows best are these {n_labels} artists; the fewer they are, the less "
                "it says of others.",
            ]
        ),
        "- Nearness is no proof of who made a recording; do not use it as one.",
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Write the card of a trained model."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.tables.write_card", description=main.__doc__
    )
    parser.add_argument("--name", required=True, help="such as siamese-5000")
    parser.add_argument("--model", type=Path, required=True, help="its model.json")
    parser.add_argument("--history", type=Path, required=True, help="its history.csv")
    parser.add_argument("--split", type=Path, required=True, help="CSV clip_id,label,split")
    parser.add_argument("--scores", type=Path, required=True, help="CSV of all scores")
    parser.add_argument(
        "--data",
        required=True,
        metavar="JSON",
        help="list of data sets: name, kind, licence and is_synthesised of each",
    )
    parser.add_argument("--baselines", nargs="+", required=True, help="such as random and mel")
    add_titles_option(parser)
    parser.add_argument("--out", type=Path, required=True, help="Markdown file to write")
    args = parser.parse_args(argv)
    try:
        data = [Data(**part) for part in json.loads(args.data)]
    except (TypeError, ValueError) as error:
        raise InputError(
            f"--data {args.data}: give a list of {', '.join(Data._fields)} in JSON"
        ) from error
    try:
        model = read_json(args.model)
    except ValueError as error:
        raise InputError(f"{args.model}: the model cannot be read: {error}") from error
    card = make_card(
        args.name,
        model,
        pd.read_csv(args.history),
        read_csv(args.split, ("clip_id", "label", "split"), "a split", exact=False),
        data,
        read_scores(args.scores),
        args.baselines,
        parse_titles(args.titles),
    )
    with replacing(args.out) as partial:
        partial.write_text(card, encoding="utf-8")
    print(f"{args.out}: written")


if __name__ == "__main__":
    stage.run(main)
