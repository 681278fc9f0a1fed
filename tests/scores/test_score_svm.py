import json

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.svm import SVC

from deepartist.embeddings.features import write_features
from deepartist.process.errors import InputError
from deepartist.scores import score_svm
from deepartist.scores.artists import number_artists
from deepartist.scores.score_svm import song_outcomes, svm_predict
from helpers import make_songs, write_songs

# the classifier


def slow_predict(train, train_labels, test):
    """Columns scaled by hand; the kernel matrix from distances, one by one."""
    mean, deviation = train.mean(axis=0), np.sqrt(((train - train.mean(axis=0)) ** 2).mean(axis=0))
    deviation[deviation == 0] = 1

    def kernel(xs, ys):
        xs, ys = (xs - mean) / deviation, (ys - mean) / deviation
        return np.array([[np.exp(-np.sum((x - y) ** 2) / len(x)) for y in ys] for x in xs])

    machine = SVC(kernel="precomputed", C=1.0).fit(kernel(train, train), train_labels)
    return machine.predict(kernel(test, train))


@pytest.mark.parametrize("noise", [1, 3, 6])
def test_predictions_are_those_of_the_slow_twin(noise):
    embedding, labels, split = make_songs(120, noise)
    # of very different scales, and one column that says nothing
    embedding = embedding * np.float32([1, 100, 0.01, 5, 1, 0]) + np.float32([0, 7, 0, -20, 3, 4])
    train, test = split == "train", split == "test"
    predicted = svm_predict(embedding[train], labels[train], embedding[test])
    twin = slow_predict(embedding[train].astype(float), labels[train], embedding[test])
    np.testing.assert_array_equal(predicted, twin)
    if noise > 1:
        assert 0.2 < np.mean(predicted == labels[test]) < 1


def test_two_songs_by_hand():
    # alone with its label, each training song wins what is nearer to it
    train, test = np.array([[0.0, 5.0], [4.0, 5.0]]), np.array([[1.9, 5.0], [2.1, 5.0], [9.0, 5.0]])
    predicted = svm_predict(train, np.array(["low", "high"]), test)
    assert predicted.tolist() == ["low", "high", "high"]


def test_the_kernel_bends_around_a_label():
    # a ring around a disc: no line parts them
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = np.repeat(["ring", "disc"], 60)
    points = np.concatenate([ring, 0.2 * ring])
    assert (svm_predict(points[::2], labels[::2], points[1::2]) == labels[1::2]).all()


def test_scale_and_offset_of_a_column_do_not_matter(rng):
    embedding, labels, split = make_songs(120, noise=3)
    moved = embedding * rng.uniform(0.1, 10, size=6) + rng.normal(size=6)
    train, test = split == "train", split == "test"
    first, second = (svm_predict(x[train], labels[train], x[test]) for x in (embedding, moved))
    np.testing.assert_array_equal(first, second)


def test_an_svm_needs_two_labels():
    with pytest.raises(InputError, match="two labels"):
        svm_predict(np.eye(3), np.array(["a", "a", "a"]), np.eye(3))


# outcomes


def test_outcomes_are_of_the_test_songs():
    embedding, labels, split = make_songs(60, noise=3)
    outcomes = song_outcomes(embedding, labels, split)
    assert list(outcomes) == [("svm", "test")]
    songs, values = outcomes["svm", "test"].songs, outcomes["svm", "test"].values
    train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
    np.testing.assert_array_equal(songs, test)
    predicted = svm_predict(embedding[train], labels[train], embedding[test])
    assert values.tolist() == [float(a == b) for a, b in zip(predicted, labels[test], strict=True)]


def test_songs_of_valid_do_not_matter():
    embedding, labels, split = make_songs(60, noise=3)
    expected = song_outcomes(embedding, labels, split)["svm", "test"]
    embedding[split == "valid"] = 1000
    labels[split == "valid"] = "polka"
    outcome = song_outcomes(embedding, labels, split)["svm", "test"]
    np.testing.assert_array_equal(outcome.songs, expected.songs)
    np.testing.assert_array_equal(outcome.values, expected.values)


def test_perfect_features_score_one_and_empty_ones_chance():
    embedding, labels, split = make_songs(60, noise=0)
    assert song_outcomes(embedding, labels, split)["svm", "test"].values.mean() == 1
    _, labels, split = make_songs(300, noise=0)
    embedding = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)
    # 60 test songs: one standard deviation of an accuracy of 1/3 is 0.06
    assert song_outcomes(embedding, labels, split)["svm", "test"].values.mean() == pytest.approx(
        1 / 3, abs=0.2
    )


@pytest.mark.parametrize(
    ("missing", "message"), [("test", "no song has split 'test'"), ("train", "two labels")]
)
def test_splits_without_songs_are_refused(missing, message):
    embedding, labels, split = make_songs(30, noise=1)
    kept = split != missing
    with pytest.raises(InputError, match=message):
        song_outcomes(embedding[kept], labels[kept], split[kept])


# the stage


def run_stage(folder, *settings):
    score_svm.main(
        [
            *("--features", str(folder / "features.npz"), "--labels", str(folder / "labels.csv")),
            *("--dataset", "fma", "--model", "librosa", "--seed", "0"),
            *("--out", str(folder / "out" / "scores.json"), "--set", *settings),
        ]
    )
    return json.loads((folder / "out" / "scores.json").read_text())


def test_stage_writes_the_score_and_says_it(tmp_path, capsys):
    songs = make_songs(300, noise=3)
    write_songs(tmp_path, *songs)
    content = run_stage(tmp_path, "bootstrap_resamples=200", "seed=3", "neighbours=5")
    outcome = song_outcomes(*songs)["svm", "test"]
    positions, values = outcome.songs, outcome.values
    wilson = binomtest(int(values.sum()), 60).proportion_ci(method="wilson")
    low, high = wilson.low, wilson.high
    value = values.mean()
    assert 0 < low < value < high < 1
    assert content.pop("provenance")["stage"] == "scores.score_svm"
    assert content == {
        "dataset": "fma",
        "model": "librosa",
        "seed": 0,
        "scores": [
            {
                "task": "svm",
                "variant": "test",
                "value": value,
                "ci_low": low,
                "ci_high": high,
                "n": 60,
                "artists": 0,
                "setting": {},
                "vectors": "embedding",
            }
        ],
        "outcomes": [
            {
                "task": "svm",
                "variant": "test",
                "clip_id": [f"song{i:03}" for i in positions],
                "value": values.tolist(),
                "vectors": "embedding",
            }
        ],
    }
    said = " ".join(capsys.readouterr().out.split())
    assert said == (
        f"fma librosa seed 0: svm test {value:.4f} [{low:.4f}, {high:.4f}] over 60 songs"
    )


def test_all_of_eight_songs_right_is_not_certain(tmp_path):
    write_songs(tmp_path, *make_songs(44, noise=0))  # 8 of the 44 are test songs
    [score] = run_stage(tmp_path)["scores"]
    assert (score["value"], score["n"]) == (1, 8)
    # by hand: with all n right, Wilson's lower end is n / (n + z²), z = 1.96
    assert (score["ci_low"], score["ci_high"]) == pytest.approx((8 / (8 + 1.96**2), 1), abs=1e-4)


@pytest.mark.parametrize("resample", ["artists", "songs"])
def test_artists_of_the_labels_are_resampled_if_asked_for(tmp_path, resample):
    songs = make_songs(300, noise=3)
    artists = np.array([f"a{i // 25}" for i in range(300)])
    write_songs(tmp_path, *songs, artists)
    content = run_stage(tmp_path, f"resample={resample}")
    [score], [record] = content["scores"], content["outcomes"]
    if resample == "songs":
        assert score["artists"] == 0 and "artist" not in record
    else:
        assert score["artists"] == 12
        of_test = artists[songs[2] == "test"]
        assert record["artist"] == number_artists(artists)[songs[2] == "test"].tolist()
        assert len(record["artist"]) == len(of_test) == score["n"]


def test_stage_does_not_depend_on_the_order_of_the_files(tmp_path):
    embedding, labels, split = make_songs(60, noise=3)
    table = write_songs(tmp_path, embedding, labels, split)
    scores = run_stage(tmp_path)
    order = np.random.default_rng(0).permutation(60)
    write_features(
        tmp_path / "features.npz", table["clip_id"].to_numpy(str)[order], embedding[order]
    )
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "labels.csv", index=False)
    again = run_stage(tmp_path)
    assert again.pop("provenance") != scores.pop("provenance")  # of other files
    assert again == scores


def test_stage_refuses_a_wrong_setting_and_writes_nothing(tmp_path):
    write_songs(tmp_path, *make_songs(60, noise=1))
    with pytest.raises(InputError, match="did you mean 'neighbours'"):
        run_stage(tmp_path, "neighbors=5")
    assert not (tmp_path / "out").exists()
