"""Large arrays: in memory where they fit, else in a file that leaves nothing behind."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from deepartist.mels.shard_reader import load_clips
from deepartist.mels.shard_writer import save_shard
from deepartist.process import disk, memory
from deepartist.process.errors import InputError

SHAPE = (100, 1000)  # of float16: 200 kB


def limit_memory(monkeypatch, n_bytes):
    monkeypatch.setattr(memory, "free_bytes", lambda: n_bytes)


@pytest.mark.parametrize(("free", "is_mapped"), [(250_000, False), (249_999, True)])
def test_four_fifths_of_free_memory_may_be_taken(tmp_path, monkeypatch, capsys, free, is_mapped):
    limit_memory(monkeypatch, free)
    array = memory.allocate(SHAPE, np.float16, tmp_path)
    assert array.shape == SHAPE
    assert array.dtype == np.float16
    assert not array.any()
    assert isinstance(array, np.memmap) == is_mapped
    assert (f"they are kept in a file in {tmp_path}" in capsys.readouterr().out) == is_mapped


def test_the_file_has_no_name_and_takes_what_is_written(tmp_path, monkeypatch):
    limit_memory(monkeypatch, 0)
    array = memory.allocate(SHAPE, np.float16, tmp_path / "new folder")
    array[7] = 3
    assert array.sum() == 3000
    assert not list((tmp_path / "new folder").iterdir())


def test_neither_memory_nor_disk(tmp_path, monkeypatch):
    limit_memory(monkeypatch, 0)
    usage = disk.shutil.disk_usage(tmp_path)._replace(free=199_999)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(InputError, match=r"an array that 0\.0 GB of free memory cannot hold needs"):
        memory.allocate(SHAPE, np.float16, tmp_path)


def test_free_memory_is_some_and_no_more_than_there_is():
    total = memory.psutil.virtual_memory().total
    assert 0 < memory.free_bytes() <= total


def test_the_limit_of_a_container_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.stat").write_text("anon 1000000\nfile 1500000\n")
    assert memory.free_bytes() == 2_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_bytes() > 2_000_000


# What a process may take beyond what it has after its imports: less than the songs need.
UNDER_A_LIMIT = """
import re, resource, sys
from pathlib import Path
import torch
from deepartist.training import train_basic
torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])  # imports the rest of torch
data = int(re.search(r"VmData:\\s+(\\d+) kB", Path("/proc/self/status").read_text()).group(1))
limit = data * 1024 + int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
train_basic.main(sys.argv[2:])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's")
def test_a_training_set_larger_than_memory(tmp_path, rng):
    songs, free = 480, 150_000_000  # 159 MB
    clip = rng.random((1291, 128)).astype(np.float16)
    clips = [{"clip_id": f"{song:03d}", "frames": 1291} for song in range(songs)]
    save_shard(tmp_path / "shard", np.broadcast_to(clip, (songs, *clip.shape)), clips, [])
    split = pd.DataFrame({"clip_id": [clip["clip_id"] for clip in clips]})
    split["label"] = [f"artist {song // 40}" for song in range(songs)]
    split["split"] = ["valid" if song % 40 > 37 else "train" for song in range(songs)]
    split.to_csv(tmp_path / "split.csv", index=False)
    words = ["--split", tmp_path / "split.csv", "--out", tmp_path / "model"]
    words += ["--shards", tmp_path / "shard" / "shard.json", "--device", "cpu"]
    words += ["--set", "max_epochs=1"]
    finished = subprocess.run(
        [sys.executable, "-c", UNDER_A_LIMIT, str(free), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert "0.16 GB of log-mels and 0.15 GB of free memory" in finished.stdout
    assert (tmp_path / "model" / "model.safetensors").exists()


def test_clips_are_the_same_in_a_file(tmp_path, monkeypatch, rng):
    mels = rng.random((5, 1291, 128)).astype(np.float16)
    clips = [{"clip_id": str(n), "frames": 1291} for n in range(5)]
    save_shard(tmp_path / "shard", mels, clips, [])
    limit_memory(monkeypatch, 0)
    loaded, _ = load_clips([tmp_path / "shard"], ["3", "0", "4"], tmp_path)
    assert isinstance(loaded, np.memmap)
    np.testing.assert_array_equal(loaded, mels[[3, 0, 4]])
