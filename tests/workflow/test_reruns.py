"""Edit something, and exactly what depends on it is planned again (docs/reruns.md)."""

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from helpers import put

pytestmark = pytest.mark.slow

GATHER = {
    "gather_scores": 1,
    "write_table": 4,
    "draw_scores": 1,
    "draw_curves": 3,
    "draw_genres": 1,
    "tabulate_identification": 1,
    "draw_identification": 1,
    "write_card": 7,
    "compare_untrained": 1,
}
COMPARED = {"compare_models": 1, "compare_untrained": 1}
RESCORED = COMPARED | GATHER
SCORE = {"score_features": 30} | RESCORED
DRAWN = {"draw_scores": 1, "draw_curves": 3, "draw_genres": 1, "draw_identification": 1}
IDENTIFIED = {"score_identification": 5} | GATHER
DESCRIBED = {"describe_mels": 4, "score_features": 3, "score_identification": 1} | RESCORED
BOTH_MAPS = {"map_songs": 2, "draw_map": 2}
MAP_OF_ONE = {"map_songs": 1, "draw_map": 1}
# What follows from the shards of all four data sets: two of the source, one of each target.
AFTER_SHARDS = {
    "list_clips": 4,
    "gather_failures": 1,
    "split_artists": 3,
    "split_tags": 1,
    "choose_unseen": 1,
    "train_basic": 3,
    "train_siamese": 3,
    "train_tag": 1,
    "make_random": 1,
    "label_target": 4,
    "embed_songs": 27,
    "embed_unseen": 1,
    "describe_mels": 8,
    "describe_librosa": 3,
    "score_svm": 3,
    "score_identification": 5,
    "draw_spectrograms": 3,
    **BOTH_MAPS,
} | SCORE
SHARDS = {"make_shard": 5} | AFTER_SHARDS
LABELLED = {"describe_mels": 2, "describe_librosa": 1, "score_svm": 1, "draw_spectrograms": 1}
ONE_TARGET = {
    "make_shard": 1,
    "list_clips": 1,
    "gather_failures": 1,
    "label_target": 1,
    "embed_songs": 8,
    "score_features": 10,
    **LABELLED,
} | RESCORED
RETRAINED = {
    "train_basic": 3,
    "train_siamese": 3,
    "train_tag": 1,
    "embed_songs": 23,
    "embed_unseen": 1,
    "score_features": 21,
    "score_identification": 2,  # no artist is new to a tag model
    **BOTH_MAPS,
} | RESCORED
TRAINED = {
    kind: {
        f"train_{kind}": n,
        "embed_songs": 3 * n,
        "score_features": 3 * n,
    }
    | RESCORED
    for kind, n in {"siamese": 3, "tag": 1}.items()
}
# the songs to identify, by the model of tables 1 to 3 alone; no artist is new to a tag model
TRAINED["siamese"] |= {"embed_songs": 10, "score_identification": 1}
TRAINED["basic"] = (
    {"train_basic": 3, "embed_songs": 10, "embed_unseen": 1, "score_features": 9}
    | {"score_identification": 1}
    | BOTH_MAPS
    | RESCORED
)
OTHER_SPLIT = {
    **RETRAINED,
    **{"split_artists": 3, "split_tags": 1, "choose_unseen": 1, "make_random": 1},
    **{"embed_songs": 27, "score_features": 24},
    # which artists are new depends on it
    **{"label_target": 1, "describe_mels": 2, "score_identification": 5},
}
EDITED_MODULES = {
    "demo/synthesiser/synth": {"synthesise_corpus": 4, "write_manifest": 4} | SHARDS,
    "datasets/gtzan": {"write_manifest": 1} | ONE_TARGET | MAP_OF_ONE,
    "mels/make_shard": SHARDS,
    "mels/audio": SHARDS,
    "mels/mel": SHARDS,
    "mels/shard_writer": SHARDS,
    # no shard: they are read by trainings, encoders, baselines and pictures of log-mels
    "mels/shard_reader": {
        **RETRAINED,
        **{"make_random": 1, "embed_songs": 27, "describe_mels": 8, "score_features": 30},
        "score_identification": 5,
        "draw_spectrograms": 3,
    },
    "mels/list_clips": AFTER_SHARDS,
    "mels/gather_failures": {"gather_failures": 1},
    "splits/split_artists": OTHER_SPLIT,
    "splits/artist_order": OTHER_SPLIT,
    # neither artist sets nor basic or Siamese models
    "splits/split_tags": {"split_tags": 1} | TRAINED["tag"],
    "training/fit": RETRAINED,
    "training/train_siamese": TRAINED["siamese"],
    "training/losses/cross_entropy": TRAINED["basic"],
    "training/losses/cosine": {},
    "training/losses/contrastive": {},
    "training/tune": {},  # no model of this run starts from another
    "training/losses/tag": TRAINED["tag"],
    "training/losses/hinge": TRAINED["siamese"],
    "training/losses/softmax": {},  # no model of this run uses it
    "training/make_random": {"make_random": 1, "embed_songs": 4, "score_features": 3}
    | {"score_identification": 1}
    | RESCORED,
    "embeddings/embed_clips": {"embed_songs": 27, "embed_unseen": 1, "score_features": 24}
    | {"score_identification": 3}
    | BOTH_MAPS
    | RESCORED,
    "embeddings/describe_mfcc": DESCRIBED,
    "embeddings/describe_mel": DESCRIBED,
    "embeddings/describe_clips": {
        "describe_mels": 8,
        "score_features": 6,
        "score_identification": 2,
    }
    | RESCORED,
    "embeddings/describe_librosa": {"describe_librosa": 3, "score_svm": 3} | RESCORED,
    "splits/choose_unseen": {"choose_unseen": 1, "embed_unseen": 1} | MAP_OF_ONE,
    "splits/label_target": {
        "label_target": 4,
        "embed_songs": 3,  # of the songs to identify
        "describe_mels": 8,
        "describe_librosa": 3,
        "score_svm": 3,
        "score_identification": 5,
        "draw_spectrograms": 3,
        **MAP_OF_ONE,
    }
    | SCORE,
    "scores/score_features": SCORE,
    "scores/retrieval": SCORE,
    "scores/knn": SCORE,
    "scores/softmax": SCORE,
    "scores/logistic": SCORE,
    "scores/artists": SCORE | {"score_svm": 3, "score_identification": 5},
    "scores/score_svm": {"score_svm": 3} | RESCORED,
    "scores/stats": SCORE | {"score_svm": 3, "score_identification": 5},
    "scores/identification": IDENTIFIED,
    "scores/verification": IDENTIFIED,
    "scores/score_identification": IDENTIFIED,
    "scores/tagging": {},  # no target of this run has tags to predict
    "scores/gather_scores": GATHER,
    "scores/compare_models": COMPARED,
    "tables/compare_untrained": {"compare_untrained": 1},
    "tables/write_card": {"write_card": 7},
    "tables/write_table": {"write_table": 4},
    "tables/layout": {"write_table": 4, "tabulate_identification": 1},
    "tables/text": {"write_table": 4, "tabulate_identification": 1, "write_card": 7},
    "tables/tabulate_identification": {"tabulate_identification": 1},
    "tables/readings": {},  # the paper has no figures of synthesised music
    "models/import_encoder": {},  # no encoder of this run is there already
    "figures/draw_identification": {"draw_identification": 1},
    "figures/draw_scores": {"draw_scores": 1},
    "figures/draw_spectrograms": {"draw_spectrograms": 3},
    "figures/draw_curves": {"draw_curves": 3},
    "figures/draw_genres": {"draw_genres": 1},
    "figures/map_songs": BOTH_MAPS,
    "figures/draw_map": {"draw_map": 2},
    "figures/seed_means": DRAWN,
    "figures/chance": DRAWN,
    "figures/number_axis": {"draw_curves": 3, "draw_identification": 1},
    "figures/style": DRAWN | {"draw_map": 2, "draw_spectrograms": 3},
    "config/model_names": DRAWN | {"draw_map": 2, "draw_spectrograms": 3},
}
# Modules that no stage of the default run is made of; all of these folders are among them.
NO_STAGES = (
    "cli",
    "config/run",
    "config/plan",
    "config/kinds",
    "datasets/library",
    "datasets/join_manifests",
    "models/authors",
)
NO_STAGE_FOLDERS = ("process", "provenance", "commands", "doctor", "downloads")


@pytest.fixture(scope="module")
def done(tmp_path_factory, make_checkout):
    """A checkout in which all results of the default config count as made."""
    run = make_checkout(tmp_path_factory.mktemp("done"))
    run.pretend()
    return run


@contextmanager
def edited(path, text):
    """Change a file, and put it back with the time it had."""
    status, source = path.stat(), path.read_text()
    try:
        path.write_text(text)
        assert text != source
        yield
    finally:
        path.write_text(source)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def module_path(run, module):
    return run.folder / f"workflow/deepartist/{module}.py"


# code


@pytest.mark.parametrize("module", EDITED_MODULES)
def test_an_edited_module(done, module):
    path = module_path(done, module)
    with edited(path, path.read_text() + "\nEDITED = True\n"):
        jobs, changed = done.plan()
    assert jobs == EDITED_MODULES[module]
    entry = rf"'deepartist\.{module.replace('/', '.')}=\w+'"
    assert all(re.fullmatch(f"{entry} → {entry}", reason) for reason in changed)
    assert len(changed) == bool(jobs)


def test_an_edit_that_arrives_with_an_old_time(done):
    path = module_path(done, "training/losses/hinge")
    with edited(path, path.read_text() + "\nEDITED = True\n"):
        os.utime(path, (0, 0))
        assert done.planned() == EDITED_MODULES["training/losses/hinge"]


def test_modules_that_no_stage_is_made_of(done):
    paths = [module_path(done, module) for module in NO_STAGES]
    for folder in NO_STAGE_FOLDERS:
        paths += sorted((done.folder / "workflow/deepartist" / folder).glob("*.py"))
    sources = {path: path.read_text() for path in paths}
    assert len(sources) > 25
    try:
        for path, source in sources.items():
            path.write_text(source + "\nEDITED = True\n")
        assert done.planned() == {}
    finally:
        for path, source in sources.items():
            path.write_text(source)


def test_comments_docstrings_and_touches_change_nothing(done):
    paths = sorted((done.folder / "workflow/deepartist").rglob("*.py"))
    sources = {path: path.read_text() for path in paths}
    try:
        for path, source in sources.items():
            path.write_text('"""Other words."""\n# and more\n' + source.partition('"""\n')[2])
            assert path.read_text() != source
        assert done.planned() == {}
    finally:
        for path, source in sources.items():
            path.write_text(source)
    assert done.planned() == {}


def test_a_model_that_a_stopped_training_took_away_is_trained(done):
    weights = done.results / "models/basic-32/seed-0/model.safetensors"
    kept = weights.rename(done.folder / "kept")
    try:
        assert done.planned()["train_basic"] == 1
    finally:
        kept.rename(weights)
    assert done.planned() == {}


# rules


def test_a_rule_renamed_and_laid_out_anew_retrains_nothing(done):
    path = done.folder / "workflow/rules/training.smk"
    source = path.read_text()
    renamed = source.replace("rule train_siamese:", "rule train_pairs:")
    renamed = renamed.replace("logs/train_siamese/", "logs/train_pairs/")
    renamed = renamed.replace("runtime=2880", "runtime=1440")
    anew = renamed.replace(" --shards {input.shards:q} ", ' "\n        "--shards {input.shards:q} ')
    assert len({source, renamed, anew}) == 3
    with edited(path, anew):
        assert done.planned() == {}


def test_another_command_runs_again(done):
    path = done.folder / "workflow/rules/training.smk"
    source = path.read_text()
    with edited(
        path, source.replace("training.train_tag --split", "training.train_tag -v --split")
    ):
        assert done.planned() == TRAINED["tag"]


# the environment


def test_other_versions_of_packages_rerun_nothing(done):
    lock, conda = done.folder / "envs/requirements.lock", done.folder / "envs/deepartist.yaml"
    newer = re.sub("^numpy==.*", "numpy==9.9", lock.read_text(), flags=re.MULTILINE)
    with edited(lock, newer), edited(conda, conda.read_text().replace("3.11", "3.12")):
        assert done.planned() == {}


def test_no_profile_lets_the_environment_rerun_anything(done):
    profiles = list(done.folder.glob("profiles/*/config.yaml"))
    assert len(profiles) >= 2
    for path in profiles:
        profile = yaml.safe_load(path.read_text())
        assert set(profile["rerun-triggers"]) == {"code", "input", "mtime", "params"}


# the config

CURVES = {"draw_curves": 3}
EDITED_CONFIG = {
    "training.siamese.margin": (
        0.3,
        TRAINED["siamese"],
        {"'margin=0.4' → 'margin=0.3'"},
    ),
    "training.tag.dropout": (
        0.1,
        TRAINED["tag"],
        {"'dropout=0.5' → 'dropout=0.1'"},
    ),
    "evaluation.neighbours": (5, SCORE, {"'neighbours=\"auto\"' → 'neighbours=5'"}),
    "evaluation.vectors": (
        ["embedding"],
        SCORE | {"score_identification": 5},
        {'\'vectors=["embedding", "multilevel"]\' → \'vectors=["embedding"]\''},
    ),
    "identification.draws": (
        20,
        IDENTIFIED,
        {"'draws=200' → 'draws=20'"},
    ),
    "evaluation.seed": (
        1,
        SCORE | {"score_svm": 3, "score_identification": 5} | BOTH_MAPS,
        {"'seed=0' → 'seed=1'", "'--seed 0' → '--seed 1'"},
    ),
    "targets.fma.title": (
        "FMA",
        {"write_table": 4, "draw_scores": 1, "write_card": 7, "compare_untrained": 1} | CURVES,
        {
            '\'fma={"title": "FMA small (synthesised)", "paper_row": "FMA small"}\' → '
            '\'fma={"title": "FMA", "paper_row": "FMA small"}\''
        },
    ),
    "targets.naver.seed": (
        1,
        {"label_target": 1, "score_features": 10} | LABELLED | RESCORED,
        {"'seed=0' → 'seed=1'"},
    ),
    "figures.artists": (
        ["nobody"],
        {"choose_unseen": 1, "embed_unseen": 1} | MAP_OF_ONE,
        {"'artists=[]' → 'artists=[\"nobody\"]'"},
    ),
    "datasets.fma.shards": (2, ONE_TARGET | {"make_shard": 2}, {"'--shards 1' → '--shards 2'"}),
    "datasets.fma.excerpt": ("middle", ONE_TARGET, {"'--excerpt start' → '--excerpt middle'"}),
    "datasets.gtzan.demo_songs": (
        25,
        {"synthesise_corpus": 1, "write_manifest": 1} | ONE_TARGET | MAP_OF_ONE,
        {"['demo_songs=24'] → ['demo_songs=25']"},
    ),
    "artists.more_counts": (
        [20],
        GATHER | {"write_card": 5},
        {"'model=basic-12', 'model=siamese-12' → <nothing exclusive>"},
    ),
    "artists.seed": (1, OTHER_SPLIT, {"'seed=0' → 'seed=1'"}),
    "tags.count": (
        10,
        {"split_tags": 1} | TRAINED["tag"],
        {"'count=50' → 'count=10'"},
    ),
    "models": (
        ["basic", "siamese"],
        RESCORED | {"write_card": 6},
        {
            "'model=tag-32' → <nothing exclusive>",
            "('basic-32', 'siamese-32', 'tag-32', 'random', 'mfcc', 'mel'), "
            "('tag-32:new_artists',) → ('basic-32', 'siamese-32', 'random', 'mfcc', 'mel'), ()",
        },
    ),
    "seeds": (
        [0, 1],
        {"make_random": 1, "train_basic": 3, "train_siamese": 3, "train_tag": 1}
        | {"embed_songs": 27, "score_features": 24, "score_identification": 3}
        | RESCORED
        | {"write_card": 14},
        {"<nothing exclusive> → 'seed=1'"},
    ),
    "device": (
        "auto",
        RETRAINED | {"embed_songs": 27, "score_features": 24, "score_identification": 3},
        {"'--device cpu' → '--device auto'"},
    ),
    "max_failed_fraction": (
        0.5,
        {"list_clips": 4} | AFTER_SHARDS,
        {"'--max-failed-fraction 0.05' → '--max-failed-fraction 0.5'"},
    ),
}


@pytest.mark.parametrize("key", EDITED_CONFIG)
def test_an_edited_config(done, key):
    value, jobs, changed = EDITED_CONFIG[key]
    path = done.folder / "config.yaml"
    config = put(yaml.safe_load(path.read_text()), key, value)
    with edited(path, yaml.safe_dump(config, sort_keys=False)):
        assert done.plan() == (jobs, changed)


def test_a_config_laid_out_anew_changes_nothing(done):
    path = done.folder / "config.yaml"
    config = yaml.safe_load(path.read_text())
    for key in ("artists", "training"):
        config[key] = dict(reversed(config[key].items()))
    for key, block in config["training"].items():
        config["training"][key] = dict(reversed(block.items()))
    with edited(path, "# other words\n" + yaml.safe_dump(config, sort_keys=False)):
        assert done.planned() == {}


# results that were made elsewhere


def copy(results, source, target):
    """Copy what a run made, times and all, as `rsync -a` does."""
    for name in results:
        subprocess.run(["cp", "-a", source.folder / name, target.folder / name], check=True)


def test_results_of_another_clone_count_as_done(done, checkout):
    copy(["results", ".snakemake"], done, checkout)
    assert checkout.planned() == {}
    path = module_path(checkout, "training/losses/hinge")
    path.write_text(path.read_text() + "\nEDITED = True\n")
    assert checkout.planned() == EDITED_MODULES["training/losses/hinge"]


def test_results_without_the_records_of_snakemake_count_as_done_whatever_the_code(done, checkout):
    copy(["results"], done, checkout)
    path = module_path(checkout, "training/losses/hinge")
    path.write_text(path.read_text() + "\nEDITED = True\n")
    assert checkout.planned() == {}


# data

AFTER_SCORES = {
    "compare_models": 1,
    "compare_untrained": 1,
    "write_card": 1,
    "gather_scores": 1,
    "draw_genres": 1,
    "draw_scores": 1,
    "write_table": 4,
}
FEATURES_DOWN = {"import_features": 1, "score_features": 1, **MAP_OF_ONE} | AFTER_SCORES
ONE_DATASET = {
    "write_manifest": 1,
    "list_clips": 1,
    "gather_failures": 1,
    "label_target": 1,
    "describe_mels": 2,
    "describe_librosa": 1,
    "score_svm": 1,
    "draw_spectrograms": 1,
}
# Of the target, whose map is figure 7; the features have a map of their own.
TABLE_DOWN = (
    {"make_shard": 1, "import_features": 1, "embed_songs": 2, "score_features": 5}
    | BOTH_MAPS
    | ONE_DATASET
    | AFTER_SCORES
)
# Of the source: all of its shards, and all models.
FOLDER_DOWN = (
    {"make_shard": 2, "split_artists": 1, "choose_unseen": 1, "make_random": 1, "train_basic": 1}
    | {"embed_songs": 4, "embed_unseen": 1, "score_features": 6, "map_songs": 2, "draw_map": 2}
    | ONE_DATASET
    | AFTER_SCORES
)
FOLDER_REASON = r"'files=\w+' → 'files=\w+'"
TABLE_REASON = r"\['clips\.csv=\w+'\] → \['clips\.csv=\w+'\]"
FEATURES_REASON = r"\['mine\.npz=\w+'\] → \['mine\.npz=\w+'\]"


@pytest.fixture(scope="module")
def data_run(tmp_path_factory, make_checkout):
    """Results of a folder of music, clips in a table and features of the user's."""
    run = make_checkout(tmp_path_factory.mktemp("data"))
    run.arguments = ["--configfile", "mine.yaml"]
    for name in ("songs/A/1.wav", "songs/B/1.wav", "table/1.wav"):
        path = run.folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    lines = "a,1.wav,blues\n" * 100_000  # more than Snakemake compares by checksum
    (run.folder / "data/table/clips.csv").write_text("clip_id,path,genre\n" + lines)
    (run.folder / "data/mine.npz").write_text("vectors")
    config = {
        "datasets": {
            "songs": {"kind": "library", "path": "data/songs", "shards": 2},
            "clips": {"kind": "table", "path": "data/table/clips.csv"},
        },
        "source": "songs",
        "targets": {"songs": {"label": "artist", "held_out": True}, "clips": {}},
        "artists": {"count": 2},
        "models": ["basic"],
        "features": {"mine": {"clips": "data/mine.npz"}},
    }
    (run.folder / "mine.yaml").write_text(yaml.safe_dump(config))
    run.pretend()
    return run


def append(path):
    """Add a line to a file, which need not be there yet."""
    with path.open("a") as file:
        file.write("b,1.wav,jazz\n")
    return path


def make_old(path):
    os.utime(path, (0, 0))


def replace_by_older(path):
    make_old(append(path))


CHANGED_DATA = {
    "a file added to a folder": (append, "songs/A/2.wav", FOLDER_DOWN, FOLDER_REASON),
    "a file of a folder removed": (Path.unlink, "songs/A/1.wav", FOLDER_DOWN, FOLDER_REASON),
    "a file of a folder replaced": (append, "songs/A/1.wav", FOLDER_DOWN, FOLDER_REASON),
    "one of the same size that is older": (make_old, "songs/A/1.wav", FOLDER_DOWN, FOLDER_REASON),
    "a hidden file added": (append, "songs/.DS_Store", {}, ""),
    "a cover picture added": (append, "songs/A/cover.jpg", {}, ""),
    "a playlist added": (append, "songs/list.m3u", {}, ""),
    "a description added": (append, "songs/A/album.nfo", {}, ""),
    "a song with a point before its name added": (
        *(append, "songs/A/.38 Special.mp3", FOLDER_DOWN, FOLDER_REASON),
    ),
    "a table changed": (append, "table/clips.csv", TABLE_DOWN, TABLE_REASON),
    "a table that is older": (replace_by_older, "table/clips.csv", TABLE_DOWN, TABLE_REASON),
    "a table touched": (Path.touch, "table/clips.csv", {}, ""),
    "a clip of a table replaced": (append, "table/1.wav", {}, ""),
    "features that are older": (replace_by_older, "mine.npz", FEATURES_DOWN, FEATURES_REASON),
}


@pytest.mark.parametrize("case", CHANGED_DATA)
def test_changed_data(data_run, tmp_path, case):
    change, name, jobs, reason = CHANGED_DATA[case]
    data = data_run.folder / "data"
    kept = tmp_path / "data"
    subprocess.run(["cp", "-a", data, kept], check=True)
    try:
        change(data / name)
        planned, changed = data_run.plan()
    finally:
        shutil.rmtree(data)
        subprocess.run(["cp", "-a", kept, data], check=True)
    assert planned == jobs
    assert re.fullmatch(reason, ", ".join(changed))
