"""Figure 8: how well artists are identified, against the number of their songs that are known."""

import argparse
import textwrap
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepartist.config.titles import add_titles_option, parse_titles
from deepartist.config.vectors import EMBEDDING
from deepartist.figures.chance import draw_chance
from deepartist.figures.number_axis import find_ends, move_aside, set_number_axis
from deepartist.figures.seed_means import average_seeds, describe_bars, draw_line, select_means
from deepartist.figures.style import (
    COLUMN_WIDTH_IN,
    PAGE_WIDTH_IN,
    draw_legend_of_panels,
    looks_of,
    save_figure,
)
from deepartist.process import stage
from deepartist.scores.gather_scores import read_scores
from deepartist.scores.identification_variants import (
    IDENTIFY,
    find_artists,
    find_known,
    known_songs,
)
from deepartist.scores.left_out import add_left_out_option, parse_left_out
from deepartist.scores.vectors import add_vectors_option, describe_vectors

MAX_MODELS_OF_COLUMN = 8  # a figure of more models is as wide as the page
NOTHING = "Too few artists with enough songs"
SHOWN_IN, EMPTY_IN = 1.9, 0.5  # heights of rows of panels, in inches


def draw_identification(
    scores: pd.DataFrame,
    models: Sequence[str],
    titles: Mapping[str, str],
    left_out: Collection[tuple[str, str]] = (),
    vectors: Sequence[str] = (EMBEDDING,),
) -> Figure:
    """Draw a panel per data set and vectors, with a line and 95 % intervals per model.

    Parameters
    ----------
    scores : pd.DataFrame
        From `deepartist.scores.gather_scores.read_scores`; seeds are averaged.
    models : sequence of str
        In the order of the legend.
    titles : mapping of str to str
        Title of each data set, in the order of the rows of panels.
    left_out : collection of (model, data set)
        Pairs that have no scores.
    vectors : sequence of str
        In the order of the columns of panels. Vectors without scores have none, and a model has no
        line in a column of other vectors than `EMBEDDING` if it has no such vectors.

    Raises
    ------
    InputError
        A score is missing, although another model has it, or models have scores of different
        numbers of artists.
    """
    scores = scores[(scores["task"] == IDENTIFY) & scores["model"].isin(models)]
    scores = scores[scores["dataset"].isin(titles)]
    columns = [name for name in vectors if (scores["vectors"] == name).any()] or [EMBEDDING]
    heights = [SHOWN_IN if (scores["dataset"] == name).any() else EMPTY_IN for name in titles]
    is_wide = len(columns) > 1 or len(models) > MAX_MODELS_OF_COLUMN
    width_in = PAGE_WIDTH_IN if is_wide else COLUMN_WIDTH_IN
    figure, panels = plt.subplots(
        len(titles),
        len(columns),
        figsize=(width_in, 0.3 + sum(heights)),
        height_ratios=heights,
        sharey=True,
        squeeze=False,
    )
    drawn = []
    for row, (dataset, title) in zip(panels, titles.items(), strict=True):
        for panel, name in zip(row, columns, strict=True):
            name_of_panel = textwrap.fill(describe_vectors(title, name), 45)
            panel.set_title(name_of_panel, parse_math=False)
            is_of_panel = (scores["dataset"] == dataset) & (scores["vectors"] == name)
            shown = scores[is_of_panel]
            if shown.empty:
                panel.set_axis_off()
                panel.text(0.5, 0.5, NOTHING, ha="center", va="center", transform=panel.transAxes)
                continue
            present = [
                model
                for model in models
                if (model, dataset) not in left_out
                and (name == EMBEDDING or (shown["model"] == model).any())
            ]
            drawn.append(_draw_panel(panel, shown, dataset, name, present, models))
            panel.set_xlabel("known songs of each artist")
        row[0].set_ylabel("accuracy")
    panels[0, 0].set_ylim(bottom=0)
    if drawn:
        draw_legend_of_panels(figure, models, describe_bars(pd.concat(drawn)))
    return figure


def _draw_panel(
    panel: Axes,
    scores: pd.DataFrame,
    dataset: str,
    vectors: str,
    present: Sequence[str],
    models: Sequence[str],
) -> pd.DataFrame:
    """Draw the lines of a panel; return the scores that they show."""
    known, means, looks = find_known(scores), average_seeds(scores, vectors), looks_of(models)
    ends, drawn = find_ends(known), []
    for place, model in enumerate(present):
        shown = select_means(means, [(IDENTIFY, known_songs(k), dataset, model) for k in known])
        draw_line(panel, move_aside(known, ends, place, len(present)), shown, looks[model], model)
        drawn.append(shown)
    draw_chance(panel, 1 / find_artists(scores))
    set_number_axis(panel, {k: str(k) for k in known}, ends)
    return pd.concat(drawn)


def main(argv: Sequence[str] | None = None) -> None:
    """Draw figure 8: accuracy of identification against the number of known songs."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_identification", description=main.__doc__
    )
    parser.add_argument(
        "--scores", type=Path, required=True, help="CSV of deepartist.scores.gather_scores"
    )
    parser.add_argument("--models", nargs="+", required=True, help="such as siamese-5000")
    add_titles_option(parser)
    add_left_out_option(parser)
    add_vectors_option(parser)
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    titles = {dataset: named["title"] for dataset, named in parse_titles(args.titles).items()}
    figure = draw_identification(
        read_scores(args.scores), args.models, titles, parse_left_out(args.left_out), args.vectors
    )
    save_figure(figure, args.out)


if __name__ == "__main__":
    stage.run(main)
