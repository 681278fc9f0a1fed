"""Fixtures: songs to train on, in memory and as files."""

import numpy as np
import pandas as pd
import pytest
import torch

from deepartist.mels.shard_writer import save_shard
from deepartist.training.songs import TrainingData

ARTISTS, SONGS = 5, 6


@pytest.fixture(scope="session")
def data() -> TrainingData:
    """Songs whose artist shows in a few bands, under noise that is louder.

    Five artists with six songs each, of which the last two are for validation.
    """
    rng = np.random.default_rng(0)
    colour = rng.random((ARTISTS, 128)) * 0.8
    artists = np.repeat(np.arange(ARTISTS), SONGS)
    mels = 0.5 * rng.random((len(artists), 1291, 128)) + colour[artists, None]
    mels += rng.random((len(artists), 1, 1))  # loudness, which says nothing
    frames = rng.integers(400, 1292, len(artists))
    for mel, n in zip(mels, frames, strict=True):
        mel[n:] = 0
    is_valid = np.tile([False] * (SONGS - 2) + [True] * 2, ARTISTS)
    values = np.concatenate(
        [mel[:n].ravel() for mel, n in zip(mels[~is_valid], frames[~is_valid], strict=True)]
    )
    return TrainingData(
        torch.from_numpy(mels.astype(np.float16)),
        frames,
        [f"artist {i}" for i in artists],
        is_valid,
        float(values.mean()),
        float(values.std()),
    )


@pytest.fixture
def words(tmp_path):
    """The command line of a short training, with the files that it reads."""
    clips = [f"clip {i:02}" for i in range(9)]
    mels = np.random.default_rng(0).random((9, 1291, 128)).astype(np.float16)
    usable = [{"clip_id": clip, "frames": 1291} for clip in clips]
    for shard, shift in (("shard", 0.0), ("other shard", 0.5)):
        save_shard(tmp_path / shard, mels + np.float16(shift), usable, [])
    parts = ["train", "train", "valid"] * 3
    labels = ["a"] * 3 + ["b"] * 3 + ["c"] * 3
    split = pd.DataFrame({"clip_id": clips, "label": labels, "split": parts})
    split.to_csv(tmp_path / "split.csv", index=False)
    split.assign(label=labels[::-1]).to_csv(tmp_path / "other split.csv", index=False)
    return [
        *("--device", "cpu", "--seed", "0", "--states", str(tmp_path / "states")),
        *("--split", str(tmp_path / "split.csv"), "--shards", str(tmp_path / "shard/shard.json")),
        *("--out", str(tmp_path / "model")),
        *("--set", "batch_size=3", "max_epochs=2"),
    ]
