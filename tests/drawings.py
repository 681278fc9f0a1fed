"""Tables of scores for figures, and what tests of figures read back out of them."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd

from deepartist.figures.draw_scores import PANELS
from helpers import frame, score

MODELS = ["basic-32", "siamese-32", "tag-32", "random", "mfcc", "mel"]
TITLES = {"gtzan": "GTZAN", "fma": "FMA small", "naver": "NAVER Korean"}
# Of all data sets: two labels, of three songs and one.
LABELS = dict.fromkeys(TITLES, pd.Series(["a", "a", "a", "b"]))
AWKWARD = "a $x$ <b> & $100 \\frac{ é 100 % _y^"


def make_scores(models=MODELS, datasets=tuple(TITLES), seeds=(0,)):
    """A score of its own for each mark, with an interval that is not symmetric."""
    rng = np.random.default_rng(0)
    rows = []
    for task, variant, _, _ in (*PANELS, ("map", "test", "", "")):
        for dataset in datasets:
            for model in models:
                for seed in seeds:
                    value = rng.uniform(0.2, 0.8)
                    row = score(task, variant, value, dataset=dataset, model=model, seed=seed)
                    low, high = rng.uniform(0.01, 0.1, size=2)
                    rows.append({**row, "ci_low": value - low, "ci_high": value + high})
    return frame(*rows).sample(frac=1, random_state=0)


def mean_score(scores, task, variant, dataset, model):
    """Value and interval of one mark: means over seeds."""
    rows = scores[
        (scores.task == task)
        & (scores.variant == variant)
        & (scores.dataset == dataset)
        & (scores.model == model)
    ]
    return [sum(rows[column]) / len(rows) for column in ("value", "ci_low", "ci_high")]


def svg_texts(svg):
    """All texts of an SVG file's content."""
    elements = ElementTree.fromstring(svg).iter()
    return ["".join(e.itertext()) for e in elements if e.tag.endswith("text")]


def levels_of(panel):
    """The levels that are drawn across a panel, as a line or a piece of one for each data set."""
    return [line.get_ydata()[0] for line in panel.lines if line.get_linestyle() == "--"]


def write_labels(folder, labels):
    """Write a CSV of labels for each data set; return the words of ``--labels``."""
    paths = []
    for dataset, of_songs in labels.items():
        rows = [f"{number},{label},train" for number, label in enumerate(of_songs)]
        paths.append(folder / f"{dataset}.labels.csv")
        paths[-1].write_text("\n".join(["clip_id,label,split", *rows, ""]))
    return ["--labels", *map(str, paths)]


def note_of(figure):
    """What stands above the legend."""
    return figure.legends[0].get_title().get_text().replace("\n", " ")
