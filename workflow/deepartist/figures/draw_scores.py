"""The scores of tables 1 to 3 as a figure: all models on all targets, with intervals."""

import argparse
import textwrap
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.figures.chance import (
    CHANCE,
    CHANCE_LOOK,
    add_labels_option,
    find_chances,
    read_labels_of,
)
from deepartist.figures.seed_means import average_seeds, describe_bars, draw_marks, select_means
from deepartist.figures.style import PAGE_WIDTH_IN, draw_legend_of_panels, looks_of, save_figure
from deepartist.process import stage
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out

PANELS = (
    ("map", "all", "Retrieval", "mean average precision"),
    ("knn", "test", "k-nearest neighbours", "accuracy"),
    ("softmax", "test", "Linear softmax", "accuracy"),
)


def draw_scores(
    scores: pd.DataFrame,
    models: Sequence[str],
    titles: Mapping[str, str],
    labels: Mapping[str, "pd.Series[str]"],
    left_out: Collection[tuple[str, str]] = (),
) -> Figure:
    """Draw a panel per task, with a mark and a 95 % interval per data set and model, and chance.

    Parameters
    ----------
    scores : pd.DataFrame
        Scores as in `deepartist.figures.seed_means.average_seeds`.
    models : sequence of str
        In the order of the marks.
    titles : mapping of str to str
        Title of each data set, in the order of the axis.
    labels : mapping of str to pd.Series
        Labels of the songs of each data set.
    left_out : collection of (model, data set)
        Pairs that have no score.

    Raises
    ------
    InputError
        A score is missing.
    """
    means, drawn = average_seeds(scores), []
    figure, panels = plt.subplots(1, len(PANELS), figsize=(PAGE_WIDTH_IN, 2.3), sharey=True)
    for panel, (task, variant, title, unit) in zip(panels, PANELS, strict=True):
        for number, (model, look) in enumerate(looks_of(models).items()):
            shift = (number - (len(models) - 1) / 2) * 0.8 / len(models)
            places = [
                (position, dataset)
                for position, dataset in enumerate(titles)
                if (model, dataset) not in left_out
            ]
            keys = [(task, variant, dataset, model) for _, dataset in places]
            shown = select_means(means, keys)
            draw_marks(panel, [position + shift for position, _ in places], shown, look, model)
            drawn.append(shown)
        chances = find_chances(labels, task)
        for position, dataset in enumerate(titles):
            panel.hlines(
                chances[dataset], position - 0.45, position + 0.45, label=CHANCE, **CHANCE_LOOK
            )
        panel.set_title(f"{title} ({unit})")
        names = [textwrap.fill(name, 13) for name in titles.values()]
        panel.set_xticks(range(len(titles)), names, fontsize=6.5, parse_math=False)
        panel.set_xlim(-0.5, len(titles) - 0.5)
    panels[0].set_ylim(0, 1)
    draw_legend_of_panels(figure, models, describe_bars(pd.concat(drawn)))
    return figure


def main(argv: Sequence[str] | None = None) -> None:
    """Draw all scores, a panel per task."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_scores", description=main.__doc__
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="such as siamese-5000")
    add_labels_option(parser)
    add_titles_option(parser)
    add_left_out_option(parser)
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    titles = {dataset: named["title"] for dataset, named in parse_titles(args.titles).items()}
    left_out = parse_left_out(args.left_out)
    labels = read_labels_of(list(titles), args.labels)
    figure = draw_scores(read_scores(args.scores), args.models, titles, labels, left_out)
    save_figure(figure, args.out)


if __name__ == "__main__":
    stage.run(main)
