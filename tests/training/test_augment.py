"""Augmentation against slow versions, segment by segment."""

import numpy as np
import pytest
import torch

from deepartist.mels.mel import log_mel
from deepartist.training.augment import CHOICES, augmentations, change_gain, mask, shift_bands
from deepartist.training.steps import Songs
from trainings import settings_of

SHAPE = (2, 3, 129, 128)
SONGS = Songs(torch.zeros(1), torch.zeros(1), torch.full((128,), -0.4 / 0.3), 1 / 0.3)


@pytest.fixture
def segments(rng):
    return torch.from_numpy(rng.random(SHAPE).astype(np.float16))


def test_a_gain_is_that_of_the_sound(rng):
    sound = rng.normal(size=129 * 512).astype(np.float32)
    quiet, loud = (torch.from_numpy(log_mel(factor * sound))[:129] for factor in (0.1, 0.1 * 2))
    # From 0 to 1 the gain goes from -12 to 12 dB; a factor of 2 is 6.02 dB.
    choice = torch.tensor((20 * np.log10(2) / 12 + 1) / 2).float()
    torch.testing.assert_close(change_gain(quiet, choice, 12.0), loud, rtol=1e-4, atol=1e-4)
    assert torch.allclose(change_gain(quiet, torch.tensor(0.5), 12.0), quiet, atol=1e-5)


def test_bands_move_and_the_last_is_repeated(segments, rng):
    choice = torch.from_numpy(rng.random(SHAPE[:2])).float()
    choice[0, :2] = torch.tensor([0.0, 1.0])
    moved = shift_bands(segments, choice, 4)
    seen = set()
    for place in np.ndindex(*SHAPE[:2]):
        shift = min(int(float(choice[place]) * 9), 8) - 4
        seen.add(shift)
        padded = np.pad(segments[place].float().numpy(), ((0, 0), (4, 4)), mode="edge")
        assert np.array_equal(moved[place].numpy(), padded[:, 4 - shift : 132 - shift])
    assert {-4, 4} <= seen


@pytest.mark.parametrize(("dim", "size"), [(-1, 128), (-2, 129)])
def test_masks_are_as_wide_and_where_they_were_chosen(segments, rng, dim, size):
    choices = torch.from_numpy(rng.random((*SHAPE[:2], 2))).float()
    choices[0, 0] = torch.tensor([0.999, 0.999])
    masked = mask(segments, choices, 20, dim, 7.0)
    for place in np.ndindex(*SHAPE[:2]):
        width = int(float(choices[place][0]) * 21)
        start = int(float(choices[place][1]) * (size - width + 1))
        assert start + width <= size
        expected = segments[place].float().clone()
        expected[(slice(None),) * (dim % 2) + (slice(start, start + width),)] = 7.0
        assert torch.equal(masked[place], expected)


def test_only_what_the_settings_ask_for_is_changed(segments):
    assert augmentations(settings_of("basic"), SONGS) == []
    choices = torch.rand(*SHAPE[:2], CHOICES, generator=torch.Generator().manual_seed(0))
    (change,) = augmentations(settings_of("basic", mask_bands=30), SONGS)
    values = change(segments, choices)[change(segments, choices) != segments]
    # Masked values are the songs' mean, which the encoder sees as 0.
    assert values.unique().tolist() == pytest.approx([0.4])
    names = ("gain_db", "pitch_bands", "mask_bands", "mask_frames")
    assert len(augmentations(settings_of("siamese", **dict.fromkeys(names, 3)), SONGS)) == 4
