import numpy as np
import pytest

from deepartist.figures.draw_curves import FIGURES, draw_curves
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
