import itertools

import numpy as np
import pandas as pd
import pytest

from deepartist.figures.chance import find_chances
from deepartist.figures.draw_curves import FIGURES, draw_curves, parse_points
from deepartist.process.errors import InputError
from drawings import LABELS, TITLES, levels_of, make_scores, mean_score, note_of

CURVE_MODELS = ["basic-500", "siamese-500", "siamese-10000", "basic-10000", "basic-2000"]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_line_per_kind_of_model_over_the_numbers_of_artists(number):
    task, variant, unit = FIGURES[number]
    scores = make_scores(models=CURVE_MODELS)
    figure = draw_curves(scores, number, CURVE_MODELS, TITLES, LABELS)
    assert [panel.get_title() for panel in figure.axes] == list(TITLES.values())
    assert figure.get_supylabel() == unit
    ticks = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert ticks == ["500", "2,000", "10,000"]
    for panel, dataset in zip(figure.axes, TITLES, strict=True):
        assert panel.get_xticks().tolist() == [500, 2000, 10000]
        assert panel.get_ylim()[0] == 0
        assert levels_of(panel) == [find_chances(LABELS, task)[dataset]]
        counts_of = {"basic": (500, 2000, 10000), "siamese": (500, 10000)}
        names = [container.get_label() for container in panel.containers]
        assert names == ["basic", "Siamese"]
        for container, (kind, counts) in zip(panel.containers, counts_of.items(), strict=True):
            (bars,) = container[2]
            marks = container[0].get_xydata()
            for n, (x, y), bar in zip(counts, marks, bars.get_segments(), strict=True):
                assert x == pytest.approx(n, rel=0.05)
                expected = mean_score(scores, task, variant, dataset, f"{kind}-{n}")
                np.testing.assert_allclose([y, *bar[:, 1]], expected)


def test_a_missing_point_of_a_curve_is_named():
    scores = make_scores(models=CURVE_MODELS[:-1])
    with pytest.raises(InputError, match="no score of task map for basic-2000 on "):
        draw_curves(scores, 2, CURVE_MODELS, TITLES, LABELS)


def test_models_that_are_there_already_are_marks():
    scores = make_scores(models=[*CURVE_MODELS, "theirs", "clap"])
    *_, last = TITLES
    scores = scores[(scores["model"] != "clap") | (scores["dataset"] != last)]
    points, left_out = {"theirs": 5000}, {("clap", last)}
    figure = draw_curves(scores, 2, CURVE_MODELS, TITLES, LABELS, points, ["clap"], left_out)
    ticks = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert ticks == ["500", "2,000", "5,000", "10,000", "not\nknown"]
    for panel, dataset in zip(figure.axes, TITLES, strict=True):
        containers = {container.get_label(): container for container in panel.containers}
        assert containers.keys() == {"basic", "Siamese", "theirs"} | (
            {"clap"} if dataset != last else set()
        )
        for name, place in (("theirs", 5000), ("clap", panel.get_xticks()[-1])):
            if name in containers:
                mark, _, (bars,) = containers[name]
                ((x, y),) = mark.get_xydata()
                assert x == pytest.approx(place, rel=0.2)
                expected = mean_score(scores, "map", "all", dataset, name)
                np.testing.assert_allclose([y, *bars.get_segments()[0][:, 1]], expected)
                assert mark.get_linestyle() == "None"  # no line where there is no second mark
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert set(names) == {"basic", "Siamese", "theirs", "clap"}


def test_without_trained_models_the_marks_stand_alone():
    scores = make_scores(models=["a", "b"])
    figure = draw_curves(scores, 3, [], TITLES, LABELS, {"a": 500, "b": 5000})
    assert [c.get_label() for c in figure.axes[0].containers] == ["a", "b"]


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 7)])
def test_a_line_is_solid_only_if_several_trainings_are_behind_it(seeds):
    scores = make_scores(models=CURVE_MODELS, seeds=seeds)
    figure = draw_curves(scores, 2, CURVE_MODELS, TITLES, LABELS)
    lines = [container[0] for panel in figure.axes for container in panel.containers]
    assert {line.get_linestyle() for line in lines} == {"-" if len(seeds) > 1 else ":"}
    assert note_of(figure) == (
        "Thin bars: 95 % intervals over songs; pale bars: range of 3 trainings"
        if len(seeds) > 1
        else "Bars: 95 % intervals over songs, of one training"
    )


def test_marks_of_one_number_and_texts_of_close_numbers_stand_side_by_side():
    kinds = ("basic", "siamese", "cosine", "sharp")
    models = [f"{kind}-{n}" for kind in kinds for n in (12, 20)]
    scores = make_scores(models=[*models, "theirs"])
    figure = draw_curves(scores, 2, models, TITLES, LABELS, {"theirs": 10_000})
    figure.draw_without_rendering()
    for panel in figure.axes:
        marks = np.array([c[0].get_xydata()[0] for c in panel.containers[: len(kinds)]])
        places_pt = panel.transData.transform(marks)[:, 0] / figure.dpi * 72
        assert (np.diff(places_pt) > 3).all()
    assert_texts_are_apart(figure, ["12", "20", "10,000"])


@pytest.mark.parametrize("points", [{"a": 5000, "b": 10_000}, {"a": 5000}, {"a": 12, "b": 10_000}])
def test_what_is_not_known_stands_apart(points):
    scores = make_scores(models=["a", "b", "clap"])
    figure = draw_curves(scores, 2, [], TITLES, LABELS, points, ["clap"])
    figure.draw_without_rendering()
    assert_texts_are_apart(figure, [*(f"{n:,}" for n in points.values()), "not\nknown"])


def assert_texts_are_apart(figure, expected):
    texts = [text for text in figure.axes[-1].get_xticklabels() if text.get_text()]
    assert [text.get_text() for text in texts] == expected
    for one, other in itertools.combinations(texts, 2):
        assert not one.get_window_extent().overlaps(other.get_window_extent())


@pytest.mark.parametrize("word", ["a", "a=", "=5", "a=x", "a=0", "a=-5"])
def test_wrong_points_are_refused(word):
    with pytest.raises(InputError, match=f"--points {word}: write NAME=ARTISTS"):
        parse_points([word])


def test_another_kind_of_vectors_is_not_drawn():
    scores = make_scores(models=CURVE_MODELS)
    others = scores.assign(vectors="multilevel", value=scores["value"] / 2)
    both = pd.concat([scores, others])
    shown, alone = (draw_curves(s, 2, CURVE_MODELS, TITLES, LABELS) for s in (both, scores))
    for panel, expected in zip(shown.axes, alone.axes, strict=True):
        for container, other in zip(panel.containers, expected.containers, strict=True):
            np.testing.assert_array_equal(container[0].get_xydata(), other[0].get_xydata())
