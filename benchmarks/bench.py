"""Ours beside its peers and limits, on the same inputs in one process: `make bench`.

`MUSIC=DIR python benchmarks/bench.py [ROW ...]` prints a table in Markdown: each row's median time
of several repeats, ours, peer and limit by turns, and their ratios. Without MUSIC, the clips are
synthesised. What the rows mean, and what they were on a named machine: docs/performance.md.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np
import torch
from paper_cost import write_music_manifest
from rows import Row, print_table, race
from steps_in_memory import (
    MEAN,
    SONGS_IN_MEMORY,
    STD,
    load_batches,
    make_chunk,
    make_plain_step,
    write_files,
)
from threadpoolctl import threadpool_limits

from deepartist.constants import CLIP_FRAMES, HOP_LENGTH, MEL_BANDS, N_FFT, SAMPLE_RATE_HZ
from deepartist.embeddings.embed_files import embed_files
from deepartist.mels.clip import CLIP_DURATION_S, read_clip
from deepartist.mels.shard_reader import load_clips
from deepartist.mels.shard_writer import save_shard
from deepartist.models.encoder import Encoder
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError
from deepartist.process.stage import keep_freed_memory
from deepartist.scores.retrieval import retrieval_average_precisions
from deepartist.training.chunks import STEPS_OF_CHUNK

CLIPS = 8
STEREO_RATE_HZ, STEREO_BIT_RATE, MONO_BIT_RATE = 44_100, 128_000, 64_000
CPU = torch.device("cpu")


# ---------------------------------------------------------------- sound


def encode_mp3(path: Path, samples: np.ndarray, rate_hz: int, bit_rate: int) -> Path:
    """Write samples of shape (channels, n) as MP3."""
    import av

    with av.open(str(path), "w", format="mp3") as file:
        layout = "stereo" if len(samples) == 2 else "mono"
        stream = file.add_stream("libmp3lame", rate=rate_hz, layout=layout)
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32), format="fltp", layout=layout
        )
        frame.sample_rate = rate_hz
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def make_clips(folder: Path) -> dict[str, list[Path]]:
    """Take some clips of music and write them as MP3 of both sorts."""
    import soxr

    from deepartist.mels.audio import DecodeError, decode

    music, _ = write_music_manifest(folder)
    paths = music["path"].sample(frac=1, random_state=0)
    clips = {"stereo": [], "mono": []}
    for number, path in enumerate(paths):
        try:
            samples = decode(Path(path), CLIP_DURATION_S)
        except DecodeError:
            continue
        if len(samples) < 30 * SAMPLE_RATE_HZ or not samples.any():
            continue
        mono = folder / f"mono-{number}.mp3"
        clips["mono"].append(encode_mp3(mono, samples[None], SAMPLE_RATE_HZ, MONO_BIT_RATE))
        up = soxr.resample(samples, SAMPLE_RATE_HZ, STEREO_RATE_HZ)
        both = np.stack([up, 0.8 * np.roll(up, 40)])
        stereo = folder / f"stereo-{number}.mp3"
        clips["stereo"].append(encode_mp3(stereo, both, STEREO_RATE_HZ, STEREO_BIT_RATE))
        if len(clips["mono"]) == CLIPS:
            break
    return clips


def decode_alone(path: Path) -> None:
    """Decode as libsndfile does it, and do nothing with it."""
    import soundfile

    with soundfile.SoundFile(path) as file:
        file.read(dtype="float32")


def authors_way(path: Path) -> np.ndarray:
    """Compute the log-mel as the paper's authors did, with librosa."""
    import librosa

    samples, _ = librosa.load(path, sr=SAMPLE_RATE_HZ)
    stft = librosa.stft(samples, n_fft=N_FFT, hop_length=HOP_LENGTH, pad_mode="reflect")
    filters = librosa.filters.mel(sr=SAMPLE_RATE_HZ, n_fft=N_FFT, n_mels=MEL_BANDS)
    return np.log10(1 + 10 * filters @ np.abs(stft)).T[:CLIP_FRAMES].astype(np.float16)


def each(function: Callable, items: list) -> Callable[[], None]:
    """Make a function that applies another to all items."""

    def run() -> None:
        for item in items:
            function(item)

    return run


def bench_mel(clips: dict[str, list[Path]]) -> Iterator[Row]:
    """Measure the log-mel of a clip of 30 s on one core."""
    for kind, name, target in (
        ("stereo", "log-mel of a 30 s MP3, 44.1 kHz stereo", "≥ 1.7 × peer, ≤ 1.5 × limit"),
        ("mono", "the same, 22.05 kHz mono", "≥ 1.5 × peer"),
    ):
        paths = clips[kind]
        with threadpool_limits(1):
            times = race(
                ours=each(read_clip, paths),
                peer=each(authors_way, paths),
                limit=each(decode_alone, paths),
            )
        yield Row(name, **{k: v / len(paths) for k, v in times.items()}, target=target)


def work(paths: list[Path]) -> None:
    """Read clips, in a process of its own."""
    with threadpool_limits(1):
        each(read_clip, paths)()


def spin(n: int) -> None:
    """Keep a core busy with what needs no memory."""
    for _ in repeat(None, n):
        pass


def bench_two_cores(clips: dict[str, list[Path]]) -> Iterator[Row]:
    """Measure clips read by two processes against one; and what the cores give at best."""
    paths = clips["stereo"] * 4
    half = len(paths) // 2
    spins = 30_000_000
    with ProcessPoolExecutor(2) as pool:

        def both(function: Callable, parts: tuple) -> Callable[[], None]:
            return lambda: list(pool.map(function, parts))

        def one(function: Callable, whole) -> Callable[[], None]:
            return lambda: pool.submit(function, whole).result()

        times = race(
            ours=both(work, (paths[:half], paths[half:])),
            peer=one(work, paths),
            spin_both=both(spin, (spins, spins)),
            spin_one=one(spin, 2 * spins),
        )
    at_best = times.pop("spin_one") / times.pop("spin_both")
    note = f"a loop that shares nothing: {at_best:.2f} ×"
    yield Row("clips over two cores (peer: one core)", **times, target="≥ 1.9 × peer", note=note)


def embed_all(trained: TrainedEncoder, paths: list[Path]) -> None:
    """Embed files as `deepartist embed` does, on one core."""
    list(embed_files(trained, paths, "start", CPU, jobs=1))


def bench_embedding(clips: dict[str, list[Path]]) -> Iterator[Row]:
    """Measure from file to song vector on one core."""
    encoder = Encoder().eval()
    trained = TrainedEncoder(encoder, MEAN, STD)
    torch.set_num_threads(1)
    for kind, name in (("stereo", "44.1 kHz stereo"), ("mono", "22.05 kHz mono")):
        paths = clips[kind] * 2
        with threadpool_limits(1):
            times = race(
                ours=partial(embed_all, trained, paths),
                limit=each(decode_alone, paths),
            )
        times = {k: v / len(paths) for k, v in times.items()}
        yield Row(f"embedding a file, {name}", **times, target="≤ 1.6 × limit")


# ---------------------------------------------------------------- the cache


def bench_cache(clips: dict[str, list[Path]], folder: Path) -> Iterator[Row]:
    """Measure the size of shards and the loading of a set from them."""
    frames = [read_clip(path) for path in clips["mono"]]
    mels = np.zeros((1200, CLIP_FRAMES, MEL_BANDS), np.float16)
    for row, mel in enumerate(mels):
        mel[: len(frames[row % len(frames)])] = frames[row % len(frames)]
    ids = [f"{row:04d}" for row in range(len(mels))]
    save_shard(folder / "shard", mels, [{"clip_id": i, "frames": CLIP_FRAMES} for i in ids], [])
    files = [path for path in (folder / "shard").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / len(mels)
    raw = mels[0].nbytes
    yield Row(
        f"disk for a 30 s clip: {size / 1e3:.0f} of {raw / 1e3:.0f} kB raw float16",
        ours=size / raw,
        target="≤ 0.85",
        note="ratio",
    )
    mels.tofile(folder / "raw")
    order = np.random.default_rng(0).permutation(ids).tolist()
    times = race(
        ours=lambda: load_clips([folder / "shard"], order, folder),
        limit=lambda: np.fromfile(folder / "raw", np.float16),
    )
    yield Row(
        f"loading {mels.nbytes / 1e6:.0f} MB of log-mels from a shard (limit: raw, from the cache)",
        **times,
        target="≤ 1.67 × limit",
    )
    # A new process's peak starts from that of its parent, so the kernel is told to forget it.
    script = (
        "import re, sys; from pathlib import Path\n"
        "from deepartist.process.stage import keep_freed_memory\n"
        "from deepartist.mels.shard_reader import load_clips; keep_freed_memory()\n"
        "status = lambda key: int(re.search(key + r':\\s+(\\d+) kB', "
        "Path('/proc/self/status').read_text()).group(1))\n"
        "folder = Path(sys.argv[1]); load_clips([folder / 'shard'], ['0000'], folder)\n"
        "Path('/proc/self/clear_refs').write_text('5'); before = status('VmRSS')\n"
        f"mels = load_clips([folder / 'shard'], {order!r}, folder)\n"
        "print((status('VmHWM') - before) * 1024)"
    )
    command = [sys.executable, "-c", script, str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    yield Row(
        "peak memory of loading, of the set",
        ours=int(said) / mels.nbytes,
        target="≤ 1.10",
        note="ratio",
    )


# ---------------------------------------------------------------- training


def bench_steps(folder: Path) -> Iterator[Row]:
    """Measure a step: ours, the authors' loader in front of the network, the network alone."""
    torch.set_num_threads(1)
    files = write_files(folder)
    for kind in ("basic", "siamese"):
        for songs in (SONGS_IN_MEMORY, 150_000):
            step = make_plain_step(kind, songs, CPU)
            batches = load_batches(kind, files, songs, 0, CPU)
            fixed = torch.randn_like(next(batches))
            times = race(
                ours=make_chunk(kind, songs, CPU),
                peer=lambda step=step, b=batches: [step(next(b)) for _ in range(STEPS_OF_CHUNK)],
                limit=lambda step=step, x=fixed: [step(x) for _ in range(STEPS_OF_CHUNK)],
            )
            of_step = {name: seconds / STEPS_OF_CHUNK for name, seconds in times.items()}
            yield Row(f"{kind} step, {songs:,} songs, cpu", **of_step, target="≤ 1.1 × limit")


# ---------------------------------------------------------------- evaluation


def naive_average_precision(embedding: np.ndarray, labels: np.ndarray, queries: int) -> None:
    """Rank by argsort, a query at a time."""
    units = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    similarity = units @ units.T
    for query in range(queries):
        ranked = np.argsort(-similarity[query])
        relevant = labels[ranked[ranked != query]] == labels[query]
        hits = np.cumsum(relevant)
        float((hits / np.arange(1, len(hits) + 1))[relevant].mean())


def bench_retrieval() -> Iterator[Row]:
    """Measure MAP over all queries, and k-NN."""
    from sklearn.neighbors import KNeighborsClassifier

    from deepartist.scores.knn import knn_predict

    rng = np.random.default_rng(0)
    n = 8_000
    embedding = rng.standard_normal((n, 256)).astype(np.float32)
    labels = rng.integers(8, size=n).astype(str)
    every = np.arange(n)
    units = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    times = race(
        3,
        ours=lambda: retrieval_average_precisions(embedding, labels, every, every),
        peer=lambda: naive_average_precision(embedding, labels, n),
        limit=lambda: units @ units.T,
    )
    yield Row("MAP, 8,000 songs × 256 (peer: argsort)", **times, target="≤ 2 s with k-NN")
    train, test = every[: n * 8 // 10], every[n * 8 // 10 :]
    sklearn = KNeighborsClassifier(20, metric="cosine")
    times = race(
        3,
        ours=lambda: knn_predict(embedding[train], labels[train], embedding[test], 20),
        peer=lambda: sklearn.fit(embedding[train], labels[train]).predict(embedding[test]),
    )
    yield Row("k-NN, 6,400 and 1,600 songs (peer: scikit-learn)", **times)
    large = rng.standard_normal((100_000, 256)).astype(np.float32)
    large_labels = rng.integers(8, size=len(large)).astype(str)
    queries, items = np.arange(500), np.arange(len(large))
    started_s = time.perf_counter()
    retrieval_average_precisions(large, large_labels, queries, items)
    seconds = (time.perf_counter() - started_s) / len(queries)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    yield Row(
        "MAP, 100,000 songs × 256, a query",
        ours=seconds,
        target="≤ 4 GB",
        note=f"peak memory of all so far {peak / 1e9:.1f} GB",
    )


def bench_tsne() -> Iterator[Row]:
    """Measure t-SNE against scikit-learn's defaults, which it is."""
    from sklearn.manifold import TSNE

    from deepartist.figures.map_songs import map_songs

    vectors = np.random.default_rng(0).standard_normal((1_000, 256)).astype(np.float32)
    times = race(
        1,
        ours=lambda: map_songs(vectors, seed=0),
        peer=lambda: TSNE(metric="cosine", init="pca", random_state=0).fit_transform(vectors),
    )
    yield Row("t-SNE of 1,000 songs (peer: scikit-learn)", **times, target="as peer")


# ---------------------------------------------------------------- starting


def bench_starts() -> Iterator[Row]:
    """Measure a stage's start against that of torch alone."""

    def start(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            [sys.executable, *words], stdout=subprocess.DEVNULL, check=True
        )

    for stage in ("training.train_basic", "embeddings.embed_songs"):
        times = race(
            ours=start("-m", f"deepartist.{stage}", "--help"), limit=start("-c", "import torch")
        )
        yield Row(f"start of deepartist.{stage} (limit: import torch)", **times, target="≤ 1.2 ×")


def bench_nothing_to_do(folder: Path) -> Iterator[Row]:
    """Measure a run that finds everything done; it needs a finished default run here."""
    if not Path("results/tables/table1.csv").exists():
        return
    snakemake = [sys.executable, "-m", "snakemake"]

    def run(*words: str) -> Callable[[], object]:
        return lambda: subprocess.run([*snakemake, *words], capture_output=True, check=True)

    times = race(3, ours=run("--cores", "all"), limit=run("--version"))
    yield Row("a run with nothing to do (limit: --version)", **times, target="≤ 6 s")


def main() -> None:
    """Measure the rows that are asked for."""
    names = ("mel", "cores", "cache", "steps", "embedding", "retrieval", "tsne", "starts")
    names += ("nothing",)
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = ", ".join(names)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"all, or some of {known}")
    rows = parser.parse_args().rows or names
    if unknown := set(rows) - set(names):
        sys.exit(f"error: {', '.join(unknown)}: no such row; there are {known}")
    keep_freed_memory()  # as all commands do
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        needs_clips = {"mel", "cores", "cache", "embedding"} & set(rows)
        clips = make_clips(folder) if needs_clips else {}
        benches = {
            "mel": lambda: bench_mel(clips),
            "cores": lambda: bench_two_cores(clips),
            "cache": lambda: bench_cache(clips, folder),
            "steps": lambda: bench_steps(folder),
            "embedding": lambda: bench_embedding(clips),
            "retrieval": bench_retrieval,
            "tsne": bench_tsne,
            "starts": bench_starts,
            "nothing": lambda: bench_nothing_to_do(folder),
        }
        print(
            f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, "
            f"torch {torch.__version__}\n"
        )
        print_table(row for name in rows for row in benches[name]())


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
