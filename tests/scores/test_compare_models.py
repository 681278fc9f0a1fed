import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.process.errors import InputError
from deepartist.scores import score_features
from deepartist.scores.compare_models import COLUMNS, compare_models, main, read_outcomes
from deepartist.scores.stats import paired_interval
from helpers import make_songs, write_songs

ABOUT = '"task": "map", "vectors": "embedding", "variant": "all"'
SONGS = {"a": 0.5, "b": 0.25, "c": 1.0}


def record(values, task="map", variant="all", vectors="embedding"):
    return {
        "task": task,
        "vectors": vectors,
        "variant": variant,
        "clip_id": list(values),
        "value": list(values.values()),
    }


def write_score_file(folder, model, *records, dataset="gtzan", seed=0):
    path = folder / f"{dataset}-{model}-{seed}.json"
    content = {"dataset": dataset, "model": model, "seed": seed, "scores": [], "outcomes": records}
    path.write_text(json.dumps(content))
    return path


def compare(paths, models, resamples=200, seed=0):
    return compare_models(read_outcomes(paths, models), [models], resamples=resamples, seed=seed)


def numbers(row):
    return row[["difference", "ci_low", "ci_high"]].tolist()


# what is compared


def test_seeds_are_averaged_song_by_song(tmp_path):
    paths = [
        write_score_file(tmp_path, "basic-32", record({"a": 0.0, "b": 0.5}), seed=0),
        write_score_file(tmp_path, "basic-32", record({"b": 1.0, "a": 1.0}), seed=1),
        write_score_file(tmp_path, "mfcc", record({"a": 0.25, "b": 0.5})),
    ]
    table = compare(paths, ["basic-32", "mfcc"])
    assert len(table) == 1
    # a: (0 + 1) / 2 - 0.25; b: (0.5 + 1) / 2 - 0.5; both 0.25, so that nothing is uncertain
    assert table.loc[0].tolist() == [
        *("map", "gtzan", "embedding", "all", "basic-32", "mfcc"),
        *(0.25, 0.25, 0.25, 2),
    ]


def test_rows_are_sorted_and_pairs_in_the_order_given(tmp_path):
    models = ["siamese-32", "basic-32", "mfcc"]
    paths = [
        write_score_file(
            tmp_path, model, record(SONGS, "map", "test"), record(SONGS), dataset=dataset
        )
        for dataset in ("gtzan", "fma")
        for model in models
    ]
    table = compare(paths, models)
    pairs = [("siamese-32", "basic-32"), ("siamese-32", "mfcc"), ("basic-32", "mfcc")]
    assert list(table.columns) == COLUMNS
    assert table[COLUMNS[:6]].to_numpy().tolist() == [
        ["map", dataset, "embedding", variant, *pair]
        for dataset in ("fma", "gtzan")
        for variant in ("all", "test")
        for pair in pairs
    ]
    pd.testing.assert_frame_equal(compare(paths[::-1], models), table)


def test_a_model_does_not_differ_from_its_equal(tmp_path):
    paths = [
        write_score_file(tmp_path, model, record(SONGS), seed=seed)
        for model in ("random", "mfcc")
        for seed in (0, 1, 2)
    ]
    assert numbers(compare(paths, ["random", "mfcc"]).loc[0]) == [0, 0, 0]


@given(st.lists(st.tuples(*[st.floats(0, 1)] * 3), min_size=1, max_size=12), st.integers(0, 99))
def test_swapping_two_models_negates(values, seed):
    outcomes = pd.DataFrame(
        [
            ("map", "gtzan", "embedding", "all", model, run, f"song {song:02}", value, np.nan)
            for song, of_song in enumerate(values)
            for (model, run), value in zip((("m", 0), ("m", 1), ("n", 0)), of_song, strict=True)
        ],
        columns=[
            "task",
            "dataset",
            "vectors",
            "variant",
            "model",
            "seed",
            "clip_id",
            "value",
            "artist",
        ],
    )
    there, back = (
        numbers(compare_models(outcomes, [models], resamples=50, seed=seed).loc[0])
        for models in (["m", "n"], ["n", "m"])
    )
    assert there[0] == -back[0]
    assert there[1:] == pytest.approx([-back[2], -back[1]], abs=1e-12)


def test_songs_of_one_artist_do_not_count_as_independent(tmp_path, rng):
    # ten artists with ten songs each: one model is better for half of the artists
    values = {f"song {i:02}": float(i < 50) for i in range(100)}
    others = dict.fromkeys(values, 0.5)
    artist = [i // 10 for i in range(100)]
    paths = [
        write_score_file(tmp_path, model, {**record(of_songs), "artist": artist})
        for model, of_songs in (("random", values), ("mfcc", others))
    ]
    by_artist = numbers(compare(paths, ["random", "mfcc"], resamples=1000).loc[0])
    a, b = np.array(list(values.values())), np.array(list(others.values()))
    assert by_artist == list(paired_interval(a, b, np.array(artist), resamples=1000, seed=0))
    paths = [
        write_score_file(tmp_path, model, record(of_songs))
        for model, of_songs in (("random", values), ("mfcc", others))
    ]
    by_song = numbers(compare(paths, ["random", "mfcc"], resamples=1000).loc[0])
    assert by_song == list(paired_interval(a, b, resamples=1000, seed=0))
    assert by_song[0] == by_artist[0] == 0
    # the mean of 100 songs has a deviation of 0.05, that of 10 artists 0.16
    assert by_artist[2] > 0.25 > 0.12 > by_song[2]


def test_artists_are_those_of_the_same_songs_in_any_order(tmp_path, rng):
    songs = [f"song {i:02}" for i in range(30)]
    values, artist = rng.random(30), rng.integers(4, size=30)
    order = rng.permutation(30)
    tables = []
    for shown in (np.arange(30), order):
        first = {**record(dict(zip(np.array(songs)[shown], values[shown], strict=True)))}
        paths = [
            write_score_file(tmp_path, "random", {**first, "artist": artist[shown].tolist()}),
            write_score_file(
                tmp_path,
                "mfcc",
                {**record(dict.fromkeys(songs, 0.5)), "artist": artist.tolist()},
            ),
        ]
        tables.append(compare(paths, ["random", "mfcc"]))
    pd.testing.assert_frame_equal(*tables)


def test_a_data_set_does_not_touch_another(tmp_path):
    rng = np.random.default_rng(0)
    paths = {
        dataset: [
            write_score_file(
                tmp_path,
                model,
                record({f"{dataset} {i}": rng.random() for i in range(n)}),
                dataset=dataset,
            )
            for model in ("random", "mfcc")
        ]
        for dataset, n in (("fma", 20), ("gtzan", 30))
    }
    table = compare([*paths["gtzan"], *paths["fma"]], ["random", "mfcc"])
    assert table["n"].tolist() == [20, 30]
    for row, dataset in enumerate(paths):
        alone = compare(paths[dataset], ["random", "mfcc"])
        assert alone.loc[0].tolist() == table.loc[row].tolist()


def test_table_four_adds_pairs_and_sets_the_svm_beside_the_softmax(tmp_path):
    accuracies = {"basic-32": {"a": 1.0, "b": 0.5}, "basic-99": {"a": 1.0, "b": 1.0}}
    accuracies["mfcc"] = {"a": 0.0, "b": 0.0}
    paths = [
        write_score_file(
            tmp_path, model, record(SONGS), record(values, "softmax", "test"), dataset=dataset
        )
        for model, values in accuracies.items()
        for dataset in ("fma", "gtzan")
    ]
    paths += [
        write_score_file(tmp_path, "librosa", record(values, "svm", "test"), dataset=dataset)
        for dataset, values in (("fma", {"b": 0.0, "a": 1.0}), ("gtzan", {"a": 1.0, "b": 1.0}))
    ]
    paths.append(write_score_file(tmp_path, "clap", record(SONGS)))
    paths.append(
        write_score_file(
            *(tmp_path, "clap", record(SONGS), record({"a": 0.0, "b": 1.0}, "softmax", "test")),
            dataset="fma",
        )
    )
    groups = [["basic-32", "mfcc"], ["basic-99", "mfcc", "clap", "librosa"]]
    words = ["--models", *groups[1], "--left-out", "clap:gtzan"]
    table = run_stage(tmp_path, paths, groups[0], *words)
    of_softmax = [("basic-32", "mfcc", 0.75), ("basic-99", "mfcc", 1.0)]
    of_clap = [("basic-99", "clap", 0.5), ("mfcc", "clap", -0.5)]
    of_svm = [("basic-99", "librosa", 0.5), ("mfcc", "librosa", -0.5)]
    columns = ["task", "model_a", "model_b", "difference"]
    on_fma = table[(table["dataset"] == "fma") & table["task"].str.startswith("softmax")]
    assert sorted(map(tuple, on_fma[columns].to_numpy())) == sorted(
        [("softmax", *row) for row in of_softmax + of_clap]
        + [("softmax/svm", *row) for row in [*of_svm, ("clap", "librosa", 0.0)]]
    )
    on_gtzan = table[(table["dataset"] == "gtzan") & (table["task"] != "map")]
    assert sorted(map(tuple, on_gtzan[columns].to_numpy())) == sorted(
        [("softmax", *row) for row in of_softmax]
        + [("softmax/svm", "basic-99", "librosa", 0.0), ("softmax/svm", "mfcc", "librosa", -1.0)]
    )
    retrieval = table[table["task"] == "map"]
    assert "librosa" not in set(retrieval["model_b"])
    assert len(retrieval) == 2 + 4  # two pairs on GTZAN, two more with clap on FMA


# the stage


def run_stage(folder, paths, models, *words, resamples=200, seed=0):
    out = folder / "tables" / "differences.csv"
    main(
        [
            *("--scores", *map(str, paths), "--models", *models, *words),
            *("--resamples", str(resamples), "--seed", str(seed), "--out", str(out)),
        ]
    )
    return pd.read_csv(out)


def test_differences_are_those_of_the_scores(tmp_path):
    settings = ["softmax_max_epochs=5", "softmax_trials=2", "bootstrap_resamples=100"]
    paths, scores = [], {}
    for model, noise in (("near", 1), ("far", 3)):
        folder = tmp_path / model
        folder.mkdir()
        write_songs(folder, *make_songs(90, noise))
        paths.append(folder / "scores.json")
        score_features.main(
            [
                *("--features", str(folder / "features.npz")),
                *("--labels", str(folder / "labels.csv"), "--dataset", "gtzan"),
                *("--model", model, "--seed", "0", "--out", str(paths[-1]), "--set", *settings),
            ]
        )
        rows = json.loads(paths[-1].read_text())["scores"]
        scores[model] = {(row["task"], row["variant"]): row for row in rows}
    table = run_stage(tmp_path, paths, ["near", "far"])
    assert len(table) == 5  # retrieval twice, k-NN and two linear classifiers
    for row in table.itertuples():
        near, far = (scores[model][row.task, row.variant] for model in ("near", "far"))
        assert row.difference == pytest.approx(near["value"] - far["value"], abs=1e-6)
        assert row.n == near["n"] == far["n"]
        assert -1 <= row.ci_low < row.difference < row.ci_high <= 1


def test_stage_writes_csv_and_ignores_other_models(tmp_path, capsys):
    other = tmp_path / "other.json"
    other.write_text('{"dataset": "fma", "model": "tag-32", "seed": 0, "scores": []}')
    paths = [
        write_score_file(tmp_path, "random", record({"a": 1.0, "b": 0.5})),
        other,
        write_score_file(tmp_path, "mfcc", record({"a": 0.5, "b": 0.0})),
    ]
    run_stage(tmp_path, paths, ["random", "mfcc"])
    out = tmp_path / "tables" / "differences.csv"
    assert out.read_text() == (
        "task,dataset,vectors,variant,model_a,model_b,difference,ci_low,ci_high,n\n"
        "map,gtzan,embedding,all,random,mfcc,0.5,0.5,0.5,2\n"
    )
    assert capsys.readouterr().out == f"{out}: 1 differences between 2 models\n"


def test_one_model_has_nothing_to_differ_from(tmp_path):
    path = write_score_file(tmp_path, "random", record(SONGS))
    table = run_stage(tmp_path, [path], ["random"])
    assert (list(table.columns), len(table)) == (COLUMNS, 0)


def test_resamples_and_seed_matter_to_the_interval_alone(tmp_path):
    rng = np.random.default_rng(0)
    paths = [
        write_score_file(tmp_path, model, record({f"{i:02}": rng.random() for i in range(50)}))
        for model in ("random", "mfcc")
    ]
    rows = [
        numbers(run_stage(tmp_path, paths, ["random", "mfcc"], resamples=n, seed=seed).loc[0])
        for n, seed in ((100, 0), (100, 0), (101, 0), (100, 1))
    ]
    assert rows[0] == rows[1]
    assert len({row[0] for row in rows}) == 1
    assert len({tuple(row) for row in rows}) == 3


# bad input


def refused(folder, paths, models, message, **options):
    with pytest.raises(InputError, match=message) as caught:
        run_stage(folder, paths, models, **options)
    assert "\n" not in str(caught.value)
    assert not (folder / "tables").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "[]",
        '{"model": "m", "seed": 0, "outcomes": []}',
        '{"dataset": "d", "model": "m", "seed": "x", "outcomes": []}',
        '{"dataset": "d", "model": "m", "seed": 0, "scores": []}',
        *(
            f'{{"dataset": "d", "model": "m", "seed": 0, "outcomes": {outcomes}}}'
            for outcomes in (
                "null",
                "[]",
                "[1]",
                '[{ABOUT, "value": [1]}]',
                '[{ABOUT, "clip_id": ["a"]}]',
                '[{ABOUT, "clip_id": [], "value": []}]',
                '[{ABOUT, "clip_id": ["a"], "value": [1, 0]}]',
                '[{ABOUT, "clip_id": ["a"], "value": ["x"]}]',
                '[{ABOUT, "clip_id": ["a"], "value": [[1]]}]',
                '[{ABOUT, "clip_id": ["a"], "value": [NaN]}]',
                '[{ABOUT, "clip_id": ["a"], "value": [null]}]',
                '[{ABOUT, "clip_id": ["a", "a"], "value": [1, 0]}]',
                '[{ABOUT, "clip_id": ["a"], "value": [1], "artist": [0, 1]}]',
                '[{ABOUT, "clip_id": ["a"], "value": [1], "artist": ["x"]}]',
            )
        ),
    ],
)
def test_wrong_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "1.json"
    if content is not None:
        path.write_text(content.replace("ABOUT", ABOUT))
    message = refused(tmp_path, [path], ["m"], "not a file of scores with the outcomes of songs")
    assert message.startswith(str(path))


def test_a_score_cannot_come_twice(tmp_path):
    path = write_score_file(tmp_path, "mfcc", record(SONGS))
    copy = tmp_path / "copy.json"
    copy.write_bytes(path.read_bytes())
    message = refused(tmp_path, [path, copy], ["mfcc"], "'gtzan', model 'mfcc' and seed 0")
    assert message.startswith(str(copy))
    assert str(path) in message
    with pytest.raises(InputError, match="give each score once"):
        read_outcomes([path, path], ["mfcc"])


def test_a_model_needs_scores_of_every_data_set(tmp_path):
    paths = [
        write_score_file(tmp_path, model, record(SONGS), dataset=dataset)
        for model, dataset in (("random", "gtzan"), ("mfcc", "gtzan"), ("random", "fma"))
    ]
    refused(
        tmp_path,
        paths,
        ["random", "mfcc"],
        "task 'map', data set 'fma', variant 'all': no score of model 'mfcc'",
    )
    refused(tmp_path, paths, ["tag-32"], "no score file is of a model among tag-32")


@pytest.mark.parametrize(
    ("second", "other", "named"),
    [
        ({"a": 1.0, "c": 0.0}, SONGS, "clip 'b' (and 0 more) has a value by model 'mfcc', seed 0"),
        ({"c": 0.0}, SONGS, "clip 'a' (and 1 more) has a value by model 'mfcc', seed 0"),
        ({**SONGS, "d": 1.0}, SONGS, "by model 'random', seed 1, but none by model 'mfcc', seed 0"),
        (SONGS, {"a": 1.0}, "by model 'random', seed 0, but none by model 'mfcc', seed 0"),
    ],
)
def test_songs_must_be_the_same_in_every_seed_and_model(tmp_path, second, other, named):
    paths = [
        write_score_file(tmp_path, "random", record(SONGS), seed=0),
        write_score_file(tmp_path, "random", record(second), seed=1),
        write_score_file(tmp_path, "mfcc", record(other)),
    ]
    message = refused(tmp_path, paths, ["random", "mfcc"], "evaluate all models on the same songs")
    assert named in message


def test_every_seed_must_have_every_task(tmp_path):
    paths = [
        write_score_file(tmp_path, "random", record(SONGS), record(SONGS, "knn", "test"), seed=0),
        write_score_file(tmp_path, "random", record(SONGS), seed=1),
    ]
    message = refused(tmp_path, paths, ["random"], "task 'knn', data set 'gtzan', variant 'test'")
    assert "by model 'random', seed 0, but none by model 'random', seed 1" in message


def test_models_are_listed_once(tmp_path):
    path = write_score_file(tmp_path, "mfcc", record(SONGS))
    refused(tmp_path, [path], ["mfcc", "mfcc"], "give each model once")


@pytest.mark.parametrize("options", [{"resamples": 0}, {"seed": -1}])
def test_resamples_and_seed_are_checked(tmp_path, options):
    path = write_score_file(tmp_path, "mfcc", record(SONGS))
    refused(tmp_path, [path], ["mfcc"], "give at least 1 and at least 0", **options)
