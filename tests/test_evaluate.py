import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from sklearn.metrics.pairwise import cosine_similarity

from deepartist import evaluate
from deepartist.classify import knn_predict, softmax_trials
from deepartist.errors import InputError
from deepartist.evaluate import describe, evaluate_features, summary
from deepartist.features import read_features, write_features
from deepartist.labels import join, read_labels

SETTINGS = {
    "neighbours": 5,
    "softmax_trials": 2,
    "softmax_max_epochs": 5,
    "bootstrap_resamples": 200,
    "seed": 0,
}


def make_songs(n, noise, seed=0):
    """Songs of three genres, each genre along an axis of its own; 60 % train, 20 % each other."""
    rng = np.random.default_rng(seed)
    genre = np.arange(n) % 3
    embedding = np.eye(3, 6)[genre] * 3 + noise * rng.normal(size=(n, 6))
    split = np.array(["train", "train", "train", "valid", "test"])[np.arange(n) // 3 % 5]
    return embedding.astype(np.float32), np.array(["blues", "jazz", "metal"])[genre], split


def write_songs(folder, embedding, labels, split):
    """Write features and labels as files."""
    ids = [f"song{i:03}" for i in range(len(labels))]
    write_features(folder / "features.npz", ids, embedding)
    table = pd.DataFrame({"clip_id": ids, "genre": labels, "split": split})
    table.to_csv(folder / "labels.csv", index=False)
    return table


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
    softmax = softmax_trials(
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
    rows = evaluate_features(embedding, labels, split, **SETTINGS)
    assert [row["n"] for row in rows] == [58, 11, 12, 12]
    assert "over 58 songs (2 without another song of their label left out)" in describe(rows[0], 60)
    assert describe(rows[2], 12).endswith("over 12 songs")


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


# the stage


def run_stage(folder, *settings):
    evaluate.main(
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
    assert scores["scores"] == evaluate_features(*songs, **SETTINGS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    value = scores["scores"][0]["value"]
    assert lines[0].startswith(f"gtzan siamese-32 seed 7: map     all   {value:.4f} [")


def test_stage_does_not_depend_on_the_order_of_the_files(tmp_path):
    embedding, labels, split = make_songs(60, noise=2)
    table = write_songs(tmp_path, embedding, labels, split)
    scores = run_stage(tmp_path)
    order = np.random.default_rng(0).permutation(60)
    write_features(
        tmp_path / "features.npz", table["clip_id"].to_numpy(str)[order], embedding[order]
    )
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "labels.csv", index=False)
    assert run_stage(tmp_path) == scores


def test_stage_refuses_a_wrong_setting_and_writes_nothing(tmp_path):
    write_songs(tmp_path, *make_songs(60, noise=2))
    with pytest.raises(InputError, match="did you mean 'neighbours'"):
        run_stage(tmp_path, "neighbors=5")
    assert not (tmp_path / "out").exists()


# features


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0")), unique=True, min_size=1
    )
)
def test_features_come_back_as_written(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("features") / "features.anything"
    embedding = np.random.default_rng(0).normal(size=(len(ids), 4)).astype(np.float32)
    write_features(path, ids, embedding, np.ones((len(ids), 6)))
    clip_id, read = read_features(path)
    assert clip_id.tolist() == ids
    np.testing.assert_array_equal(read, embedding)
    assert read.dtype == np.float32
    multilevel = np.load(path)["multilevel"]
    assert (multilevel.shape, multilevel.dtype) == ((len(ids), 6), np.float32)
    assert list(path.parent.iterdir()) == [path]


def test_whole_numbers_and_doubles_are_features_too(tmp_path):
    for dtype in (np.int16, np.float64):
        np.savez(tmp_path / "f.npz", clip_id=np.array(["a", "b"]), embedding=np.eye(2, dtype=dtype))
        _, embedding = read_features(tmp_path / "f.npz")
        assert embedding.dtype == np.float32
        np.testing.assert_array_equal(embedding, np.eye(2))


IDS = np.array(["a", "b"])
ROWS = np.eye(2, 3)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"embedding": ROWS}, "no array 'clip_id'"),
        ({"clip_id": IDS}, "no array 'embedding'"),
        ({"clip_id": np.array([1, 2]), "embedding": ROWS}, "one text per song"),
        ({"clip_id": IDS[None], "embedding": ROWS}, r"clip_id has shape \(1, 2\)"),
        ({"clip_id": IDS.astype(object), "embedding": ROWS}, "allow_pickle"),
        ({"clip_id": IDS, "embedding": ROWS[0]}, r"embedding has shape \(3,\)"),
        ({"clip_id": IDS, "embedding": ROWS[:, :0]}, r"embedding has shape \(2, 0\)"),
        ({"clip_id": IDS[:0], "embedding": ROWS[:0]}, r"embedding has shape \(0, 3\)"),
        ({"clip_id": IDS, "embedding": ROWS.astype(str)}, "store numbers"),
        ({"clip_id": IDS, "embedding": ROWS * 1j}, "store numbers"),
        ({"clip_id": IDS[:1], "embedding": ROWS}, "1 clip_id for 2 rows"),
        ({"clip_id": IDS[[1, 1]], "embedding": ROWS}, "'b' occurs more than once"),
        (
            {"clip_id": IDS, "embedding": ROWS + np.array([[0], [np.nan]])},
            "of clip 'b' is not finite",
        ),
        (
            {"clip_id": IDS, "embedding": ROWS - np.array([[np.inf], [0]])},
            "of clip 'a' is not finite",
        ),
        ({"clip_id": IDS, "embedding": ROWS * 1e39}, "2 such songs"),
    ],
)
def test_wrong_features_are_refused_in_one_line(tmp_path, arrays, message):
    path = tmp_path / "features.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=message) as caught:
        read_features(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("was unpickled",))


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"clip_id,embedding\n",
        b"PK\x03\x04 cut short",
        pickle.dumps({"clip_id": Bomb()}),
        pytest.param("npy", id="npy"),
        pytest.param("damaged", id="damaged"),
    ],
)
def test_files_that_are_no_npz_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "features.npz"
    if content == "npy":
        with path.open("wb") as file:
            np.save(file, ROWS)
    elif content == "damaged":
        np.savez_compressed(path, clip_id=IDS, embedding=np.arange(200.0).reshape(2, 100))
        data = bytearray(path.read_bytes())
        middle = data.index(b"embedding.npy") + 60
        data[middle : middle + 40] = bytes(40)
        path.write_bytes(data)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read as an npz file") as caught:
        read_features(path)
    assert "\n" not in str(caught.value)


# labels


def test_labels_are_sorted_and_other_columns_left_alone(tmp_path):
    path = tmp_path / "labels.csv"
    # with the mark that spreadsheets put first; NA is a name like any other
    path.write_text("\ufeffsplit,title,clip_id,genre\ntest,X,b,NA\ntrain,Y,007,jazz\n", "utf-8")
    assert read_labels(path).to_dict("list") == {
        "clip_id": ["007", "b"],
        "genre": ["jazz", "NA"],
        "split": ["train", "test"],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read as a CSV file"),
        ("", "cannot be read as a CSV file"),
        ("clip_id,genre\na,jazz\n", "no column split"),
        ("clip_id,genre,split\n,jazz,train\n", "row 1 has no clip_id"),
        ("clip_id,genre,split\na,jazz,train\nb,,train\n", "row 2 has no genre"),
        ("clip_id,genre,split\na,jazz,train\na,rock,test\n", "'a' occurs more than once"),
        ("clip_id,genre,split\na,jazz,training\n", "split 'training'; use train, valid, test"),
        ("clip_id,genre,split\na,jazz\n", "clip 'a' has split ''"),
        ('clip_id,genre,split\na,"jazz\n', "cannot be read as a CSV file"),
        ("clip_id,genre,split\na,jazz,train\nb,c,d,e,f\n", "cannot be read as a CSV file"),
        (b"clip_id,genre,split\na,fado \xe9,train\n", "cannot be read as a CSV file"),
    ],
)
def test_wrong_labels_are_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "labels.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


# join


def label_table(*ids):
    return pd.DataFrame({"clip_id": ids, "genre": [f"genre of {i}" for i in ids], "split": "test"})


def test_join_follows_the_labels(capsys):
    embedding, genre, split = join(
        np.array(["x", "c", "a"]), np.array([[0.0], [3.0], [1.0]]), label_table("a", "c")
    )
    assert embedding.tolist() == [[1], [3]]
    assert genre.tolist() == ["genre of a", "genre of c"]
    assert split.tolist() == ["test", "test"]
    assert capsys.readouterr().err == ""


def test_join_counts_labelled_clips_without_features(capsys):
    embedding, genre, _ = join(
        np.array(["c", "x"]), np.array([[3.0], [0.0]]), label_table("a", "b", "c")
    )
    assert embedding.tolist() == [[3]]
    assert genre.tolist() == ["genre of c"]
    written = capsys.readouterr()
    assert written.err.startswith("2 of 3 labelled clips have no features and are left out")
    assert "'a'" in written.err
    assert written.out == ""  # where a command prints its JSON


def test_join_needs_a_clip_in_common():
    with pytest.raises(InputError, match=r"no clip_id in common.*'7'.*'007'"):
        join(np.array(["7"]), np.ones((1, 2)), label_table("007"))
