import numpy as np
import pandas as pd
import pytest

from deepartist.figures.draw_curves import FIGURES, draw_curves, parse_points
from deepartist.process.errors import InputError
from drawings import TITLES, make_scores, mean_score

CURVE_MODELS = ["basic-500", "siamese-500", "siamese-10000", "basic-10000", "basic-2000"]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_line_per_kind_of_model_over_the_numbers_of_artists(number):
    task, variant, unit = FIGURES[number]
    scores = make_scores(models=CURVE_MODELS)
    figure = draw_curves(scores, number, CURVE_MODELS, TITLES)
    assert [panel.get_title() for panel in figure.axes] == list(TITLES.values())
    assert figure.get_supylabel() == unit
    ticks = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert ticks == ["500", "2,000", "10,000"]
    for panel, dataset in zip(figure.axes, TITLES, strict=True):
        assert panel.get_xticks().tolist() == [500, 2000, 10000]
        counts_of = {"basic": (500, 2000, 10000), "siamese": (500, 10000)}
        assert [container.get_label() for container in panel.containers] == list(counts_of)
        for container, (kind, counts) in zip(panel.containers, counts_of.items(), strict=True):
            (bars,) = container[2]
            marks = container[0].get_xydata()
            for n, (x, y), bar in zip(counts, marks, bars.get_segments(), strict=True):
                assert x == pytest.approx(n, rel=0.03)
                expected = mean_score(scores, task, variant, dataset, f"{kind}-{n}")
                np.testing.assert_allclose([y, *bar[:, 1]], expected)


def test_a_missing_point_of_a_curve_is_named():
    scores = make_scores(models=CURVE_MODELS[:-1])
    with pytest.raises(InputError, match="no score of task map for basic-2000 on "):
        draw_curves(scores, 2, CURVE_MODELS, TITLES)


def test_models_that_are_there_already_are_marks_and_levels():
    scores = make_scores(models=[*CURVE_MODELS, "theirs", "clap"])
    *_, last = TITLES
    scores = scores[(scores["model"] != "clap") | (scores["dataset"] != last)]
    figure = draw_curves(
        scores, 2, CURVE_MODELS, TITLES, {"theirs": 5000}, ["clap"], {("clap", last)}
    )
    ticks = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert ticks == ["500", "2,000", "5,000", "10,000"]
    for panel, dataset in zip(figure.axes, TITLES, strict=True):
        (mark,) = [c for c in panel.containers if c.get_label() == "theirs"]
        ((x, y),) = mark[0].get_xydata()
        assert x == pytest.approx(5000, rel=0.05)
        assert y == pytest.approx(mean_score(scores, "map", "all", dataset, "theirs")[0])
        levels = [line for line in panel.lines if line.get_label() == "clap"]
        if dataset == last:
            assert levels == []
        else:
            expected = mean_score(scores, "map", "all", dataset, "clap")[0]
            assert set(levels[0].get_ydata()) == {expected}
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert set(names) == {"basic", "siamese", "theirs", "clap"}


def test_without_trained_models_the_marks_stand_alone():
    figure = draw_curves(make_scores(models=["a", "b"]), 3, [], TITLES, {"a": 500, "b": 5000})
    assert [c.get_label() for c in figure.axes[0].containers] == ["a", "b"]


@pytest.mark.parametrize("word", ["a", "a=", "=5", "a=x", "a=0", "a=-5"])
def test_wrong_points_are_refused(word):
    with pytest.raises(InputError, match=f"--points {word}: write NAME=ARTISTS"):
        parse_points([word])


def test_another_kind_of_vectors_is_not_drawn():
    scores = make_scores(models=CURVE_MODELS)
    others = scores.assign(vectors="multilevel", value=scores["value"] / 2)
    both = pd.concat([scores, others])
    shown, alone = (draw_curves(s, 2, CURVE_MODELS, TITLES) for s in (both, scores))
    for panel, expected in zip(shown.axes, alone.axes, strict=True):
        for container, other in zip(panel.containers, expected.containers, strict=True):
            np.testing.assert_array_equal(container[0].get_xydata(), other[0].get_xydata())
