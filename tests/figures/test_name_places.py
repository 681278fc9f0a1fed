import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.figures.name_places import push_apart


def test_boxes_are_pushed_apart_along_the_shorter_way():
    boxes = np.array([[0, 0, 10, 4], [2, 3, 12, 7], [30, 0, 40, 4]], float)
    within = np.array([-100, -100, 100, 100], float)
    moves = push_apart(boxes, np.array([2, 1]), within)
    np.testing.assert_allclose(moves, [[0, -1], [0, 1], [0, 0]])
    # side by side, 1 apart where 2 are wanted
    boxes = np.array([[0, 0, 10, 4], [11, 0, 21, 4]], float)
    np.testing.assert_allclose(push_apart(boxes, np.array([2, 1]), within), [[-0.5, 0], [0.5, 0]])
    # one that had to come in, and one that makes room for it
    boxes = np.array([[0, 97, 10, 99], [0, 99, 10, 101]], float)
    np.testing.assert_allclose(
        push_apart(boxes, np.array([2, 0]), within)[:, 1], [-1, -1], atol=1e-5
    )


@settings(max_examples=50, deadline=None)
@given(
    corners=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90)), min_size=1, max_size=8),
    sizes=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 8)), min_size=8, max_size=8),
)
def test_boxes_end_clear_of_each_other(corners, sizes):
    low = np.array(corners, float)
    boxes = np.hstack([low, low + np.array(sizes[: len(low)])])
    within = np.array([-50, -50, 200, 200], float)
    moved = boxes + np.tile(push_apart(boxes, np.array([2, 0]), within), 2)
    for i in range(len(moved)):
        for j in range(i):
            depth = np.minimum(moved[i, 2:], moved[j, 2:]) - np.maximum(moved[i, :2], moved[j, :2])
            assert depth[0] <= -2 + 1e-3 or depth[1] <= 1e-3
    assert (moved[:, :2] >= within[:2]).all() and (moved[:, 2:] <= within[2:]).all()
