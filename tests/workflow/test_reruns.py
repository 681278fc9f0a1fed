"""Edit something, and exactly what depends on it is planned again."""

import pytest
import yaml

pytestmark = pytest.mark.slow

GATHER = {
    "gather_scores": 1,
    "write_table": 4,
    "draw_scores": 1,
    "draw_curves": 3,
    "draw_genres": 1,
}
RESCORED = {"compare_models": 1} | GATHER
SCORE = {"score_features": 27} | RESCORED
BOTH_MAPS = {"map_songs": 2, "draw_map": 2}
MAP_OF_ONE = {"map_songs": 1, "draw_map": 1}
# What follows from the shards of all four data sets: two of the source, one of each target.
AFTER_SHARDS = {
    "list_usable": 4,
    "gather_failures": 1,
    "split_artists": 3,
    "split_tags": 1,
    "choose_unseen": 1,
    "train_basic": 3,
    "train_siamese": 3,
    "train_tag": 1,
    "make_random": 1,
    "label_target": 3,
    "embed_songs": 24,
    "embed_unseen": 1,
    "describe_mfcc": 3,
    "describe_librosa": 3,
    "score_svm": 3,
    "draw_spectrograms": 3,
    **BOTH_MAPS,
} | SCORE
SHARDS = {"make_shard": 5} | AFTER_SHARDS
LABELLED = {"describe_mfcc": 1, "describe_librosa": 1, "score_svm": 1, "draw_spectrograms": 1}
ONE_TARGET = {
    "make_shard": 1,
    "list_usable": 1,
    "gather_failures": 1,
    "label_target": 1,
    "embed_songs": 8,
    "score_features": 9,
    **LABELLED,
} | RESCORED
EDITED_MODULES = {
    "demo/synth": {"synthesise_corpus": 4, "write_manifest": 4} | SHARDS,
    "datasets/gtzan": {"write_manifest": 1} | ONE_TARGET | MAP_OF_ONE,
    "datasets/library": {},
    "audio": SHARDS,
    "mel": SHARDS,
    "usable": AFTER_SHARDS,
    "failures": {"gather_failures": 1},
    "losses": {
        "train_basic": 3,
        "train_siamese": 3,
        "train_tag": 1,
        "embed_songs": 21,
        "embed_unseen": 1,
        "score_features": 21,
        **BOTH_MAPS,
    }
    | RESCORED,
    "untrained": {"make_random": 1, "embed_songs": 3, "score_features": 3} | RESCORED,
    "embed": {"embed_songs": 24, "embed_unseen": 1, "score_features": 24} | BOTH_MAPS | RESCORED,
    "mfcc": {"describe_mfcc": 3, "score_features": 3} | RESCORED,
    "librosa_statistics": {"describe_librosa": 3, "score_svm": 3} | RESCORED,
    "user_features": {},
    "unseen": {"choose_unseen": 1, "embed_unseen": 1} | MAP_OF_ONE,
    "targets": {
        "label_target": 3,
        "describe_mfcc": 3,
        "describe_librosa": 3,
        "score_svm": 3,
        "draw_spectrograms": 3,
        **MAP_OF_ONE,
    }
    | SCORE,
    "retrieval": SCORE,
    "svm": {"score_svm": 3} | RESCORED,
    "stats": SCORE | {"score_svm": 3},
    "scores": GATHER,
    "differences": {"compare_models": 1},
    "tables": {"write_table": 4},
    "table_text": {"write_table": 4},
    "figure_scores": {"draw_scores": 1},
    "figure_spectrograms": {"draw_spectrograms": 3},
    "figure_curves": {"draw_curves": 3},
    "figure_genres": {"draw_genres": 1},
    "tsne": BOTH_MAPS,
    "figure_map": {"draw_map": 2},
    "seed_means": {"draw_scores": 1, "draw_curves": 3, "draw_genres": 1},
    "figure_style": {
        "draw_scores": 1,
        "draw_curves": 3,
        "draw_genres": 1,
        "draw_map": 2,
        "draw_spectrograms": 3,
    },
    "cli": {},
    "config": {},
}


@pytest.mark.parametrize("module", EDITED_MODULES)
def test_an_edited_module(default_run, module):
    path = default_run.folder / f"workflow/deepartist/{module}.py"
    source = path.read_text()
    try:
        path.write_text(source + "\nEDITED = True\n")
        assert default_run.planned() == EDITED_MODULES[module]
    finally:
        path.write_text(source)


def test_comments_docstrings_and_touches_change_nothing(default_run):
    paths = sorted((default_run.folder / "workflow/deepartist").rglob("*.py"))
    sources = {path: path.read_text() for path in paths}
    try:
        for path, source in sources.items():
            path.write_text('"""Other words."""\n# and more\n' + source.partition('"""\n')[2])
            assert path.read_text() != source
        assert default_run.planned() == {}
    finally:
        for path, source in sources.items():
            path.write_text(source)
    assert default_run.planned() == {}


EDITED_CONFIG = {
    "training.siamese.margin": (
        0.3,
        {"train_siamese": 3, "embed_songs": 9, "score_features": 9} | RESCORED,
    ),
    "evaluation.neighbours": (5, SCORE),
    "targets.fma.title": ("FMA", {"write_table": 4, "draw_scores": 1, "draw_curves": 3}),
    "targets.naver.seed": (1, {"label_target": 1, "score_features": 9} | LABELLED | RESCORED),
    "figures.artists": (
        ["nobody"],
        {"choose_unseen": 1, "embed_unseen": 1} | MAP_OF_ONE,
    ),
    "datasets.fma.shards": (
        2,
        ONE_TARGET | {"make_shard": 2},
    ),
    "artists.more_counts": ([20], GATHER),
    "tags.count": (
        10,
        {"split_tags": 1, "train_tag": 1, "embed_songs": 3, "score_features": 3} | RESCORED,
    ),
    "max_failed_fraction": (0.5, {"list_usable": 4} | AFTER_SHARDS),
}


@pytest.mark.parametrize("key", EDITED_CONFIG)
def test_an_edited_config(default_run, key):
    value, expected = EDITED_CONFIG[key]
    path = default_run.folder / "config.yaml"
    source = path.read_text()
    config = yaml.safe_load(source)
    block = config
    *outer, last = key.split(".")
    for name in outer:
        block = block.setdefault(name, {})
    block[last] = value
    try:
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        assert default_run.planned() == expected
    finally:
        path.write_text(source)
