"""The songs that a run will take, selected before it."""

import dataclasses
import pickle

import pytest

from artist_songs import make_entries, make_manifest
from deepartist.config.settings import to_words
from deepartist.datasets.artist_list import artist_label
from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.doctor.songs import Training, select_songs
from deepartist.splits import label_target, split_artists
from deepartist.splits.labels import read_labels

SET = {"count": 3, "songs_train": 2, "songs_valid": 1, "songs_test": 1, "seed": 0}
HELD_OUT = {
    "dataset": "source",
    "task": "classify",
    "tag_count": 50,
    "new_artists": False,
    "label": "artist",
    "train_fraction": 0.5,
    "valid_fraction": 0.2,
    "seed": 0,
    "held_out": True,
}
BY_GENRE = {
    **HELD_OUT,
    **{"dataset": "target", "label": "genre", "train_fraction": 0.6, "held_out": False},
}


def training(**changes):
    settings = {"published": None, "without_targets": False, "has_tag_model": False, **changes}
    settings.setdefault("identification", {"known": [1, 2], "artists": 100})
    return Training("source", artist_sets={"3": SET}, count=3, **settings)


@pytest.fixture
def source():
    return make_manifest({f"artist {n}": 7 for n in range(5)}).assign(tags="x|y")


@pytest.fixture
def target():
    """Songs of two genres; the first two artists are in the source too."""
    names = ["ARTIST 0", "ARTIST 3", *(f"other {n}" for n in range(18))]
    return build_manifest(
        {
            "clip_id": f"{n:02d}",
            "path": "x",
            "artist_id": name,
            "artist": name,
            "genre": "jr"[n % 2],
        }
        for n, name in enumerate(names)
    )


def test_songs_are_counted_by_artist(source):
    selection = select_songs({"source": source}, training(), {})
    assert selection.songs_per_artist.to_dict() == {f"artist {n}": 7 for n in range(5)}
    assert len(selection.tags) == 35
    assert selection.labels == selection.refusals == {}


@pytest.mark.parametrize("without_targets", [True, False])
def test_artists_left_out_of_the_models_are_left_out_of_the_held_out_songs(
    source, target, without_targets
):
    manifests = {"source": source, "target": target}
    targets = {"source": HELD_OUT, "target": BY_GENRE}
    selection = select_songs(manifests, training(without_targets=without_targets), targets)
    if without_targets:
        assert set(selection.labels["source"]["label"]) == {"ARTIST 1", "ARTIST 2", "ARTIST 4"}
        assert set(selection.songs_per_artist.index) == {"artist 1", "artist 2", "artist 4"}
        assert len(selection.tags) == 21
    else:
        assert len(selection.songs_per_artist) == 5


@pytest.mark.parametrize("published", [True, False])
def test_the_held_out_songs_are_those_of_the_run(target, tmp_path, published):
    entries = make_entries(5, songs=7)
    source = build_manifest(
        {"clip_id": clip_id, "path": "x", "artist_id": artist_label(n), "artist": f"artist {n}"}
        for clip_id, n, _ in entries
    )
    manifests = {"source": source, "target": target}
    for name, manifest in manifests.items():
        write_manifest(manifest, tmp_path / f"{name}.csv")
    lines = ["/".join(map(str, entry)) for entry in entries]
    (tmp_path / "list.pkl").write_bytes(pickle.dumps(lines, 2))
    words = ["--manifest", str(tmp_path / "source.csv"), "--out", str(tmp_path / "set.csv")]
    words += ["--without", str(tmp_path / "target.csv"), "--set", *to_words(SET)]
    words += ["--published", str(tmp_path / "list.pkl")] if published else []
    split_artists.main(words)
    words = ["--manifest", str(tmp_path / "source.csv"), "--out", str(tmp_path / "labels.csv")]
    words += ["--source-split", str(tmp_path / "set.csv"), "--set", *to_words(HELD_OUT)]
    label_target.main(words)

    plan = training(without_targets=True, published=entries if published else None)
    selection = select_songs(manifests, plan, {"source": HELD_OUT, "target": BY_GENRE})
    labels = selection.labels["source"]
    assert set(labels["label"]) == {"artist 1", "artist 2", "artist 4"}
    assert labels.to_dict("list") == read_labels(tmp_path / "labels.csv").to_dict("list")


def test_a_target_that_cannot_be_labelled_is_refused_with_the_reason(source, target):
    manifests = {"source": source, "target": target.assign(genre="jazz")}
    selection = select_songs(manifests, training(), {"target": BY_GENRE})
    assert selection.labels == {}
    assert "1 different labels" in selection.refusals["target"]


def test_too_few_artists_leave_nothing_to_hold_out(source):
    manifests = {"source": source[source["artist_id"] < "artist 2"]}
    selection = select_songs(manifests, training(), {"source": HELD_OUT})
    assert selection.labels == selection.refusals == {}
    assert selection.songs_per_artist.to_dict() == {"artist 0": 7, "artist 1": 7}


def test_without_its_source_a_target_is_labelled(target):
    selection = select_songs({"target": target}, training(), {"target": BY_GENRE})
    assert set(selection.labels) == {"target"}
    assert selection.songs_per_artist.empty


def test_new_artists_are_those_outside_the_artist_set(source):
    new = {**HELD_OUT, "held_out": False, "new_artists": True}
    who = {**new, "task": "identify"}
    selection = select_songs({"source": source}, training(), {"new": new, "who": who})
    held_out = select_songs({"source": source}, training(), {"source": HELD_OUT}).labels["source"]
    for name in ("new", "who"):
        artists = set(selection.labels[name]["artist"])
        assert len(artists) == 2
        assert not artists & set(held_out["artist"])
        assert len(selection.labels[name]) == 2 * 7
    assert set(selection.labels["who"]["split"]) == {""}


def test_without_a_source_nothing_is_trained_on(target):
    plan = dataclasses.replace(training(), source=None)
    selection = select_songs({"target": target}, plan, {"target": BY_GENRE})
    assert set(selection.labels) == {"target"}
    assert selection.songs_per_artist.empty


def test_artists_of_whom_too_few_clips_are_left_are_those_that_the_split_leaves_out():
    entries = make_entries(6, songs=7)
    lost = {"c1x1", "c3x1", "c3x2"}
    source = build_manifest(
        {"clip_id": clip_id, "path": "x", "artist_id": artist_label(n), "artist": f"artist {n}"}
        for clip_id, n, _ in entries
        if clip_id not in lost
    )
    larger = SET | {"count": 5}
    plan = training(published=entries)
    plan = dataclasses.replace(plan, artist_sets={"3": SET, "5": larger})
    new = {**HELD_OUT, "held_out": False, "new_artists": True}
    selection = select_songs({"source": source}, plan, {"held out": HELD_OUT, "new": new})
    assert selection.left_out == {"00001": (1, 2), "00003": (0, 2)}
    assert selection.unusable_sets == []
    assert set(selection.labels["held out"]["label"]) == {"artist 0", "artist 2"}
    assert set(selection.labels["new"]["label"]) == {"artist 1", "artist 3", "artist 5"}


def test_a_set_of_which_too_little_is_left_is_refused_as_by_the_split():
    entries = make_entries(3, songs=5)
    clips = [e for e in entries if e[0] not in ("c1x1", "c2x1")]
    source = build_manifest(
        {"clip_id": clip_id, "path": "x", "artist_id": artist_label(n)} for clip_id, n, _ in clips
    )
    plan = training(published=entries)
    selection = select_songs({"source": source}, plan, {"held out": HELD_OUT})
    (reason,) = selection.unusable_sets
    assert reason.startswith("artists that have two songs to train on with a usable clip: 1 of 3")
    assert selection.labels == selection.refusals == {}
