import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

from deepartist.figures.seed_means import average_seeds, describe_bars, draw_marks
from helpers import frame, score

VALUES = {0: 0.4, 1: 0.5, 2: 0.9}


def test_a_mean_knows_its_trainings_and_their_range():
    rows = [score("map", "all", value, seed=seed) for seed, value in VALUES.items()]
    rows += [score("map", "all", 0.1, model="mfcc")]
    means = average_seeds(frame(*rows))
    columns = ["value", "ci_low", "ci_high", "lowest", "highest", "seeds"]
    found = means.loc[[("map", "all", "gtzan", "basic-32"), ("map", "all", "gtzan", "mfcc")]]
    expected = [[0.6, 0.55, 0.65, 0.4, 0.9, 3], [0.1, 0.05, 0.15, 0.1, 0.1, 1]]
    np.testing.assert_allclose(found[columns].to_numpy(float), expected)


def test_marks_have_an_interval_and_the_range_of_their_trainings():
    rows = [score("map", "all", value, seed=seed) for seed, value in VALUES.items()]
    _, panel = plt.subplots()
    draw_marks(panel, [3.0], average_seeds(frame(*rows)), ("#000000", "o"), "basic-32")
    interval, trainings = (
        collection.get_segments()[0].tolist()
        for collection in sorted(panel.collections, key=lambda c: c.get_linewidth()[0])
    )
    np.testing.assert_allclose(interval, [[3, 0.55], [3, 0.65]])
    np.testing.assert_allclose(trainings, [[3, 0.4], [3, 0.9]])


@pytest.mark.parametrize(
    ("artists", "seeds", "text"),
    [
        ([0, 0], [1, 1], "Bars: 95 % intervals over songs, of one training"),
        ([7, 9], [1, 1], "Bars: 95 % intervals over artists and their songs, of one training"),
        (
            [0, 9],
            [3, 3],
            "Thin bars: 95 % intervals over songs or, where known, artists and their songs; "
            "pale bars: range of 3 trainings",
        ),
        (
            [0, 0],
            [3, 1],
            "Thin bars: 95 % intervals over songs; pale bars: range of up to 3 trainings",
        ),
    ],
)
def test_what_bars_are_is_said(artists, seeds, text):
    assert describe_bars(pd.DataFrame({"artists": artists, "seeds": seeds})) == text
