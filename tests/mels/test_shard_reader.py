"""Reading clips from shards: what was written comes back, and damage is named."""

import subprocess
import sys

import numpy as np
import pytest
import zarr

from deepartist.mels import shard_reader
from deepartist.mels.clip import read_clip
from deepartist.mels.shard_reader import CHUNKS_FILE, find_clips, load_clips, read_in_blocks
from deepartist.mels.shard_writer import save_shard
from deepartist.process.errors import InputError


@pytest.mark.parametrize("n", [1, 3, 40])
def test_clips_come_back(make_shards, tmp_path, n):
    folders = make_shards(n)
    wanted = ["c07", "c00", "c11", "c03"]
    mels, frames = load_clips(folders, wanted, tmp_path)
    assert mels.dtype == np.float16
    assert mels.shape == (4, 1291, 128)
    for clip_id, mel, length in zip(wanted, mels, frames, strict=True):
        expected = read_clip(tmp_path / f"{int(clip_id[1:])}.wav")
        assert length == len(expected)
        np.testing.assert_array_equal(mel[:length], expected)
        assert not mel[length:].any()


@pytest.fixture
def shard(tmp_path, rng):
    """A shard of forty clips, two of them of zeros, and its array as Zarr reads it."""
    mels = rng.random((40, 1291, 128)).astype(np.float16)
    mels[[3, 39]] = 0
    index = [{"clip_id": str(row), "frames": 1291} for row in range(40)]
    save_shard(tmp_path / "shard", mels, index, [])
    return tmp_path / "shard", zarr.open_group(tmp_path / "shard" / "mel.zarr", mode="r")["mel"][:]


def test_chunks_are_read_as_zarr_reads_them(shard, rng):
    folder, expected = shard
    for size in (1, 17, 40):
        rows = rng.permutation(40)[:size]
        mels, _ = load_clips([folder], [str(row) for row in rows], folder)
        np.testing.assert_array_equal(mels, expected[rows])


def gather_blocks(folders, clip_ids):
    """Clips as `load_clips` returns them, and the sizes of the blocks in which they were read."""
    mels, sizes = np.full((len(clip_ids), 1291, 128), np.nan, np.float16), []
    for rows, block in read_in_blocks(find_clips(folders, clip_ids)):
        assert np.isnan(mels[rows]).all()  # each clip is read once
        mels[rows] = block
        sizes.append(len(block))
    return mels, sizes


@pytest.mark.parametrize(  # three, two and four of the clips are in the shards
    ("size", "expected"), [(1, [1] * 9), (2, [2, 1, 2, 2, 2]), (256, [3, 2, 4])]
)
def test_blocks_are_what_is_loaded_at_once(make_shards, tmp_path, monkeypatch, size, expected):
    monkeypatch.setattr(shard_reader, "CLIPS_OF_BLOCK", size)
    folders = make_shards(3)
    wanted = [f"c{number:02d}" for number in (9, 0, 11, 4, 3, 7, 1, 2, 10)]  # short ones, too
    mels, sizes = gather_blocks(folders, wanted)
    assert sizes == expected
    np.testing.assert_array_equal(mels, load_clips(folders, wanted, tmp_path)[0])


@pytest.mark.parametrize("size", [1, 3, 16, 40])
def test_clips_of_zeros_keep_nothing_of_the_block_before(shard, rng, monkeypatch, size):
    monkeypatch.setattr(shard_reader, "CLIPS_OF_BLOCK", size)
    folder, expected = shard
    rows = rng.permutation(40)
    mels, _ = gather_blocks([folder], [str(row) for row in rows])
    np.testing.assert_array_equal(mels, expected[rows])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-100_000], id="cut short"),
        pytest.param(lambda data: data[:-10] + b"?" + data[-9:], id="index"),
        pytest.param(lambda data: bytes(len(data) - 644) + data[-644:], id="chunks"),
    ],
)
def test_a_damaged_shard_is_named(shard, damage):
    folder, _ = shard
    path = folder / CHUNKS_FILE
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"shard: is damaged \(.*\); delete it and run again"):
        load_clips([folder], ["0", "1"], folder)
    with pytest.raises(InputError, match=r"shard: is damaged \(.*\); delete it and run again"):
        gather_blocks([folder], ["0", "1"])


def test_a_clip_that_is_not_there_is_named(make_shards, tmp_path):
    folders = make_shards(2)
    with pytest.raises(InputError, match="clip 'short' is in none of the shards"):
        load_clips(folders, ["c01", "short"], tmp_path)


def test_shards_are_read_without_zarr():
    script = "import sys, deepartist.mels.shard_reader; sys.exit('zarr' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
