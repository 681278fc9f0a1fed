"""Unpitched sounds: the drums of each kit, and one stroke on a drum."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from deepartist.constants import SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Drum:
    """A drum: a decaying tone of falling pitch, and a decaying band of noise.

    Parameters
    ----------
    tone_hz, tone_s, tone : float
        Pitch at rest, time constant of the decay and level of the tone.
    sweep : float
        The pitch starts at (1 + sweep) times `tone_hz`.
    noise_low_hz, noise_high_hz, noise_s, noise : float
        Band, time constant of the decay, and level of the noise.
    claps : int
        Number of short bursts before the noise (hand claps).
    """

    tone_hz: float = 200.0
    tone_s: float = 0.1
    tone: float = 0.0
    sweep: float = 0.0
    noise_low_hz: float = 200.0
    noise_high_hz: float = 10_000.0
    noise_s: float = 0.1
    noise: float = 0.0
    claps: int = 0


@dataclass(frozen=True)
class Tuning:
    """How an artist's kit differs from the standard one: factors on pitch, decay and noise band."""

    pitch: float = 1.0
    decay: float = 1.0
    brightness: float = 1.0


_ACOUSTIC = {
    "kick": Drum(58, 0.12, 1.0, 2.0, 1500, 4500, 0.008, 0.25),
    "snare": Drum(190, 0.07, 0.5, 0.3, 900, 7500, 0.09, 0.7),
    "hat": Drum(noise_low_hz=6500, noise_s=0.025, noise=0.63),
    "open": Drum(noise_low_hz=5500, noise_s=0.18, noise=0.72),
    "ride": Drum(4300, 0.3, 0.06, 0.0, 5000, 9500, 0.25, 0.36),
    "crash": Drum(noise_low_hz=3000, noise_s=0.7, noise=0.9),
    "tom": Drum(120, 0.18, 0.9, 0.4, 500, 2500, 0.03, 0.15),
    "floor": Drum(80, 0.22, 0.9, 0.4, 400, 2000, 0.03, 0.15),
    "rim": Drum(820, 0.018, 0.6, 0.1, 1500, 5000, 0.012, 0.3),
    "clap": Drum(noise_low_hz=900, noise_high_hz=3200, noise_s=0.09, noise=0.8, claps=3),
    "shaker": Drum(noise_low_hz=4500, noise_high_hz=9500, noise_s=0.045, noise=0.54),
    "tambourine": Drum(6800, 0.05, 0.15, 0.0, 5500, 10_000, 0.08, 0.63),
    "cowbell": Drum(560, 0.09, 0.5, 0.0, 1500, 3500, 0.03, 0.1),
    "conga": Drum(250, 0.11, 0.8, 0.12, 800, 3500, 0.012, 0.25),
    "conga_low": Drum(165, 0.15, 0.8, 0.12, 600, 2800, 0.012, 0.25),
    "clave": Drum(2350, 0.03, 0.7, 0.0, 2000, 6000, 0.004, 0.1),
}

KITS = {
    "acoustic": _ACOUSTIC,
    "brush": _ACOUSTIC
    | {
        "kick": Drum(64, 0.09, 0.6, 1.0, 500, 1500, 0.01, 0.1),
        "snare": Drum(200, 0.05, 0.1, 0.2, 1500, 7000, 0.16, 0.35),
        "hat": Drum(noise_low_hz=5500, noise_s=0.02, noise=0.45),
    },
    "rock": _ACOUSTIC
    | {
        "kick": Drum(62, 0.13, 1.0, 2.5, 2000, 6000, 0.012, 0.5),
        "snare": Drum(205, 0.1, 0.6, 0.4, 700, 8500, 0.16, 0.9),
        "open": Drum(noise_low_hz=4200, noise_s=0.26, noise=0.9),
    },
    "metal": _ACOUSTIC
    | {
        "kick": Drum(66, 0.06, 0.9, 3.0, 3000, 8500, 0.01, 1.0),
        "snare": Drum(230, 0.08, 0.6, 0.4, 1200, 9500, 0.12, 1.0),
        "crash": Drum(noise_low_hz=2500, noise_s=0.9, noise=1.08),
    },
    "disco": _ACOUSTIC
    | {
        "kick": Drum(60, 0.1, 1.1, 2.0, 1200, 3500, 0.012, 0.35),
        "open": Drum(noise_low_hz=6500, noise_s=0.11, noise=0.99),
    },
    "machine": _ACOUSTIC
    | {
        "kick": Drum(48, 0.16, 1.3, 4.5, 2000, 7000, 0.006, 0.4),
        "snare": Drum(180, 0.05, 0.5, 0.2, 1500, 9500, 0.13, 0.8),
        "hat": Drum(noise_low_hz=7500, noise_s=0.018, noise=0.72),
        "open": Drum(noise_low_hz=7000, noise_s=0.14, noise=0.9),
        "tom": Drum(140, 0.2, 1.0, 0.8),
    },
    "boom": _ACOUSTIC
    | {
        "kick": Drum(50, 0.26, 1.5, 1.8, 600, 2500, 0.012, 0.3),
        "snare": Drum(170, 0.06, 0.6, 0.2, 600, 5000, 0.11, 0.9),
        "hat": Drum(noise_low_hz=5000, noise_high_hz=8500, noise_s=0.022, noise=0.63),
    },
    "found": _ACOUSTIC
    | {
        "kick": Drum(95, 0.4, 0.8, 0.1, 200, 900, 0.2, 0.3),
        "snare": Drum(1430, 0.35, 0.3, 0.0, 300, 1200, 0.3, 0.5),
        "hat": Drum(3170, 0.12, 0.2, -0.3, 1500, 3000, 0.1, 0.54),
        "tom": Drum(640, 0.5, 0.5, -0.2, 300, 5000, 0.5, 0.2),
    },
}


@lru_cache(maxsize=256)
def render_hit(kit: str, voice: str, tuning: Tuning, seed: int) -> np.ndarray:
    """Render one stroke.

    Parameters
    ----------
    kit, voice : str
        Key of `KITS`, and key of a drum in that kit.
    tuning : Tuning
    seed : int
        Seed of the noise.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        At 22,050 Hz. The array is cached: callers must not change it.
    """
    drum = KITS[kit][voice]
    tone_s, noise_s = drum.tone_s * tuning.decay, drum.noise_s * tuning.decay
    longest_s = max(tone_s if drum.tone else 0.0, noise_s if drum.noise else 0.0)
    count = int(min(5 * longest_s + 0.03, 2.0) * SAMPLE_RATE_HZ)
    time_s = np.arange(count, dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    hit: np.ndarray = np.zeros(count, dtype=np.float32)
    if drum.tone:
        pitch_hz = drum.tone_hz * tuning.pitch
        cycles = pitch_hz * (time_s + drum.sweep * 0.02 * (1 - np.exp(time_s / -0.02)))
        hit += drum.tone * np.sin(2 * np.pi * cycles) * np.exp(time_s / -tone_s)
    if drum.noise:
        band = _noise_band(drum, tuning, count, seed)
        hit += drum.noise * band * _noise_envelope(drum, time_s, noise_s)
    fade = np.minimum((time_s[-1] - time_s) / 0.01, 1)
    hit = (hit * fade).astype(np.float32)
    return hit


def _noise_band(drum: Drum, tuning: Tuning, count: int, seed: int) -> np.ndarray:
    """Make `count` samples of noise in the drum's band."""
    noise = np.random.default_rng(seed).standard_normal(count, dtype=np.float32)
    spectrum = np.fft.rfft(noise)
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ) + 1.0
    low_hz, high_hz = drum.noise_low_hz * tuning.brightness, drum.noise_high_hz * tuning.brightness
    spectrum /= (1 + (low_hz / hertz) ** 4) * (1 + (hertz / high_hz) ** 4)
    band: np.ndarray = np.fft.irfft(spectrum, count)
    band = 0.4 * band / np.sqrt((band**2).mean())
    return band


def _noise_envelope(drum: Drum, time_s: np.ndarray, noise_s: float) -> np.ndarray:
    """Compute the level of the noise over time: the short bursts of a clap first, then a decay."""
    start_s = 0.011 * drum.claps
    envelope: np.ndarray = np.where(time_s >= start_s, np.exp((start_s - time_s) / noise_s), 0)
    for burst in range(drum.claps):
        since_s = time_s - 0.011 * burst
        envelope += np.where((since_s >= 0) & (since_s < 0.011), np.exp(since_s / -0.004), 0)
    return envelope
