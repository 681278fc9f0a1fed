"""Figures 2 to 4: scores against the number of artists that models were trained on."""

import argparse
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.figures.chance import (
    add_labels_option,
    draw_chance,
    find_chances,
    read_labels_of,
)
from deepartist.figures.number_axis import find_ends, move_aside, set_number_axis
from deepartist.figures.seed_means import average_seeds, describe_bars, draw_line, select_means
from deepartist.figures.style import (
    COLUMN_WIDTH_IN,
    draw_legend_of_panels,
    looks_of,
    save_figure,
)
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.left_out import add_left_out_option, parse_left_out

# Task, variant and label of the axis of each figure.
FIGURES = {
    2: ("map", "all", "mean average precision"),
    3: ("knn", "test", "k-NN accuracy"),
    4: ("softmax", "test", "linear softmax accuracy"),
}
NOT_KNOWN = "not\nknown"
LEVEL_LOOK: dict[str, Any] = {"linestyle": ":", "linewidth": 0.8}


def draw_curves(
    scores: pd.DataFrame,
    number: int,
    models: Sequence[str],
    titles: Mapping[str, str],
    labels: Mapping[str, "pd.Series[str]"],
    points: Mapping[str, int] | None = None,
    levels: Sequence[str] = (),
    left_out: Collection[tuple[str, str]] = (),
) -> Figure:
    """Draw a panel per data set, with a line per kind of model, 95 % intervals, and chance.

    Parameters
    ----------
    scores : pd.DataFrame
        Scores as in `deepartist.figures.seed_means.average_seeds`.
    number : int
        2, 3 or 4.
    models : sequence of str
        Kind and number of artists, such as ``siamese-5000``.
    titles : mapping of str to str
        Title of each data set, in the order of the panels.
    labels : mapping of str to pd.Series
        Labels of the songs of each data set.
    points : mapping of str to int
        Further models, and the number of artists of each; they are drawn as single marks.
    levels : sequence of str
        Further features whose number of artists is not known: their marks stand to the right of
        the others, on a dotted line across.
    left_out : collection of (model, data set)
        Further features that have no score on a data set.

    Raises
    ------
    InputError
        A score is missing.
    """
    task, variant, unit = FIGURES[number]
    means, chances = average_seeds(scores), find_chances(labels, task)
    lines: dict[str, list[tuple[float, str]]] = {}
    for model in models:
        kind, _, count = model.partition("-")
        lines.setdefault(kind, []).append((int(count), model))
    lines |= {name: [(count, name)] for name, count in (points or {}).items()}
    numbers = sorted({n for counted in lines.values() for n, _ in counted})
    ticks = {n: f"{n:,}" for n in numbers}
    if levels:
        low, high = find_ends(numbers)
        ticks[high * (high / low) ** 0.35] = NOT_KNOWN
        lines |= {name: [(max(ticks), name)] for name in levels}
    looks, ends = looks_of(list(lines)), find_ends(ticks)
    figure, panels = plt.subplots(
        len(titles),
        figsize=(COLUMN_WIDTH_IN, 0.4 + 1.3 * len(titles)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    drawn = []
    for panel, (dataset, title) in zip(panels[:, 0], titles.items(), strict=True):
        for place, (name, counted) in enumerate(lines.items()):
            if (name, dataset) in left_out:
                continue
            keys = [(task, variant, dataset, model) for _, model in sorted(counted)]
            shown = select_means(means, keys)
            x = move_aside([n for n, _ in sorted(counted)], ends, place, len(lines))
            draw_line(panel, x, shown, looks[name], name)
            if name in levels:
                panel.axhline(shown["value"].iloc[0], color=looks[name][0], **LEVEL_LOOK)
            drawn.append(shown)
        draw_chance(panel, chances[dataset])
        set_number_axis(panel, ticks, ends)
        panel.set_title(title, parse_math=False)
    panels[0, 0].set_ylim(bottom=0)
    panels[-1, 0].set_xlabel("number of artists")
    figure.supylabel(unit, fontsize="medium")
    draw_legend_of_panels(figure, lines, describe_bars(pd.concat(drawn)))
    return figure


def parse_points(words: Sequence[str]) -> dict[str, int]:
    """Read words ``NAME=ARTISTS``; raise InputError if one has another form."""
    points = {}
    for word in words:
        name, _, count = word.partition("=")
        if not name or not count.isdecimal() or int(count) < 1:
            raise InputError(f"--points {word}: write NAME=ARTISTS")
        points[name] = int(count)
    return points


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
    parser.add_argument("--models", nargs="*", default=[], help="such as siamese-500")
    parser.add_argument(
        "--points", nargs="*", default=[], metavar="NAME=ARTISTS", help="models drawn as marks"
    )
    parser.add_argument(
        "--levels", nargs="*", default=[], metavar="NAME", help="features without a number"
    )
    add_labels_option(parser)
    add_left_out_option(parser)
    add_titles_option(parser)
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    titles = {dataset: named["title"] for dataset, named in parse_titles(args.titles).items()}
    figure = draw_curves(
        read_scores(args.scores),
        args.number,
        args.models,
        titles,
        read_labels_of(list(titles), args.labels),
        parse_points(args.points),
        args.levels,
        parse_left_out(args.left_out),
    )
    save_figure(figure, args.out)


if __name__ == "__main__":
    stage.run(main)
