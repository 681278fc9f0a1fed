import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from deepartist.embeddings.features import write_features
from deepartist.process.errors import InputError
from deepartist.scores import score_features
from deepartist.scores.knn import knn_predict
from deepartist.scores.outcomes import describe_score
from deepartist.scores.score_features import evaluate_features, song_outcomes, summary
from deepartist.scores.softmax import softmax_predict
from helpers import make_songs, write_songs

SETTINGS = {
    "neighbours": 5,
    "softmax_trials": 2,
    "softmax_max_epochs": 5,
    "bootstrap_resamples": 200,
    "seed": 0,
}


# evaluate_features


def test_rows_are_the_scores_of_the_parts():
    embedding, labels, split = make_songs(90, noise=2)
    rows = {
        (r["task"], r["variant"]): r
        for r in evaluate_features(embedding, labels, split, **SETTINGS)
    }
    assert list(rows) == [("map", "all"), ("map", "test"), ("knn", "test"), ("softmax", "test")]

    similarity = cosine_similarity(embedding.astype(float))
    train, valid, test = (split == part for part in ("train", "valid", "test"))
    every = [
        average_precision_score(np.delete(labels == labels[i], i), np.delete(similarity[i], i))
        for i in range(90)
    ]
    against = [
        average_precision_score(labels[train] == labels[i], similarity[i, train])
        for i in np.flatnonzero(test)
    ]
    nearest = knn_predict(embedding[train], labels[train], embedding[test], 5)
    softmax = softmax_predict(
        embedding[train],
        labels[train],
        embedding[valid],
        labels[valid],
        embedding[test],
        trials=2,
        max_epochs=5,
        seed=0,
    )
    accuracies = [np.mean(trial == labels[test]) for trial in softmax]
    expected = [np.mean(every), np.mean(against), np.mean(nearest == labels[test])]
    np.testing.assert_allclose(
        [row["value"] for row in rows.values()], [*expected, np.mean(accuracies)], rtol=1e-6
    )
    assert [row["n"] for row in rows.values()] == [90, 18, 18, 18]
    for row in rows.values():
        assert 0 < row["ci_low"] < row["value"] < row["ci_high"] < 1


def test_perfect_features_score_one():
    embedding, labels, split = make_songs(60, noise=0)
    for row in evaluate_features(embedding, labels, split, **SETTINGS):
        assert (row["value"], row["ci_low"], row["ci_high"]) == (1, 1, 1)


def test_features_without_information_score_chance():
    _, labels, split = make_songs(300, noise=0)
    embedding = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)
    for row in evaluate_features(embedding, labels, split, **SETTINGS):
        # 60 test songs: one standard deviation of an accuracy of 1/3 is 0.06
        assert row["value"] == pytest.approx(1 / 3, abs=0.2)


def test_songs_alone_with_their_label_are_left_out_and_counted():
    embedding, labels, split = make_songs(60, noise=1)
    labels[0] = "polka"  # a training song
    labels[-1] = "tango"  # a test song
    scores = evaluate_features(embedding, labels, split, **SETTINGS)
    assert [score["n"] for score in scores] == [58, 11, 12, 12]
    assert "over 58 songs (left out: 2 without another song of their label)" in describe_score(
        scores[0], 60
    )
    assert describe_score(scores[2], 12).endswith("over 12 songs")


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_every_split_needs_a_song(part):
    embedding, labels, split = make_songs(30, noise=1)
    kept = split != part
    with pytest.raises(InputError, match=f"no song has split '{part}'"):
        evaluate_features(embedding[kept], labels[kept], split[kept], **SETTINGS)


def test_test_songs_need_a_training_song_of_their_label():
    embedding, labels, split = make_songs(30, noise=1)
    labels[split == "test"] = "polka"
    with pytest.raises(InputError, match=r"map \(test\): no query song"):
        evaluate_features(embedding, labels, split, **SETTINGS)


def test_summary_has_a_score_by_name():
    keys = ("value", "ci_low", "ci_high", "n")
    rows = [
        {"task": "map", "variant": "all", "value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "n": 9},
        {"task": "map", "variant": "test", "value": 0.1, "ci_low": 0.0, "ci_high": 0.2, "n": 3},
        {"task": "knn", "variant": "test", "value": 0.7, "ci_low": 0.6, "ci_high": 0.8, "n": 3},
        {"task": "softmax", "variant": "test", "value": 1.0, "ci_low": 1.0, "ci_high": 1.0, "n": 3},
    ]
    scores = summary(rows)
    assert list(scores) == ["map", "map_test", "knn", "softmax"]
    for score, row in zip(scores.values(), rows, strict=True):
        assert score == {key: row[key] for key in keys}


# song_outcomes


def test_outcomes_are_those_of_each_song():
    embedding, labels, split = make_songs(90, noise=2)
    labels[0] = "polka"  # a training song, alone with its label
    outcomes = song_outcomes(
        embedding,
        labels,
        split,
        neighbours=5,
        softmax_trials=2,
        softmax_max_epochs=5,
        seed=0,
    )
    similarity = cosine_similarity(embedding.astype(float))
    train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
    songs, values = outcomes["map", "all"]
    assert songs.tolist() == list(range(1, 90))
    for song, value in zip(songs, values, strict=True):
        expected = average_precision_score(
            np.delete(labels == labels[song], song), np.delete(similarity[song], song)
        )
        assert value == pytest.approx(expected, rel=1e-6)
    songs, values = outcomes["map", "test"]
    assert songs.tolist() == test.tolist()
    for song, value in zip(songs, values, strict=True):
        expected = average_precision_score(labels[train] == labels[song], similarity[song, train])
        assert value == pytest.approx(expected, rel=1e-6)
    songs, values = outcomes["knn", "test"]
    nearest = knn_predict(embedding[train], labels[train], embedding[test], 5)
    assert songs.tolist() == test.tolist()
    assert values.tolist() == [float(a == b) for a, b in zip(nearest, labels[test], strict=True)]
    songs, values = outcomes["softmax", "test"]
    assert songs.tolist() == test.tolist()
    assert set(values) <= {0, 0.5, 1}


# the stage


def run_stage(folder, *settings):
    score_features.main(
        [
            *("--features", str(folder / "features.npz"), "--labels", str(folder / "labels.csv")),
            *("--dataset", "gtzan", "--model", "siamese-32", "--seed", "7"),
            *("--out", str(folder / "out" / "scores.json"), "--set", "softmax_max_epochs=5"),
            *("softmax_trials=2", "bootstrap_resamples=200", *settings),
        ]
    )
    return json.loads((folder / "out" / "scores.json").read_text())


def test_stage_writes_scores_and_says_them(tmp_path, capsys):
    songs = make_songs(60, noise=2)
    write_songs(tmp_path, *songs)
    scores = run_stage(tmp_path, "neighbours=5")
    assert {key: scores[key] for key in ("dataset", "model", "seed")} == {
        "dataset": "gtzan",
        "model": "siamese-32",
        "seed": 7,
    }
    assert scores["scores"][:4] == evaluate_features(*songs, **SETTINGS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    value = scores["scores"][0]["value"]
    assert lines[0].startswith(f"gtzan siamese-32 seed 7: map     all   {value:.4f} [")


def test_stage_writes_what_each_song_contributed(tmp_path):
    embedding, labels, split = make_songs(60, noise=2)
    labels[0] = "polka"  # a training song
    labels[-1] = "tango"  # a test song
    write_songs(tmp_path, embedding, labels, split)
    content = run_stage(tmp_path)
    ids = np.array([f"song{i:03}" for i in range(60)])
    test = ids[split == "test"].tolist()
    assert test[-1] == "song059"
    assert [record["clip_id"] for record in content["outcomes"]] == [
        ids[1:-1].tolist(),
        test[:-1],
        test,
        test,
    ]
    for row, record in zip(content["scores"][:4], content["outcomes"], strict=True):
        assert list(record) == ["task", "variant", "clip_id", "value"]
        assert (record["task"], record["variant"]) == (row["task"], row["variant"])
        assert len(record["value"]) == row["n"]
        assert record["value"] == [round(value, 6) for value in record["value"]]
        assert np.mean(record["value"]) == pytest.approx(row["value"], abs=5e-7)
        assert np.std(record["value"]) > 0


def test_stage_writes_a_score_for_each_trial_and_each_label(tmp_path):
    embedding, labels, split = make_songs(60, noise=2)
    labels[-1] = "tango"  # a test song
    labels[0] = "polka"  # a training song: no test song, so no score
    write_songs(tmp_path, embedding, labels, split)
    content = run_stage(tmp_path)
    rows = {(row["task"], row["variant"]): row for row in content["scores"]}
    assert len(rows) == len(content["scores"]) == 4 + 2 + 2 * 4
    trials = [rows["softmax", f"trial-{trial}"] for trial in (0, 1)]
    assert {row["n"] for row in trials} == {12}
    assert np.mean([row["value"] for row in trials]) == pytest.approx(
        rows["softmax", "test"]["value"]
    )
    assert all(float(12 * row["value"]).is_integer() for row in trials)
    label_of = dict(zip([f"song{i:03}" for i in range(60)], labels, strict=True))
    for record in content["outcomes"][2:]:
        for label in ("blues", "jazz", "metal", "tango"):
            values = [
                value
                for clip_id, value in zip(record["clip_id"], record["value"], strict=True)
                if label_of[clip_id] == label
            ]
            row = rows[record["task"], f"label:{label}"]
            assert row["n"] == len(values) > 0
            assert row["value"] == pytest.approx(np.mean(values))
            assert row["ci_low"] <= row["value"] <= row["ci_high"]


def test_stage_does_not_depend_on_the_order_of_the_files(tmp_path):
    embedding, labels, split = make_songs(60, noise=2)
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
    write_songs(tmp_path, *make_songs(60, noise=2))
    with pytest.raises(InputError, match="did you mean 'neighbours'"):
        run_stage(tmp_path, "neighbors=5")
    assert not (tmp_path / "out").exists()
