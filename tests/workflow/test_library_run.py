"""A folder of real music, through the same workflow, from `configs/library.yaml`."""

import pandas as pd
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library_run(music, tmp_path_factory, make_checkout):
    run = make_checkout(tmp_path_factory.mktemp("library"))
    run.arguments = ["--directory", str(run.folder / "runs/library")]
    run.arguments += ["--configfile", "configs/library.yaml"]
    run.environment = {"MUSIC": str(music)}
    run.run()
    return run


def test_trained_models_beat_the_untrained_encoder(library_run):
    table = pd.read_csv(library_run.results / "tables/table1.csv", index_col="dataset")
    table = table[table.pop("vectors") == "embedding"]
    assert list(table.columns) == ["basic-all", "siamese-all", "random", "mfcc", "mel"]
    assert table.loc["library", "basic-all"] > table.loc["library", "random"]
    assert table.loc["library", "siamese-all"] > table.loc["library", "random"]


def test_all_clips_are_read_and_the_silent_one_is_recorded(library_run, music):
    manifest = pd.read_csv(library_run.results / "manifests/library.csv", dtype=str)
    described = pd.read_csv(music / "MUSIC.csv")
    assert len(manifest) == len(described) == 161
    assert set(manifest["artist"]) == set(described["artist"])
    failures = pd.read_csv(library_run.results / "tables/failures.csv", dtype=str)
    assert [(row.clip_id, row.reason) for row in failures.itertuples()] == [
        ("Daniel Roux/08", "silent")
    ]


def test_the_target_is_songs_that_no_model_has_seen(library_run):
    split = pd.read_csv(library_run.results / "splits/library/artists-all.csv", dtype=str)
    labels = pd.read_csv(library_run.results / "labels/library.csv", dtype=str)
    seen = set(split.loc[split["split"].isin(["train", "valid"]), "clip_id"])
    assert len(seen) == 7 * (6 + 2)
    assert not seen & set(labels["clip_id"])
    assert labels["label"].nunique() == 7
    assert (split.groupby("label").size() == 12).all()


def test_all_artists_are_taken_that_have_the_songs_of_the_largest_set(library_run):
    clips = pd.read_csv(library_run.results / "clips/library.csv", dtype=str)
    songs = clips["artist_id"].value_counts()
    assert (songs >= 12).sum() == 7
    assert max(n * (songs >= n).sum() for n in range(6, 21)) == 7 * 12


def test_neighbours_are_no_more_than_the_songs_of_an_artist(library_run):
    labels = pd.read_csv(library_run.results / "labels/library.csv", dtype=str)
    fewest = labels.loc[labels["split"] == "train", "label"].value_counts().min()
    scores = pd.read_csv(library_run.results / "tables/scores.csv")
    settings = scores.loc[scores["task"] == "knn", "setting"]
    assert len(settings)
    assert all(int(setting.removeprefix("k = ")) <= fewest for setting in settings)
    # songs are labelled by artist: there are none of a label by others
    assert "other-artists" not in set(scores["variant"])
    assert (scores["artists"] > 0).all()


def test_there_is_a_report_of_it(library_run):
    library_run.run("--report", "results/report.html")
    page = (library_run.results / "report.html").read_text(encoding="utf-8")
    assert "table 1: retrieval, mean average precision" in page
    assert "models trained on <strong>library</strong>" in page
