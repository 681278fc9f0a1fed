"""A disk that is full or read-only: one line, nothing half-written, and later all is right."""

import errno
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from matplotlib.figure import Figure

from deepartist.demo import fma, gtzan, msd, table
from deepartist.demo import synthesise_corpus as corpora
from deepartist.embeddings.features import write_features
from deepartist.figures.style import save_figure
from deepartist.files.json_files import write_json
from deepartist.mels.shard_writer import save_shard
from deepartist.models.weights import save_model
from deepartist.process.replacing import replacing
from deepartist.training.checkpoint import save_checkpoint

NOISE = np.random.default_rng(0).random((2000, 300), np.float32)
CONFIG = {
    "datasets": {"songs": {"kind": "table", "demo_songs": 1}},
    "source": "songs",
    "targets": {"songs": {"label": "artist", "held_out": True}},
    "device": "cpu",
}


def mount(folder, options):
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False)


def remount(folder, options):
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


@pytest.fixture
def small_disk(tmp_path):
    """An empty disk of 300 kB, mounted."""
    folder = tmp_path / "run" / "results"
    folder.mkdir(parents=True)
    try:
        mounted = mount(folder, "size=300k").returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("needs to mount a file system (as root)")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def write_csv(path):
    with replacing(path) as partial:
        pd.DataFrame(NOISE).to_csv(partial)


def draw(path):
    figure = Figure()
    figure.gca().plot(NOISE[:, :20])
    save_figure(figure, [path])


def write_songs(plan, songs):
    return lambda path: corpora.write_corpus(plan("songs", songs), path)


WRITERS = {
    "data.json": lambda path: write_json(NOISE.tolist(), path),
    "table.csv": write_csv,
    "figure.svg": draw,
    "state.pt": lambda path: save_checkpoint({"weights": torch.from_numpy(NOISE)}, path, "key"),
    "features.npz": lambda path: write_features(path, [str(i) for i in range(2000)], NOISE),
    "model.safetensors": lambda path: save_model(
        path.parent, {"encoder.weight": torch.from_numpy(NOISE)}, {}
    ),
    "mel.zarr": lambda path: save_shard(
        path.parent, NOISE.astype(np.float16), [{"clip_id": "a", "frames": 300}] * 2000, []
    ),
    "msd": write_songs(msd.plan, {"demo_artists": 2, "demo_songs": 2}),
    "gtzan": write_songs(gtzan.plan, {"demo_songs": 1}),
    "fma": write_songs(fma.plan, {"demo_songs": 1, "subset": "small"}),
    "table": write_songs(table.plan, {"demo_songs": 1}),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_named_whatever_writes(name, small_disk):
    path = small_disk / name
    path.write_text("old")
    with pytest.raises(OSError) as raised:
        WRITERS[name](path)
    assert raised.value.errno == errno.ENOSPC
    assert str(raised.value.filename).startswith(str(small_disk))
    assert path.read_text() == "old"
    assert [left.name for left in small_disk.iterdir()] == [name]


def train(folder, out):
    words = ["--split", folder / "split.csv", "--shards", folder / "shard/shard.json"]
    words += ["--device", "cpu", "--states", out / "states", "--out", out / "model"]
    words += ["--set", "max_epochs=2", "batch_size=3"]
    return subprocess.run(
        [sys.executable, "-m", "deepartist.training.train_basic", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_training_on_a_full_disk_ends_in_one_line_and_is_right_with_more_room(
    tmp_path, small_disk, rng
):
    clips = [f"clip {i}" for i in range(9)]
    mels = rng.random((9, 1291, 128)).astype(np.float16)
    save_shard(tmp_path / "shard", mels, [{"clip_id": c, "frames": 1291} for c in clips], [])
    parts, labels = ["train", "train", "valid"] * 3, [*"aaabbbccc"]
    split = pd.DataFrame({"clip_id": clips, "label": labels, "split": parts})
    split.to_csv(tmp_path / "split.csv", index=False)
    (tmp_path / "wide").mkdir()
    assert train(tmp_path, tmp_path / "wide").returncode == 0

    finished = train(tmp_path, small_disk)
    assert finished.returncode == 1
    assert finished.stderr == (
        f"error: {small_disk}/states/seed-0.pt: "
        "No space left on device; correct that and run again\n"
    )
    assert not [path for path in small_disk.rglob("*") if path.is_file()]

    remount(small_disk, "size=20m")
    finished = train(tmp_path, small_disk)
    assert finished.returncode == 0, finished.stderr
    for name in ("model.safetensors", "history.csv", "model.json"):
        made = (small_disk / "model" / name).read_bytes()
        assert made == (tmp_path / "wide" / "model" / name).read_bytes()


@pytest.fixture
def run(checkout, small_disk):
    """The workflow, with its results on the small disk."""
    (checkout.folder / "small.yaml").write_text(yaml.safe_dump(CONFIG))
    checkout.arguments = ["--directory", str(small_disk.parent), "--configfile", "small.yaml"]
    return checkout


@pytest.mark.slow
def test_a_run_on_a_full_disk_says_so_and_goes_on_with_more_room(run):
    finished = run.snakemake("results/clips/songs.csv")
    assert finished.returncode != 0
    assert "Traceback" not in finished.stdout
    assert "No space left on device; correct that and run again" in finished.stdout
    assert [path.suffix for path in run.results.rglob("*") if path.is_file()] == [".log"]

    remount(run.results, "size=100m")
    output = run.run("results/clips/songs.csv")
    assert "make_shard: 1 job done" in output
    clips = pd.read_csv(run.results / "clips/songs.csv")
    assert len(clips) == len(list((run.results / "demo/songs/tree/clips").iterdir())) == 8


@pytest.mark.slow
def test_a_read_only_folder_stops_a_run_before_its_first_job(run):
    remount(run.results, "ro")
    finished = run.snakemake("results/clips/songs.csv")
    assert finished.returncode != 0
    assert "Traceback" not in finished.stdout
    assert finished.stdout.strip().splitlines()[-1] == (
        "error: results: cannot be written to (its permissions, or a disk that is read-only); "
        "give a folder of your own by --directory"
    )
