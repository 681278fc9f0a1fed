import json

import pandas as pd
import pytest

from deepartist.process.errors import InputError
from deepartist.scores.gather_scores import COLUMNS, gather_scores, main, read_scores
from helpers import score


def write_score_file(path, dataset="gtzan", model="basic-32", seed=0, **changes):
    keys = ("task", "vectors", "variant", "value", "ci_low", "ci_high", "n", "artists")
    rows = [{k: score(task, "test", 0.6)[k] for k in keys} for task in ("softmax", "knn")]
    for row, setting in zip(rows, ({}, {"k": 5}), strict=True):
        row["setting"] = setting
    content = {"dataset": dataset, "model": model, "seed": seed, "scores": rows, **changes}
    path.write_text(json.dumps(content))
    return path


def test_gathered_scores_are_tidy_and_sorted(tmp_path):
    paths = [
        write_score_file(tmp_path / "1.json", dataset="gtzan", seed=10),
        write_score_file(tmp_path / "2.json", dataset="gtzan", seed=9),
        write_score_file(tmp_path / "3.json", dataset="fma"),
    ]
    table = gather_scores(paths)
    assert list(table.columns) == COLUMNS
    assert [(r.task, r.dataset, r.seed) for r in table.itertuples()] == [
        ("knn", "fma", 0),
        ("knn", "gtzan", 9),
        ("knn", "gtzan", 10),
        ("softmax", "fma", 0),
        ("softmax", "gtzan", 9),
        ("softmax", "gtzan", 10),
    ]
    pd.testing.assert_frame_equal(gather_scores(paths[::-1]), table)


def test_settings_are_written_in_words(tmp_path):
    path = write_score_file(tmp_path / "1.json")
    assert gather_scores([path])["setting"].tolist() == ["k = 5", ""]
    row = {**json.loads(path.read_text())["scores"][0], "setting": {"C": 0.001, "k": 1}}
    path = write_score_file(tmp_path / "2.json", scores=[row])
    assert gather_scores([path])["setting"].tolist() == ["C = 0.001, k = 1"]


def test_stage_writes_scores_that_read_back_exactly(tmp_path):
    value = 0.1 + 0.2  # needs all 17 digits
    row = {"task": "map", "variant": "all", "value": value, "ci_low": 0, "ci_high": 1, "n": 3}
    rows = [{**row, "vectors": "embedding", "artists": 2, "setting": {}}]
    path = write_score_file(tmp_path / "1.json", dataset="null", scores=rows)
    main(["--scores", str(path), "--out", str(tmp_path / "tables" / "scores.csv")])
    out = tmp_path / "tables" / "scores.csv"
    assert out.read_text().splitlines()[0] == (
        "task,dataset,model,seed,vectors,variant,value,ci_low,ci_high,n,artists,setting"
    )
    pd.testing.assert_frame_equal(
        read_scores(out), gather_scores([path]), check_dtype=False, check_exact=True
    )


def test_outcomes_of_songs_are_left_alone(tmp_path):
    outcomes = [{"task": "knn", "variant": "test", "clip_id": ["a"], "value": [1.0]}]
    paths = [
        write_score_file(tmp_path / "1.json"),
        write_score_file(tmp_path / "2.json", outcomes=outcomes),
    ]
    pd.testing.assert_frame_equal(gather_scores(paths[:1]), gather_scores(paths[1:]))


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{",
        "[]",
        '{"dataset": "d", "model": "m", "seed": 0}',
        '{"dataset": "d", "model": "m", "seed": "x", "scores": []}',
        '{"dataset": "d", "model": "m", "seed": 0, "scores": [1]}',
        '{"dataset": "d", "model": "m", "seed": 0, "scores": [{"task": "map"}]}',
        '{"dataset": "d", "model": "m", "seed": 0, "scores": [{"task": "map", "variant": "all", '
        '"value": 1, "ci_low": 1, "ci_high": 1, "n": 1, "artists": 0, "setting": "k = 5"}]}',
    ],
)
def test_wrong_score_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "1.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match="not a file of scores") as caught:
        gather_scores([path])
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_score_cannot_come_twice(tmp_path):
    paths = [write_score_file(tmp_path / name) for name in ("1.json", "2.json")]
    with pytest.raises(
        InputError, match=r"\(knn, gtzan, basic-32, 0, embedding, test\) is in more than one"
    ):
        gather_scores(paths)


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "cannot be read"), ("", "cannot be read"), ("task,value\nmap,1\n", "columns are task")],
)
def test_wrong_tables_of_scores_are_refused(tmp_path, text, message):
    path = tmp_path / "scores.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_scores(path)
