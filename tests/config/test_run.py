import json
import re
from pathlib import Path

import pytest
import yaml

from deepartist.config.kinds import KINDS
from deepartist.config.run import artist_sets, resolve_config
from deepartist.process.errors import InputError
from helpers import put

ROOT = Path(__file__).parents[2]

# What must lie where a data set of each kind is said to be.
TREES = {
    "msd": [
        *("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"),
        *("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"),
        "50tagList.txt",
    ],
    "gtzan": [],
    "fma": ["fma_metadata/tracks.csv"],
    "library": [],
}


@pytest.fixture
def place(tmp_path):
    """A folder with a config's folder, one to run in, and data of every kind."""
    for folder in ("clone/configs", "clone/runs/x"):
        (tmp_path / folder).mkdir(parents=True)
    for kind, files in TREES.items():
        for file in [f"data/{kind}/{name}" for name in (*files, "somewhere/song.mp3")]:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).touch()
    (tmp_path / "data" / "table.csv").touch()
    (tmp_path / "data" / "lists.yaml").touch()
    return tmp_path


def make_config(**block):
    """A config of one data set, its own target; GTZAN cannot be the source."""
    if block["kind"] == "gtzan":
        source = {"kind": "fma", "demo_songs": 2}
        return {
            "datasets": {"songs": block, "source": source},
            "source": "source",
            "targets": {"songs": {}},
        }
    return {
        "datasets": {"songs": block},
        "source": "songs",
        "targets": {"songs": {"held_out": True}},
    }


DEMO = make_config(kind="msd", demo_songs=2)


def resolve(place, config):
    return resolve_config(config, place / "clone" / "configs", place / "clone" / "runs" / "x")


def data_files(block):
    """The files that the loader of a data set reads beside the clips."""
    return KINDS[block["kind"]].list_files(block)


def refusal(place, config) -> str:
    """Return the one line that a config is refused with."""
    with pytest.raises(InputError) as caught:
        resolve(place, config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# paths


@pytest.mark.parametrize("kind", TREES)
def test_relative_paths_start_at_the_config_and_come_out_from_the_run(place, kind):
    block = resolve(place, make_config(kind=kind, path=f"../../data/{kind}"))["datasets"]["songs"]
    assert block["path"] == f"../../../data/{kind}"
    assert (place / "clone/runs/x" / block["path"] / "somewhere/song.mp3").is_file()


def test_a_clone_elsewhere_is_the_same_run(place, tmp_path_factory):
    config = make_config(kind="fma", path="../../data/fma")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "deeper"
    place_of = resolve(place, config)
    place.rename(elsewhere)
    assert resolve(elsewhere, config) == place_of


def test_absolute_paths_stay(place):
    path = str(place / "data" / "table.csv")
    block = resolve(place, make_config(kind="table", path=path))["datasets"]["songs"]
    expected = {"kind": "table", "path": path, "shards": 1, "excerpt": "start", "licence": None}
    assert block == expected


@pytest.mark.parametrize(
    "text", ["$MUSIC/library", "${MUSIC}/library", "$MUSIC/$KIND", "~/library"]
)
def test_variables_and_home_are_expanded(place, monkeypatch, text):
    for name in ("MUSIC", "HOME"):
        monkeypatch.setenv(name, str(place / "data"))
    monkeypatch.setenv("KIND", "library")
    block = resolve(place, make_config(kind="library", path=text))["datasets"]["songs"]
    assert block["path"] == str(place / "data" / "library")


def test_a_variable_may_hold_a_relative_path(place, monkeypatch):
    monkeypatch.setenv("MUSIC", "../../data")
    block = resolve(place, make_config(kind="library", path="$MUSIC/library"))["datasets"]["songs"]
    assert block["path"] == "../../../data/library"


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(place, monkeypatch, value):
    monkeypatch.delenv("MUSIC", raising=False)
    if value is not None:
        monkeypatch.setenv("MUSIC", value)
    assert refusal(place, make_config(kind="library", path="$MUSIC/a")) == (
        "datasets.songs.path: $MUSIC/a needs the environment variable MUSIC; set it"
    )


def test_the_home_of_nobody(place):
    line = refusal(place, make_config(kind="library", path="~no-such-user/music"))
    assert line == "datasets.songs.path: ~no-such-user/music names a user who does not exist"


def test_a_missing_folder_is_named_with_its_key(place):
    line = refusal(place, make_config(kind="library", path="../../data/nothing"))
    assert line.startswith(
        f"datasets.songs.path: {place}/clone/configs/../../data/nothing does not"
    )
    lists = make_config(kind="gtzan", path="../../data/gtzan", lists="nothing.yaml")
    assert refusal(place, lists).startswith("datasets.songs.lists: ")


@pytest.mark.parametrize(
    ("kind", "file"), [(kind, file) for kind, files in TREES.items() for file in files]
)
def test_a_missing_file_of_the_data_set_is_named(place, kind, file):
    (place / "data" / kind / file).unlink()
    line = refusal(place, make_config(kind=kind, path=f"../../data/{kind}"))
    assert line == (
        f"datasets.songs: ../../../data/{kind}/{file} is missing; see kind {kind} in docs/data.md"
    )


def test_lists_beside_the_data(place):
    (place / "lists").mkdir()
    for file in TREES["msd"]:
        (place / "data" / "msd" / file).rename(place / "lists" / file)
    block = {"kind": "msd", "path": "../../data/msd", "lists": "../../lists"}
    resolved = resolve(place, make_config(**block))["datasets"]["songs"]
    assert resolved["lists"] == "../../../lists"
    assert data_files(resolved) == [f"../../../lists/{file}" for file in TREES["msd"]]
    gtzan = make_config(kind="gtzan", path="../../data/gtzan", lists="../../data/lists.yaml")
    assert data_files(resolve(place, gtzan)["datasets"]["songs"]) == ["../../../data/lists.yaml"]


def test_what_loaders_read_beside_the_clips():
    assert data_files({"kind": "gtzan", "path": "x", "lists": None}) == []
    assert data_files({"kind": "library", "path": "x"}) == []
    assert data_files({"kind": "table", "path": "x.csv"}) == ["x.csv"]
    assert data_files({"kind": "fma", "path": "x"}) == ["x/fma_metadata/tracks.csv"]


def test_names_of_artists_are_read_where_they_are(place, monkeypatch):
    monkeypatch.chdir(place / "clone" / "runs" / "x")
    block = {"kind": "msd", "path": "../../../data/msd", "lists": None}
    files = [f"../../../data/msd/{file}" for file in TREES["msd"]]
    assert data_files(block) == files
    (place / "data" / "msd" / "unique_tracks.txt").touch()
    assert data_files(block) == [*files, "../../../data/msd/unique_tracks.txt"]


BRACES = "has braces, which Snakemake reads as wildcards; rename the file or the folder"


@pytest.mark.parametrize("name", ["{x}", "a}b"])
def test_snakemakes_wildcards_are_no_names_of_files(place, name):
    (place / "data" / "fma").rename(place / "data" / name)
    line = refusal(place, make_config(kind="fma", path=f"../../data/{name}"))
    assert line.startswith("datasets.songs: ")
    assert BRACES in line


@pytest.mark.parametrize("file", ["{clap}.npz", "a{b/clap.npz", "$FOLDER/clap.npz"])
def test_snakemakes_wildcards_are_no_names_of_features(place, monkeypatch, file):
    monkeypatch.setenv("FOLDER", "{x}")
    path = place / "clone" / "configs" / file.replace("$FOLDER", "{x}")
    path.parent.mkdir(exist_ok=True)
    path.touch()
    line = refusal(place, {**DEMO, "features": {"clap": {"songs": file}}})
    assert line.startswith("features.clap.songs: ")
    assert BRACES in line


def test_braces_in_a_folder_of_music_are_taken(place):
    (place / "data" / "library").rename(place / "data" / "{x}")
    block = resolve(place, make_config(kind="library", path="../../data/{x}"))["datasets"]["songs"]
    assert block["path"] == "../../../data/{x}"


# data sets


def test_an_unknown_kind_is_named_with_those_that_there_are(place):
    assert refusal(place, make_config(kind="gtzn", path="x")) == (
        "datasets.songs.kind: is 'gtzn'; it may be one of: fma, gtzan, jamendo, library, "
        "magnatagatune, msd, table"
    )


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("msd", {"path": "results/demo/songs/tree", "lists": None}),
        (
            "gtzan",
            {"path": "results/demo/songs/tree", "lists": "results/demo/songs/tree/lists.yaml"},
        ),
        ("fma", {"path": "results/demo/songs/tree"}),
        ("table", {"path": "results/demo/songs/tree/clips.csv"}),
    ],
)
def test_synthesised_data_lies_where_the_rule_writes_it(place, kind, paths):
    block = resolve(place, make_config(kind=kind, demo_songs=3))["datasets"]["songs"]
    assert block["demo_songs"] == 3
    assert {key: block.get(key) for key in paths} == paths


def test_path_or_demo_and_not_both(place):
    assert refusal(place, make_config(kind="fma")) == "datasets.songs.path: missing; it is required"
    both = make_config(kind="fma", path="../../data/fma", demo_songs=2)
    assert refusal(place, both) == (
        "datasets.songs: has both path and demo_songs; keep one of them"
    )
    lists = make_config(kind="msd", lists="../../data", demo_songs=2)
    assert refusal(place, lists).startswith("datasets.songs: has both lists and demo_songs")
    library = make_config(kind="library", demo_songs=2)
    assert refusal(place, library).startswith("datasets.songs.demo_songs: unknown key")


def test_real_data_has_no_demo_keys(place):
    block = resolve(place, make_config(kind="msd", path="../../data/msd"))["datasets"]["songs"]
    assert block == {
        "kind": "msd",
        "path": "../../../data/msd",
        "lists": None,
        "lastfm": None,
        "shards": 1,
        "excerpt": "start",
        "licence": None,
    }


def test_unknown_keys_of_a_data_set(place):
    config = put(DEMO, "datasets.songs.shard", 2)
    assert refusal(place, config) == "datasets.songs.shard: unknown key; did you mean 'shards'?"
    config = put(DEMO, "datasets.songs.subset", "small")  # of another kind
    assert refusal(place, config).startswith("datasets.songs.subset: unknown key")
    config = put(DEMO, "datasets.songs.shards", 0)
    assert refusal(place, config) == "datasets.songs.shards: is 0; it must be at least 1"


@pytest.mark.parametrize("name", ["My Songs", "a-b", "a/b", "", "Ü", 2024, None, True])
def test_names_of_data_sets_are_plain(place, name):
    config = {**DEMO, "datasets": {name: DEMO["datasets"]["songs"]}}
    assert refusal(place, config).startswith(f"datasets.{name}: name a data set with lower case")


# sources and targets


def test_an_unknown_source(place):
    assert refusal(place, {**DEMO, "source": "song"}) == (
        "source: 'song' is not one of the datasets; did you mean 'songs'?"
    )
    assert refusal(place, {**DEMO, "source": "xyz"}).endswith("; there are: songs")


@pytest.mark.parametrize("name", ["sogns", 2024])
def test_an_unknown_target(place, name):
    line = refusal(place, {**DEMO, "targets": {name: {}}})
    hint = "there are: songs" if name == 2024 else "did you mean 'songs'?"
    assert line == f"targets.{name}: '{name}' is not one of the datasets; {hint}"


def test_a_source_has_artists(place):
    config = make_config(kind="gtzan", demo_songs=2)
    assert refusal(place, {**config, "source": "songs"}) == (
        "source: is of kind gtzan, which has no artists; take another data set"
    )


def test_fma_is_a_target_of_fma_without_its_artists(place):
    config = make_config(kind="fma", subset="small", demo_songs=2)
    small = {"kind": "fma", "demo_songs": 2}
    beside = put(put(config, "datasets.small", small), "targets.small", {})
    message = (
        "targets.small: is FMA, as the source is: they share artists unless the target is the "
        "subset small and the source a larger one"
    )
    assert refusal(place, beside) == message
    larger = put(beside, "datasets.songs.subset", "large")
    assert resolve(place, larger)["datasets"]["songs"]["without_small"]
    assert not resolve(place, larger)["datasets"]["small"]["without_small"]
    assert refusal(place, put(larger, "datasets.small.subset", "medium")) == message


def test_data_sets_without_a_use_are_not_looked_at(place):
    config = put(DEMO, "datasets.later", {"kind": "gtzan", "path": "$NOT_SET/nowhere"})
    assert list(resolve(place, config)["datasets"]) == ["songs"]
    assert refusal(place, put(config, "targets.later", {})).startswith("datasets.later.path: ")


def test_where_jamendo_lies(place):
    for name in ("top50.tsv", "split-0/top50-train.tsv", "split-0/top50-test.tsv", "audio/x"):
        (place / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "data" / name).touch()
    config = make_config(kind="jamendo", path="../../data/audio", table="../../data/top50.tsv")
    block = resolve(place, config)["datasets"]["songs"]
    assert (block["path"], block["table"]) == ("../../../data/audio", "../../../data/top50.tsv")
    assert block["excerpt"] == "middle"
    config = put(config, "datasets.songs.splits", str(place / "data" / "split-0"))
    block = resolve(place, config)["datasets"]["songs"]
    (place / "data" / "raw.meta.tsv").touch()
    here = {**block, "table": str(place / "data" / "top50.tsv")}
    assert [Path(file).name for file in data_files(here)] == [
        *("top50.tsv", "raw.meta.tsv", "top50-test.tsv", "top50-train.tsv")
    ]
    del config["datasets"]["songs"]["table"]
    assert refusal(place, config) == "datasets.songs.table: missing; it is required"


def test_tags_of_the_msd_may_come_from_lastfm(place):
    (place / "data" / "lastfm_tags.db").touch()
    config = make_config(kind="msd", path="../../data/msd", lastfm="../../data/lastfm_tags.db")
    files = data_files(resolve(place, config)["datasets"]["songs"])
    assert [Path(file).name for file in files] == [*TREES["msd"][:3], "lastfm_tags.db"]


def test_held_out_is_for_the_source_and_for_nothing_else(place):
    assert refusal(place, put(DEMO, "targets.songs.held_out", False)) == (
        "targets.songs: is the source too; set held_out to true, or new_artists"
    )
    config = put(DEMO, "datasets.other", {"kind": "fma", "demo_songs": 2})
    config = put(config, "targets.other.held_out", True)
    assert refusal(place, config) == ("targets.other.held_out: is true, but the source is 'songs'")
    resolve(place, put(config, "targets.other.held_out", False))


@pytest.mark.parametrize(
    ("train", "valid", "total"), [(0.8, 0.2, "1"), (0.9, 0.3, "1.2"), (0.5, 0.75, "1.25")]
)
def test_some_songs_must_remain_for_the_test_set(place, train, valid, total):
    config = put(
        put(DEMO, "targets.songs.train_fraction", train), "targets.songs.valid_fraction", 0.1
    )
    if train < 0.9:
        resolve(place, config)
    config = put(config, "targets.songs.valid_fraction", valid)
    assert refusal(place, config) == (
        f"targets.songs: train_fraction and valid_fraction add up to {total}; leave some for the "
        "test set"
    )


# whole configs


def check_whole(config):
    """What every resolved config has: builtin values, and data that is there or to be made."""
    assert json.loads(json.dumps(config)) == config
    for block in config["datasets"].values():
        assert block["path"]
        assert block["shards"] >= 1
    assert config["source"] in {*config["datasets"], None}
    assert {block["dataset"] for block in config["targets"].values()} <= set(config["datasets"])
    assert {"basic", "siamese", "tag", *config["variants"]} == set(config["training"])


def test_the_default_run(tmp_path):
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    resolved = resolve_config(config, ROOT, tmp_path)
    check_whole(resolved)
    assert all(block["demo_songs"] for block in resolved["datasets"].values())  # no downloads
    assert list(resolved["targets"]) == ["gtzan", "fma", "naver", "new_artists"]
    assert resolved["training"]["siamese"]["negatives"] == 4


def test_the_run_on_your_own_music(tmp_path, monkeypatch):
    path = ROOT / "configs" / "library.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    monkeypatch.setenv("MUSIC", str(tmp_path))
    resolved = resolve_config(config, path.parent, tmp_path / "run")
    check_whole(resolved)
    assert resolved["datasets"]["library"]["path"] == str(tmp_path)
    assert resolved["targets"]["library"]["held_out"]
    monkeypatch.delenv("MUSIC")
    with pytest.raises(InputError, match="environment variable MUSIC; set it"):
        resolve_config(config, path.parent, tmp_path / "run")


def test_what_came_in_is_left_alone(place):
    config = make_config(kind="fma", path="../../data/fma")
    before = json.dumps(config)
    resolve(place, config)
    assert json.dumps(config) == before


@pytest.mark.parametrize("path", sorted(ROOT.glob("configs/*.yaml")), ids=lambda path: path.name)
def test_configs_of_the_project_ask_for_nothing_but_their_data(path, tmp_path):
    """Whatever data they name is put there, so that only the keys are on trial."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, block in config["datasets"].items():
        for key in block.keys() & {"path", "lists", "table"}:
            block[key] = f"{name}-{key}"
            (tmp_path / block[key]).mkdir()
        for file in data_files(block) if "path" in block else []:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).touch()
    check_whole(resolve_config(config, tmp_path, tmp_path))


# artist sets


def test_each_number_of_artists_has_its_songs(place):
    config = make_config(kind="library", path="../../data/library")
    config["targets"] = {"songs": {"held_out": True}}
    config["artists"] = {"count": 20, "more_counts": [100, 10, 20], "seed": 3}
    sets = artist_sets(resolve(place, config))
    assert list(sets) == ["10", "20", "100"]
    expected = {"songs_train": 15, "songs_valid": 3, "songs_test": 2, "seed": 3}
    assert all(sets[str(n)] == {"count": n, **expected} for n in (10, 20, 100))


def test_all_artists_come_last_and_take_their_songs_from_the_collection(place):
    config = make_config(kind="library", path="../../data/library")
    config["artists"] = {"count": "all", "more_counts": [100, 10]}
    sets = artist_sets(resolve(place, config))
    assert list(sets) == ["10", "100", "all"]
    parts = ("songs_train", "songs_valid", "songs_test")
    assert [sets["100"][part] for part in parts] == [15, 3, 2]
    assert [sets["all"][part] for part in parts] == [None, None, None]
    # numbers that are given hold for all; those that are not are then the paper's
    config["artists"] = {"count": "all", "songs_train": 5}
    assert [artist_sets(resolve(place, config))["all"][part] for part in parts] == [5, 3, 2]


def make_msd_config(**artists):
    return {
        "datasets": {
            "msd": {"kind": "msd", "demo_songs": 20},
            "gtzan": {"kind": "gtzan", "demo_songs": 9},
        },
        "source": "msd",
        "targets": {"gtzan": {}},
        "artists": artists,
    }


def test_the_largest_set_may_be_cut_otherwise(place):
    config = make_msd_config(more_counts=[10000], songs_by_count={10000: [17, 1, 2]})
    sets = artist_sets(resolve(place, config))
    parts = ("count", "songs_train", "songs_valid", "songs_test")
    assert [tuple(block[part] for part in parts) for block in sets.values()] == [
        (5000, 15, 3, 2),
        (10000, 17, 1, 2),
    ]


@pytest.mark.parametrize(
    ("songs_by_count", "line"),
    [
        ({7: [3, 1, 1]}, "artists.songs_by_count.7: no such number in artists.count and "),
        ({5000: [1, 1, 1]}, "artists.songs_by_count.5000: is [1, 1, 1]; two songs to train and "),
        ({5000: [2, 0, 1]}, "artists.songs_by_count.5000: is [2, 0, 1]; two songs to train and "),
        ({5000: [2, 1]}, "artists.songs_by_count.5000: "),
    ],
)
def test_other_songs_must_fit(place, songs_by_count, line):
    assert refusal(place, make_msd_config(songs_by_count=songs_by_count)).startswith(line)


def test_one_song_to_train_on_is_not_enough(place):
    line = refusal(place, make_msd_config(songs_train=1))
    assert line == "artists.songs_train: is 1; it must be at least 2"


def test_a_held_out_target_needs_the_same_songs_for_all_sets(place):
    config = make_config(kind="library", path="../../data/library")
    config["artists"] = {"more_counts": [10], "songs_by_count": {10: [3, 1, 1]}}
    assert "target songs is held out; take the same songs for all" in refusal(place, config)


def test_features_from_elsewhere_are_found_like_data(place):
    (place / "clone" / "configs" / "clap.npz").touch()
    config = {**DEMO, "features": {"clap": {"songs": "clap.npz"}}}
    assert resolve(place, config)["features"] == {"clap": {"songs": "../../configs/clap.npz"}}
    assert resolve(place, DEMO)["features"] == {}


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"clap": {"songs": "none.npz"}}, "features.clap.songs: .*none.npz does not exist"),
        ({"clap": {"sogns": "x.npz"}}, "features.clap: 'sogns' is not one of the targets; did you"),
        ({"mfcc": {"songs": "x.npz"}}, "features.mfcc: name features with .* not as a baseline"),
        ({"basic-32": {"songs": "x.npz"}}, "features.basic-32: name features with lower case"),
        ({"clap": {}}, "features.clap: "),
    ],
)
def test_wrong_features_are_refused(place, features, message):
    assert re.match(message, refusal(place, {**DEMO, "features": features}))


# targets that name their data set, and their tasks


def test_a_data_set_can_be_several_targets(place):
    config = put(DEMO, "targets.new.dataset", "songs")
    config = put(config, "targets.new.new_artists", True)
    resolved = resolve(place, config)
    assert list(resolved["datasets"]) == ["songs"]
    assert {name: block["dataset"] for name, block in resolved["targets"].items()} == {
        "songs": "songs",
        "new": "songs",
    }
    assert refusal(place, put(config, "targets.new.held_out", True)) == (
        "targets.new: held_out and new_artists are both true; keep one"
    )
    assert refusal(place, put(config, "targets.new.dataset", "sons")) == (
        "targets.new.dataset: 'sons' is not one of the datasets; did you mean 'songs'?"
    )
    wrong = put(config, "targets.New", {"dataset": "songs", "new_artists": True})
    assert refusal(place, wrong).startswith("targets.New: name a target with lower case letters")


def test_new_artists_are_the_sources_unless_another_data_set_is_named(place):
    config = put(DEMO, "targets.new.new_artists", True)
    assert resolve(place, config)["targets"]["new"]["dataset"] == "songs"
    config = put(config, "datasets.new", {"kind": "fma", "demo_songs": 2})
    assert refusal(place, config) == ("targets.new.new_artists: is true, but the source is 'songs'")
    assert refusal(place, put(DEMO, "targets.nwe.held_out", True)).startswith(
        "targets.nwe: 'nwe' is not one of the datasets"
    )


def test_a_task_has_its_label(place):
    for task, label in (("identify", "artist"), ("tags", "tags"), ("classify", "genre")):
        config = put(DEMO, "targets.songs.task", task)
        assert resolve(place, config)["targets"]["songs"]["label"] == label
    assert refusal(place, put(DEMO, "targets.songs.label", "tags")) == (
        "targets.songs.label: is tags; set its task to tags"
    )
    config = make_config(kind="gtzan", demo_songs=2)
    assert refusal(place, put(config, "targets.songs.task", "identify")) == (
        "targets.songs: its label is the artist, which kind gtzan has not"
    )


# runs that only evaluate, and encoders that are there already


def only_evaluates(**pretrained):
    return {
        "datasets": {"songs": {"kind": "fma", "demo_songs": 2}},
        "models": [],
        "targets": {"songs": {}},
        "pretrained": pretrained,
    }


def test_without_a_source_no_model_is_trained(place):
    config = only_evaluates()
    assert resolve(place, config)["source"] is None
    assert refusal(place, {**config, "models": ["basic"]}) == (
        "source: is null, and the models are ['basic']; name the data set to train on, or set "
        "models to []"
    )
    for key in ("held_out", "new_artists"):
        assert refusal(place, put(config, f"targets.songs.{key}", True)) == (
            f"targets.songs.{key}: is true, but there is no source"
        )


def test_pretrained_encoders_are_found(place):
    folder = place / "data" / "model"
    folder.mkdir()
    (place / "data" / "weights.h5").touch()
    for name in ("model.json", "model.safetensors"):
        (folder / name).touch()
    config = only_evaluates(
        theirs={"model": "authors-basic-5000"},
        mine={"model": "../../data/model", "artists": 400, "kind": "siamese"},
        keras={"model": str(place / "data" / "weights.h5")},
    )
    found = resolve(place, config)["pretrained"]
    known = {"model": "authors-basic-5000", "kind": "basic", "artists": 5000, "files": []}
    assert found["theirs"] == known
    assert found["mine"]["files"] == [
        *("../../../data/model/model.json", "../../../data/model/model.safetensors"),
    ]
    assert (found["mine"]["artists"], found["mine"]["kind"]) == (400, "siamese")
    assert found["keras"]["files"] == [str(place / "data" / "weights.h5")]
    assert (found["keras"]["artists"], found["keras"]["kind"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "model", "message"),
    [
        ("x", "authors-basic-500", "x.model: 'authors-basic-500' is not known; did you mean"),
        ("x", "nowhere/model", "x.model: "),
        ("x", "../../data/library", "x.model: ../../../data/library/model.json is missing; name a"),
        ("basic-32", "authors-basic-5000", "basic-32: name an encoder with lower case letters"),
        ("Mine", "authors-basic-5000", "Mine: name an encoder with lower case letters"),
        ("mfcc", "authors-basic-5000", "mfcc: a baseline or features of yours have this name"),
        ("clap", "authors-basic-5000", "clap: a baseline or features of yours have this name"),
    ],
)
def test_wrong_pretrained_encoders_are_refused(place, name, model, message):
    config = only_evaluates(**{name: {"model": model}})
    config["features"] = {"clap": {"songs": "../../data/table.csv"}}
    assert refusal(place, config).startswith(f"pretrained.{message}")


# variants, protocol, init


def test_a_variant_has_the_settings_of_its_kind_but_for_its_own(place):
    config = DEMO | {
        "variants": {"cosine": {"kind": "basic", "loss": "cosine", "batch_size": 20}},
        "models": ["basic", "cosine"],
        "training": {"basic": {"batch_size": 30, "l2": 0.5}},
    }
    training = resolve(place, config)["training"]
    assert training["basic"]["loss"] == "cross_entropy"
    assert training["cosine"] == training["basic"] | {"loss": "cosine", "batch_size": 20}
    assert list(training) == ["basic", "siamese", "tag", "cosine"]


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ({"basic": {"kind": "basic"}}, "variants.basic: name a variant with lower case letters"),
        ({"mel": {"kind": "basic"}}, "variants.mel: name a variant"),
        ({"a-b": {"kind": "basic"}}, "variants.a-b: name a variant"),
        ({"a": {}}, "variants.a.kind: missing; it is required"),
        ({"a": {"kind": "cosine"}}, "variants.a.kind: is 'cosine'; it may be one of: basic"),
        (
            {"a": {"kind": "basic", "negatives": 2}},
            "variants.a.negatives: unknown key; known keys",
        ),
        (
            {"a": {"kind": "siamese", "loss": "cosine"}},
            "variants.a.loss: is 'cosine'; it may be one of: hinge, softmax, contrastive",
        ),
        ({"a": {"kind": "tag", "init": "x"}}, "variants.a.init: 'x' is not one of the pretrained"),
        (
            {"a": {"kind": "tag", "freeze": 2}},
            "variants.a.freeze: is 2, which needs an encoder to start from; name one in variants.a",
        ),
        (
            {"a": {"kind": "tag", "batch_norm": "stored"}},
            "variants.a.batch_norm: is 'stored', which needs an encoder",
        ),
    ],
)
def test_wrong_variants(place, variants, message):
    assert refusal(place, DEMO | {"variants": variants}).startswith(message)


def test_models_are_kinds_and_variants(place):
    message = refusal(place, DEMO | {"models": ["basic", "siamise"]})
    assert message.startswith("models: 'siamise' is not one of the models")
    assert "did you mean 'siamese'?" in message


def test_the_name_of_a_model_is_no_name_of_an_encoder(place):
    variants = {"cosine": {"kind": "basic"}}
    known = {"model": "authors-siamese-10000"}
    config = DEMO | {"variants": variants, "pretrained": {"cosine-20": known}}
    assert refusal(place, config).startswith("pretrained.cosine-20: name an encoder with")
    assert "clap-20" in resolve(place, DEMO | {"pretrained": {"clap-20": known}})["pretrained"]


def test_the_authors_protocol_is_in_place_of_the_defaults_alone(place):
    assert resolve(place, DEMO)["training"]["siamese"]["dropout"] == 0.5
    config = DEMO | {"protocol": "authors", "training": {"siamese": {"dropout": 0.25}}}
    training = resolve(place, config)["training"]
    assert training["siamese"]["dropout"] == 0.25
    assert training["siamese"]["batch_norm"] == "input"
    assert training["basic"]["dropout"] == 0.5
    for kind in ("basic", "siamese", "tag"):
        assert training[kind]["plateau_patience"] is None
        assert training[kind]["velocity"] == "keras"


def test_training_starts_from_a_pretrained_encoder(place):
    config = DEMO | {
        "pretrained": {"released": {"model": "authors-siamese-10000"}},
        "training": {"basic": {"init": "released", "freeze": 4, "batch_norm": "stored"}},
    }
    assert resolve(place, config)["training"]["basic"]["init"] == "released"


# sources


def joined(**changes):
    return {
        "datasets": {
            "one": {"kind": "msd", "demo_songs": 2, "shards": 2},
            "other": {"kind": "table", "demo_songs": 2, "shards": 3},
            "third": {"kind": "gtzan", "demo_songs": 2},
        },
        "sources": ["one", "other"],
        "targets": {"mine": {"dataset": "joined", "held_out": True, "label": "artist"}},
    } | changes


def test_sources_become_a_data_set(place):
    config = resolve(place, joined())
    assert config["source"] == "joined"
    block = config["datasets"]["joined"]
    assert (block["parts"], block["shards"]) == (["one", "other"], 5)
    assert list(config["datasets"]) == ["one", "other", "joined"]
    assert config["targets"]["mine"]["dataset"] == "joined"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": "one"}, "sources: there is a source, too; keep one of them"),
        ({"sources": ["one"]}, "sources: is ['one']; name two or more, or one as source"),
        ({"sources": ["one", "othr"]}, "sources: 'othr' is not one of the datasets; did you mean"),
        ({"sources": ["one", "third"]}, "sources: third is of kind gtzan, which has no artists"),
        (
            {"targets": {"one": {"held_out": False}}},
            "targets.one: one is trained on; take dataset: joined, and held_out or new_artists",
        ),
        ({"targets": {"joined": {}}}, "targets.joined: is the source too; set held_out to true"),
        (
            {"datasets": joined()["datasets"] | {"joined": {"kind": "msd", "demo_songs": 2}}},
            "datasets.joined: what sources become has this name; take another",
        ),
        (
            {"datasets": put(joined(), "datasets.one.excerpt", "middle")["datasets"]},
            "sources: their excerpts differ (one: middle, other: start); set the same for all",
        ),
        (
            {"datasets": joined()["datasets"] | {"x": {"kind": "joined"}}, "targets": {"x": {}}},
            "datasets.x.kind: is 'joined'; it may be one of: fma",
        ),
    ],
)
def test_wrong_sources(place, changes, message):
    assert refusal(place, joined(**changes)).startswith(message)


def test_fma_as_a_part_leaves_the_artists_of_its_small_subset_out(place):
    path = {"kind": "fma", "path": "../../data/fma"}
    datasets = {
        "large": path | {"subset": "large"},
        "one": {"kind": "msd", "demo_songs": 2},
        "small": path,
    }
    config = joined(datasets=datasets, sources=["large", "one"], targets={"small": {}})
    assert resolve(place, config)["datasets"]["large"]["without_small"]
    config = put(config, "datasets.small.subset", "medium")
    assert refusal(place, config).startswith("targets.small: is FMA, as the source is")
