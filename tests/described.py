"""What tests of the baselines from log-mels have in common: clips, slow means, a stage run."""

import numpy as np

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.embeddings.features import read_features
from deepartist.mels.shard_writer import save_shard


def mean_of_rows(rows):
    return [sum(row) / len(row) for row in rows]


def std_of_rows(rows):
    return [(sum((row - sum(row) / len(row)) ** 2) / len(row)) ** 0.5 for row in rows]


def make_clip(rng, n):
    """Log-mel frames that change slowly, with a loud and a silent stretch."""
    walk = np.cumsum(rng.normal(size=(n, 128)), axis=0) / 10
    frames = np.abs(walk) * rng.random(128)
    frames[: n // 4] = 0
    return frames.astype(np.float16)


def describe_clips(stage, folder, mels, lengths, splits):
    """Run a stage on clips c0, c1 …, of which those with a split (or None) have a label."""
    ids = [f"c{i}" for i in range(len(mels))]
    clips = [{"clip_id": c, "frames": int(n)} for c, n in zip(ids, lengths, strict=True)]
    save_shard(folder / "shard-0000", mels, clips, [])
    manifest = build_manifest({"clip_id": c, "path": f"{c}.mp3"} for c in ids)
    write_manifest(manifest, folder / "clips.csv")
    lines = [f"{c},g,{split or ''}\n" for c, split in splits.items()]
    (folder / "labels.csv").write_text("clip_id,label,split\n" + "".join(lines))
    stage(
        [
            *("--labels", str(folder / "labels.csv")),
            *("--clips", str(folder / "clips.csv"), "--out", str(folder / "features.npz")),
            *("--shards", str(folder / "shard-0000" / "shard.json")),
        ]
    )
    return read_features(folder / "features.npz")
