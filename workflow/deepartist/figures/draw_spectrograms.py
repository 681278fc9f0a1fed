"""Log-mel spectrograms of two songs of each label, by different artists if possible."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from deepartist.constants import HOP_LENGTH, MEL_BANDS, SAMPLE_RATE_HZ
from deepartist.datasets.manifest import read_manifest
from deepartist.figures.style import PAGE_WIDTH_IN, save_figure, shorten
from deepartist.mels.shard_reader import load_clips
from deepartist.process import stage
from deepartist.splits.labels import read_labels

DURATION_S = 12
MAX_LABELS = 12
MAX_TITLE_LENGTH = 60  # about as many letters as the width of the page has room for


def choose_songs(labels: pd.DataFrame, clips: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Choose two songs of each of the first labels, by two artists if possible.

    Parameters
    ----------
    labels : pd.DataFrame [columns=(clip_id, label, split)]
    clips : pd.DataFrame
        A manifest.

    Returns
    -------
    list of (str, list of str)
        The first 12 labels in alphabetical order, with the clip_id of one or two songs of each.
    """
    songs = labels.merge(clips[["clip_id", "artist_id"]], on="clip_id").sort_values("clip_id")
    chosen: list[tuple[str, list[str]]] = []
    for label, of_label in list(songs.groupby("label"))[:MAX_LABELS]:
        by_artist = of_label.drop_duplicates("artist_id")
        candidates = (by_artist if len(by_artist) > 1 else of_label)["clip_id"].to_list()
        # first and last in the order of clip_id: data sets without artists often list an artist's
        # songs side by side
        chosen.append((str(label), list(dict.fromkeys([candidates[0], candidates[-1]]))))
    return chosen


def draw_spectrograms(mels_of_labels: Sequence[tuple[str, Sequence[np.ndarray]]]) -> Figure:
    """Draw a row per label: the first 12 s of each of its songs, and the label above them.

    Parameters
    ----------
    mels_of_labels : sequence of (str, sequence of np.ndarray [shape=(n, 128)])
        Each label and the log-mel frames of its one or two songs.
    """
    height_in = 0.3 + 0.75 * len(mels_of_labels)
    figure, panels = plt.subplots(
        len(mels_of_labels),
        2,
        figsize=(PAGE_WIDTH_IN, height_in),
        sharex=True,
        sharey=True,  # so that long names do not run into numbers of the right panels
        squeeze=False,
    )
    frames = round(DURATION_S * SAMPLE_RATE_HZ / HOP_LENGTH)
    for panels_of_label, (label, mels) in zip(panels, mels_of_labels, strict=True):
        for panel, mel in zip(panels_of_label, mels, strict=False):
            shown = mel[:frames].astype(np.float32)
            panel.imshow(
                shown.T,
                origin="lower",
                aspect="auto",
                cmap="magma",
                interpolation="none",  # a pixel per frame and band, in all formats
                extent=(0, len(shown) * HOP_LENGTH / SAMPLE_RATE_HZ, 0, MEL_BANDS),
            )
            panel.set(xlim=(0, DURATION_S), yticks=[0, MEL_BANDS // 2, MEL_BANDS])
            panel.grid(False)
        for panel in panels_of_label[len(mels) :]:
            panel.set_axis_off()
        name = shorten(label, MAX_TITLE_LENGTH)
        panels_of_label[0].set_title(name, loc="left", fontsize=7, pad=2, parse_math=False)
    figure.supylabel("mel band", fontsize="medium")
    for panel in panels[-1]:
        panel.set_xlabel("time (s)")
    return figure


def main(argv: Sequence[str] | None = None) -> None:
    """Draw log-mel spectrograms of two songs of each label of a target."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_spectrograms", description=main.__doc__
    )
    parser.add_argument("--clips", type=Path, required=True, help="manifest of the usable clips")
    parser.add_argument("--labels", type=Path, required=True, help="CSV clip_id,label,split")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    chosen = choose_songs(read_labels(args.labels), read_manifest(args.clips))
    clip_ids = [clip_id for _, songs in chosen for clip_id in songs]
    mels, lengths = load_clips([path.parent for path in args.shards], clip_ids, args.out[0].parent)
    mel_of = {c: mel[:n] for c, mel, n in zip(clip_ids, mels, lengths, strict=True)}
    mels_of_labels = [(label, [mel_of[clip_id] for clip_id in songs]) for label, songs in chosen]
    save_figure(draw_spectrograms(mels_of_labels), args.out)


if __name__ == "__main__":
    stage.run(main)
