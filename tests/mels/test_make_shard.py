"""Making a shard: clips that cannot be used are recorded, and the digest tells contents apart."""

import json

import numpy as np
import soundfile
import zarr


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
