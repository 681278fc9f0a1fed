"""Log-mel spectrograms of two songs of each label, by different artists where there are two."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from deepartist.constants import HOP_LENGTH, MEL_BANDS, SAMPLE_RATE_HZ
from deepartist.datasets.manifest import read_manifest
from deepartist.figures.style import PAGE_WIDTH_IN, save_figure
from deepartist.mels.shard_writer import load_clips
from deepartist.process import stage
from deepartist.splits.labels import read_labels

DURATION_S = 12
MAX_LABELS = 12


def choose_songs(labels: pd.DataFrame, clips: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Choose two songs of each label, of two artists where possible, the first in clip order."""
    songs = labels.merge(clips[["clip_id", "artist_id"]], on="clip_id").sort_values("clip_id")
    chosen = []
    for label, group in list(songs.groupby("genre"))[:MAX_LABELS]:
        by_artist = group.drop_duplicates("artist_id")
        pair = (by_artist if len(by_artist) > 1 else group)["clip_id"].to_list()
        # far apart in clip order: sets without artist names keep an artist's songs together
        chosen.append((label, list(dict.fromkeys([pair[0], pair[-1]]))))
    return chosen


def draw_spectrograms(rows: Sequence[tuple[str, Sequence[np.ndarray]]]) -> Figure:
    """Draw a row per label: log-mel frames (n, 128) of each of its songs, the first 12 s."""
    figure, panels = plt.subplots(
        len(rows), 2, figsize=(PAGE_WIDTH_IN, 0.2 + 0.75 * len(rows)), sharex=True, squeeze=False
    )
    frames = round(DURATION_S * SAMPLE_RATE_HZ / HOP_LENGTH)
    for line, (label, songs) in zip(panels, rows, strict=True):
        for panel, mel in zip(line, songs, strict=False):
            shown = mel[:frames].astype(np.float32)
            panel.imshow(
                shown.T,
                origin="lower",
                aspect="auto",
                cmap="magma",
                interpolation="none",  # a pixel per frame and band, whatever the format
                extent=(0, len(shown) * HOP_LENGTH / SAMPLE_RATE_HZ, 0, MEL_BANDS),
            )
            panel.set(xlim=(0, DURATION_S), yticks=[0, MEL_BANDS // 2, MEL_BANDS])
            panel.grid(False)
        for panel in line[len(songs) :]:
            panel.set_axis_off()
        line[0].set_ylabel(f"{label}\nmel band", parse_math=False)
    for panel in panels[-1]:
        panel.set_xlabel("time (s)")
    return figure


def main(argv: Sequence[str] | None = None) -> None:
    """Draw log-mel spectrograms of two songs of each label of a target."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.figures.draw_spectrograms", description=main.__doc__
    )
    parser.add_argument("--clips", type=Path, required=True, help="manifest of the usable clips")
    parser.add_argument("--labels", type=Path, required=True, help="CSV clip_id,genre,split")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument("--out", type=Path, nargs="+", required=True, help="PNG or SVG to write")
    args = parser.parse_args(argv)
    chosen = choose_songs(read_labels(args.labels), read_manifest(args.clips))
    clip_ids = [clip_id for _, pair in chosen for clip_id in pair]
    mels, lengths = load_clips([path.parent for path in args.shards], clip_ids, args.out[0].parent)
    by_id = {c: mel[:n] for c, mel, n in zip(clip_ids, mels, lengths, strict=True)}
    rows = [(label, [by_id[clip_id] for clip_id in pair]) for label, pair in chosen]
    save_figure(draw_spectrograms(rows), args.out)


if __name__ == "__main__":
    stage.run(main)
