"""Writing a shard: the array, the index and the digest."""

import json

import numpy as np
import pytest
import zarr

from deepartist.mels.shard_writer import save_shard


@pytest.fixture
def mels(rng) -> np.ndarray:
    return rng.random((5, 1291, 128)).astype(np.float16)


def save(folder, mels, clip_ids="abcde", frames=1291) -> dict:
    """Save a shard and return its index."""
    save_shard(folder, mels, [{"clip_id": i, "frames": frames} for i in clip_ids], [])
    return json.loads((folder / "shard.json").read_text())


def test_the_array_and_the_index_come_back(tmp_path, mels):
    clips = [{"clip_id": str(n), "frames": 1291 - n} for n in range(5)]
    failures = [{"clip_id": "x", "path": "x.mp3", "reason": "empty file"}]
    save_shard(tmp_path / "shard", mels, clips, failures)
    index = json.loads((tmp_path / "shard" / "shard.json").read_text())
    assert (index["clips"], index["failures"]) == (clips, failures)
    array = zarr.open_group(tmp_path / "shard" / "mel.zarr", mode="r")["mel"]
    assert array.chunks == (1, 1291, 128)
    np.testing.assert_array_equal(array[:], mels)
    assert {path.name for path in (tmp_path / "shard").iterdir()} == {"mel.zarr", "shard.json"}


def test_the_digest_depends_on_ids_frames_and_values(tmp_path, mels):
    first = save(tmp_path / "shard", mels)["digest"]
    assert save(tmp_path / "again", mels)["digest"] == first
    assert save(tmp_path / "shard", mels, clip_ids="abcdf")["digest"] != first
    assert save(tmp_path / "shard", mels, frames=1290)["digest"] != first
    mels[4, 1290, 127] += 1
    assert save(tmp_path / "shard", mels)["digest"] != first
