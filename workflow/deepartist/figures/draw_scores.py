"""The scores of tables 1 to 3 as a figure: all models on all targets, with intervals."""

import argparse
import textwrap
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.figures.seed_means import average_seeds, error_bars, select_means
from deepartist.figures.style import PAGE_WIDTH_IN, legend_columns, looks_of, save_figure
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
    titles: dict[str, str],
    left_out: Collection[tuple[str, str]] = (),
) -> Figure:
    """Draw a panel per task, with a mark and a 95 % interval per data set and model.

    Parameters
    ----------
    scores : pd.DataFrame
        Columns ``task, dataset, model, variant, value, ci_low, ci_high``; seeds are averaged.
    models : sequence of str
        In the order of the marks.
    titles : dict of str to str
        Title of each data set, in the order of the axis.
    left_out : collection of (model, data set)
        Pairs that have no score.

    Raises
    ------
    InputError
        A score is missing.
    """
    means = average_seeds(scores)
    figure, panels = plt.subplots(1, len(PANELS), figsize=(PAGE_WIDTH_IN, 2.7), sharey=True)
    for panel, (task, variant, title, unit) in zip(panels, PANELS, strict=True):
        for number, (model, (colour, marker)) in enumerate(looks_of(models).items()):
            shift = (number - (len(models) - 1) / 2) * 0.8 / len(models)
            places = [
                (position, dataset)
                for position, dataset in enumerate(titles)
                if (model, dataset) not in left_out
            ]
            keys = [(task, variant, dataset, model) for _, dataset in places]
            shown = select_means(means, keys)
            panel.errorbar(
                [position + shift for position, _ in places],
                shown["value"],
                yerr=error_bars(shown),
                fmt=marker,
                color=colour,
                markersize=4,
                elinewidth=1,
                label=model,
            )
        panel.set_title(f"{title} ({unit})")
        names = [textwrap.fill(name, 13) for name in titles.values()]
        panel.set_xticks(range(len(titles)), names, fontsize=6.5, parse_math=False)
        panel.set_xlim(-0.5, len(titles) - 0.5)
    panels[0].set_ylim(0, 1)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=legend_columns(models, PAGE_WIDTH_IN)
    )
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
    add_titles_option(parser)
    add_left_out_option(parser)
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    titles = {dataset: named["title"] for dataset, named in parse_titles(args.titles).items()}
    left_out = parse_left_out(args.left_out)
    figure = draw_scores(read_scores(args.scores), args.models, titles, left_out)
    save_figure(figure, args.out)


if __name__ == "__main__":
    stage.run(main)
