import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deepartist.demo import msd as demo
from deepartist.embeddings.features import write_features
from deepartist.process.errors import InputError
from deepartist.scores import score_tags
from deepartist.scores.gather_scores import gather_scores
from deepartist.scores.tagging import tag_matrix
from deepartist.splits import label_target

TAGS = ("guitar", "loud", "slow")


def make_target(n=300, noise=1.0, seed=0):
    """Songs of one to three tags, each along an axis of its own; 60 % train, 20 % valid and test.

    Returns features, labels and split.
    """
    rng = np.random.default_rng(seed)
    has_tag = rng.random((n, 3)) < (0.5, 0.3, 0.2)
    has_tag[~has_tag.any(axis=1), 0] = True
    x = np.hstack([has_tag * 3, np.zeros((n, 3))]) + noise * rng.normal(size=(n, 6))
    labels = np.array(["|".join(np.array(TAGS)[row]) for row in has_tag])
    split = np.array(["train", "train", "train", "valid", "test"])[np.arange(n) % 5]
    return x.astype(np.float32), labels, split


def write_target(folder, x, labels, split, artists=None, multilevel=None):
    ids = [f"song{i:03}" for i in range(len(labels))]
    write_features(folder / "features.npz", ids, x, multilevel)
    table = pd.DataFrame({"clip_id": ids, "label": labels, "split": split})
    table = table if artists is None else table.assign(artist=artists)
    table.to_csv(folder / "labels.csv", index=False)


def run_stage(folder, *settings):
    score_tags.main(
        [
            *("--features", str(folder / "features.npz"), "--labels", str(folder / "labels.csv")),
            *("--dataset", "mtat", "--model", "basic-10", "--seed", "0"),
            *("--out", str(folder / "out" / "scores.json"), "--set", *settings),
        ]
    )
    return json.loads((folder / "out" / "scores.json").read_text())


def by_name(scores):
    return {(score["task"], score["variant"]): score for score in scores}


SETTINGS = {"bootstrap_resamples": 200, "seed": 3}


def test_the_tag_task_equals_scikit_learn():
    x, labels, split = make_target(noise=2)
    scores, left_out = score_tags.score_tags(x, labels, split, **SETTINGS)
    found = by_name(scores)
    c = found["auc", "test"]["setting"]["C"]
    y = np.array([[tag in label.split("|") for tag in TAGS] for label in labels], dtype=int)
    train, test = split == "train", split == "test"
    regression = LogisticRegression(C=c, max_iter=5000, tol=1e-8)
    twin = make_pipeline(StandardScaler(), OneVsRestClassifier(regression))
    values = twin.fit(x[train].astype(float), y[train]).decision_function(x[test].astype(float))
    for task, score in (("auc", roc_auc_score), ("ap", average_precision_score)):
        of_tags = score(y[test], values, average=None)
        assert len(set(of_tags.round(2))) == 3
        assert found[task, "test"]["value"] == pytest.approx(of_tags.mean(), abs=0.005)
        for tag, value in zip(TAGS, of_tags, strict=True):
            assert found[task, f"tag:{tag}"]["value"] == pytest.approx(value, abs=0.005)
    assert left_out == []


def test_perfect_features_score_one_and_empty_ones_chance(rng):
    x, labels, split = make_target(noise=0)
    scores, _ = score_tags.score_tags(x, labels, split, **SETTINGS)
    assert all(score["value"] == pytest.approx(1) for score in scores)
    assert all(score["ci_low"] < 0.97 for score in scores)  # 60 songs do not make it certain
    found = by_name(score_tags.score_tags(rng.normal(size=(300, 6)), labels, split, **SETTINGS)[0])
    prevalence = tag_matrix(labels[split == "test"])[1].mean()
    assert found["auc", "test"]["value"] == pytest.approx(0.5, abs=0.15)
    assert found["ap", "test"]["value"] == pytest.approx(prevalence, abs=0.15)
    same = by_name(score_tags.score_tags(np.ones((300, 2)), labels, split, **SETTINGS)[0])
    assert same["auc", "test"]["value"] == 0.5
    assert same["ap", "test"]["value"] == pytest.approx(prevalence)


def test_songs_of_valid_are_not_trained_on_and_those_of_test_choose_nothing():
    x, labels, split = make_target(noise=2)
    expected, _ = score_tags.score_tags(x, labels, split, **SETTINGS)
    moved = x.copy()
    moved[split == "valid"] *= 1 + 1e-6  # another order of none of the songs
    again, _ = score_tags.score_tags(moved, labels, split, **SETTINGS)
    assert again == expected
    labels = labels.copy()
    labels[split == "test"] = labels[split == "test"][::-1]
    other, _ = score_tags.score_tags(x, labels, split, **SETTINGS)
    assert [s["setting"]["C"] for s in other] == [s["setting"]["C"] for s in expected]
    assert other != expected


def test_tags_that_cannot_be_scored_are_left_out_and_named(tmp_path, capsys):
    x, labels, split = make_target()
    labels = labels.astype("U40")
    labels[split == "train"] += "|of train"
    labels[np.flatnonzero(split == "test")[:5]] += "|of test"
    labels[split == "valid"] += "|of valid"
    write_target(tmp_path, x, labels, split)
    found = by_name(run_stage(tmp_path, "bootstrap_resamples=100")["scores"])
    assert found["auc", "test"]["setting"]["tags"] == 3
    assert {variant for _, variant in found} == {"test", *(f"tag:{tag}" for tag in TAGS)}
    said = capsys.readouterr()
    assert said.err == (
        "mtat basic-10 seed 0: 3 tags left out, which all songs or none have in the training part "
        "or in the test part: of test, of train, of valid\n"
    )
    assert len(said.out.splitlines()) == 2


def test_a_target_without_a_tag_to_score_is_refused():
    labels = np.array(["a", "b", "a", "a", "a"])
    split = np.array(["train", "train", "valid", "test", "test"])
    with pytest.raises(InputError, match="none of the 2 tags has songs with it and songs without"):
        score_tags.score_tags(np.eye(5), labels, split, **SETTINGS)
    with pytest.raises(InputError, match="no song has split 'valid'"):
        score_tags.score_tags(np.eye(2), labels[:2], split[:2], **SETTINGS)


def test_stage_writes_records_that_can_be_gathered(tmp_path, capsys):
    x, labels, split = make_target(noise=2)
    write_target(tmp_path, x, labels, split, multilevel=np.hstack([x, x * 2]))
    content = run_stage(tmp_path, "bootstrap_resamples=200", "seed=3", "softmax_trials=2")
    assert content["provenance"]["stage"] == "scores.score_tags"
    assert content["outcomes"] == []
    scores, _ = score_tags.score_tags(x, labels, split, **SETTINGS)
    assert content["scores"][:8] == [{**score, "vectors": "embedding"} for score in scores]
    assert len(content["scores"]) == 16
    whole = content["scores"][0]
    n_guitar = sum("guitar" in label for label in labels[split == "test"])
    assert whole["setting"] == {"C": whole["setting"]["C"], "tags": 3}
    assert content["scores"][2]["setting"] == {"C": whole["setting"]["C"], "tagged": n_guitar}
    for score in content["scores"]:
        assert 0 <= score["ci_low"] < score["value"] < score["ci_high"] <= 1
        assert score["n"] == 60 and score["artists"] == 0
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert [line.partition(": ")[0] for line in said] == [
        *["mtat basic-10 seed 0"] * 2,
        *["mtat basic-10 seed 0, multilevel"] * 2,
    ]
    assert said[0] == (
        f"mtat basic-10 seed 0: auc test {whole['value']:.4f} [{whole['ci_low']:.4f}, "
        f"{whole['ci_high']:.4f}] over 60 songs, C = {whole['setting']['C']:g}, tags = 3"
    )
    table = gather_scores([tmp_path / "out" / "scores.json"])
    assert table["variant"].value_counts()["tag:loud"] == 4


def test_artists_are_resampled_if_they_are_known_and_asked_for(tmp_path):
    x, labels, split = make_target(noise=2)
    # songs of an artist are alike
    artists = np.array([f"a{i // 25}" for i in range(300)])
    x = x + np.random.default_rng(1).normal(size=(12, 6))[np.arange(300) // 25].astype(np.float32)
    write_target(tmp_path, x, labels, split, artists)
    found = by_name(run_stage(tmp_path, "resample=artists")["scores"])["auc", "test"]
    other = by_name(run_stage(tmp_path, "resample=songs")["scores"])["auc", "test"]
    assert (found["artists"], other["artists"]) == (12, 0)
    assert found["value"] == other["value"]
    assert (found["ci_low"], found["ci_high"]) != (other["ci_low"], other["ci_high"])


def test_stage_does_not_depend_on_the_order_of_the_files(tmp_path):
    x, labels, split = make_target(noise=2)
    write_target(tmp_path, x, labels, split)
    scores = run_stage(tmp_path, "bootstrap_resamples=100")["scores"]
    ids = [f"song{i:03}" for i in range(300)]
    order = np.random.default_rng(0).permutation(300)
    write_features(tmp_path / "features.npz", np.array(ids)[order], x[order])
    table = pd.read_csv(tmp_path / "labels.csv").sample(frac=1, random_state=1)
    table.to_csv(tmp_path / "labels.csv", index=False)
    assert run_stage(tmp_path, "bootstrap_resamples=100")["scores"] == scores


def test_tags_of_a_synthesised_corpus_from_its_lists_to_scores(tmp_path, monkeypatch):
    """What listeners would say of the demo's songs, and features that know their style."""
    from deepartist.datasets import msd
    from samples import touch

    monkeypatch.chdir(tmp_path)
    corpus = demo.plan("songs", {"demo_artists": 16, "demo_songs": 10})
    for name, content in corpus.lists.items():
        (tmp_path / name).write_bytes(content)
    for clip in corpus.clips:
        touch(tmp_path / clip.path)
    msd.main(["--manifest", "m.csv", "--set", "kind=msd", "path=."])
    label_target.main(
        [
            *("--manifest", "m.csv", "--out", "labels.csv"),
            *("--set", "task=tags", "label=tags", "tag_count=12"),
        ]
    )
    style_of = {clip.path.split("/")[-1].split(".")[0]: clip.style for clip in corpus.clips}
    styles = sorted(set(style_of.values()))
    x = np.array([[style_of[i] == style for style in styles] for i in style_of], dtype=float)
    write_features(tmp_path / "features.npz", list(style_of), x)
    found = by_name(run_stage(tmp_path, "bootstrap_resamples=100")["scores"])
    assert found["auc", "test"]["value"] > 0.7
    assert found["auc", "test"]["artists"] > 5
    assert found["ap", "test"]["ci_low"] > 0.2
