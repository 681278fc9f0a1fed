"""What training on few artists does to vectors: retrieval by artist, known ones and new ones.

``python benchmarks/small_collections.py LIBRARY`` takes the songs of a library that deepartist
index made. Artists are parted in two by a digest of their names, three times; models learn from one
half of them, without two songs of each. Retrieval (MAP) is scored on songs of the other half, and
on the songs left out among all songs of the first. The rank is that of the entropy of the principal
components of song vectors of unit length, which are centred: how many dimensions they use.
"""

import argparse
import contextlib
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from deepartist.config.settings import parse_settings
from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.datasets.artist_names import normalise
from deepartist.embeddings.balanced import balance, find_centre, take_roots
from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.library.search import unit_vectors
from deepartist.library.store import read_songs
from deepartist.mels.clip import read_clip
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.weights import TrainedEncoder
from deepartist.scores.retrieval import retrieval_average_precisions
from deepartist.scores.stats import bootstrap_interval
from deepartist.training.fit import Run, fit
from deepartist.training.songs import TrainingData
from deepartist.training.train_basic import make_task as make_basic
from deepartist.training.train_siamese import make_task as make_siamese

SPLITS, SEEDS = range(3), range(2)
FEWEST_SONGS = 5  # of an artist to learn from: two are left out, one is for validation
CPU = torch.device("cpu")

# As in configs/library.yaml, but for the number of epochs and the rate.
SIAMESE = {"plateau_patience": 40, "stop_patience": 150, "dropout": 0, "l2": 0.002}
BASIC = {"plateau_patience": 20, "stop_patience": 60}
WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "siamese, hinge": ("siamese", SIAMESE | {"learning_rate": 0.03}),
    "siamese, hinge, a tenth of the rate": ("siamese", SIAMESE | {"learning_rate": 0.003}),
    "siamese, hinge, a hundredth": ("siamese", SIAMESE | {"learning_rate": 0.0003}),
    "siamese, softmax": ("siamese", SIAMESE | {"learning_rate": 0.03, "loss": "softmax"}),
    "basic": ("basic", BASIC),
    "basic, ten times the rate": ("basic", BASIC | {"learning_rate": 0.15}),
}
MAKE_TASK = {"siamese": make_siamese, "basic": make_basic}
EPOCHS = (1, 60)


class Songs(NamedTuple):
    """The songs of a library: log-mels (n, 1291, 128), valid frames, artists (n,) from 0."""

    mels: np.ndarray
    frames: np.ndarray
    artist: np.ndarray
    names: np.ndarray
    """Of the artists."""


def read_library(library: Path) -> Songs:
    """Decode the songs of a library that have an artist."""
    songs = [song for song in read_songs(library, [])[0] if not song.left_out and song.artist]
    names, artist = np.unique([normalise(s.artist) for s in songs], return_inverse=True)
    clips = [read_clip(Path(song.path), "middle") for song in songs]
    mels = np.zeros((len(clips), CLIP_FRAMES, MEL_BANDS), np.float16)
    for mel, clip in zip(mels, clips, strict=True):
        mel[: len(clip)] = clip
    return Songs(mels, np.array([len(clip) for clip in clips]), artist, names)


def part_artists(songs: Songs, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return which songs are by artists to learn from, and which of these are left out."""
    digests = [hashlib.sha256(f"{number} {name}".encode()).digest()[0] for name in songs.names]
    n_songs = np.bincount(songs.artist)
    is_learned = (np.array(digests) % 2 == 0) & (n_songs >= FEWEST_SONGS)
    generator = np.random.default_rng(number)
    left_out = np.zeros(len(songs.artist), bool)
    for artist in np.flatnonzero(is_learned):
        left_out[generator.permutation(np.flatnonzero(songs.artist == artist))[:2]] = True
    return is_learned[songs.artist], left_out


def make_data(songs: Songs, rows: np.ndarray) -> TrainingData:
    """Take songs to learn from, one of each artist for validation."""
    rows = rows[np.argsort(songs.artist[rows], kind="stable")]
    artist = songs.artist[rows]
    is_valid = np.append(artist[1:] != artist[:-1], True)
    values = np.concatenate(
        [songs.mels[row, : songs.frames[row]].ravel() for row in rows[~is_valid]]
    ).astype(np.float64)
    labels = [str(songs.names[number]) for number in artist]
    mels = torch.from_numpy(songs.mels[rows])
    return TrainingData(
        mels, songs.frames[rows], labels, is_valid, float(values.mean()), float(values.std())
    )


def train(kind: str, data: TrainingData, settings: Mapping[str, Any], seed: int) -> TrainedEncoder:
    """Train with the project's own engine."""
    with contextlib.redirect_stdout(io.StringIO()):
        (result,) = fit(kind, MAKE_TASK[kind], lambda: data, settings, [Run(seed)], CPU)
    encoder = Encoder()
    encoder.load_state_dict(
        {
            name.removeprefix("encoder."): value
            for name, value in result.weights.items()
            if name.startswith("encoder.")
        }
    )
    return TrainedEncoder(encoder.eval(), data.input_mean, data.input_std)


def embed(songs: Songs, trained: TrainedEncoder) -> dict[str, np.ndarray]:
    """Compute the three kinds of vectors of all songs."""
    clips = [mel[:n] for mel, n in zip(songs.mels, songs.frames, strict=True)]
    parts = [
        embed_clips(trained, clips[start : start + CLIPS_PER_BATCH], CPU)
        for start in range(0, len(clips), CLIPS_PER_BATCH)
    ]
    embedding, multilevel = (np.concatenate(values) for values in zip(*parts, strict=True))
    roots = take_roots(multilevel)
    balanced = balance(roots, find_centre(roots))
    return {"embedding": embedding, "multilevel": multilevel, "balanced": balanced}


def entropy_rank(vectors: np.ndarray) -> float:
    """Count the dimensions that song vectors use: exp of the entropy of their components."""
    units = unit_vectors(vectors).astype(np.float64)
    power = np.linalg.svd(units - units.mean(axis=0), compute_uv=False) ** 2
    share = power[power > 0] / power.sum()
    return float(np.exp(-np.sum(share * np.log(share))))


def score(
    songs: Songs, vectors: np.ndarray, is_learned: np.ndarray, left_out: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Score songs of new and of known artists: average precisions (n,), NaN of other songs."""
    of_parts = []
    for queries, items in ((~is_learned, ~is_learned), (left_out, is_learned)):
        values = np.full(len(songs.artist), np.nan)
        rows = np.flatnonzero(queries)
        values[rows] = retrieval_average_precisions(
            vectors, songs.artist, rows, np.flatnonzero(items)
        )
        of_parts.append(values)
    return of_parts[0], of_parts[1]


def main() -> None:
    """Print a row for each way and number of epochs."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("library", type=Path)
    args = parser.parse_args()
    songs = read_library(args.library)
    parts = [part_artists(songs, number) for number in SPLITS]
    for number, (is_learned, left_out) in enumerate(parts):
        print(
            f"split {number}: {len(np.unique(songs.artist[is_learned]))} artists to learn from, "
            f"{np.sum(is_learned & ~left_out)} songs; "
            f"{len(np.unique(songs.artist[~is_learned]))} new ones, {np.sum(~is_learned)} songs"
        )
    print(
        "| way | epochs | vectors | new artists | known artists | rank |\n|---|---|---|---|---|---|"
    )

    def report(way: str, epochs: str, encoders: list[list[TrainedEncoder]]) -> None:
        of_seeds = [[embed(songs, trained) for trained in row] for row in encoders]
        for name in ("embedding", "multilevel", "balanced"):
            cells = []
            for which in (0, 1):
                scores = np.array(
                    [
                        [score(songs, v[name], *part)[which] for v in row]
                        for row, part in zip(of_seeds, parts, strict=True)
                    ]
                )  # (splits, seeds, songs)
                scores = scores.reshape(-1, scores.shape[-1])
                asked = np.flatnonzero(np.isfinite(scores).any(axis=0))
                of_song = np.nanmean(scores[:, asked], axis=0)
                low, high = bootstrap_interval(of_song, songs.artist[asked], resamples=1000, seed=0)
                cells.append(f"{of_song.mean():.3f} [{low:.3f}, {high:.3f}]")
            rank = np.mean([entropy_rank(v[name]) for row in of_seeds for v in row])
            print(f"| {way} | {epochs} | {name} | {' | '.join(cells)} | {rank:.1f} |", flush=True)

    def untrained(data: TrainingData, seed: int) -> TrainedEncoder:
        encoder = Encoder()
        initialise(encoder, torch.Generator().manual_seed(seed))
        return TrainedEncoder(encoder.eval(), data.input_mean, data.input_std)

    data = [
        make_data(songs, np.flatnonzero(is_learned & ~left_out)) for is_learned, left_out in parts
    ]
    report("none: random weights", "0", [[untrained(d, s) for s in SEEDS] for d in data])
    for way, (kind, chosen) in WAYS.items():
        for epochs in EPOCHS:
            words = {"valid_crops": 5, "max_epochs": epochs} | chosen
            settings = parse_settings(
                [f"{key}={value}" for key, value in words.items()], f"train_{kind}", {}
            )
            trained = [[train(kind, d, settings, seed) for seed in SEEDS] for d in data]
            report(way, str(epochs), trained)


if __name__ == "__main__":
    main()
