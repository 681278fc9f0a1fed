"""The learning rate and the early stop, beside Keras and by hand."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deepartist.training.schedule import Schedule, after_epoch, decayed_rates


def keras_plateau(losses, rate, factor, patience, floor):
    """Keras 2.1.1's ReduceLROnPlateau, in its own order of steps, as a loop."""
    best, wait, rates = float("inf"), 0, []
    for loss in losses:
        if loss < best - 1e-4:
            best, wait = loss, 0
        else:
            if wait >= patience:
                rate, wait = max(rate * factor, floor), 0
            wait += 1
        rates.append(rate)
    return rates


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=30),
    st.integers(1, 4),
    st.sampled_from([0.0, 0.01]),
)
def test_schedule_drops_when_keras_does(losses, patience, floor):
    schedule, rates = Schedule(learning_rate=0.1), []
    for loss in losses:
        schedule = after_epoch(schedule, loss / 10, factor=0.2, patience=patience, floor=floor)
        rates.append(schedule.learning_rate)
    expected = keras_plateau([loss / 10 for loss in losses], 0.1, 0.2, patience, floor)
    assert rates == pytest.approx(expected)


def test_schedule_by_hand():
    # Patience 1: after one epoch without a better loss, the second such epoch lowers the rate, and
    # so does each that follows, until one is better.
    schedule = Schedule(learning_rate=0.1)
    rates, waits = [], []
    for loss in (1.0, 0.9, 0.95, 0.97, 0.98, 0.8, 0.85):
        schedule = after_epoch(schedule, loss, factor=0.2, patience=1, floor=0.01)
        rates.append(round(schedule.learning_rate, 6))
        waits.append(schedule.since_best)
    assert rates == [0.1, 0.1, 0.1, 0.02, 0.01, 0.01, 0.01]
    assert waits == [0, 0, 1, 2, 3, 0, 1]
    assert (schedule.best_epoch, schedule.best_loss) == (6, 0.8)


def test_a_rate_below_the_floor_stays():
    schedule = Schedule(learning_rate=0.001)
    for loss in (1.0, 1.0, 1.0, 1.0):
        schedule = after_epoch(schedule, loss, factor=0.2, patience=1, floor=0.01)
    assert schedule.learning_rate == 0.001


def test_decay_by_hand():
    rates = decayed_rates(0.1, 1e-6, torch.tensor([0, 1, 1_000_000], dtype=torch.float64))
    assert rates.dtype == torch.float32
    assert rates.tolist() == pytest.approx([0.1, 0.1 / 1.000001, 0.05], rel=1e-7)
