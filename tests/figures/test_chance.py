import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepartist.figures.chance import (
    find_chances,
    guess_label,
    rank_randomly,
    read_labels_of,
)
from deepartist.process.errors import InputError
from deepartist.scores.retrieval import average_precision
from drawings import write_labels


@pytest.mark.parametrize("labels", ["aab", "aaabb", "aabbcd", "aaaaaa", "aa"])
def test_a_random_order_scores_the_mean_of_all_orders(labels):
    expected = []
    for query, label in enumerate(labels):
        relevant = np.array([other == label for other in labels[:query] + labels[query + 1 :]])
        if relevant.any():
            orders = list(itertools.permutations(range(len(relevant))))
            precisions = [average_precision(np.array(order), relevant) for order in orders]
            expected.append(np.mean(precisions))
    assert rank_randomly(pd.Series(list(labels))) == pytest.approx(np.mean(expected))


def test_without_two_songs_of_a_label_there_is_no_retrieval():
    assert np.isnan(rank_randomly(pd.Series(["a", "b"])))


def test_a_label_drawn_at_random_is_right_once_in_so_many():
    # however many songs a label has, as of new artists in figure 8
    assert guess_label(pd.Series(list("aaaaaaabcc"))) == pytest.approx(1 / 3)


def test_each_data_set_has_its_own_chance(tmp_path):
    labels = {"one": pd.Series(list("aab")), "two": pd.Series(list("aabbccdd"))}
    _, *paths = map(Path, write_labels(tmp_path, labels))
    found = read_labels_of(["one", "two"], paths)
    assert find_chances(found, "knn") == find_chances(found, "softmax") == {"one": 0.5, "two": 0.25}
    assert find_chances(found, "map") == {name: rank_randomly(labels[name]) for name in labels}
    with pytest.raises(InputError, match="--labels: 1 files for 2 data sets"):
        read_labels_of(["one", "two"], paths[:1])
