"""The default run, end to end: what it makes, what it is worth, and that it is done once."""

import json

import numpy as np
import pandas as pd
import pytest
import zarr

from deepartist.manifest import COLUMNS

pytestmark = pytest.mark.slow
TARGETS = ("gtzan", "fma", "naver")
TRAINED = ("basic-32", "siamese-32", "tag-32")


def read_table(run, number) -> pd.DataFrame:
    return pd.read_csv(run.results / f"tables/table{number}.csv", index_col="dataset")


def test_every_trained_model_beats_the_untrained_encoder(default_run):
    table = read_table(default_run, 1)
    assert list(table.index) == list(TARGETS)
    for target in TARGETS:
        for model in TRAINED:
            assert table.loc[target, model] > table.loc[target, "random"]
    assert table.loc["gtzan", list(TRAINED)].min() >= table.loc["gtzan", "random"] + 0.05
    # and so do the models of the curves
    scores = pd.read_csv(default_run.results / "tables/scores.csv")
    retrieval = scores[(scores["task"] == "map") & (scores["variant"] == "all")]
    for target, rows in retrieval.set_index("model").groupby("dataset"):
        trained = rows.drop(["random", "mfcc"])["value"]
        assert len(trained) == 3 + 4
        assert trained.min() > table.loc[target, "random"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_tables_are_whole(default_run, number):
    table = read_table(default_run, number)
    assert list(table.columns) == [*TRAINED, "random", "mfcc"]
    assert table.notna().all(axis=None)
    assert table.to_numpy().min() >= 0
    assert table.to_numpy().max() <= 1
    markdown = (default_run.results / f"tables/table{number}.md").read_text()
    assert "GTZAN (synthesised)" in markdown


def test_a_cell_of_each_table_from_the_embeddings_by_another_path(default_run):
    features = np.load(default_run.results / "embeddings/siamese-32/seed-0/gtzan.npz")
    labels = pd.read_csv(default_run.results / "labels/gtzan.csv", index_col="clip_id")
    labels = labels.loc[features["clip_id"]]
    genre, split = labels["genre"].to_numpy(), labels["split"].to_numpy()
    vectors = features["embedding"].astype(float)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    precisions = []
    for query in range(len(vectors)):
        order = np.argsort(-(vectors @ vectors[query]))
        hits = [genre[item] == genre[query] for item in order if item != query]
        found = [sum(hits[: k + 1]) / (k + 1) for k in range(len(hits)) if hits[k]]
        precisions.append(sum(found) / len(found))
    assert read_table(default_run, 1).loc["gtzan", "siamese-32"] == pytest.approx(
        np.mean(precisions), abs=1e-4
    )
    train, correct = split == "train", []
    for query in np.flatnonzero(split == "test"):
        similarity = vectors[train] @ vectors[query]
        nearest = np.argsort(-similarity)[:20]
        votes = {g: 0.0 for g in set(genre)}
        for item in nearest:
            votes[genre[train][item]] += 1 + 1e-3 * similarity[item]
        correct.append(max(votes, key=votes.get) == genre[query])
    assert read_table(default_run, 2).loc["gtzan", "siamese-32"] == pytest.approx(
        np.mean(correct), abs=1e-4
    )


def test_differences_are_those_of_the_tables(default_run):
    differences = pd.read_csv(default_run.results / "tables/differences.csv")
    assert len(differences) == len(TARGETS) * 4 * 10  # tasks and variants, pairs of five models
    assert (differences["ci_low"] <= differences["difference"]).all()
    assert (differences["difference"] <= differences["ci_high"]).all()
    retrieval = differences[(differences["task"] == "map") & (differences["variant"] == "all")]
    table = read_table(default_run, 1)
    for row in retrieval.itertuples():
        expected = table.loc[row.dataset, row.model_a] - table.loc[row.dataset, row.model_b]
        assert row.difference == pytest.approx(expected, abs=2e-4)


def test_broken_clips_are_recorded_and_left_out_everywhere(default_run):
    failures = pd.read_csv(default_run.results / "tables/failures.csv", dtype=str)
    assert list(failures["dataset"]) == ["fma", "fma"]
    assert sorted(reason.split(" (")[0] for reason in failures["reason"]) == [
        "empty file",
        "too short",
    ]
    for path in ("clips/fma.csv", "labels/fma.csv"):
        listed = pd.read_csv(default_run.results / path, dtype=str)["clip_id"]
        assert not set(failures["clip_id"]) & set(listed)
    embedded = np.load(default_run.results / "embeddings/random/seed-0/fma.npz")["clip_id"]
    assert not set(failures["clip_id"]) & set(embedded)


def test_artifacts_keep_their_contracts(default_run):
    results = default_run.results
    for dataset in ("msd", *TARGETS):
        manifest = pd.read_csv(results / f"manifests/{dataset}.csv", dtype=str)
        assert tuple(manifest.columns) == COLUMNS
        assert manifest["clip_id"].is_monotonic_increasing
    rows = 0
    for shard in (results / "mels/msd").iterdir():
        array = zarr.open_group(shard / "mel.zarr", mode="r")["mel"]
        index = json.loads((shard / "shard.json").read_text())
        assert array.shape == (len(index["clips"]), 1291, 128)
        assert array.dtype == np.float16
        rows += array.shape[0]
    assert rows == len(pd.read_csv(results / "manifests/msd.csv"))
    for model in TRAINED:
        folder = results / f"models/{model}/seed-0"
        description = json.loads((folder / "model.json").read_text())
        assert description["kind"] == model.split("-")[0]
        assert description["input_std"] > 0
        history = pd.read_csv(folder / "history.csv")
        assert {"epoch", "step", "learning_rate", "train_loss", "valid_loss"} == set(history)
        for target in TARGETS:
            features = np.load(results / f"embeddings/{model}/seed-0/{target}.npz")
            n = len(features["clip_id"])
            assert features["embedding"].shape == (n, 256)
            assert features["multilevel"].shape == (n, 768)
            assert features["embedding"].dtype == features["multilevel"].dtype == np.float32
    split = pd.read_csv(results / "splits/msd/artists-32.csv", dtype=str)
    assert split.groupby(["label", "split"]).size().unstack().to_numpy().tolist() == [
        [1, 6, 1]
    ] * len(split["label"].unique())
    scores = pd.read_csv(results / "tables/scores.csv")
    columns = "task,dataset,model,seed,variant,value,ci_low,ci_high,n"
    assert ",".join(scores.columns) == columns
    # five models of the tables, and two kinds of two further numbers of artists
    assert len(scores) == len(TARGETS) * (5 + 4) * 4
    assert (scores["ci_low"] <= scores["value"]).all()
    assert (scores["value"] <= scores["ci_high"]).all()


def test_every_rule_writes_its_log_and_benchmark(default_run):
    rules = {path.name.split(".")[0] for path in (default_run.results / "logs").iterdir()}
    assert rules == {p.name.split(".")[0] for p in (default_run.results / "benchmarks").iterdir()}
    assert "train_siamese" in rules
    log = (default_run.results / "logs/train_siamese/32-seed-0.log").read_text()
    assert log.count("\nepoch ") >= 10
    assert not list((default_run.results / "states").glob("*"))


def test_a_second_run_does_nothing(default_run):
    assert "Nothing to be done" in default_run.run()
