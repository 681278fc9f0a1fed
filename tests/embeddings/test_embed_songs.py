"""The stage that embeds a data set: its songs' vectors, in the order of the list of clips."""

import json

import numpy as np
import pytest
import torch

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.embeddings.embed_songs import main
from deepartist.embeddings.features import read_features
from deepartist.mels.shard_writer import save_shard
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.precision import set_precision
from deepartist.models.weights import load_model, save_model


@pytest.mark.parametrize("has_sums", [True, False])
def test_the_stage_embeds_with_full_precision(tmp_path, rng, has_sums):
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    save_model(tmp_path / "model", weights, {"input_mean": 0.5, "input_std": 0.3})
    mels = rng.random((3, 1291, 128)).astype(np.float16)
    clips = [{"clip_id": f"c{n}", "frames": 1291 - 400 * n} for n in range(3)]
    for mel, clip in zip(mels, clips, strict=True):
        mel[clip["frames"] :] = 0
    save_shard(tmp_path / "shard", mels, clips, [])
    if not has_sums:  # as in shards of an earlier version; only trainings need them
        (tmp_path / "shard/shard.json").write_text(json.dumps({"clips": clips, "failures": []}))
    manifest = build_manifest({"clip_id": c, "path": f"{c}.mp3"} for c in ("c2", "c0"))
    write_manifest(manifest, tmp_path / "clips.csv")
    set_precision("tf32")
    main(
        [
            *("--model", str(tmp_path / "model"), "--clips", str(tmp_path / "clips.csv")),
            *("--shards", str(tmp_path / "shard/shard.json"), "--device", "cpu"),
            *("--out", str(tmp_path / "out.npz")),
        ]
    )
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"
    clip_ids, embedding = read_features(tmp_path / "out.npz")
    _, multilevel = read_features(tmp_path / "out.npz", "multilevel")
    assert clip_ids.tolist() == ["c0", "c2"]
    frames = [mels[n][: 1291 - 400 * n] for n in (0, 2)]
    expected = embed_clips(load_model(tmp_path / "model"), frames, torch.device("cpu"))
    assert np.array_equal(embedding, expected[0])
    assert np.array_equal(multilevel, expected[1])
