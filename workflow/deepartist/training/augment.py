"""Augmentation of segments: other loudness, other pitch, masked bands and frames.

Each is off by default. The paper has none of them. Masks are those of SpecAugment (Park et al.,
Interspeech 2019), one of each kind.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from deepartist.constants import MEL_BANDS, SEGMENT_FRAMES
from deepartist.training.steps import Songs

CHOICES = 6  # random choices for each segment

# Called with segments (B, M, 129, 128) and the random choices (B, M, 6) from 0 to 1 of each;
# returns segments (B, M, 129, 128) float32.
Change = Callable[[Tensor, Tensor], Tensor]


def augmentations(settings: Mapping[str, Any], songs: Songs) -> list[Change]:
    """List the changes that the settings ask for.

    Masked values become the mean of the songs that are trained on, which the encoder sees as 0.
    """
    mean = float(-songs.shift[0] / songs.scale)
    changes: list[Change] = []
    if gain_db := settings["gain_db"]:
        changes.append(lambda x, choices: change_gain(x, choices[..., 0], gain_db))
    if bands := settings["pitch_bands"]:
        changes.append(lambda x, choices: shift_bands(x, choices[..., 1], bands))
    if widest_bands := settings["mask_bands"]:
        changes.append(lambda x, choices: mask(x, choices[..., 2:4], widest_bands, -1, mean))
    if widest_frames := settings["mask_frames"]:
        changes.append(lambda x, choices: mask(x, choices[..., 4:6], widest_frames, -2, mean))
    return changes


def change_gain(segments: Tensor, choice: Tensor, gain_db: float) -> Tensor:
    """Make segments louder or softer, by up to `gain_db`, all gains alike likely.

    Parameters
    ----------
    segments : Tensor [shape=(..., 129, 128)]
        ``log10(1 + 10 · mel)``, with mel of the magnitude; so the change is exact.
    choice : Tensor [shape=(...)]
        From 0 to 1, the lowest to the highest gain.
    gain_db : float > 0
    """
    factor = 10 ** (gain_db * (2 * choice - 1) / 20)
    return torch.log10(1 + factor[..., None, None] * (10 ** segments.float() - 1))


def shift_bands(segments: Tensor, choice: Tensor, bands: int) -> Tensor:
    """Move segments up or down by up to `bands` mel bands; the last band there is repeated.

    Above 1 kHz, where bands are spaced by a constant ratio of 1.5 % or less, this transposes music;
    below, it does so roughly.

    Parameters
    ----------
    segments : Tensor [shape=(..., 129, 128)]
    choice : Tensor [shape=(...)]
        From 0 to 1, the lowest to the highest shift.
    bands : int > 0
    """
    shift = (choice * (2 * bands + 1)).long().clamp(max=2 * bands) - bands
    band = torch.arange(MEL_BANDS, device=segments.device) - shift[..., None]
    index = band.clamp(0, MEL_BANDS - 1)[..., None, :].expand(*choice.shape, SEGMENT_FRAMES, -1)
    return segments.float().gather(-1, index)


def mask(segments: Tensor, choices: Tensor, widest: int, dim: int, value: float) -> Tensor:
    """Mask a band of neighbouring mel bands or frames, of up to `widest`, by a value.

    Parameters
    ----------
    segments : Tensor [shape=(..., 129, 128)]
    choices : Tensor [shape=(..., 2)]
        Width and place of the mask, from 0 to 1 each.
    widest : int > 0
    dim : {-1, -2}
        Mask mel bands, or frames.
    value : float
    """
    size = segments.shape[dim]
    width = (choices[..., 0] * (min(widest, size) + 1)).floor()
    start = (choices[..., 1] * (size - width + 1)).floor()
    place = torch.arange(size, device=segments.device)
    is_masked = (place >= start[..., None]) & (place < (start + width)[..., None])
    is_masked = is_masked[..., None, :] if dim == -1 else is_masked[..., :, None]
    return segments.float().masked_fill(is_masked, value)
