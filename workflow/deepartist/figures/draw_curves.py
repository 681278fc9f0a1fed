"""Figures 2 to 4: scores against the number of artists that models were trained on."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.figures.seed_means import average_seeds, error_bars, select_means
from deepartist.figures.style import COLUMN_WIDTH_IN, looks_of, save_figure
from deepartist.process import stage
from deepartist.scores.gather_scores import read_scores

# Task, variant and label of the axis of each figure.
FIGURES = {
    2: ("map", "all", "mean average precision"),
    3: ("knn", "test", "k-NN accuracy"),
    4: ("softmax", "test", "linear softmax accuracy"),
}


def draw_curves(
    scores: pd.DataFrame, number: int, models: Sequence[str], titles: dict[str, str]
) -> Figure:
    """Draw a panel per data set, with a line per kind of model and 95 % intervals.

    Parameters
    ----------
    scores : pd.DataFrame
        Scores as in `deepartist.figures.seed_means.average_seeds`.
    number : int
        2, 3 or 4.
    models : sequence of str
        Kind and number of artists, such as ``siamese-5000``.
    titles : dict of str to str
        Title of each data set, in the order of the panels.

    Raises
    ------
    InputError
        A score is missing.
    """
    task, variant, unit = FIGURES[number]
    means = average_seeds(scores)
    counts_of: dict[str, list[int]] = {}
    for model in models:
        kind, _, count = model.partition("-")
        counts_of.setdefault(kind, []).append(int(count))
    looks = looks_of(counts_of)
    figure, panels = plt.subplots(
        len(titles),
        figsize=(COLUMN_WIDTH_IN, 0.7 + 1.3 * len(titles)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for panel, (dataset, title) in zip(panels[:, 0], titles.items(), strict=True):
        for place, (kind, counts) in enumerate(counts_of.items()):
            counts = sorted(counts)
            colour, marker = looks[kind]
            shown = select_means(means, [(task, variant, dataset, f"{kind}-{n}") for n in counts])
            shift = 1.02 ** (2 * place + 1 - len(counts_of))  # so that bars do not overlap
            panel.errorbar(
                [n * shift for n in counts],
                shown["value"],
                yerr=error_bars(shown),
                fmt=f"-{marker}",
                color=colour,
                markersize=4,
                linewidth=1,
                elinewidth=1,
                capsize=2,
                label=kind,
            )
        panel.set_xscale("log")
        ticks = sorted({n for counts in counts_of.values() for n in counts})
        panel.set_xticks(ticks, [f"{n:,}" for n in ticks])
        panel.minorticks_off()
        panel.set_title(title, parse_math=False)
    panels[-1, 0].set_xlabel("number of artists")
    figure.supylabel(unit, fontsize="medium")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure


def main(argv: Sequence[str] | None = None) -> None:
    """Draw figure 2, 3 or 4."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_curves", description=main.__doc__
    )
    parser.add_argument(
        "--number", type=int, choices=FIGURES, required=True, help="number of the figure"
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="such as siamese-500")
    add_titles_option(parser)
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    titles = {dataset: named["title"] for dataset, named in parse_titles(args.titles).items()}
    figure = draw_curves(read_scores(args.scores), args.number, args.models, titles)
    save_figure(figure, args.out)


if __name__ == "__main__":
    stage.run(main)
