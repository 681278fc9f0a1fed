"""The look of all figures."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager

from deepartist.process.replacing import replacing

COLUMN_WIDTH_IN = 3.4  # of a page of two columns, for the paper's figures
PAGE_WIDTH_IN = 7.0
# Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
COLOURS = {
    "basic": "#0072B2",
    "siamese": "#D55E00",
    "tag": "#009E73",
    "random": "#7F7F7F",
    "mfcc": "#CC79A7",
}
MARKERS = {"basic": "o", "siamese": "D", "tag": "s", "random": "X", "mfcc": "^"}
# Labels, such as artists: all of Okabe and Ito's colours, each with two unlike markers.
PALETTE = (
    *("#0072B2", "#E69F00", "#009E73", "#D55E00"),
    *("#CC79A7", "#56B4E9", "#000000", "#F0E442"),
)
LABEL_LOOKS = (
    *zip(PALETTE, "os^DvPX*", strict=True),
    *zip(PALETTE, "DvPXo*s^", strict=True),
)
OTHERS_COLOUR = "#A6A6A6"
MAX_NAME_LENGTH = 24
# For names in scripts that matplotlib's own font lacks; those that are installed are used.
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
        "svg.hashsalt": "deepartist",  # the same figure is the same file
    }
)


def shorten(name: str) -> str:
    """Cut a name that is too long for a figure; ``…`` stands for the rest."""
    if len(name) <= MAX_NAME_LENGTH:
        return name
    return name[: MAX_NAME_LENGTH - 1].rstrip() + "…"


def save_figure(figure: Figure, paths: Sequence[Path]) -> None:
    """Write a figure to each path, in the format that its suffix names."""
    figure.draw_without_rendering()  # lays it out, once for all formats
    figure.set_layout_engine("none")
    for path in paths:
        kind = path.suffix.removeprefix(".")
        with replacing(path) as partial:
            figure.savefig(partial, format=kind, metadata={"Date": None} if kind == "svg" else None)
