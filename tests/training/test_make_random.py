import numpy as np
import pytest

from deepartist.mels.shard_writer import save_shard
from deepartist.models.weights import load_model
from deepartist.training.make_random import main


def test_without_training_songs_the_input_is_standardised_as_the_authors_is(tmp_path):
    main(["--split", "--shards", "--seed", "3", "--out", str(tmp_path / "model")])
    model = load_model(tmp_path / "model")
    # the constants of the authors' code
    assert (model.input_mean, model.input_std) == (0.22620339, 0.25794547)
    main(["--seed", "4", "--out", str(tmp_path / "other")])
    weights = [m.encoder.blocks[0].conv.weight for m in (model, load_model(tmp_path / "other"))]
    assert not weights[0].equal(weights[1])


def test_training_songs_standardise_the_input_and_their_log_mels_are_not_read(tmp_path, rng):
    mels = rng.random((4, 1291, 128)).astype(np.float16)
    frames, parts = [300, 1291, 700, 129], ["train", "valid", "train", "test"]
    clips = [{"clip_id": str(n), "frames": count} for n, count in enumerate(frames)]
    for shard in (0, 2):
        part = slice(shard, shard + 2)
        save_shard(tmp_path / str(shard), mels[part], clips[part], [])
        (tmp_path / str(shard) / "mel.zarr").rename(tmp_path / f"{shard}.moved")
    lines = [f"{n},artist,{part}\n" for n, part in enumerate(parts)]
    (tmp_path / "split.csv").write_text("clip_id,label,split\n" + "".join(lines))
    main(
        [
            *("--split", str(tmp_path / "split.csv"), "--shards"),
            *(str(tmp_path / shard / "shard.json") for shard in "20"),
            *("--out", str(tmp_path / "model")),
        ]
    )
    model = load_model(tmp_path / "model")
    values = np.concatenate([mels[n, : frames[n]].ravel() for n in (0, 2)]).astype(np.float64)
    assert model.input_mean == pytest.approx(values.mean(), rel=1e-9)
    assert model.input_std == pytest.approx(values.std(), rel=1e-9)
