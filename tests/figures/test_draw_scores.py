"""Figures show what they are given: the data of what is drawn is compared, not its looks."""

import json

import numpy as np
import pytest
from matplotlib.colors import to_hex

from deepartist.config.model_names import describe_model
from deepartist.figures.chance import find_chances
from deepartist.figures.draw_scores import PANELS, draw_scores, main
from deepartist.process.errors import InputError
from drawings import (
    AWKWARD,
    LABELS,
    MODELS,
    TITLES,
    make_scores,
    mean_score,
    note_of,
    svg_texts,
    write_labels,
)
from helpers import frame, score

NAMES = [describe_model(model) for model in MODELS]


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 7)])
def test_every_score_is_drawn_with_its_interval(seeds):
    scores = make_scores(seeds=seeds)
    figure = draw_scores(scores, MODELS, TITLES, LABELS)
    assert len(figure.axes) == 3
    for panel, (task, variant, title, unit) in zip(figure.axes, PANELS, strict=True):
        assert panel.get_title() == f"{title} ({unit})"
        assert panel.get_ylim() == (0, 1)
        assert [container.get_label() for container in panel.containers] == NAMES
        chances = find_chances(LABELS, task)
        pieces = [c.get_segments()[0] for c in panel.collections if c.get_label() == "chance"]
        for dataset, piece, place in zip(TITLES, pieces, panel.get_xticks(), strict=True):
            np.testing.assert_allclose(piece[:, 1], chances[dataset])
            assert piece[0, 0] < place < piece[1, 0]
        shown = np.array([container[0].get_xydata() for container in panel.containers])
        for container, model, marks in zip(panel.containers, MODELS, shown, strict=True):
            (bars,) = container[2]
            for dataset, (x, y), bar in zip(TITLES, marks, bars.get_segments(), strict=True):
                expected = mean_score(scores, task, variant, dataset, model)
                np.testing.assert_allclose([y, *bar[:, 1]], expected)
                np.testing.assert_array_equal(bar[:, 0], [x, x])
        # the marks of a data set stand apart, in the order of the models, around its tick
        assert (np.diff(shown[:, :, 0], axis=0) > 0.1).all()
        np.testing.assert_allclose(shown[:, :, 0].mean(axis=0), panel.get_xticks(), atol=1e-9)
        assert (np.abs(shown[:, :, 0] - panel.get_xticks()) < 0.5).all()
        names = [text.get_text().replace("\n", " ") for text in panel.get_xticklabels()]
        assert names == list(TITLES.values())
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [*NAMES, "chance"]
    assert ("of one training" in note_of(figure)) == (len(seeds) == 1)
    assert ("range of 3 trainings" in note_of(figure)) == (len(seeds) == 3)


def test_models_look_different_and_alike_in_all_panels():
    figure = draw_scores(make_scores(), MODELS, TITLES, LABELS)
    looks = [
        [(to_hex(c[0].get_color()), c[0].get_marker()) for c in panel.containers]
        for panel in figure.axes
    ]
    assert looks[0] == looks[1] == looks[2]
    assert (
        len({colour for colour, _ in looks[0]})
        == len({mark for _, mark in looks[0]})
        == len(MODELS)
    )


@pytest.mark.parametrize("number", range(3))
def test_a_missing_score_is_named(number):
    task, variant, _, _ = PANELS[number]
    scores = make_scores()
    gone = (
        scores[["task", "variant", "dataset", "model"]] == [task, variant, "fma", "random"]
    ).all(axis=1)
    assert gone.sum() == 1
    with pytest.raises(InputError, match=f"no score of task {task} for random on fma"):
        draw_scores(scores[~gone], MODELS, TITLES, LABELS)


def test_a_mean_may_lie_a_rounding_error_outside_its_interval():
    value = np.full(6, 1 / 5).mean()
    assert value < 1 / 5
    rows = [
        {**score(task, variant, value), "ci_low": 1 / 5, "ci_high": 1 / 5}
        for task, variant, _, _ in PANELS
    ]
    figure = draw_scores(frame(*rows), ["basic-32"], {"gtzan": "GTZAN"}, LABELS)
    (segment,) = figure.axes[0].containers[0][2][0].get_segments()
    np.testing.assert_allclose(segment[:, 1], 1 / 5)


def run_scores(folder, titles, scores):
    scores.to_csv(folder / "scores.csv", index=False)
    labels = write_labels(folder, dict(zip(titles, LABELS.values(), strict=False)))
    main(
        [
            *("--scores", str(folder / "scores.csv"), *labels, "--models", *MODELS),
            *(
                "--titles",
                *titles,
                "--out",
                str(folder / "a" / "s.png"),
                str(folder / "a" / "s.svg"),
            ),
        ]
    )


def test_the_stage_takes_awkward_titles_and_names(tmp_path):
    # `nan` is a name like any other
    scores = make_scores(datasets=("nan", "fma"))
    run_scores(tmp_path, ["nan=" + json.dumps({"title": AWKWARD}), "fma={}"], scores)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"s.png", "s.svg"}
    texts = " ".join(svg_texts((tmp_path / "a" / "s.svg").read_bytes()))
    for word in AWKWARD.split():
        assert f" {word} " in f" {texts} "
    assert " fma " in texts


def test_the_same_scores_give_the_same_files(tmp_path):
    pictures = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run_scores(tmp_path / name, ["gtzan={}", "fma={}"], make_scores())
        files = sorted((tmp_path / name / "a").iterdir())
        pictures.append([path.read_bytes() for path in files])
    assert pictures[0] == pictures[1]
    assert pictures[0][0].startswith(b"\x89PNG")
    assert b"<dc:date>" not in pictures[0][1]


def test_what_is_left_out_has_no_mark():
    scores = make_scores()
    first, *others = TITLES
    scores = scores[(scores["model"] != MODELS[0]) | (scores["dataset"] != first)]
    with pytest.raises(InputError, match=f"for {MODELS[0]} on {first}"):
        draw_scores(scores, MODELS, TITLES, LABELS)
    figure = draw_scores(scores, MODELS, TITLES, LABELS, {(MODELS[0], first)})
    for panel in figure.axes:
        assert [len(c[0].get_xdata()) for c in panel.containers] == [
            len(others),
            *[len(TITLES)] * (len(MODELS) - 1),
        ]
