"""What learning from few artists does to vectors: retrieval by artist, known ones and new ones.

``python benchmarks/small_collections.py LIBRARY`` takes the songs of a library that deepartist
index made. Artists are parted in two by a digest of their names, three times; models learn from one
half of them, without two songs of each, with three seeds. Retrieval (MAP) is scored on songs of the
other half, and on the songs left out among all songs of the first; intervals resample artists. The
rank is that of the entropy of the principal components of song vectors of unit length, which are
centred: how many dimensions they use. `adapted` vectors are in the metric of the artists to learn
from, see `deepartist.embeddings.adapted`.
"""

import argparse
import contextlib
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch

from deepartist.config.settings import parse_settings, to_words
from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.datasets.artist_names import normalise
from deepartist.embeddings.adapted import learn_metric
from deepartist.embeddings.balanced import balance, find_centre, take_roots
from deepartist.embeddings.describe_clips import standardise
from deepartist.embeddings.describe_mel import mel_statistics
from deepartist.embeddings.describe_mfcc import mfcc_statistics
from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.library.search import unit_vectors
from deepartist.library.store import read_songs
from deepartist.mels.clip import read_clip
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.known_models import load_any_model
from deepartist.models.weights import TrainedEncoder
from deepartist.scores.retrieval import retrieval_average_precisions
from deepartist.scores.stats import bootstrap_interval
from deepartist.training.fit import Run, fit
from deepartist.training.songs import TrainingData
from deepartist.training.train_basic import make_task as make_basic
from deepartist.training.train_siamese import make_task as make_siamese
from deepartist.training.tune import choose_share, mix_weights, score_shares

Vectors = dict[str, np.ndarray]  # by name: (n, d)
Part = tuple[np.ndarray, np.ndarray]  # from `part_artists`

SPLITS, SEEDS = range(3), range(3)
FEWEST_SONGS = 5  # of an artist to learn from: two are left out, one is for validation
CPU = torch.device("cpu")
RELEASED = "authors-siamese-10000"


class Way(NamedTuple):
    """A way to learn: kind of the model, settings that differ from the library's, how long."""

    kind: str
    settings: Mapping[str, Any] = MappingProxyType({})
    starts_from_released: bool = False
    epochs: int = 60
    beside_released: bool = False  # the balanced vectors of both encoders, side by side


# As in configs/library.yaml.
SAME: dict[str, dict[str, Any]] = {
    "siamese": {
        "plateau_patience": 40,
        "stop_patience": 150,
        "dropout": 0,
        "l2": 0.002,
        "learning_rate": 0.003,
    },
    "basic": {"plateau_patience": 20, "stop_patience": 60},
}
AUGMENTED = {"gain_db": 6, "pitch_bands": 2, "mask_bands": 16, "mask_frames": 16}
CONTRASTIVE = {"loss": "contrastive", "temperature": 0.1}
STORED = {"batch_norm": "stored", "plateau_patience": 20}
WAYS: dict[str, Way] = {
    "siamese, ten times the rate, one epoch": Way("siamese", {"learning_rate": 0.03}, epochs=1),
    "siamese, ten times the rate": Way("siamese", {"learning_rate": 0.03}),
    "siamese, one epoch": Way("siamese", epochs=1),
    "siamese": Way("siamese"),
    "siamese, each input apart, Keras' velocity": Way(
        "siamese", {"batch_norm": "input", "velocity": "keras"}
    ),
    "siamese, softmax": Way("siamese", {"loss": "softmax", "temperature": 0.1}),
    "siamese, contrastive": Way("siamese", CONTRASTIVE),
    "siamese, contrastive, beside the released encoder": Way(
        "siamese", CONTRASTIVE, beside_released=True
    ),
    "siamese, positives of artist, album, song": Way(
        "siamese", {"positives": ["artist", "album", "song"]}
    ),
    "siamese, augmented": Way("siamese", AUGMENTED),
    "basic, one epoch": Way("basic", epochs=1),
    "basic": Way("basic"),
    "basic, cosine": Way("basic", {"loss": "cosine"}),
    "basic, augmented": Way("basic", AUGMENTED),
    "basic, cosine, augmented": Way("basic", AUGMENTED | {"loss": "cosine"}),
    "tuned siamese": Way("siamese", STORED | {"learning_rate": 0.0003}, True, 20),
    "tuned siamese, contrastive": Way(
        "siamese", STORED | CONTRASTIVE | {"learning_rate": 0.0003}, True, 20
    ),
    "tuned basic": Way("basic", STORED | {"learning_rate": 0.005}, True, 20),
    "tuned basic, cosine": Way(
        "basic", STORED | {"learning_rate": 0.005, "loss": "cosine"}, True, 20
    ),
    "tuned basic, last block only": Way(
        "basic", STORED | {"learning_rate": 0.005, "freeze": 4}, True, 20
    ),
}
MAKE_TASK = {"siamese": make_siamese, "basic": make_basic}


class Songs(NamedTuple):
    """The songs of a library: log-mels (n, 1291, 128), valid frames, artists (n,) from 0."""

    mels: np.ndarray
    frames: np.ndarray
    artist: np.ndarray
    albums: list[str]
    names: np.ndarray
    """Of the artists."""


def read_library(library: Path) -> Songs:
    """Decode the songs of a library that have an artist."""
    songs = [song for song in read_songs(library, [])[0] if not song.left_out and song.artist]
    names, artist = np.unique([normalise(s.artist) for s in songs], return_inverse=True)
    albums = [song.album for song in songs]
    clips = [read_clip(Path(song.path), "middle") for song in songs]
    mels = np.zeros((len(clips), CLIP_FRAMES, MEL_BANDS), np.float16)
    for mel, clip in zip(mels, clips, strict=True):
        mel[: len(clip)] = clip
    return Songs(mels, np.array([len(clip) for clip in clips]), artist, albums, names)


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
    mean, std = float(values.mean()), float(values.std())
    albums = [songs.albums[row] for row in rows]
    return TrainingData(mels, songs.frames[rows], labels, is_valid, mean, std, albums)


def train(
    way: Way, data: TrainingData, seed: int, released: TrainedEncoder, chosen: list[float]
) -> TrainedEncoder:
    """Train with the project's own engine; where it tunes, note the share that was kept."""
    words = SAME[way.kind] | {"valid_crops": 5, "max_epochs": way.epochs} | dict(way.settings)
    settings = parse_settings(to_words(words), f"train_{way.kind}", {})
    initial = None
    if way.starts_from_released:
        initial = released.encoder
        data = data._replace(input_mean=released.input_mean, input_std=released.input_std)
    with contextlib.redirect_stdout(io.StringIO()):
        runs = [Run(seed)]
        (result,) = fit(way.kind, MAKE_TASK[way.kind], lambda: data, settings, runs, CPU, initial)
    weights = {
        name.removeprefix("encoder."): value
        for name, value in result.weights.items()
        if name.startswith("encoder.")
    }
    if initial is not None:
        start = initial.state_dict()
        share = choose_share(score_shares(start, weights, settings["shares"], data, CPU))
        weights = mix_weights(start, weights, share)
        chosen.append(share)
    encoder = Encoder()
    encoder.load_state_dict(weights)
    return TrainedEncoder(encoder.eval(), data.input_mean, data.input_std)


def embed(songs: Songs, trained: TrainedEncoder) -> Vectors:
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


def join(one: Vectors, other: Vectors) -> Vectors:
    """Put the balanced vectors of two encoders side by side."""
    return {"balanced": np.concatenate([one["balanced"], other["balanced"]], axis=1)}


def adapt(songs: Songs, vectors: Vectors, is_learned: np.ndarray, left_out: np.ndarray) -> Vectors:
    """Add vectors in the metric that the artists to learn from give."""
    known = is_learned & ~left_out
    added: Vectors = {}
    for name in vectors:
        if name == "multilevel":
            continue  # the balanced ones are made of them
        units = unit_vectors(vectors[name]).astype(np.float64)
        units -= units[known].mean(axis=0)
        metric = learn_metric(units[known], songs.artist[known])
        added[f"{name}, adapted"] = units @ metric
    return vectors | added


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


def report(
    songs: Songs, parts: Sequence[Part], way: str, of_parts: Sequence[list[Vectors]]
) -> None:
    """Print a row for each kind of vectors; `of_parts` are those of each split and seed."""
    of_parts = [
        [adapt(songs, vectors, *part) for vectors in row]
        for row, part in zip(of_parts, parts, strict=True)
    ]
    for name in of_parts[0][0]:
        cells = []
        for which in (0, 1):
            scores = np.array(
                [
                    np.mean([score(songs, v[name], *part)[which] for v in row], axis=0)
                    for row, part in zip(of_parts, parts, strict=True)
                ]
            )  # (splits, songs)
            asked = np.flatnonzero(np.isfinite(scores).any(axis=0))
            of_song = np.nanmean(scores[:, asked], axis=0)
            low, high = bootstrap_interval(of_song, songs.artist[asked], resamples=1000, seed=0)
            cells.append(f"{of_song.mean():.3f} [{low:.3f}, {high:.3f}]")
        rank = np.mean([entropy_rank(v[name]) for row in of_parts for v in row])
        print(f"| {way} | {name} | {' | '.join(cells)} | {rank:.1f} |", flush=True)


def main() -> None:
    """Print a row for each way to learn and kind of vectors."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument(
        "--ways", nargs="+", default=[""], help="only ways whose names contain one of these"
    )
    args = parser.parse_args()
    songs = read_library(args.library)
    parts = [part_artists(songs, number) for number in SPLITS]
    for number, (is_learned, left_out) in enumerate(parts):
        print(
            f"split {number}: {len(np.unique(songs.artist[is_learned]))} artists to learn from, "
            f"{np.sum(is_learned & ~left_out)} songs; "
            f"{len(np.unique(songs.artist[~is_learned]))} new ones, {np.sum(~is_learned)} songs"
        )
    print("| way | vectors | new artists | known artists | rank |\n|---|---|---|---|---|")
    clips = [mel[:n] for mel, n in zip(songs.mels, songs.frames, strict=True)]
    for name, summarise in (("mel", mel_statistics), ("mfcc", mfcc_statistics)):
        described = np.stack([summarise(clip) for clip in clips])
        features = standardise(described, np.ones(len(clips), bool))
        report(songs, parts, f"none: {name}", [[{name: features}] for _ in parts])
    released = load_any_model(RELEASED).trained
    of_released = embed(songs, released)
    report(songs, parts, f"none: {RELEASED}", [[of_released] for _ in parts])
    data = [
        make_data(songs, np.flatnonzero(is_learned & ~left_out)) for is_learned, left_out in parts
    ]

    def untrained(data: TrainingData, seed: int) -> TrainedEncoder:
        encoder = Encoder()
        initialise(encoder, torch.Generator().manual_seed(seed))
        return TrainedEncoder(encoder.eval(), data.input_mean, data.input_std)

    drawn = [[embed(songs, untrained(d, seed)) for seed in SEEDS] for d in data]
    report(songs, parts, "none: random weights", drawn)
    for name, way in WAYS.items():
        if any(part in name for part in args.ways):
            chosen: list[float] = []
            trained = [
                [embed(songs, train(way, d, seed, released, chosen)) for seed in SEEDS]
                for d in data
            ]
            if way.beside_released:
                trained = [[join(of_released, vectors) for vectors in row] for row in trained]
            kept = f"; shares {', '.join(f'{share:g}' for share in chosen)}" if chosen else ""
            report(songs, parts, f"{name}{kept}", trained)


if __name__ == "__main__":
    main()
