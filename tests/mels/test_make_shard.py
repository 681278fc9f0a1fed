"""Making a shard: clips that cannot be used are recorded, and the digest tells contents apart."""

import json
import subprocess
import sys

import numpy as np
import soundfile
import zarr

from deepartist.datasets.manifest import build_manifest, write_manifest


def test_a_shard_on_disk(make_shards):
    (folder,) = make_shards(1)
    index = json.loads((folder / "shard.json").read_text())
    array = zarr.open_group(folder / "mel.zarr", mode="r")["mel"]
    assert array.shape == (12, 1291, 128)
    assert array.dtype == np.float16
    assert [clip["clip_id"] for clip in index["clips"]] == [f"c{i:02d}" for i in range(12)]
    reasons = {failure["clip_id"]: failure["reason"] for failure in index["failures"]}
    assert set(reasons) == {"empty", "short", "missing"}
    assert reasons["short"].startswith("too short (1.36 s")


def test_the_digest_tells_contents_apart(make_shards, tmp_path, rng):
    def digest(n):
        return json.loads((make_shards(n)[0] / "shard.json").read_text())["digest"]

    first = digest(1)
    assert digest(1) == first
    soundfile.write(tmp_path / "5.wav", 0.1 * rng.standard_normal(370_000), 22_050)
    assert digest(1) != first


def test_the_log_tells_which_clip_was_scaled(tmp_path, rng):
    path = tmp_path / "a.wav"
    soundfile.write(path, 3000 * rng.standard_normal(70_000), 22_050, subtype="FLOAT")
    write_manifest(build_manifest([{"clip_id": "a", "path": str(path)}]), tmp_path / "manifest.csv")
    arguments = ["--manifest", tmp_path / "manifest.csv", "--out", tmp_path / "shard"]
    job = subprocess.run(
        [sys.executable, "-m", "deepartist.mels.make_shard", "--shard=0", "--shards=1", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    assert f"{path}: samples up to " in job.stdout
    assert "are taken for integers of 16 bits; they are divided by 2^15" in job.stdout
    assert json.loads((tmp_path / "shard" / "shard.json").read_text())["failures"] == []
