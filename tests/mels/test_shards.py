"""Shards: what goes in comes out, failures are recorded, nothing depends on the order of work."""

import json

import numpy as np
import pytest
import soundfile
import zarr

from deepartist.datasets.manifest import build_manifest, read_manifest, write_manifest
from deepartist.mels import gather_failures as failures
from deepartist.mels import list_clips as usable
from deepartist.mels import make_shard as shards
from deepartist.mels.clip import read_clip
from deepartist.mels.shard_writer import CHUNKS_FILE, load_clips, save_shard
from deepartist.process.errors import InputError


@pytest.fixture
def manifest(tmp_path, rng):
    """Twelve usable clips of different length, and three that are not."""
    rows = []
    for i in range(12):
        path = tmp_path / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(70_000 + 60_000 * i), 22_050)
        rows.append({"clip_id": f"c{i:02d}", "path": str(path)})
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "short.wav", 0.1 * rng.standard_normal(30_000), 22_050)
    for name in ("empty", "short", "missing"):
        rows.append({"clip_id": name, "path": str(tmp_path / f"{name}.wav")})
    write_manifest(build_manifest(rows), tmp_path / "manifest.csv")
    return tmp_path / "manifest.csv"


def make_shards(manifest, tmp_path, n):
    folders = [tmp_path / f"shards-{n}" / f"{shard}" for shard in range(n)]
    for shard, folder in enumerate(folders):
        arguments = {"manifest": manifest, "shard": shard, "shards": n, "out": folder}
        shards.main([word for k, v in arguments.items() for word in (f"--{k}", str(v))])
    return folders


@pytest.mark.parametrize("n", [1, 3, 40])
def test_clips_come_back(manifest, tmp_path, n):
    folders = make_shards(manifest, tmp_path, n)
    wanted = ["c07", "c00", "c11", "c03"]
    mels, frames = load_clips(folders, wanted, tmp_path)
    assert mels.dtype == np.float16
    assert mels.shape == (4, 1291, 128)
    for clip_id, mel, length in zip(wanted, mels, frames, strict=True):
        expected = read_clip(tmp_path / f"{int(clip_id[1:])}.wav")
        assert length == len(expected)
        np.testing.assert_array_equal(mel[:length], expected)
        assert not mel[length:].any()


def test_a_shard_on_disk(manifest, tmp_path):
    (folder,) = make_shards(manifest, tmp_path, 1)
    index = json.loads((folder / "shard.json").read_text())
    array = zarr.open_group(folder / "mel.zarr", mode="r")["mel"]
    assert array.shape == (12, 1291, 128)
    assert array.dtype == np.float16
    assert [clip["clip_id"] for clip in index["clips"]] == [f"c{i:02d}" for i in range(12)]
    reasons = {failure["clip_id"]: failure["reason"] for failure in index["failures"]}
    assert set(reasons) == {"empty", "short", "missing"}
    assert reasons["short"].startswith("too short (1.36 s")


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


def test_the_digest_tells_contents_apart(manifest, tmp_path, rng):
    def digest(n):
        return json.loads((make_shards(manifest, tmp_path, n)[0] / "shard.json").read_text())[
            "digest"
        ]

    first = digest(1)
    assert digest(1) == first
    soundfile.write(tmp_path / "5.wav", 0.1 * rng.standard_normal(370_000), 22_050)
    assert digest(1) != first


def test_a_clip_that_is_not_there_is_named(manifest, tmp_path):
    folders = make_shards(manifest, tmp_path, 2)
    with pytest.raises(InputError, match="clip 'short' is in none of the shards"):
        load_clips(folders, ["c01", "short"], tmp_path)


def list_usable(manifest, folders, tmp_path, fraction):
    usable.main(
        ["--dataset", "d", "--manifest", str(manifest), "--shards"]
        + [str(folder / "shard.json") for folder in folders]
        + ["--max-failed-fraction", str(fraction)]
        + ["--clips", str(tmp_path / "clips.csv"), "--failures", str(tmp_path / "failures.csv")]
    )


def test_usable_clips_and_failures_make_up_the_manifest(manifest, tmp_path):
    list_usable(manifest, make_shards(manifest, tmp_path, 3), tmp_path, 0.2)
    clips = set(read_manifest(tmp_path / "clips.csv")["clip_id"])
    assert clips == {f"c{i:02d}" for i in range(12)}
    failures.main([str(tmp_path / "failures.csv"), "--out", str(tmp_path / "all.csv")])
    lines = (tmp_path / "all.csv").read_text().splitlines()
    assert lines[0] == "dataset,clip_id,path,reason"
    assert [line.split(",")[1] for line in lines[1:]] == ["empty", "missing", "short"]


def test_too_many_failures_stop_the_run(manifest, tmp_path):
    folders = make_shards(manifest, tmp_path, 2)
    with pytest.raises(InputError, match=r"3 of 15 clips .* max_failed_fraction = 0.19.*empty"):
        list_usable(manifest, folders, tmp_path, 0.19)
    assert not (tmp_path / "clips.csv").exists()
