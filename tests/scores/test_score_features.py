import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from deepartist.embeddings.features import write_features
from deepartist.process.errors import InputError
from deepartist.scores import score_features
from deepartist.scores.artists import number_artists
from deepartist.scores.knn import choose_k, knn_predict
from deepartist.scores.logistic import logistic_predict
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
    "resample": "artists",
}
TASK_SETTINGS = {"neighbours": 5, "softmax_trials": 2, "softmax_max_epochs": 5, "seed": 0}
READINGS = [("map", "test-in-all"), ("map", "test-in-test"), ("knn", "train-and-valid")]
KEYS = [("map", "all"), ("map", "test"), ("knn", "test"), ("softmax", "test"), ("logistic", "test")]


# evaluate_features


def test_rows_are_the_scores_of_the_parts():
    embedding, labels, split = make_songs(90, noise=2)
    rows = {
        (r["task"], r["variant"]): r
        for r in evaluate_features(embedding, labels, split, **SETTINGS)
    }
    assert list(rows) == KEYS

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
    logistic, c = logistic_predict(
        embedding[train], labels[train], embedding[valid], labels[valid], embedding[test]
    )
    expected = [np.mean(every), np.mean(against), np.mean(nearest == labels[test])]
    expected += [np.mean(accuracies), np.mean(logistic == labels[test])]
    np.testing.assert_allclose([row["value"] for row in rows.values()], expected, rtol=1e-6)
    assert [row["n"] for row in rows.values()] == [90, 18, 18, 18, 18]
    assert [row["setting"] for row in rows.values()] == [{}, {}, {"k": 5}, {}, {"C": c}]
    assert [row["artists"] for row in rows.values()] == [0] * 5
    for row in rows.values():
        assert 0 < row["ci_low"] < row["value"] < row["ci_high"] < 1


def test_perfect_features_score_one_and_are_not_certain():
    embedding, labels, split = make_songs(60, noise=0)
    for row in evaluate_features(embedding, labels, split, **SETTINGS):
        # by hand: with all n right, Wilson's lower end is n / (n + z²), z = 1.96
        low = row["n"] / (row["n"] + 1.96**2)
        assert (row["value"], row["ci_low"], row["ci_high"]) == pytest.approx((1, low, 1), abs=1e-4)


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
    assert [score["n"] for score in scores] == [58, 11, 12, 12, 12]
    assert "over 58 songs (left out: 2 without another song of their label)" in describe_score(
        scores[0], 60
    )
    assert describe_score(scores[2], 12).endswith("over 12 songs, k = 5")


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
    row = {"value": 0.5, "ci_low": 0.4, "ci_high": 0.6, "n": 9, "artists": 0, "setting": {}}
    rows = [{**row, "task": task, "variant": variant} for task, variant in KEYS]
    rows[2] |= {"value": 0.25, "setting": {"k": 3}}
    rows[4] |= {"artists": 4, "setting": {"C": 0.1}}
    scores = summary(rows)
    assert list(scores) == ["map", "map_test", "knn", "softmax", "logistic"]
    of_all = {key: row[key] for key in keys}
    assert scores["map"] == scores["map_test"] == scores["softmax"] == of_all
    assert scores["knn"] == {**of_all, "value": 0.25, "k": 3}
    assert scores["logistic"] == {**of_all, "artists": 4, "C": 0.1}
    other = {**row, "task": "map", "variant": "other-artists"}
    names = ["map", "map_test", "map_other_artists", "knn", "softmax", "logistic"]
    assert list(summary([*rows, other])) == names


# song_outcomes


def parts(outcome):
    return outcome.songs, outcome.values


def test_outcomes_are_those_of_each_song():
    embedding, labels, split = make_songs(90, noise=2)
    labels[0] = "polka"  # a training song, alone with its label
    outcomes = song_outcomes(embedding, labels, split, **TASK_SETTINGS)
    similarity = cosine_similarity(embedding.astype(float))
    train, test = np.flatnonzero(split == "train"), np.flatnonzero(split == "test")
    songs, values = parts(outcomes["map", "all"])
    assert songs.tolist() == list(range(1, 90))
    for song, value in zip(songs, values, strict=True):
        expected = average_precision_score(
            np.delete(labels == labels[song], song), np.delete(similarity[song], song)
        )
        assert value == pytest.approx(expected, rel=1e-6)
    songs, values = parts(outcomes["map", "test"])
    assert songs.tolist() == test.tolist()
    for song, value in zip(songs, values, strict=True):
        expected = average_precision_score(labels[train] == labels[song], similarity[song, train])
        assert value == pytest.approx(expected, rel=1e-6)
    songs, values = parts(outcomes["knn", "test"])
    nearest = knn_predict(embedding[train], labels[train], embedding[test], 5)
    assert songs.tolist() == test.tolist()
    assert values.tolist() == [float(a == b) for a, b in zip(nearest, labels[test], strict=True)]
    songs, values = parts(outcomes["softmax", "test"])
    assert songs.tolist() == test.tolist()
    assert set(values) <= {0, 0.5, 1}
    songs, values = parts(outcomes["logistic", "test"])
    valid = split == "valid"
    predicted, _ = logistic_predict(
        embedding[train], labels[train], embedding[valid], labels[valid], embedding[test]
    )
    assert songs.tolist() == test.tolist()
    assert values.tolist() == [float(a == b) for a, b in zip(predicted, labels[test], strict=True)]


def test_k_is_chosen_on_the_validation_songs_if_asked_for():
    embedding, labels, split = make_songs(120, noise=3)
    train, valid, test = (split == part for part in ("train", "valid", "test"))
    k = choose_k(embedding[train], labels[train], embedding[valid], labels[valid])
    assert k != 5
    chosen = song_outcomes(embedding, labels, split, **TASK_SETTINGS | {"neighbours": "auto"})
    given = song_outcomes(embedding, labels, split, **TASK_SETTINGS | {"neighbours": k})
    assert chosen.keys() == given.keys()
    for key, outcome in chosen.items():
        np.testing.assert_array_equal(outcome.values, given[key].values)
        assert outcome.setting == given[key].setting
    assert chosen["knn", "test"].setting == {"k": k}
    # labels of test songs have no part in the choice
    labels[test] = labels[test][::-1]
    other = song_outcomes(embedding, labels, split, **TASK_SETTINGS | {"neighbours": "auto"})
    assert other["knn", "test"].setting == {"k": k}


def test_a_k_beyond_the_training_songs_is_said_as_what_it_was():
    embedding, labels, split = make_songs(30, noise=3)
    outcomes = song_outcomes(embedding, labels, split, **TASK_SETTINGS | {"neighbours": 99})
    assert outcomes["knn", "test"].setting == {"k": np.count_nonzero(split == "train")}


# other artists


def songs_of_artists(n=120, noise=3, seed=0):
    """Songs whose vectors have much of their artist; artists are in all parts, with one label."""
    embedding, labels, split = make_songs(n, noise, seed)
    rng = np.random.default_rng(seed)
    of_label = rng.integers(4, size=n)
    artists = number_artists(np.array([f"{a} {b}" for a, b in zip(labels, of_label, strict=True)]))
    embedding += 4 * rng.normal(size=(artists.max() + 1, 6))[artists].astype(np.float32)
    return embedding, labels, split, artists


def slow_other_artists(embedding, labels, artists, queries, items, vote):
    """The outcomes of queries with a song of their label by another artist, one list at a time."""
    similarity = cosine_similarity(embedding.astype(float))
    outcomes = {}
    for query in queries:
        others = [i for i in items if artists[i] != artists[query]]
        relevant = [labels[i] == labels[query] for i in others]
        if any(relevant):
            nearest = sorted(zip(-similarity[query, others], others, relevant, strict=True))
            outcomes[query] = vote(nearest, labels, query)
    return outcomes


def precision(nearest, labels, query):
    hits = [relevant for _, _, relevant in nearest]
    found = [sum(hits[: k + 1]) / (k + 1) for k in range(len(hits)) if hits[k]]
    return sum(found) / len(found)


def vote_of_one(nearest, labels, query):
    return float(labels[nearest[0][1]] == labels[query])


def test_other_artists_agree_with_slow_twins():
    embedding, labels, split, artists = songs_of_artists()
    labels[7], artists[7] = "polka", 99  # alone with its label
    settings = TASK_SETTINGS | {"neighbours": 1}
    outcomes = song_outcomes(embedding, labels, split, artists, **settings)
    every, train, test = range(120), np.flatnonzero(split == "train"), split == "test"
    expected = slow_other_artists(embedding, labels, artists, every, every, precision)
    outcome = outcomes["map", "other-artists"]
    assert outcome.songs.tolist() == list(expected) == [i for i in every if i != 7]
    np.testing.assert_allclose(outcome.values, list(expected.values()), rtol=1e-6)
    tested = np.flatnonzero(test)
    expected = slow_other_artists(embedding, labels, artists, tested, train, vote_of_one)
    outcome = outcomes["knn", "other-artists"]
    assert outcome.songs.tolist() == list(expected)
    assert outcome.values.tolist() == list(expected.values())
    assert outcome.setting == {"k": 1}
    # one's own artist helps
    for task, variant in (("map", "all"), ("knn", "test")):
        own, other = outcomes[task, variant], outcomes[task, "other-artists"]
        assert own.values.mean() > other.values.mean() + 0.05


def test_artists_add_scores_and_change_none():
    embedding, labels, split, artists = songs_of_artists()
    without = song_outcomes(embedding, labels, split, **TASK_SETTINGS)
    outcomes = song_outcomes(embedding, labels, split, artists, **TASK_SETTINGS)
    assert outcomes.keys() - without.keys() == {("map", "other-artists"), ("knn", "other-artists")}
    for key, outcome in without.items():
        np.testing.assert_array_equal(outcome.songs, outcomes[key].songs)
        np.testing.assert_array_equal(outcome.values, outcomes[key].values)


def test_songs_without_a_known_artist_have_no_others_taken_out():
    embedding, labels, split = make_songs(60, noise=2)
    artists = number_artists(np.array(["Monk", "Monk", *[""] * 58]))
    outcomes = song_outcomes(embedding, labels, split, artists, **TASK_SETTINGS)
    own, other = outcomes["map", "all"], outcomes["map", "other-artists"]
    np.testing.assert_array_equal(own.songs, other.songs)
    np.testing.assert_array_equal(own.values[2:], other.values[2:])


def test_artists_as_labels_have_no_songs_by_others():
    embedding, labels, split = make_songs(60, noise=2)
    outcomes = song_outcomes(embedding, labels, split, number_artists(labels), **TASK_SETTINGS)
    assert not {key for key in outcomes if key[1] == "other-artists"}


def test_a_label_of_one_artist_in_the_training_part_is_left_out_of_knn():
    embedding, labels, split, artists = songs_of_artists()
    in_training = (labels == "blues") & (split != "test")
    artists[in_training] = artists[(labels == "blues") & (split == "test")][0]
    outcomes = song_outcomes(embedding, labels, split, artists, **TASK_SETTINGS)
    own = (labels == "blues") & (split == "test") & (artists == artists[in_training][0])
    assert own.any()
    kept = np.flatnonzero((split == "test") & ~own)
    assert outcomes["knn", "other-artists"].songs.tolist() == kept.tolist()
    assert own[outcomes["map", "other-artists"].songs].any()  # other test songs are on their lists


@pytest.mark.parametrize("resample", ["artists", "songs"])
def test_intervals_resample_what_is_asked_for(resample):
    songs = songs_of_artists(300)
    settings = SETTINGS | {"resample": resample, "bootstrap_resamples": 1000}
    rows = {(r["task"], r["variant"]): r for r in evaluate_features(*songs, **settings)}
    by_song = {(r["task"], r["variant"]): r for r in evaluate_features(*songs[:3], **settings)}
    assert len(rows) == len(by_song) + 2
    for key, row in by_song.items():
        assert rows[key]["value"] == row["value"]
        assert rows[key]["artists"] == (12 if resample == "artists" else 0)
    widths = [r["map", "all"]["ci_high"] - r["map", "all"]["ci_low"] for r in (rows, by_song)]
    assert widths[0] > 1.5 * widths[1] if resample == "artists" else widths[0] == widths[1]


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
    by_key = {(row["task"], row["variant"]): row for row in scores["scores"]}
    assert {row.pop("vectors") for row in scores["scores"]} == {"embedding"}
    assert [by_key[key] for key in KEYS] == evaluate_features(*songs, **SETTINGS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    value = scores["scores"][0]["value"]
    assert " ".join(lines[0].split()).startswith(f"gtzan siamese-32 seed 7: map all {value:.4f} [")
    assert lines[2].endswith("over 12 songs, k = 5")


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
        test,
    ]
    rows = {(row["task"], row["variant"]): row for row in content["scores"]}
    for key, record in zip(KEYS, content["outcomes"], strict=True):
        row = rows[key]
        assert list(record) == ["task", "variant", "clip_id", "value", "vectors"]
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
    assert len(rows) == len(content["scores"]) == 5 + len(READINGS) + 2 + 2 * 4
    trials = [rows["softmax", f"trial-{trial}"] for trial in (0, 1)]
    assert {row["n"] for row in trials} == {12}
    assert np.mean([row["value"] for row in trials]) == pytest.approx(
        rows["softmax", "test"]["value"]
    )
    assert all(float(12 * row["value"]).is_integer() for row in trials)
    label_of = dict(zip([f"song{i:03}" for i in range(60)], labels, strict=True))
    for record in content["outcomes"][2:4]:
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


def test_stage_reads_artists_from_the_labels(tmp_path):
    embedding, labels, split, artists = songs_of_artists(60)
    names = np.array([f"artist {n}" for n in artists])
    names[0] = ""
    write_songs(tmp_path, embedding, labels, split, names)
    content = run_stage(tmp_path)
    rows = {(row["task"], row["variant"]): row for row in content["scores"]}
    assert rows["map", "other-artists"]["n"] == 60
    assert rows["map", "all"]["artists"] == len(set(names))
    for record in content["outcomes"]:
        assert len(record["artist"]) == len(record["value"]) == len(record["clip_id"])
    assert len(content["outcomes"]) == 7


def test_stage_writes_the_k_that_was_chosen(tmp_path):
    embedding, labels, split = make_songs(60, noise=2)
    write_songs(tmp_path, embedding, labels, split)
    rows = run_stage(tmp_path, 'neighbours="auto"')["scores"]
    train, valid = split == "train", split == "valid"
    k = choose_k(embedding[train], labels[train], embedding[valid], labels[valid])
    assert {row["setting"]["k"] for row in rows if row["task"] == "knn"} == {k}
    [logistic] = [row for row in rows if row["task"] == "logistic"]
    assert list(logistic["setting"]) == ["C"]


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


# other readings of the paper's sentences, and other vectors


def test_other_readings_equal_slow_twins():
    embedding, labels, split = make_songs(90, noise=2)
    outcomes = song_outcomes(embedding, labels, split, **TASK_SETTINGS)
    similarity = cosine_similarity(embedding.astype(float))
    test = np.flatnonzero(split == "test")
    in_all = [
        average_precision_score(np.delete(labels == labels[i], i), np.delete(similarity[i], i))
        for i in test
    ]
    in_test = [
        average_precision_score(
            labels[test[test != i]] == labels[i], similarity[i, test[test != i]]
        )
        for i in test
    ]
    np.testing.assert_allclose(outcomes["map", "test-in-all"].values, in_all, atol=1e-6)
    np.testing.assert_allclose(outcomes["map", "test-in-test"].values, in_test, atol=1e-6)
    known = split != "test"
    nearest = knn_predict(embedding[known], labels[known], embedding[test], 5)
    np.testing.assert_array_equal(
        outcomes["knn", "train-and-valid"].values, nearest == labels[test]
    )
    assert outcomes["knn", "train-and-valid"].setting == {"k": 5}


def test_without_two_test_songs_of_a_label_they_are_no_queries_for_each_other():
    embedding, labels, split = make_songs(60, noise=2)
    labels[split == "test"] = [f"l{i}" for i in range((split == "test").sum())]
    labels[np.flatnonzero(split == "train")[0]] = "l0"
    outcomes = song_outcomes(embedding, labels, split, **TASK_SETTINGS)
    assert ("map", "test-in-test") not in outcomes
    assert outcomes["map", "test-in-all"].songs.tolist() == [np.flatnonzero(split == "test")[0]]


def test_all_vectors_of_a_file_are_scored(tmp_path, capsys):
    embedding, labels, split = make_songs(60, noise=2)
    write_songs(tmp_path, embedding, labels, split)
    stored = dict(np.load(tmp_path / "features.npz"))
    np.savez(tmp_path / "features.npz", **stored, multilevel=stored["embedding"][:, ::-1])
    content = run_stage(tmp_path, 'vectors=["multilevel","embedding"]')
    values = {
        (row["vectors"], row["task"], row["variant"]): row["value"] for row in content["scores"]
    }
    assert len(values) == len(content["scores"])
    for task, variant in KEYS[:3]:  # reversed dimensions have the same products
        assert values["embedding", task, variant] == values["multilevel", task, variant]
    assert {record["vectors"] for record in content["outcomes"]} == {"embedding", "multilevel"}
    assert "seed 7, multilevel: map" in " ".join(capsys.readouterr().out.split())
    alone = run_stage(tmp_path, 'vectors=["embedding"]')
    assert {row["vectors"] for row in alone["scores"]} == {"embedding"}
