import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepartist.embeddings import describe_mel, describe_mfcc
from deepartist.embeddings.describe_clips import is_reference, standardise
from deepartist.embeddings.describe_mel import mel_statistics
from deepartist.embeddings.describe_mfcc import mfcc_statistics
from deepartist.process.errors import InputError
from described import describe_clips, make_clip

# standardising


def everyone(features):
    return np.ones(len(features), bool)


numbers = st.floats(-1000, 1000, width=32)
tables = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=8), elements=numbers
)


@given(tables)
def test_columns_have_mean_zero_and_deviation_one(features):
    standardised = standardise(features, everyone(features)).astype(np.float64)
    varies = np.ptp(features, axis=0) > 0.1  # by less, rounding of 1000 shows
    np.testing.assert_allclose(standardised.mean(axis=0), 0, atol=1e-2)
    np.testing.assert_allclose(standardised.std(axis=0)[varies], 1, atol=1e-2)


@given(numbers, st.integers(1, 40))
def test_columns_that_do_not_vary_become_zero(number, songs):
    features = np.full((songs, 1), number, np.float32)
    np.testing.assert_allclose(standardise(features, everyone(features)), 0, atol=1e-3)


def test_scale_and_offset_of_a_column_do_not_matter(rng):
    features = rng.normal(size=(30, 5))
    moved = features * [1, 10, 0.1, 3, 7] + [0, 5, -5, 100, 1]
    some = rng.random(30) < 0.5
    np.testing.assert_allclose(standardise(moved, some), standardise(features, some), atol=1e-9)
    # over the first two: mean 2, deviation 1
    by_hand = standardise(np.array([[1.0], [3.0], [9.0]]), np.array([True, True, False]))
    np.testing.assert_array_equal(by_hand, [[-1], [1], [7]])


# which songs the features are standardised over

ids = st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1)
splits = st.sampled_from(["train", "valid", "test", ""])


def slow_reference(clip_ids, splits):
    """The training songs; or else the labelled ones; or else all."""
    for chosen in (
        [clip_id for clip_id, split in splits.items() if split == "train"],
        list(splits),
    ):
        if set(chosen) & set(clip_ids):
            return [clip_id in chosen for clip_id in clip_ids]
    return None if splits else [True] * len(clip_ids)


@given(ids, st.dictionaries(st.sampled_from("abcdefgh"), splits))
def test_training_songs_or_else_all_labelled_songs(clip_ids, split_of):
    labels = pd.DataFrame(
        {"clip_id": list(split_of), "label": "g", "split": list(split_of.values())}, dtype=str
    )
    expected = slow_reference(clip_ids, split_of)
    if expected is None:
        with pytest.raises(InputError, match="no labelled song is among the clips"):
            is_reference(clip_ids, labels)
    else:
        assert is_reference(clip_ids, labels).tolist() == expected


# the stages

STAGES = pytest.mark.parametrize(
    ("stage", "statistics"),
    [(describe_mfcc.main, mfcc_statistics), (describe_mel.main, mel_statistics)],
    ids=["mfcc", "mel"],
)
LENGTHS = [129, 700, 1291, 300]


def make_mels(rng):
    mels = np.zeros((4, 1291, 128), np.float16)
    for mel, n in zip(mels, LENGTHS, strict=True):
        mel[:n] = make_clip(rng, n)
    return mels


@STAGES
def test_stage_describes_valid_frames_only(tmp_path, rng, capsys, stage, statistics):
    mels = make_mels(rng)
    splits = {"c0": "train", "c1": "train", "c2": "test"}  # c3 has no label
    clip_id, embedding = describe_clips(stage, tmp_path, mels, LENGTHS, splits)
    assert clip_id.tolist() == ["c0", "c1", "c2", "c3"]
    assert capsys.readouterr().out == f"{tmp_path / 'features.npz'}: 4 songs\n"
    alone = np.stack([statistics(mel[:n]) for mel, n in zip(mels, LENGTHS, strict=True)])
    mean, deviation = alone[:2].mean(0), alone[:2].std(0)  # of the training songs
    np.testing.assert_allclose(embedding, (alone - mean) / deviation, rtol=2e-3, atol=2e-3)

    for mel, n in zip(mels, LENGTHS, strict=True):
        mel[n:] = 5
    again = describe_clips(stage, tmp_path, mels, LENGTHS, splits)
    np.testing.assert_array_equal(again[1], embedding)


@STAGES
def test_without_a_split_all_labelled_songs_count(tmp_path, rng, stage, statistics):
    """As for targets whose artists are identified."""
    mels = make_mels(rng)
    splits = dict.fromkeys(["c0", "c2", "c3"])
    _, embedding = describe_clips(stage, tmp_path, mels, LENGTHS, splits)
    np.testing.assert_allclose(embedding[[0, 2, 3]].mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(embedding[[0, 2, 3]].std(axis=0), 1, atol=1e-3)
    assert np.isfinite(embedding[1]).all()


def test_without_labelled_songs_all_songs_count(tmp_path, rng):
    """As where no artist is left to identify."""
    _, embedding = describe_clips(describe_mel.main, tmp_path, make_mels(rng), LENGTHS, {})
    np.testing.assert_allclose(embedding.mean(axis=0), 0, atol=1e-4)


def test_labels_of_other_clips_are_refused(tmp_path, rng):
    with pytest.raises(InputError) as caught:
        describe_clips(describe_mel.main, tmp_path, make_mels(rng), LENGTHS, {"x": "train"})
    assert str(caught.value) == (
        f"{tmp_path / 'labels.csv'}: no labelled song is among the clips; "
        "give the labels of these clips"
    )
    assert not (tmp_path / "features.npz").exists()
