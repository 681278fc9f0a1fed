"""Figure 5: accuracy of all trained models on the test songs of each label."""

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepartist.config.vectors import EMBEDDING
from deepartist.figures.chance import (
    add_labels_option,
    draw_chance,
    guess_label,
    read_labels_of,
)
from deepartist.figures.seed_means import average_seeds, describe_bars, draw_marks, select_means
from deepartist.figures.style import (
    COLUMN_WIDTH_IN,
    PAGE_WIDTH_IN,
    draw_legend_of_panels,
    looks_of,
    save_figure,
    shorten,
)
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out

# The paper does not say which classifier its figure shows; its text is about k-NN.
PANELS = (("knn", "k-nearest neighbours"), ("softmax", "Linear softmax"))
VARIANT_PREFIX = "label:"
MAX_LABELS, MAX_MARKS = 20, 100  # in a panel as wide as the page
MAX_LABELS_OF_COLUMN, MAX_MARKS_OF_COLUMN = 10, 45  # a figure of more is as wide as the page


def draw_genres(
    scores: pd.DataFrame,
    dataset: str,
    models: Sequence[str],
    title: str,
    labels: "pd.Series[str]",
) -> Figure:
    """Draw a panel per classifier, with a mark and a 95 % interval per label and model, and chance.

    Parameters
    ----------
    scores : pd.DataFrame [columns=deepartist.scores.gather_scores.COLUMNS]
        Variants ``label:<label>`` of the tasks knn and softmax are drawn, averaged over seeds; `n`
        is the number of test songs of the label. If there are more than 20 labels, or if the marks
        of all models would be more than 100, labels with most test songs are drawn.
    dataset : str
        The data set to draw.
    models : sequence of str
        Kind and number of artists, such as ``siamese-5000``; in the order of the marks.
    title : str
        Title of the data set.
    labels : pd.Series
        Labels of its songs.

    Raises
    ------
    InputError
        There are no scores per label, a score of a model or classifier is missing, or a score is
        not finite.
    """
    of_labels = _select_label_scores(scores, dataset, models)
    n_songs = of_labels.groupby("variant")["n"].max()
    # a stable sort keeps ties in the order of the index, which is alphabetical
    ranked = n_songs.sort_values(ascending=False, kind="stable").index
    variants = sorted(ranked[: min(MAX_LABELS, max(1, MAX_MARKS // len(models)))])
    means, drawn = average_seeds(of_labels), []
    is_wide = (
        len(variants) > MAX_LABELS_OF_COLUMN or len(variants) * len(models) > MAX_MARKS_OF_COLUMN
    )
    width_in = PAGE_WIDTH_IN if is_wide else COLUMN_WIDTH_IN
    figure, panels = plt.subplots(len(PANELS), figsize=(width_in, 4.2), sharex=True, sharey=True)
    for panel, (task, task_title) in zip(panels, PANELS, strict=True):
        for number, (model, look) in enumerate(looks_of(models).items()):
            shift = (number - (len(models) - 1) / 2) * 0.6 / len(models)
            shown = select_means(means, [(task, variant, dataset, model) for variant in variants])
            draw_marks(panel, np.arange(len(variants)) + shift, shown, look, model)
            drawn.append(shown)
        draw_chance(panel, guess_label(labels))
        panel.set_title(task_title)
        panel.set_ylabel("accuracy")
        panel.set(ylim=(-0.05, 1.05), yticks=np.linspace(0, 1, 5))  # room for marks at 0 and 1
        panel.set_xlim(-0.5, len(variants) - 0.5)
    _name_labels(panels[-1], variants, n_songs)
    if len(n_songs) > len(variants):
        shown_labels = f"the {len(variants)} of {len(n_songs)} labels with most test songs"
        panels[-1].set_xlabel(f"{shown_labels} (number of test songs)")
    else:
        panels[-1].set_xlabel("label (number of test songs)")
    figure.suptitle(textwrap.fill(title, 55), fontsize="medium", parse_math=False)
    draw_legend_of_panels(figure, models, describe_bars(pd.concat(drawn)))
    return figure


def _select_label_scores(scores: pd.DataFrame, dataset: str, models: Sequence[str]) -> pd.DataFrame:
    """Select the scores per label to draw; check that none is missing and all are finite."""
    of_labels = scores[
        scores["task"].isin([task for task, _ in PANELS])
        & (scores["dataset"] == dataset)
        & scores["model"].isin(models)
        & (scores["vectors"] == EMBEDDING)
        & scores["variant"].str.startswith(VARIANT_PREFIX)
    ]
    if of_labels.empty:
        raise InputError(f"no scores per label of {', '.join(models)} on {dataset}; score it again")
    present = set(zip(of_labels["task"], of_labels["model"], of_labels["variant"], strict=True))
    for task, _ in PANELS:
        for model in models:
            for variant in sorted(set(of_labels["variant"])):
                if (task, model, variant) not in present:
                    label = variant.removeprefix(VARIANT_PREFIX)
                    raise InputError(
                        f"no score of task {task} for {model} on label '{label}' of {dataset}; "
                        "score it again"
                    )
    columns = ["value", "ci_low", "ci_high", "n"]
    numbers = of_labels[columns].apply(pd.to_numeric, errors="coerce")
    is_finite = np.isfinite(numbers.to_numpy(float)).all(axis=1)
    if not is_finite.all():
        first = of_labels[~is_finite].iloc[0]
        raise InputError(
            f"the score of task {first['task']} for {first['model']} on "
            f"'{first['variant'].removeprefix(VARIANT_PREFIX)}' of {dataset} is not finite; "
            "score it again"
        )
    return of_labels.assign(**numbers)


def _name_labels(panel: Axes, variants: Sequence[str], n_songs: "pd.Series[int]") -> None:
    names = [shorten(variant.removeprefix(VARIANT_PREFIX)) for variant in variants]
    texts = [f"{name} ({n_songs[v]:.0f})" for name, v in zip(names, variants, strict=True)]
    slant: dict[str, Any] = {"rotation": 40, "ha": "right", "va": "top", "rotation_mode": "anchor"}
    panel.set_xticks(range(len(variants)), texts, fontsize=7, parse_math=False, **slant)


def main(argv: Sequence[str] | None = None) -> None:
    """Draw figure 5: accuracy for each label of a data set."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_genres", description=main.__doc__
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--dataset", required=True, help="name of the data set")
    parser.add_argument("--models", nargs="+", required=True, help="such as siamese-5000")
    add_labels_option(parser)
    add_left_out_option(parser)
    parser.add_argument("--title", required=True, help="title of the data set")
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    left_out = parse_left_out(args.left_out)
    models = [model for model in args.models if (model, args.dataset) not in left_out]
    labels = read_labels_of([args.dataset], args.labels)[args.dataset]
    figure = draw_genres(read_scores(args.scores), args.dataset, models, args.title, labels)
    save_figure(figure, args.out)


if __name__ == "__main__":
    stage.run(main)
