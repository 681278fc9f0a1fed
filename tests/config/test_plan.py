"""The plan of a run: names of models and files, from configs of several shapes."""

import dataclasses
from pathlib import Path

import pytest
import yaml

from deepartist.config.baselines import FROM_MELS
from deepartist.config.plan import make_plan
from deepartist.config.run import resolve_config
from helpers import put

ROOT = Path(__file__).parents[2]
CONFIG = {
    "datasets": {
        "songs": {"kind": "msd", "demo_songs": 4, "demo_artists": 8, "shards": 2},
        "gtzan": {"kind": "gtzan", "demo_songs": 4},
        "mine": {"kind": "table", "demo_songs": 4},
    },
    "source": "songs",
    "targets": {
        "gtzan": {"paper_row": "GTZAN (fault-filtered)", "title": "GTZAN {x}"},
        "mine": {},
    },
    "artists": {"count": 4, "more_counts": [2, 6], "songs_train": 2, "songs_valid": 1},
}


def plan(tmp_path, **changes):
    config = CONFIG
    for key, value in changes.items():
        config = put(config, key.replace("__", "."), value)
    return make_plan(resolve_config(config, tmp_path, tmp_path))


def test_the_default_run():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    default = make_plan(resolve_config(config, ROOT, ROOT))
    assert default.trained == ("basic-32", "siamese-32", "tag-32")
    assert default.identified == ("new_artists",)
    assert default.table_models["1"] == (*default.trained, "random", "mfcc", "mel")
    assert default.table_models["4"] == (
        "basic-32",
        "siamese-32",
        "random",
        "mfcc",
        "mel",
        "librosa",
    )
    assert default.curve_models == (
        *("basic-12", "basic-20", "basic-32", "siamese-12", "siamese-20", "siamese-32"),
    )
    # models of tables 1 to 3 on four targets, the other sizes and the SVM on three
    # but for the tag model, to which no artist is new
    assert len(default.scores) == (3 + 3) * 4 - 1 + (4 + 1) * 3
    assert default.not_covered == ("tag-32:new_artists",)
    assert len(default.tables) == 5 * 4 + 3
    assert len(default.figures) == (1 + 3 + 3 + 4) * 3


def test_a_plan_cannot_be_changed(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan(tmp_path).source = "another"


def test_models_are_named_by_their_numbers_of_artists(tmp_path):
    planned = plan(tmp_path)
    assert planned.trained == ("basic-4", "siamese-4", "tag-4")
    # table 4 is of the largest number
    assert planned.table_models["4"] == ("basic-6", "siamese-6", "random", "mfcc", "mel", "librosa")
    assert planned.models == (
        *("basic-4", "siamese-4", "tag-4", "random", "mfcc", "mel"),
        *("basic-2", "basic-6", "siamese-2", "siamese-6", "librosa"),
    )
    assert set(planned.encoders) == set(planned.models) - {"mfcc", "mel", "librosa"}
    assert list(planned.artist_sets) == ["2", "4", "6"]


def test_only_what_is_asked_for(tmp_path):
    planned = plan(tmp_path, models=["tag"], artists__more_counts=[])
    assert planned.trained == ("tag-4",)
    assert planned.curve_models == ()
    assert planned.table_models["4"] == ("random", "mfcc", "mel", "librosa")
    assert not [path for path in planned.figures if "figure2" in path]
    assert planned.maps["6"].features == "results/embeddings/tag-4/seed-0/unseen-artists.npz"


def test_which_scores_there_are(tmp_path):
    planned = plan(tmp_path, seeds=[0, 7])
    assert planned.scores_of["basic-4"] == (
        "results/scores/basic-4/seed-0/gtzan.json",
        "results/scores/basic-4/seed-0/mine.json",
        "results/scores/basic-4/seed-7/gtzan.json",
        "results/scores/basic-4/seed-7/mine.json",
    )
    assert len(planned.scores_of["random"]) == 4
    for name in ("mfcc", "mel", "librosa"):  # nothing in them is drawn
        assert planned.scores_of[name] == (
            f"results/scores/{name}/seed-0/gtzan.json",
            f"results/scores/{name}/seed-0/mine.json",
        )
    assert set(planned.scores) == {path for paths in planned.scores_of.values() for path in paths}
    assert len(set(planned.scores)) == len(planned.scores)


def test_differences_are_of_what_the_tables_show(tmp_path):
    planned = plan(tmp_path)
    shown = {model for models in planned.table_models.values() for model in models}
    assert {Path(path).parts[2] for path in planned.compared_scores} == shown
    assert "basic-2" not in shown


def test_features_of_the_users_need_not_cover_every_target(tmp_path):
    (tmp_path / "a.npz").touch()
    planned = plan(tmp_path, features={"clap": {"mine": "a.npz"}})
    assert planned.table_models["4"] == (
        *("basic-6", "siamese-6", "clap", "random", "mfcc", "mel", "librosa"),
    )
    assert planned.scores_of["clap"] == ("results/scores/clap/seed-0/mine.json",)
    assert planned.not_covered == ("clap:gtzan",)


def test_shards_and_memory(tmp_path):
    planned = plan(tmp_path)
    assert planned.shards["songs"] == (
        "results/mels/songs/shard-0000/shard.json",
        "results/mels/songs/shard-0001/shard.json",
    )
    # 4,000 MB and 0.4 for each of 3 songs of each artist
    assert planned.training_mb == {"2": 4002, "4": 4005, "6": 4007}


def test_artists_of_targets_are_left_out_where_the_config_says_so(tmp_path):
    assert plan(tmp_path).manifests_without == ()
    assert plan(tmp_path, artists__without_targets=True).manifests_without == (
        "results/clips/gtzan.csv",
        "results/clips/mine.csv",
    )


def test_a_list_within_a_synthesised_corpus_is_no_file_of_the_users(tmp_path):
    planned = plan(tmp_path)
    assert planned.artist_list == "results/demo/songs/tree/msd-artist-list.pkl"
    assert planned.list_is_synthesised
    assert planned.demos == ("songs", "gtzan", "mine")


def test_targets_that_stand_for_the_papers(tmp_path):
    planned = plan(tmp_path)
    assert planned.genre_target == "mine"  # none is NAVER Korean: the last
    assert planned.maps["7"].features == "results/embeddings/basic-4/seed-0/gtzan.npz"
    assert planned.maps["7"].title == "basic, 4 artists: GTZAN {x}"
    assert planned.maps["7"].column == "label"
    assert planned.maps["6"].labels == planned.unseen_songs
    swapped = plan(
        tmp_path,
        targets={"mine": {"paper_row": "NAVER Korean"}, "gtzan": {}},
    )
    assert (swapped.genre_target, swapped.maps["7"].labels) == ("mine", "results/labels/mine.csv")


def test_models_of_all_artists(tmp_path):
    planned = plan(tmp_path, artists__count="all", artists__songs_train=None)
    assert planned.trained == ("basic-all", "siamese-all", "tag-all")
    # the number is not known before the collection is read: it is no point of a curve
    assert planned.curve_models == ("basic-2", "basic-6", "siamese-2", "siamese-6")
    assert planned.table_models["4"][:2] == ("basic-all", "siamese-all")
    assert planned.baseline_split == "results/splits/songs/artists-all.csv"
    assert planned.training_mb["all"] > planned.training_mb["6"]


PRETRAINED = {
    "theirs": {"model": "authors-siamese-5000"},
    "mine": {"model": "authors-siamese-10000"},
}


def test_pretrained_encoders_and_features_stand_beside_the_models(tmp_path):
    (tmp_path / "a.npz").touch()
    (tmp_path / "model.h5").touch()
    pretrained = {**PRETRAINED, "other": {"model": "model.h5"}}
    planned = plan(tmp_path, pretrained=pretrained, features={"clap": {"mine": "a.npz"}})
    given = ("theirs", "mine", "other", "clap")
    baselines = planned.table_models["1"][-len(FROM_MELS) - 1 :]
    assert baselines == ("random", *FROM_MELS)
    assert planned.table_models["1"] == ("basic-4", "siamese-4", "tag-4", *given, *baselines)
    assert planned.table_models["4"] == ("basic-6", "siamese-6", *given, *baselines, "librosa")
    assert {"theirs", "mine", "other"} <= set(planned.encoders)
    assert "clap" not in planned.encoders
    assert planned.points == ("theirs=5000", "mine=10000")
    assert planned.levels == ("other", "clap")
    assert planned.scores_of["theirs"] == (
        "results/scores/theirs/seed-0/gtzan.json",
        "results/scores/theirs/seed-0/mine.json",
    )
    assert planned.maps["7"].features.endswith("basic-4/seed-0/gtzan.npz")
    assert planned.maps["7-theirs"].features == "results/embeddings/theirs/seed-0/gtzan.npz"
    assert planned.maps["6-theirs"].features.endswith("theirs/seed-0/unseen-artists.npz")
    assert not {"6-clap", "7-clap"} & planned.maps.keys()  # it has no file for the map's target
    assert "results/figures/figure7-theirs.png" in planned.figures


def test_a_run_that_only_evaluates(tmp_path):
    config = {key: value for key, value in CONFIG.items() if key not in ("source", "artists")}
    config |= {"models": [], "pretrained": PRETRAINED}
    planned = make_plan(resolve_config(config, tmp_path, tmp_path))
    assert planned.source is None
    assert planned.source_shards == planned.trained == planned.curve_models == ()
    assert planned.table_models["1"][:3] == ("theirs", "mine", "random")
    assert "results/figures/figure2.png" in planned.figures
    assert planned.maps["6"].features == "results/embeddings/theirs/seed-0/mine.npz"
    assert planned.maps["6"].labels == planned.unseen_songs == "results/splits/mine/unseen.csv"
    assert planned.maps["7"].features == "results/embeddings/theirs/seed-0/gtzan.npz"
    assert planned.genre_models == ("theirs", "mine")


def test_the_paper_is_reproduced_on_real_data_alone(tmp_path):
    assert plan(tmp_path).reproduced == ()  # synthesised
    (tmp_path / "genres").mkdir()
    real = {**CONFIG["datasets"], "gtzan": {"kind": "gtzan", "path": "genres"}}
    planned = plan(tmp_path, datasets=real, pretrained=PRETRAINED)
    assert planned.reproduced == (
        *("theirs=siamese:5000", "mine=siamese:10000"),
        *("basic-4=basic:4", "siamese-4=siamese:4", "tag-4=tag:4"),
        *("basic-2=basic:2", "basic-6=basic:6", "siamese-2=siamese:2", "siamese-6=siamese:6"),
        "librosa=svm",
    )
    assert "results/tables/reproduction.html" in planned.tables


def test_each_task_has_its_table(tmp_path):
    targets = {
        **CONFIG["targets"],
        "who": {"dataset": "songs", "new_artists": True, "task": "identify"},
        "tagged": {"dataset": "songs", "held_out": True, "task": "tags"},
    }
    planned = plan(tmp_path, targets=targets)
    assert (planned.classified, planned.identified, planned.tagged) == (
        *(("gtzan", "mine"), ("who",), ("tagged",)),
    )
    for number in "123456":
        assert f"results/tables/table{number}.md" in planned.tables
    assert "results/figures/figure8.png" in planned.figures
    assert "results/figures/spectrograms_who.png" not in planned.figures
    # curves and the SVM are of genres alone
    of_who = [m for m, files in planned.scores_of.items() if any("/who." in f for f in files)]
    assert of_who == [model for model in planned.table_models["5"] if model != "tag-4"]
    assert planned.not_covered == ("tag-4:who",)  # it learns from songs by any artist
    assert planned.baseline_split == "results/splits/songs/artists-4.csv"
    assert planned.largest_split == "results/splits/songs/artists-6.csv"
    assert not [path for path in planned.compared_scores if "/who." in path]
    # of a part of a data set, encoders embed the labelled songs alone
    assert planned.embedded["who"] == "results/labels/who.csv"
    assert planned.embedded["gtzan"] == "results/clips/gtzan.csv"
    assert planned.dataset_of["tagged"] == "songs"


def test_without_labels_to_classify_there_are_no_tables_of_them(tmp_path):
    targets = {"who": {"dataset": "songs", "new_artists": True, "task": "identify"}}
    planned = plan(tmp_path, targets=targets)
    assert {Path(path).stem for path in planned.tables} == {"table5", "failures", "untrained"}
    assert planned.genre_target is None
    assert {Path(path).stem for path in planned.figures} == {"figure6", "figure8"}
    assert "librosa" not in planned.models


def test_variants_stand_beside_their_kinds(tmp_path):
    planned = plan(
        tmp_path,
        variants={"cosine": {"kind": "basic", "loss": "cosine"}, "words": {"kind": "tag"}},
        models=["siamese", "cosine", "words"],
    )
    assert planned.trained == ("siamese-4", "cosine-4", "words-4")
    assert planned.curve_models[3:] == ("cosine-2", "cosine-4", "cosine-6")
    assert list(planned.trainings["basic"]) == ["basic", "cosine"]
    assert planned.trainings["basic"]["cosine"]["loss"] == "cosine"
    assert list(planned.trainings["tag"]) == ["tag", "words"]
    assert planned.split_of["words-4"] == "results/splits/songs/tags-4.csv"
    assert planned.split_of["cosine-6"] == "results/splits/songs/artists-6.csv"


def test_each_trained_model_has_a_card(tmp_path):
    planned = plan(tmp_path, models=["basic"], seeds=[0, 3])
    assert planned.cards == tuple(
        f"results/models/basic-{n}/seed-{seed}/card.md" for n in (4, 2, 6) for seed in (0, 3)
    )
    assert "results/tables/untrained.txt" in planned.tables
    assert plan(tmp_path, models=[]).cards == ()
    assert "results/tables/untrained.txt" not in plan(tmp_path, models=[]).tables


def test_what_is_joined_is_the_source(tmp_path):
    planned = plan(
        tmp_path,
        source=None,
        sources=["songs", "mine"],
        targets={"mine_too": {"dataset": "joined", "new_artists": True, "label": "artist"}},
    )
    assert planned.source == "joined"
    assert planned.parts == ("songs", "mine")
    assert len(planned.source_shards) == 3
    assert planned.artist_list is None
    assert [part["name"] for part in planned.sources] == ["songs", "mine"]
    assert [part["kind"] for part in planned.sources] == ["msd", "table"]
    assert all(part["is_synthesised"] and part["licence"] for part in planned.sources)
    assert [part["name"] for part in plan(tmp_path).sources] == ["songs"]
    assert planned.baseline_split == "results/splits/joined/artists-4.csv"
