"""The songs of a training: their statistics, their classes and tags."""

import json

import numpy as np
import pytest
import torch

from deepartist.mels import shard_reader
from deepartist.mels.shard_reader import find_clips, read_found
from deepartist.mels.shard_writer import save_shard
from deepartist.process.errors import InputError
from deepartist.training import songs as songs_module
from deepartist.training.songs import (
    artist_classes,
    copy_blocks,
    read_split,
    read_training_data,
    tag_vectors,
)

FRAMES = {"a0": 200, "a1": 1291, "b0": 700, "b1": 900, "b2": 129}
LABELS = {"a0": "a", "a1": "a", "b0": "b", "b1": "b", "b2": "b"}
VALID = {"a1", "b2"}


@pytest.fixture
def songs(rng, tmp_path):
    """Log-mels of five songs by two artists, in two shards, and their split."""
    mels = {clip: rng.random((1291, 128)).astype(np.float16) for clip in FRAMES}
    for clip, mel in mels.items():
        mel[FRAMES[clip] :] = 0
    for shard, clips in (("one", ["b1", "other", "a0"]), ("two", ["b2", "a1", "b0"])):
        arrays = np.stack([mels.get(clip, mels["a0"]) for clip in clips])
        index = [{"clip_id": clip, "frames": FRAMES.get(clip, 200)} for clip in clips]
        save_shard(tmp_path / shard, arrays, index, [])
    lines = [f"{c},{LABELS[c]},{'valid' if c in VALID else 'train'}\n" for c in reversed(FRAMES)]
    (tmp_path / "split.csv").write_text("clip_id,label,split\nb9,b,test\n" + "".join(lines))
    return mels


ORDER = ["a0", "a1", "b0", "b1", "b2"]  # by artist, training songs first


def find(tmp_path):
    split = read_split(tmp_path / "split.csv")
    return split, find_clips([tmp_path / "one", tmp_path / "two"], split.clip_ids)


def test_training_data_of_a_split(songs, tmp_path):
    split, found = find(tmp_path)
    data = read_training_data(split, found, tmp_path, torch.device("cpu"))
    assert split.clip_ids == ORDER
    assert data.song_labels == ["a", "a", "b", "b", "b"]
    assert data.is_valid.tolist() == [False, True, False, False, True]
    assert data.frames.tolist() == [FRAMES[clip] for clip in ORDER]
    assert data.mels.dtype == torch.float16
    assert np.array_equal(data.mels.numpy(), np.stack([songs[clip] for clip in ORDER]))
    values = np.concatenate([songs[c][: FRAMES[c]].ravel() for c in ("a0", "b0", "b1")])
    assert data.input_mean == pytest.approx(values.astype(np.float64).mean(), rel=1e-12)
    assert data.input_std == pytest.approx(values.astype(np.float64).std(), rel=1e-9)


def test_a_shard_of_an_earlier_version_is_named(songs, tmp_path):
    index = json.loads((tmp_path / "two/shard.json").read_text())
    for clip in index["clips"]:
        del clip["sum"], clip["sum_of_squares"]
    (tmp_path / "two/shard.json").write_text(json.dumps(index))
    split, found = find(tmp_path)
    with pytest.raises(InputError, match=r"two: was written by an earlier version; delete"):
        read_training_data(split, found, tmp_path, torch.device("cpu"))
    assert np.array_equal(read_found(found, tmp_path)[0], songs["a0"])  # it can be embedded


@pytest.mark.parametrize("part", ["train", "valid"])
def test_a_split_without_songs_to_train_or_validate_on_is_named(tmp_path, part):
    path = tmp_path / "split.csv"
    path.write_text("clip_id,label,split\nx,a,test\ny,a," + {"train": "valid"}.get(part, "train"))
    with pytest.raises(InputError, match=f"split.csv: no song with split '{part}'"):
        read_split(path)


@pytest.mark.parametrize("size", [1, 2, 256])
def test_songs_are_copied_in_blocks_as_they_are_read(songs, tmp_path, monkeypatch, size):
    monkeypatch.setattr(shard_reader, "CLIPS_OF_BLOCK", size)
    _, found = find(tmp_path)
    sizes = [len(rows) for rows, _ in shard_reader.read_in_blocks(found)]
    assert max(sizes) == min(size, 3)
    assert sum(sizes) == 5
    mels = copy_blocks(found, torch.full((5, 1291, 128), torch.nan, dtype=torch.float16))
    assert np.array_equal(mels.numpy(), read_found(found, tmp_path))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_songs_lie_on_the_gpu_if_they_fit(songs, tmp_path, monkeypatch, capsys):
    split, found = find(tmp_path)
    expected = read_found(found, tmp_path)
    data = read_training_data(split, found, tmp_path, torch.device("cuda"))
    assert data.mels.device.type == "cuda"
    assert np.array_equal(data.mels.cpu().numpy(), expected)
    assert "main memory" not in capsys.readouterr().out
    monkeypatch.setattr(songs_module, "RESERVE_BYTES", 2**60)
    data = read_training_data(split, found, tmp_path, torch.device("cuda"))
    assert data.mels.device.type == "cpu"
    assert np.array_equal(data.mels.numpy(), expected)
    assert "crops are cut in main memory" in capsys.readouterr().out


def test_artists_of_songs():
    names, classes = artist_classes(["b", "b", "a", "c", "b"])
    assert names == ["a", "b", "c"]
    assert classes.dtype == np.int64
    assert classes.tolist() == [1, 1, 0, 2, 1]


def test_tags_of_songs():
    names, vectors = tag_vectors(["rock|loud", "loud", "jazz"])
    assert names == ["jazz", "loud", "rock"]
    assert vectors.dtype == np.float32
    assert vectors.tolist() == [[0, 1, 1], [0, 1, 0], [1, 0, 0]]
