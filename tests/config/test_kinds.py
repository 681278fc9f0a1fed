"""Every kind of data set is registered whole: its loader, its options, its paths and licence."""

import importlib
import inspect
from pathlib import Path

import pytest

import deepartist.datasets
from deepartist.config.kinds import KINDS, artist_list
from deepartist.config.settings import dataset_block, load_block, load_schema

each_kind = pytest.mark.parametrize("kind", KINDS)


def loaders():
    """The modules of `deepartist.datasets` that can be run, which are the loaders."""
    folder = Path(deepartist.datasets.__file__).parent
    return {p.stem for p in folder.glob("*.py") if "\ndef main(" in p.read_text(encoding="utf-8")}


def test_each_loader_is_registered():
    assert loaders() - {"join_manifests"} == set(KINDS)  # which joins what loaders wrote


@each_kind
def test_the_loader_takes_the_options_of_its_kind(kind):
    load = importlib.import_module(f"deepartist.datasets.{kind}").load
    block = load_block(dataset_block(kind))
    of_the_workflow = {"kind", "shards", "excerpt", "licence", "demo_songs", "demo_artists"}
    assert set(inspect.signature(load).parameters) == set(block["properties"]) - of_the_workflow


@each_kind
def test_a_loader_does_not_know_the_registry(kind):
    source = inspect.getsource(importlib.import_module(f"deepartist.datasets.{kind}"))
    assert "config.kinds" not in source


@each_kind
def test_paths_are_options(kind):
    options = load_block(dataset_block(kind))["properties"]
    assert "path" in KINDS[kind].paths
    assert set(KINDS[kind].path_keys) <= set(options)
    assert all("default" not in options[key] for key in KINDS[kind].paths)
    assert all(options[key]["default"] is None for key in KINDS[kind].optional_paths)
    assert set(KINDS[kind].demo_paths) <= set(KINDS[kind].path_keys)
    assert bool(KINDS[kind].demo_paths) == ("demo_songs" in options)


@each_kind
def test_a_licence_is_a_sentence(kind):
    licence = KINDS[kind].licence
    assert len(licence) > 40
    assert "\n" not in licence


def test_each_block_of_the_schema_is_of_a_kind():
    blocks = {name for name in load_schema()["$defs"] if name.startswith("dataset_")}
    assert blocks == {dataset_block(kind) for kind in KINDS} - {"dataset"}


@pytest.mark.parametrize(
    ("block", "files"),
    [
        ({"kind": "gtzan", "path": "x", "lists": None}, []),
        ({"kind": "gtzan", "path": "x", "lists": "lists.yaml"}, ["lists.yaml"]),
        ({"kind": "library", "path": "x"}, []),
        ({"kind": "table", "path": "x.csv"}, ["x.csv"]),
        ({"kind": "fma", "path": "x"}, ["x/fma_metadata/tracks.csv"]),
        ({"kind": "jamendo", "path": "x", "table": "t/a.tsv", "splits": None}, ["t/a.tsv"]),
        (
            {"kind": "magnatagatune", "path": "x", "lists": "y"},
            [
                *("y/train_list_pub.cP", "y/valid_list_pub.cP", "y/test_list_pub.cP"),
                *("y/y_train_pub.npy", "y/y_valid_pub.npy", "y/y_test_pub.npy"),
                "y/top50_tags.txt",
            ],
        ),
    ],
)
def test_what_loaders_read_beside_the_clips(block, files):
    assert KINDS[block["kind"]].list_files(block) == files


def test_files_that_need_not_be_there_are_listed_where_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in (
        *("fma_metadata/genres.csv", "raw.meta.tsv", "splits/b.tsv", "splits/a.tsv"),
        "clip_info_final.csv",
    ):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    assert KINDS["fma"].list_files({"path": "."})[1:] == ["fma_metadata/genres.csv"]
    jamendo = {"path": ".", "table": "a.tsv", "splits": "splits"}
    assert KINDS["jamendo"].list_files(jamendo)[1:] == [
        *("raw.meta.tsv", "splits/a.tsv", "splits/b.tsv")
    ]
    magnatagatune = {"path": ".", "lists": None}
    assert KINDS["magnatagatune"].list_files(magnatagatune)[6:] == [
        *("top50_tags.txt", "clip_info_final.csv")
    ]


def test_where_the_published_artist_list_lies():
    msd = {"kind": "msd", "path": "clips", "lists": None}
    assert artist_list(msd) == "clips/msd-artist-list.pkl"
    assert artist_list(msd | {"lists": "lists"}) == "lists/msd-artist-list.pkl"
    assert artist_list({"kind": "library", "path": "music"}) is None
