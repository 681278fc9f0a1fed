"""Two sources joined, variants, and a model that starts from an encoder, in one small run."""

import json

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

from keras_files import write_keras

pytestmark = pytest.mark.slow

RATE_HZ = 22050
CONFIG = {
    "datasets": {
        "one": {"kind": "table", "path": "one/clips.csv"},
        "other": {"kind": "table", "path": "other/clips.csv", "licence": "made <here>"},
    },
    "sources": ["one", "other"],
    "targets": {
        "held_out": {"dataset": "joined", "held_out": True, "label": "artist", "title": "Held out",
                     "train_fraction": 0.5, "valid_fraction": 0.2},
    },
    "artists": {"count": 5, "songs_train": 3, "songs_valid": 1, "songs_test": 4},
    "variants": {
        "contrastive": {"kind": "siamese", "loss": "contrastive", "temperature": 0.1},
        "tuned": {"kind": "basic", "loss": "cosine", "init": "mine", "batch_norm": "stored",
                  "freeze": 1, "mask_bands": 8, "shares": [0, 1]},
    },
    "models": ["contrastive", "tuned"],
    "protocol": "authors",
    "training": {"basic": {"max_epochs": 2}, "siamese": {"max_epochs": 2, "negatives": 2}},
    "evaluation": {"bootstrap_resamples": 100, "softmax_trials": 1, "neighbours": 1},
}  # fmt: skip


def write_songs(folder, spell):
    """Write a table of four songs by each of six artists, noise of a colour of their own."""
    folder.mkdir()
    rng = np.random.default_rng(len(folder.name))
    rows = ["clip_id,path,artist"]
    for artist in range(6):
        for song in range(4):
            noise = rng.normal(size=6 * RATE_HZ).astype(np.float32)
            sound = 0.05 * np.convolve(noise, np.ones(1 + 2 * artist), "same")
            soundfile.write(folder / f"{artist}-{song}.wav", sound, RATE_HZ)
            rows.append(f"{artist}-{song},{artist}-{song}.wav,{spell(f'Artist {artist}')}")
    (folder / "clips.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def learning_run(tmp_path_factory, make_checkout):
    run = make_checkout(tmp_path_factory.mktemp("learning"))
    write_songs(run.folder / "one", str)
    write_songs(run.folder / "other", str.upper)
    weights = run.folder / "mine.h5"
    write_keras(weights, np.random.default_rng(0))
    config = {**CONFIG, "pretrained": {"mine": {"model": str(weights)}}}
    (run.folder / "learning.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    run.arguments = ["--directory", str(run.folder / "runs/l"), "--configfile", "learning.yaml"]
    run.output = run.run()
    return run


def test_artists_of_both_sources_are_learned(learning_run):
    split = pd.read_csv(learning_run.results / "splits/joined/artists-5.csv", dtype=str)
    assert {name.partition("/")[0] for name in split["clip_id"]} == {"one", "other"}
    assert split["label"].nunique() == 5
    manifest = pd.read_csv(learning_run.results / "manifests/joined.csv", dtype=str)
    assert manifest["artist"].nunique() == 12
    assert (manifest["artist_id"].value_counts() == 8).all()


def test_a_tuned_model_says_what_validation_songs_chose(learning_run):
    folder = learning_run.results / "models/tuned-5/seed-0"
    model = json.loads((folder / "model.json").read_text())
    assert [row["share"] for row in model["precision_of_shares"]] == [0, 1]
    assert model["share"] in (0, 1)
    log = (learning_run.results / "logs/train_basic/tuned-5-seed-0.log").read_text()
    assert "kept: " in log
    mine = json.loads((learning_run.results / "models/mine/seed-0/model.json").read_text())
    assert (model["input_mean"], model["input_std"]) == (mine["input_mean"], mine["input_std"])
    modules = {entry.partition("=")[0] for entry in model["provenance"]["code"]}
    assert {"deepartist.training.tune", "deepartist.training.losses.cosine"} <= modules


def test_the_protocol_reaches_the_trainings(learning_run):
    model = json.loads(
        (learning_run.results / "models/contrastive-5/seed-0/model.json").read_text()
    )
    settings = model["settings"]
    assert (settings["dropout"], settings["batch_norm"], settings["velocity"]) == (
        *(0, "input", "keras"),
    )


def test_variants_are_columns_and_have_cards(learning_run):
    table = pd.read_csv(learning_run.results / "tables/table1.csv")
    assert {"contrastive-5", "tuned-5", "mine", "random", "mel"} <= set(table.columns)
    card = (learning_run.results / "models/tuned-5/seed-0/card.md").read_text(encoding="utf-8")
    assert card.startswith("# tuned-5, seed 0")
    assert "Started from `mine`" in card
    assert "- data set `other`, of the kind `table`; licence: made \\<here\\>" in card
    assert "- data set `one`, of the kind `table`; licence: the licence of the clips" in card
    assert "| Held out: retrieval, mean average precision, `embedding` |" in card


def test_the_run_says_which_models_lose_to_no_training(learning_run):
    said = (learning_run.results / "tables/untrained.txt").read_text(encoding="utf-8")
    assert all(line in learning_run.output for line in said.splitlines())
    assert learning_run.planned() == {}
    # A run that does not compare them may have other models by now.
    other = learning_run.run("results/tables/table1.csv", "--forcerun", "write_table")
    assert "write_table: 1 job done" in other
    assert not any(line in other for line in said.splitlines())
