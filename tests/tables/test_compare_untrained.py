"""Which trained models lose to features that nothing was trained for."""

import pandas as pd
import pytest

from deepartist.process.errors import InputError
from deepartist.scores.compare_models import COLUMNS
from deepartist.tables.compare_untrained import find_no_better, find_no_better_named, main
from helpers import frame, score

TITLES = {name: {"title": name.upper(), "paper_row": None} for name in ("a", "b")}


def row(model_a, model_b, difference, dataset="a", task="map", vectors="embedding", variant="all"):
    values = (task, dataset, vectors, variant, model_a, model_b)
    return dict(
        zip(COLUMNS, (*values, difference, difference - 0.03, difference + 0.04, 99), strict=True)
    )


def test_models_that_lose_are_named_with_the_best_that_beats_them():
    differences = pd.DataFrame(
        [
            row("basic-9", "siamese-9", -0.5),  # both are trained
            row("basic-9", "random", 0.2),
            row("basic-9", "mel", -0.01),
            row("random", "siamese-9", 0.1),  # the other way round
            row("siamese-9", "mel", -0.05),
            row("siamese-9", "mel", 0.3, dataset="b"),
            row("siamese-9", "mel", -0.3, task="knn"),
            row("basic-9", "mel", -0.3, dataset="b", vectors="balanced"),
            row("basic-9", "mel", -0.3, dataset="b", variant="test"),
        ]
    )
    found = find_no_better(differences, ["basic-9", "siamese-9"], ["random", "mel"], TITLES)
    assert found == [
        "A: basic-9 finds songs no better than mel, which nothing was trained for "
        "(MAP -0.01, 95 % interval -0.04 to +0.03)",
        "A: siamese-9 finds songs less well than random, which nothing was trained for "
        "(MAP -0.10, 95 % interval -0.14 to -0.07)",
    ]


@pytest.mark.parametrize(("difference", "lines"), [(-0.1, 1), (0.1, 0)])
def test_a_line_is_written_for_each(tmp_path, capsys, difference, lines):
    table, out = tmp_path / "differences.csv", tmp_path / "untrained.txt"
    pd.DataFrame([row("tag-9", "mel", difference)]).to_csv(table, index=False)
    frame().to_csv(tmp_path / "scores.csv", index=False)
    main(
        [
            *("--differences", str(table), "--trained", "tag-9", "--untrained", "mel"),
            *("--scores", str(tmp_path / "scores.csv")),
            *("--titles", 'a={"title": "Mine"}', "--out", str(out)),
        ]
    )
    assert out.read_text().count("Mine: tag-9 finds songs") == lines
    assert ("all trained models" in capsys.readouterr().out) == (not lines)


def test_a_table_of_another_kind_is_refused(tmp_path):
    (tmp_path / "differences.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="not a table of differences"):
        main(
            [
                *("--differences", str(tmp_path / "differences.csv"), "--untrained", "mel"),
                *("--scores", str(tmp_path / "scores.csv")),
                *("--titles", "a={}", "--out", str(tmp_path / "out")),
            ]
        )


def test_models_that_name_fewer_artists_are_named():
    scores = frame(
        *(
            score("identify", f"k={k}", value, dataset="a", model=model, seed=seed)
            for model, values in {"basic-9": (0.6, 0.7), "siamese-9": (0.5, 0.5)}.items()
            for k, value in zip((2, 5), values, strict=True)
            for seed in (0, 1)
        ),
        score("identify", "k=5", 0.6, dataset="a", model="random", seed=0),
        score("identify", "k=5", 0.7, dataset="a", model="random", seed=1),
        score("identify", "k=5", 0.62, dataset="a", model="mel"),
        score("identify", "k=5", 0.99, dataset="a", model="mel", vectors="multilevel"),
        score("verify", "eer", 0.1, dataset="b", model="basic-9"),
    )
    found = find_no_better_named(scores, ["basic-9", "siamese-9"], ["random", "mel"], TITLES)
    assert found == [
        "A: siamese-9 names artists from 5 known songs no better than random, which nothing was "
        "trained for (0.50 and 0.65 are right)"
    ]
