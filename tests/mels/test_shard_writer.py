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
    clips = [{"clip_id": str(n), "frames": 1291 - 200 * n} for n in range(5)]
    failures = [{"clip_id": "x", "path": "x.mp3", "reason": "empty file"}]
    save_shard(tmp_path / "shard", mels, clips, failures)
    index = json.loads((tmp_path / "shard" / "shard.json").read_text())
    assert index["failures"] == failures
    assert [{k: c[k] for k in ("clip_id", "frames")} for c in index["clips"]] == clips
    for n, clip in enumerate(index["clips"]):
        values = mels[n, : 1291 - 200 * n].astype(np.float64)
        assert clip["sum"] == pytest.approx(values.sum(), rel=1e-12)
        assert clip["sum_of_squares"] == pytest.approx((values**2).sum(), rel=1e-12)
    array = zarr.open_group(tmp_path / "shard" / "mel.zarr", mode="r")["mel"]
    assert array.chunks == (1, 1291, 128)
    np.testing.assert_array_equal(array[:], mels)
    assert {path.name for path in (tmp_path / "shard").iterdir()} == {"mel.zarr", "shard.json"}


def test_the_sums_of_a_clip_of_zeros_are_zero(tmp_path, mels):
    mels[[1, 4]] = 0
    clips = save(tmp_path / "shard", mels)["clips"]
    sums = [(clip["sum"], clip["sum_of_squares"]) for clip in clips]
    assert sums[1] == sums[4] == (0, 0)
    assert all(min(sums[n]) > 0 for n in (0, 2, 3))


def test_the_digest_depends_on_ids_frames_and_values(tmp_path, mels):
    first = save(tmp_path / "shard", mels)["digest"]
    assert save(tmp_path / "again", mels)["digest"] == first
    assert save(tmp_path / "shard", mels, clip_ids="abcdf")["digest"] != first
    assert save(tmp_path / "shard", mels, frames=1290)["digest"] != first
    mels[4, 1290, 127] += 1
    assert save(tmp_path / "shard", mels)["digest"] != first
