import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.embeddings import describe_mfcc
from deepartist.embeddings.describe_mfcc import mfcc_statistics, standardise
from deepartist.embeddings.features import read_features
from deepartist.mels.shard_writer import save_shard


def slow_statistics(frames):
    """Power in dB, 80 dB of range, orthonormal DCT; deltas are slopes of lines through 9 frames."""
    magnitude = (10 ** frames.astype(np.float64) - 1) / 10
    decibels = 10 * np.log10(np.maximum(magnitude**2, 1e-10))
    decibels = np.maximum(decibels, decibels.max() - 80)
    cepstrum = scipy.fft.dct(decibels, type=2, norm="ortho", axis=1)[:, :20]  # (n, 20)
    delta = np.empty_like(cepstrum)
    for t in range(len(frames)):
        middle = min(max(t, 4), len(frames) - 5)  # at the edges: the line through the outermost 9
        delta[t] = np.polyfit(np.arange(-4, 5), cepstrum[middle - 4 : middle + 5], deg=1)[0]
    parts = [f(values) for values in (cepstrum.T, delta.T) for f in (mean_of_rows, std_of_rows)]
    return np.concatenate(parts)


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


@pytest.mark.parametrize("n", [129, 130, 400])
def test_statistics_are_those_of_the_slow_twin(rng, n):
    frames = make_clip(rng, n)
    ours = mfcc_statistics(frames)
    assert (ours.shape, ours.dtype) == ((80,), np.float32)
    np.testing.assert_allclose(ours, slow_statistics(frames), rtol=1e-3, atol=2e-3)


def test_a_constant_clip_by_hand():
    # magnitude 1 in each band is 0 dB: no cepstrum at all
    np.testing.assert_allclose(
        mfcc_statistics(np.full((129, 128), np.log10(11), np.float32)), np.zeros(80), atol=1e-4
    )
    # magnitude 10 is 20 dB; the first coefficient is 20 * 128 / sqrt(128)
    loud = mfcc_statistics(np.full((129, 128), np.log10(101), np.float32))
    assert loud[0] == pytest.approx(20 * 128**0.5, rel=1e-5)
    np.testing.assert_allclose(loud[1:], np.zeros(79), atol=1e-3)


def test_loudness_is_in_the_first_coefficient_only(rng):
    magnitude = rng.uniform(1, 5, size=(200, 128))
    soft, loud = (mfcc_statistics(np.log10(1 + 10 * gain * magnitude)) for gain in (1, 10))
    assert loud[0] - soft[0] == pytest.approx(20 * 128**0.5, rel=1e-4)
    np.testing.assert_allclose(loud[1:], soft[1:], atol=1e-2)


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


# the stage


def run_stage(folder, mels, lengths):
    ids = [f"c{i}" for i in range(len(mels))]
    clips = [{"clip_id": c, "frames": int(n)} for c, n in zip(ids, lengths, strict=True)]
    save_shard(folder / "shard-0000", mels, clips, [])
    manifest = build_manifest({"clip_id": c, "path": f"{c}.mp3"} for c in ids)
    write_manifest(manifest, folder / "clips.csv")
    splits = ["train", "train", "test"]
    lines = [f"{c},g,{split}\n" for c, split in zip(ids, splits, strict=True)]
    (folder / "labels.csv").write_text("clip_id,label,split\n" + "".join(lines))
    describe_mfcc.main(
        [
            *("--labels", str(folder / "labels.csv")),
            *("--clips", str(folder / "clips.csv"), "--out", str(folder / "mfcc.npz")),
            *("--shards", str(folder / "shard-0000" / "shard.json")),
        ]
    )
    return read_features(folder / "mfcc.npz")


def test_stage_describes_valid_frames_only(tmp_path, rng, capsys):
    lengths = [129, 700, 1291]
    mels = np.zeros((3, 1291, 128), np.float16)
    for mel, n in zip(mels, lengths, strict=True):
        mel[:n] = make_clip(rng, n)
    clip_id, embedding = run_stage(tmp_path, mels, lengths)
    assert clip_id.tolist() == ["c0", "c1", "c2"]
    alone = np.stack([mfcc_statistics(mel[:n]) for mel, n in zip(mels, lengths, strict=True)])
    mean, deviation = alone[:2].mean(0), alone[:2].std(0)  # of the training songs
    np.testing.assert_allclose(embedding, (alone - mean) / deviation, rtol=1e-3, atol=1e-3)
    assert capsys.readouterr().out == f"{tmp_path / 'mfcc.npz'}: 3 songs\n"

    for mel, n in zip(mels, lengths, strict=True):
        mel[n:] = 5
    np.testing.assert_array_equal(run_stage(tmp_path, mels, lengths)[1], embedding)
