"""The look of all figures."""

import itertools
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from deepartist.config.model_names import describe_model
from deepartist.process.replacing import replacing

COLUMN_WIDTH_IN = 3.4  # a column of a two-column page, for the paper's figures
PAGE_WIDTH_IN = 7.0
# Colours by Okabe and Ito, which people with any kind of colour vision can tell apart.
KIND_LOOKS = {
    "basic": ("#0072B2", "o"),
    "siamese": ("#D55E00", "D"),
    "tag": ("#009E73", "s"),
    "random": ("#7F7F7F", "X"),
    "mfcc": ("#CC79A7", "^"),
    "mel": ("#56B4E9", "v"),
}
# For all other kinds, in turn. Their yellow is too pale for lines; this dark red is by Tol.
FREE_COLOURS, FREE_MARKERS = ("#E69F00", "#000000", "#882255"), "P*p<h>"
FREE_LOOKS = [
    (FREE_COLOURS[(place + turn) % len(FREE_COLOURS)], marker)
    for turn in range(len(FREE_COLOURS))
    for place, marker in enumerate(FREE_MARKERS)
]
# For labels, such as artists: each of these colours is used with two very different markers.
PALETTE = (
    *("#0072B2", "#E69F00", "#009E73", "#D55E00"),
    *("#CC79A7", "#56B4E9", "#000000", "#F0E442"),
)
LABEL_LOOKS = (
    *zip(PALETTE, "os^DvPX*", strict=True),
    *zip(PALETTE, "DvPXo*s^", strict=True),
)
# By format: metadata that would make each file differ from the one before.
UNDATED = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
OTHERS_COLOUR = "#A6A6A6"
MAX_NAME_LENGTH = 24
# Of a legend and the note above it: size of the letters, and about how many an inch has.
LEGEND_SIZE, LEGEND_LETTERS_PER_IN = 7, 15
HANDLE_LETTERS = 7  # a mark of the legend, and the space around it
NOTE_SIZE, NOTE_LETTERS_PER_IN = 6.5, 17
# For names in scripts that matplotlib's own font lacks; only installed ones are used.
FALLBACK_FONTS = (
    *("Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans KR", "NanumGothic"),
    *("Apple SD Gothic Neo", "Malgun Gothic", "Arial Unicode MS", "Unifont"),
)

mpl.use("agg")
mpl.rcParams.update(
    {
        "font.size": 8,
        "font.family": [
            "sans-serif",
            *(name for name in FALLBACK_FONTS if name in fontManager.get_font_names()),
        ],
        "axes.titlesize": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": "#E0E0E0",
        "grid.linewidth": 0.6,
        "axes.axisbelow": True,
        "figure.dpi": 200,
        "savefig.dpi": 300,
        "figure.constrained_layout.use": True,
        "legend.frameon": False,
        "svg.fonttype": "none",  # text stays text
        "pdf.fonttype": 42,  # fonts that journals accept
        "svg.hashsalt": "deepartist",  # so that the same figure gives the same file
    }
)


def looks_of(models: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the colour and marker of each model.

    What stands before its number of artists decides them: a kind, or a variant of one. Encoders and
    features that were there already have one each.
    """
    looks = dict(KIND_LOOKS)
    free = itertools.cycle(FREE_LOOKS)
    kind_of = {}
    for model in models:
        start, _, count = model.partition("-")
        is_trained = start in KIND_LOOKS or count.isdecimal() or count == "all"
        kind_of[model] = start if is_trained else model
    for kind in kind_of.values():
        if kind not in looks:
            looks[kind] = next(free)
    return {model: looks[kind] for model, kind in kind_of.items()}


def draw_legend(
    figure: Figure, handles: Sequence[Artist], names: Sequence[str], note: str = ""
) -> None:
    """Draw a legend below a figure, in as many columns as fit; the figure grows by its height.

    Parameters
    ----------
    figure : Figure
    handles : sequence of Artist
    names : sequence of str [len(names) == len(handles)]
    note : str
        What is said above the legend.
    """
    width_in, height_in = figure.get_size_inches()
    longest = int(width_in * LEGEND_LETTERS_PER_IN) - HANDLE_LETTERS
    for columns in range(len(names), 0, -1):
        legend = figure.legend(
            handles,
            ["name"] * len(names),  # matplotlib would leave out names that begin with `_`
            loc="outside lower center",
            ncols=columns,
            fontsize=LEGEND_SIZE,
            labelspacing=0.3,
            title=textwrap.fill(note, int(width_in * NOTE_LETTERS_PER_IN)),
            title_fontsize=NOTE_SIZE,
        )
        legend.get_title().set_multialignment("center")
        for text, name in zip(legend.get_texts(), names, strict=True):
            text.set(text=shorten(name, longest), parse_math=False)
        size = legend.get_window_extent().size
        if columns == 1 or size[0] <= figure.bbox.width:
            break
        legend.remove()
    figure.set_size_inches(width_in, height_in + size[1] / figure.dpi)


def draw_legend_of_panels(figure: Figure, models: Iterable[str], note: str) -> None:
    """Draw one legend of all that has a name in the panels of a figure, as `draw_legend` does.

    Parameters
    ----------
    figure : Figure
    models : iterable of str
        In the order of the legend; what is no model comes after them.
    note : str
    """
    named: dict[str, Artist] = {}  # a model may be missing in a panel
    for panel in figure.axes:
        handles, names = panel.get_legend_handles_labels()
        named |= dict(zip(names, handles, strict=True))
    first = [name for name in map(describe_model, models) if name in named]
    ordered = [*first, *(name for name in named if name not in first)]
    draw_legend(figure, [named[name] for name in ordered], ordered, note)


def shorten(name: str, length: int = MAX_NAME_LENGTH) -> str:
    """Cut a name that has more letters than a figure has room for; ``…`` stands for the rest."""
    if len(name) <= length:
        return name
    return name[: length - 1].rstrip() + "…"


def save_figure(figure: Figure, paths: Sequence[Path]) -> None:
    """Write a figure to each path, in the format that its suffix names."""
    figure.draw_without_rendering()  # computes the layout once for all formats
    figure.set_layout_engine("none")
    for path in paths:
        kind = path.suffix.removeprefix(".")
        with replacing(path) as partial:
            figure.savefig(partial, format=kind, metadata=UNDATED.get(kind))
