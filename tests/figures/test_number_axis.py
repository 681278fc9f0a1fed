import numpy as np
import pytest
from matplotlib import pyplot as plt

from deepartist.figures.number_axis import GAP, find_ends, move_aside, set_number_axis


@pytest.mark.parametrize("models", [3, 30])
@pytest.mark.parametrize("numbers", [[1, 10, 1000], [5]])
def test_marks_stand_around_their_number_at_equal_distances(numbers, models):
    ends = find_ends(numbers)
    _, panel = plt.subplots()
    set_number_axis(panel, {n: str(n) for n in numbers}, ends)
    places = np.log([move_aside(numbers, ends, place, models) for place in range(models)])
    np.testing.assert_allclose(places.mean(axis=0), np.log(numbers), atol=1e-9)
    gaps = np.diff(places, axis=0) / np.log(ends[1] / ends[0])
    np.testing.assert_allclose(gaps, gaps[0, 0])
    assert gaps[0, 0] > 0 and (models > 3 or gaps[0, 0] == pytest.approx(GAP))
    low, high = np.log(panel.get_xlim())
    assert low < places.min() and places.max() < high


def test_a_single_number_stands_in_the_middle():
    low, high = find_ends([5])
    assert low < 5 < high and low * high == 25


@pytest.mark.parametrize(("numbers", "rotation"), [([1, 2, 5], 0), ([12, 14, 5000], 90)])
def test_texts_that_are_close_stand_upright(numbers, rotation):
    _, panel = plt.subplots()
    set_number_axis(panel, {n: f"{n:,}" for n in numbers}, find_ends(numbers))
    assert {text.get_rotation() for text in panel.get_xticklabels()} == {rotation}
    assert panel.get_xticks().tolist() == numbers
