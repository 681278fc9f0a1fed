from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from deepartist.splits.shuffle import shuffled


@given(names=st.lists(st.text(), unique=True), seed=st.integers(0, 9))
def test_shuffled_is_a_permutation_that_sees_names_only(names, seed):
    assert sorted(shuffled(names, seed, "x")) == sorted(names)
    assert shuffled(names, seed, "x") == shuffled(names[::-1], seed, "x")
    assert [n for n in shuffled(names, seed, "x") if n in names[1:]] == shuffled(
        names[1:], seed, "x"
    )


def test_shuffled_takes_every_place_alike():
    places = Counter(shuffled("abcd", seed, "x").index("a") for seed in range(4000))
    # 1000 each; the standard deviation is 27
    assert all(abs(places[place] - 1000) < 140 for place in range(4))
