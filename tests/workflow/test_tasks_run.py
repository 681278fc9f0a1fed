"""Targets of the tasks `tags` and `identify`, in a run without a source, on synthesised songs."""

import numpy as np
import pandas as pd
import pytest
import yaml

from keras_files import write_keras

pytestmark = pytest.mark.slow

CONFIG = {
    "datasets": {"msd": {"kind": "msd", "demo_artists": 10, "demo_songs": 6}},
    "models": [],
    "targets": {
        "tagged": {"dataset": "msd", "task": "tags", "tag_count": 12, "train_fraction": 0.6,
                   "valid_fraction": 0.15, "title": "Tags"},
        "who": {"dataset": "msd", "task": "identify", "title": "Artists"},
    },
    "identification": {"draws": 20},
    "evaluation": {"bootstrap_resamples": 100},
}  # fmt: skip


@pytest.fixture(scope="module")
def tasks_run(tmp_path_factory, make_checkout):
    run = make_checkout(tmp_path_factory.mktemp("tasks"))
    weights = run.folder / "mine.h5"
    write_keras(weights, np.random.default_rng(0))
    config = {**CONFIG, "pretrained": {"mine": {"model": str(weights)}}}
    (run.folder / "tasks.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    run.arguments = ["--directory", str(run.folder / "runs/tasks"), "--configfile", "tasks.yaml"]
    run.run()
    return run


def test_tags_are_scored_for_every_model_and_vector(tasks_run):
    scores = pd.read_csv(tasks_run.results / "tables/scores.csv")
    tagged = scores[scores["dataset"] == "tagged"]
    whole = tagged[tagged["variant"] == "test"]
    assert set(whole["task"]) == {"auc", "ap"}
    of_mine = whole[whole["model"] == "mine"]
    assert set(of_mine["vectors"]) == {"embedding", "multilevel"}
    assert set(whole["model"]) == {"mine", "random", "mfcc", "mel"}
    # the demo's tags are its styles: anything that hears tells them better than chance
    assert whole.loc[(whole["task"] == "auc") & (whole["model"] == "mel"), "value"].item() > 0.6
    table = (tasks_run.results / "tables/table6.md").read_text(encoding="utf-8")
    assert "Tags" in table
    labels = pd.read_csv(tasks_run.results / "labels/tagged.csv")
    assert labels["label"].str.contains(r"\|").any()  # several tags a song


def test_artists_are_identified_where_no_model_was_trained(tasks_run):
    scores = pd.read_csv(tasks_run.results / "tables/scores.csv")
    who = scores[scores["dataset"] == "who"]
    assert set(who["variant"]) == {"k=1", "k=2", "k=5", "eer"}  # ten would need eleven songs
    assert set(who["setting"]) == {"N = 10"}
    text = (tasks_run.results / "tables/table5.md").read_text(encoding="utf-8")
    assert "Artists: 10 artists, 60 songs, chance 0.100" in text.replace("**", "")
    assert (tasks_run.results / "figures/figure8.png").stat().st_size > 10_000


def test_only_what_the_tasks_show_is_made(tasks_run):
    tables = {path.name for path in (tasks_run.results / "tables").glob("*.md")}
    assert tables == {"table5.md", "table6.md"}
    assert not (tasks_run.results / "tables/differences.csv").exists()
    figures = {path.stem for path in (tasks_run.results / "figures").iterdir()}
    assert figures == {"figure8"}
    assert tasks_run.planned() == {}
