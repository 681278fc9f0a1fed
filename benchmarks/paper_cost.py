"""What the paper's run costs: rates measured here, multiplied by the paper's numbers of songs.

`MUSIC=DIR python benchmarks/paper_cost.py` measures on the clips of a folder of music; without
MUSIC, on synthesised ones. It takes some minutes and prints Markdown. Times are CPU time on one
core, the least of some repeats.
"""

import importlib
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from datetime import date
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml
from threadpoolctl import threadpool_limits

from deepartist.config.run import artist_sets
from deepartist.config.settings import check_block, load_schema, parse_settings
from deepartist.constants import CLIP_FRAMES, MEL_BANDS
from deepartist.datasets.manifest import read_manifest, write_manifest
from deepartist.embeddings.features import write_features
from deepartist.files.json_files import read_json
from deepartist.process.stage import keep_freed_memory

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "paper.yaml"
REPEATS = 3
FEW, MANY = 20, 320  # clips; what a clip costs is the difference, divided by theirs
SLOWER = 10  # librosa's features are measured on as many times fewer clips

# Songs of the data sets (docs/paper_run.md). Of the MSD's songs with tags, some are by artists of
# the list too, and nobody says how many: there are at least the first number, at most their sum.
LISTED_SONGS, TAGGED_SONGS = 17_591 * 20, 201_680 + 11_774 + 28_435
TARGET_SONGS = {"gtzan": 930, "fma": 8_000, "naver": 8_000}
# The authors' released Siamese model of 10,000 artists took 521,318 steps, 11,333 an epoch.
EPOCHS = 46

PARAMETERS, FEATURES, MULTILEVEL_FEATURES = 263_680, 256, 768  # of the encoder
MFCC_FEATURES, MEL_FEATURES, LIBROSA_FEATURES = 80, 256, 518


class Usage(NamedTuple):
    """CPU time and peak memory of a command."""

    cpu_s: float
    memory_bytes: float


class Rate(NamedTuple):
    """What a clip adds to a command's CPU time and peak memory, and the memory without any."""

    cpu_s: float
    memory_bytes: float
    base_bytes: float

    def memory(self, clips: float) -> float:
        return self.base_bytes + clips * self.memory_bytes


class Stage(NamedTuple):
    """A row of the table: jobs and what all of them cost; memory is one job's."""

    name: str
    jobs: int
    cpu_s: float
    disk_bytes: float
    memory_bytes: float
    uses_gpu: bool = False
    steps: int = 0


class EpochClock(StringIO):
    """Takes what a training says, and notes the CPU time at the end of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.ends_s: list[float] = []

    def write(self, text: str) -> int:
        if text.startswith("epoch "):
            self.ends_s.append(time.process_time())
        return super().write(text)


def measure(stage: str, *words: str | Path) -> Usage:
    """Run a stage on one core, REPEATS times; return the least it took."""
    usages = []
    for _ in range(REPEATS):
        process = subprocess.Popen(
            [sys.executable, "-m", f"deepartist.{stage}", *map(str, words)],
            env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"error: {stage} ended with {process.returncode}")
        unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
        usages.append(Usage(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit))
    return Usage(min(u.cpu_s for u in usages), min(u.memory_bytes for u in usages))


def compare(few: Usage, many: Usage, n_few: int, n_many: int) -> Rate:
    """Say what a clip costs, from the usage of a command by its number of clips."""
    cpu_s, memory_bytes = ((m - f) / (n_many - n_few) for f, m in zip(few, many, strict=True))
    return Rate(cpu_s, memory_bytes, few.memory_bytes - n_few * memory_bytes)


def run_stage(stage: str, *words: str | Path) -> None:
    """Run a stage, and stop where it fails."""
    command = [sys.executable, "-m", f"deepartist.{stage}", *map(str, words)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def write_music_manifest(folder: Path) -> tuple[pd.DataFrame, str]:
    """List clips of real music, or synthesise some; say which in words."""
    manifest = folder / "music.csv"
    if music := os.environ.get("MUSIC"):
        run_stage("datasets.library", "--manifest", manifest, "--set", f"path={music}")
        return read_manifest(manifest), "real clips"
    tree = folder / "tree"
    paths = ["--dataset", "cost", "--out", tree, "--corpus", folder / "corpus.json"]
    run_stage("demo.synthesise_corpus", "table", *paths, "--set", "demo_songs=5")
    run_stage("datasets.table", "--manifest", manifest, "--set", f"path={tree}/clips.csv")
    return read_manifest(manifest), "synthesised clips"


def measure_clips(folder: Path, music: pd.DataFrame) -> tuple[dict[str, Rate], float]:
    """Measure what a clip costs in each stage that goes through clips, and its bytes on disk."""
    music = music.sample(frac=1, random_state=0)
    usages: dict[str, list[Usage]] = {}
    for number in (FEW, MANY):
        place = folder / str(number)
        place.mkdir()
        clips = pd.concat([music] * math.ceil(number / len(music))).head(number)
        clips = clips.assign(clip_id=[f"{row:06d}" for row in range(number)])
        write_manifest(clips, place / "all.csv")
        shard = ["--manifest", place / "all.csv", "--shard", 0, "--shards", 1, "--out", place]
        usages.setdefault("make_shard", []).append(measure("mels.make_shard", *shard))
        decoded = [clip["clip_id"] for clip in read_json(place / "shard.json")["clips"]]
        clips = clips[clips["clip_id"].isin(decoded)]
        write_manifest(clips, place / "clips.csv")
        split = pd.DataFrame({"clip_id": decoded, "label": "a", "split": "train"})
        split.loc[0, "split"] = "valid"
        split.to_csv(place / "split.csv", index=False)
        split.to_csv(place / "labels.csv", index=False)
        shards = ["--shards", place / "shard.json"]
        model = place / "model"
        read = measure(
            "training.make_random", "--split", place / "split.csv", *shards, "--out", model
        )
        usages.setdefault("read", []).append(read)
        clips_option = ["--clips", place / "clips.csv"]
        words = ["--model", model, *clips_option, *shards, "--device", "cpu"]
        embedded = measure("embeddings.embed_songs", *words, "--out", place / "embed.npz")
        usages.setdefault("embed_songs", []).append(embedded)
        words = [*clips_option, *shards, "--labels", place / "labels.csv"]
        described = measure("embeddings.describe_mfcc", *words, "--out", place / "mfcc.npz")
        usages.setdefault("describe_mels", []).append(described)
        write_manifest(clips.head(number // SLOWER), place / "some.csv")
        words = ["--clips", place / "some.csv", "--labels", place / "labels.csv", "--jobs", 1]
        words += ["--out", place / "librosa.npz"]
        usages.setdefault("describe_librosa", []).append(
            measure("embeddings.describe_librosa", *words)
        )
    rates = {stage: compare(*pair, FEW, MANY) for stage, pair in usages.items()}
    pair = usages["describe_librosa"]
    rates["describe_librosa"] = compare(*pair, FEW // SLOWER, MANY // SLOWER)
    files = (folder / str(MANY) / "mel.zarr").rglob("*")
    return rates, sum(path.stat().st_size for path in files if path.is_file()) / len(decoded)


def measure_scores(folder: Path, songs: int) -> tuple[dict[str, Usage], float]:
    """Measure the scoring of a set, by song vectors and by the SVM, and its bytes of a song."""
    rng = np.random.default_rng(0)
    genre = np.arange(songs) % 8
    ids = [f"{song:06d}" for song in range(songs)]
    split = np.array(["train"] * 8 + ["valid", "test"])[np.arange(songs) // 8 % 10]
    labels = pd.DataFrame({"clip_id": ids, "label": genre, "split": split})
    labels["label"] = "genre " + labels["label"].astype(str)
    # Four songs an artist, all in the same part, so that the artist-filtered scores are computed.
    labels["artist"] = [f"{song // 320} {song // 8 % 10} {song % 8}" for song in range(songs)]
    labels.to_csv(folder / "labels.csv", index=False)
    usages = {}
    for stage, size in (("score_features", 256), ("score_svm", LIBROSA_FEATURES)):
        centres = rng.normal(size=(8, size)) * math.sqrt(3 / size)
        features = centres[genre] + rng.normal(size=(songs, size))  # accuracy about 0.5, as FMA's
        write_features(folder / "features.npz", ids, features)
        words = ["--features", folder / "features.npz", "--labels", folder / "labels.csv"]
        words += ["--dataset", "d", "--model", "m", "--seed", 0, "--out", folder / f"{stage}.json"]
        usages[stage] = measure(f"scores.{stage}", *words)
    return usages, (folder / "score_features.json").stat().st_size / songs


def measure_step(kind: str, outputs: int, songs: int) -> float:
    """Measure a step of training and its share of the validation, in seconds of one core.

    Parameters
    ----------
    kind : str
        basic, siamese or tag.
    outputs : int
        Artists or tags.
    songs : int
        Songs to train on; a fifth as many validate, as in the paper's sets.
    """
    # Not at the top: the peak memory of a new process starts from that of its parent.
    import torch

    from deepartist.training.fit import Run, fit
    from deepartist.training.songs import TrainingData

    # One clip in the place of all: a step copies its segments, whichever they are.
    n_all = songs + songs // 5
    label = np.arange(n_all) * outputs // n_all
    data = TrainingData(
        mels=torch.rand(n_all, CLIP_FRAMES, MEL_BANDS, dtype=torch.float16),
        frames=np.full(n_all, CLIP_FRAMES),
        song_labels=[f"{number:05d}" for number in label],
        is_valid=np.arange(n_all) % 6 == 5,
        input_mean=0.5,
        input_std=0.3,
    )
    settings = parse_settings([f"max_epochs={1 + REPEATS}"], f"train_{kind}")
    stage = importlib.import_module(f"deepartist.training.train_{kind}")
    with redirect_stdout(EpochClock()) as clock, threadpool_limits(1):
        fit(kind, stage.make_task, lambda: data, settings, [Run(0)], torch.device("cpu"))
    return float(np.diff(clock.ends_s).min()) / math.ceil(songs / settings["batch_size"])


def plan_mels(config: dict, rate: Rate, clip_bytes: float, msd_songs: int) -> list[Stage]:
    """Multiply out what the log-mel cache costs, given the number of the MSD's clips."""
    stages = []
    for name, clips in ({"msd": msd_songs} | TARGET_SONGS).items():
        shards = config["datasets"][name].get("shards", 1)
        stages.append(
            Stage(
                f"`make_shard` {name}, {clips:,} clips",
                shards,
                rate.cpu_s * clips,
                clip_bytes * clips,
                rate.memory(clips / shards),
            )
        )
    return stages


def plan_training(config: dict, read: Rate, step_s: dict[tuple[str, int], float]) -> list[Stage]:
    """Multiply out what the models cost, given a step's time by kind and outputs."""
    seeds, sets = len(config["seeds"]), artist_sets(config)
    tables = str(config["artists"]["count"])
    models = [(kind, *item) for kind in ("basic", "siamese") for item in sets.items()]
    stages = []
    for kind, count, block in [*models, ("tag", tables, sets[tables])]:
        n_train = block["count"] * block["songs_train"]
        n_all = n_train + block["count"] * block["songs_valid"]
        steps = EPOCHS * math.ceil(n_train / config["training"][kind]["batch_size"])
        outputs = {"basic": block["count"], "siamese": 0, "tag": config["tags"]["count"]}[kind]
        stages.append(
            Stage(
                f"`train_{kind}` {count}",
                seeds,
                seeds * (steps * step_s[kind, outputs] + n_all * read.cpu_s),
                seeds * (PARAMETERS + (FEATURES + 1) * outputs) * 4,
                read.memory(n_all),
                uses_gpu=True,
                steps=seeds * steps,
            )
        )
    return stages


def plan_evaluation(
    config: dict, rates: dict[str, Rate], usages: dict[str, Usage], score_bytes: float
) -> list[Stage]:
    """Multiply out what the features of the targets and their scores cost."""
    targets, songs = len(config["targets"]), sum(TARGET_SONGS.values())
    # of each seed: two kinds by number of artists, the tag model and the untrained encoder
    encoders = len(config["seeds"]) * (2 * len(artist_sets(config)) + 2)
    stages = []
    for name, feature_sets, features in (
        ("embed_songs", encoders, FEATURES + MULTILEVEL_FEATURES),
        ("describe_mels", 2, (MFCC_FEATURES + MEL_FEATURES) // 2),
        ("describe_librosa", 1, LIBROSA_FEATURES),
    ):
        stages.append(
            Stage(
                f"`{name}`",
                feature_sets * targets,
                feature_sets * songs * rates[name].cpu_s,
                feature_sets * songs * features * 4,
                rates[name].memory(max(TARGET_SONGS.values())),
                uses_gpu=name == "embed_songs",
            )
        )
    for name, feature_sets in (
        ("score_features", encoders + 2),
        ("score_svm", 1),
    ):
        jobs = feature_sets * targets
        stages.append(
            Stage(
                f"`{name}`",
                jobs,
                jobs * usages[name].cpu_s,
                feature_sets * songs * score_bytes,
                usages[name].memory_bytes,
            )
        )
    return stages


def format_time(seconds: float) -> str:
    """Write a time in hours, or in minutes or seconds where it is short."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def format_bytes(n_bytes: float) -> str:
    """Write a size in GB, or MB below one."""
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.1f} GB"


def print_stages(stages: list[Stage]) -> None:
    """Print the table of stages and its sum."""
    print(
        "| stage | jobs | steps, all jobs | CPU time, all jobs | GPU time | memory, a job "
        "| disk, all jobs |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for stage in stages:
        print(
            f"| {stage.name} | {stage.jobs} | {f'{stage.steps:,}' if stage.steps else ''} | "
            f"{format_time(stage.cpu_s)} | {'not measured' if stage.uses_gpu else ''} | "
            f"{format_bytes(stage.memory_bytes)} | {format_bytes(stage.disk_bytes)} |"
        )
    print(
        f"| **all** | {sum(stage.jobs for stage in stages)} | "
        f"{sum(stage.steps for stage in stages):,} | "
        f"{format_time(sum(stage.cpu_s for stage in stages))} | not measured | "
        f"{format_bytes(max(stage.memory_bytes for stage in stages))} | "
        f"{format_bytes(sum(stage.disk_bytes for stage in stages))} |"
    )


def name_processor() -> str:
    """Name the processor, as the kernel does."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {platform.machine()}"


def main() -> None:
    """Measure, multiply, and print both."""
    keep_freed_memory()  # as all commands do
    config = check_block(yaml.safe_load(CONFIG.read_text("utf-8")), load_schema())
    counts = [block["count"] for block in artist_sets(config).values()]
    with tempfile.TemporaryDirectory() as folder:
        music, what = write_music_manifest(Path(folder))
        rates, clip_bytes = measure_clips(Path(folder), music)
        usages, score_bytes = measure_scores(Path(folder), max(TARGET_SONGS.values()))
    # The softmax layer's share grows with the artists.
    measured = {count: measure_step("basic", count, count) for count in (500, 5000)}
    per_artist = (measured[5000] - measured[500]) / 4500
    step_s = {("basic", n): measured[500] + per_artist * (n - 500) for n in counts}
    tags = config["tags"]["count"]
    step_s |= {("siamese", 0): measure_step("siamese", 100, 600)}
    step_s |= {("tag", tags): measure_step("tag", tags, 600)}

    print(
        f"Measured on {date.today()}, {name_processor()}, Python {platform.python_version()}, "
        f"torch {version('torch')}, on {len(music)} {what} of 30 s; CPU time on one core.\n"
    )
    print("| what | CPU time | |\n|---|---:|---|")
    for name, words in (
        ("make_shard", f"a clip: decode, log-mel, compress to {clip_bytes / 1e3:.0f} kB"),
        ("read", "a song read for training"),
        ("embed_songs", "a song's vector"),
        ("describe_mels", "a song's MFCCs"),
        ("describe_librosa", "a song's librosa features"),
    ):
        print(f"| `{name}` | {rates[name].cpu_s * 1e3:.1f} ms | {words} |")
    for (kind, outputs), seconds in step_s.items():
        words = f"a step of 15 songs, {outputs:,} outputs" if outputs else "a step of 15 × 6 songs"
        print(f"| `train_{kind}` | {seconds * 1e3:.1f} ms | {words} |")
    for stage in ("score_features", "score_svm"):
        print(f"| `{stage}` | {usages[stage].cpu_s:.1f} s | a set of 8,000 songs |")
    least, most = (
        plan_mels(config, rates["make_shard"], clip_bytes, songs)
        for songs in (LISTED_SONGS, LISTED_SONGS + TAGGED_SONGS)
    )
    print(
        f"\nMultiplied out, with {EPOCHS} epochs for every model and the most clips that the MSD's "
        f"lists can name; with the fewest, {LISTED_SONGS:,}, its shards take "
        f"{format_time(least[0].cpu_s)}, {format_bytes(least[0].memory_bytes)} and "
        f"{format_bytes(least[0].disk_bytes)}:\n"
    )
    training = plan_training(config, rates["read"], step_s)
    print_stages([*most, *training, *plan_evaluation(config, rates, usages, score_bytes)])


if __name__ == "__main__":
    main()
