import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from deepartist.embeddings.describe_mel import mel_statistics
from described import make_clip, mean_of_rows, std_of_rows


def slow_statistics(frames):
    """One band after another, in double precision."""
    bands = frames.astype(np.float64).T
    return np.array([*mean_of_rows(bands), *std_of_rows(bands)])


@pytest.mark.parametrize("n", [1, 129, 1291])
def test_statistics_are_those_of_the_slow_twin(rng, n):
    frames = make_clip(rng, n)
    ours = mel_statistics(frames)
    assert (ours.shape, ours.dtype) == ((256,), np.float32)
    np.testing.assert_allclose(ours, slow_statistics(frames), rtol=1e-4, atol=1e-5)


def test_two_frames_by_hand():
    ours = mel_statistics(np.array([np.zeros(128), np.arange(128)], np.float16))
    np.testing.assert_array_equal(ours[:128], np.arange(128) / 2)
    np.testing.assert_array_equal(ours[128:], np.arange(128) / 2)


@given(
    hnp.arrays(
        np.float16,
        st.tuples(st.integers(1, 9), st.just(128)),
        elements=st.floats(0, 8, width=16),
    ),
    st.randoms(),
)
def test_the_order_of_the_frames_does_not_matter(frames, random):
    order = list(range(len(frames)))
    random.shuffle(order)
    np.testing.assert_allclose(mel_statistics(frames[order]), mel_statistics(frames), atol=1e-4)
