"""Chunks of steps: where they start, what is drawn for them, and songs in main memory."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from deepartist.training import chunks
from deepartist.training.chunks import chunks_of
from deepartist.training.epoch import Batches
from deepartist.training.schedule import Schedule
from deepartist.training.segments import cutting_at_each_step, cutting_before_each_chunk
from deepartist.training.state import State
from deepartist.training.steps import Songs
from trainings import CPU, settings_of


def an_epoch(steps, batch_size=2, songs=3):
    rows = torch.arange(steps * batch_size * songs).view(steps, batch_size, songs)
    return Batches(rows, 10.0 * rows[:, :, 0], 100.0 * rows[:, 0, 0])


@given(
    st.integers(1, 400),
    st.integers(0, 8),
    st.sampled_from([(2, 3, 50), (15, 6, 50), (100, 6, 7), (750, 6, 1), (5000, 1, 1)]),
)
def test_chunks_cover_the_steps_that_are_left(steps, chunks_done, shape):
    batch_size, songs, size = shape
    epoch = Batches(*(torch.zeros(1).expand(steps, batch_size, songs) for _ in range(3)))
    done = min(chunks_done * size, steps)
    lengths = [n for _, n in chunks_of(epoch, done)]
    covered = [step for first, n in chunks_of(epoch, done) for step in range(first, first + n)]
    assert covered == list(range(done, steps))
    assert all(n == size for n in lengths[:-1])
    assert all(0 < n <= size for n in lengths)
    # A resumed epoch has the chunks of one that was not interrupted.
    if done < steps:
        assert chunks_of(epoch, 0)[chunks_done:] == chunks_of(epoch, done)


def test_segments_that_are_cut_before_a_chunk_are_those_that_a_step_would_cut(rng):
    mels = torch.from_numpy(rng.random((5, 1291, 128)).astype(np.float16))
    prepare, cut = cutting_at_each_step(mels)
    prepare_chunk, cut_of_chunk = cutting_before_each_chunk(mels, (3, 2, 4), CPU)
    for n in (3, 3, 1):
        rows = torch.from_numpy(
            rng.integers(0, 5, (n, 2, 4)) * 1291 + rng.integers(0, 1163, (n, 2, 4))
        )
        prepare(rows)
        prepare_chunk(rows)
        for number in range(n):
            expected = cut(number, rows[number])
            assert expected.shape == (2, 4, 129, 128)
            assert torch.equal(cut_of_chunk(number, rows[number]), expected)


def make_run_chunk(monkeypatch, epoch, see, dropout=0.0):
    """Make chunks of steps that only call `see` with (number, batches, dropout factors)."""

    def make_step(model, task, songs, optimizer, batches, cut, factors, total, settings, augment):
        return lambda number: see(number, batches, factors)

    monkeypatch.setattr(chunks, "make_step", make_step)
    monkeypatch.setattr(chunks, "tensors_of_steps", lambda state: {})
    state = State(None, None, torch.Generator().manual_seed(0), None, Schedule(0.1), [])
    songs = Songs(torch.zeros(2, 1291, 128), torch.zeros(2), torch.zeros(128), 1.0)
    return chunks.make_run_chunk(state, None, songs, epoch, settings_of("basic", dropout=dropout))


@pytest.mark.parametrize("dropout", [0.0, 0.25])
def test_dropout_factors_are_drawn_anew_for_each_chunk(monkeypatch, dropout):
    seen = []

    def see(number, batches, factors):
        seen.append(None if factors is None else factors[number].clone())

    epoch = an_epoch(4, 5, 6)
    run_chunk = make_run_chunk(monkeypatch, epoch, see, dropout)
    run_chunk(epoch, 0, 4)
    run_chunk(epoch, 0, 2)
    assert len(seen) == 6
    if not dropout:
        assert seen == [None] * 6
        return
    factors = torch.stack(seen)
    assert factors.shape == (6, 5, 6, 256)
    assert factors.unique().tolist() == pytest.approx([0.0, 1 / 0.75])
    assert float((factors == 0).float().mean()) == pytest.approx(0.25, abs=0.01)
    pairs = [(i, j) for i in range(6) for j in range(i)]
    assert not any(torch.equal(factors[i], factors[j]) for i, j in pairs)


@pytest.mark.parametrize(("most_steps", "most_segments"), [(2, 99), (50, 14)])
def test_each_chunk_reads_its_own_part_of_the_epoch(monkeypatch, most_steps, most_segments):
    seen = []
    monkeypatch.setattr(chunks, "STEPS_OF_CHUNK", most_steps)
    monkeypatch.setattr(chunks, "SEGMENTS_OF_CHUNK", most_segments)  # of six a step

    def see(number, batches, _):
        assert len(batches.rows) == 2
        seen.append([part[number].flatten().tolist() for part in batches])

    first = an_epoch(5)
    run_chunk = make_run_chunk(monkeypatch, first, see)
    expected = []
    for factor in (1, 2):
        epoch = Batches(*(factor * part for part in first))
        expected += [[part[n].flatten().tolist() for part in epoch] for n in range(5)]
        for start, n in chunks_of(epoch, 0):
            run_chunk(epoch, start, n)
    assert seen == expected
