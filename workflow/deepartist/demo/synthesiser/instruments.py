"""Pitched sounds: the parameters of each instrument, and the rendering of a note."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from deepartist.constants import SAMPLE_RATE_HZ

TABLE_SIZE = 2048
HIGHEST_PARTIAL_HZ = 9_500.0  # far enough below Nyquist for vibrato and detuning


@dataclass(frozen=True)
class Instrument:
    """What the notes of an instrument have in common.

    Parameters
    ----------
    rolloff : float
        Partial k has amplitude k ** -rolloff.
    even : float
        Gain of the even partials (low: hollow, like a clarinet).
    drawbars : tuple of float
        Amplitudes of the partials; if given, `rolloff` and `even` are not used.
    pick : float
        Where a string is plucked, as a fraction of its length; 0: not a plucked string.
    formants : tuple of (centre in Hz, width in Hz, gain)
        Resonances at fixed frequencies, which do not depend on the pitch.
    ratios : tuple of float
        Frequencies of inharmonic partials as multiples of the pitch (bells, bars); empty: harmonic
        partials.
    attack_s, decay_s, sustain, release_s : float
        Envelope: time of the rise, time constant of the decay from 1 to `sustain`, time of the
        fall after the note's end.
    darken_s : float
        Time constant with which the sound becomes dull; 0: it does not change.
    detune_cents : float
        Distance of a second, detuned voice; 0: there is only one voice.
    vibrato_cents, vibrato_hz : float
        Depth and rate of the vibrato.
    scoop_cents : float
        The note starts this far below its pitch.
    noise : float
        Level of the breath or pick noise at the start.
    drive, cabinet_hz : float
        Distortion of the whole part, and the cut-off frequency of its loudspeaker's low-pass
        filter; 0: neither.
    """

    rolloff: float = 1.5
    even: float = 1.0
    drawbars: tuple[float, ...] = ()
    pick: float = 0.0
    formants: tuple[tuple[float, float, float], ...] = ()
    ratios: tuple[float, ...] = ()
    attack_s: float = 0.005
    decay_s: float = 0.8
    sustain: float = 0.0
    release_s: float = 0.08
    darken_s: float = 0.0
    detune_cents: float = 0.0
    vibrato_cents: float = 0.0
    vibrato_hz: float = 5.5
    scoop_cents: float = 0.0
    noise: float = 0.0
    drive: float = 0.0
    cabinet_hz: float = 0.0


_VOICE_AH = ((750.0, 160.0, 3.0), (1200.0, 200.0, 1.6), (2700.0, 350.0, 1.2))
_VOICE_OO = ((380.0, 120.0, 3.0), (850.0, 160.0, 1.0), (2400.0, 300.0, 0.3))
_VOICE_EH = ((560.0, 150.0, 2.4), (1850.0, 260.0, 1.9), (2550.0, 350.0, 1.3))

INSTRUMENTS = {
    # struck and plucked
    "piano": Instrument(rolloff=1.5, decay_s=0.9, darken_s=0.25, detune_cents=2, noise=0.05),
    "honky_piano": Instrument(rolloff=1.2, decay_s=0.7, darken_s=0.2, detune_cents=14, noise=0.06),
    "electric_piano": Instrument(
        drawbars=(1, 0.25, 0.08, 0.3, 0.04, 0.02, 0.12), decay_s=1.1, darken_s=0.12, detune_cents=3
    ),
    "nylon_guitar": Instrument(
        rolloff=1.4, pick=0.23, decay_s=0.45, darken_s=0.12, noise=0.10, release_s=0.2
    ),
    "steel_string_guitar": Instrument(
        rolloff=0.9, pick=0.13, decay_s=0.7, darken_s=0.15, noise=0.18, release_s=0.25
    ),
    "banjo": Instrument(rolloff=0.6, pick=0.09, decay_s=0.16, darken_s=0.05, noise=0.3),
    "clean_guitar": Instrument(rolloff=1.0, pick=0.17, decay_s=0.5, darken_s=0.2, noise=0.08),
    "jazz_guitar": Instrument(rolloff=2.0, pick=0.3, decay_s=0.6, darken_s=0.2, noise=0.04),
    "koto": Instrument(
        rolloff=0.7, pick=0.07, decay_s=0.35, darken_s=0.08, scoop_cents=35, noise=0.2
    ),
    "harp": Instrument(rolloff=1.8, pick=0.4, decay_s=0.9, darken_s=0.3, release_s=0.4),
    "marimba": Instrument(ratios=(1, 3.93, 9.2), decay_s=0.22, noise=0.1),
    "glockenspiel": Instrument(ratios=(1, 2.76, 5.4), decay_s=0.8, noise=0.05, release_s=0.5),
    "gong_bell": Instrument(
        ratios=(0.5, 1, 1.19, 1.56, 2.52, 4.17), decay_s=2.2, release_s=0.8
    ),
    # bowed, blown and sung
    "strings": Instrument(
        rolloff=1.1, attack_s=0.12, decay_s=9, sustain=0.8, release_s=0.2,
        detune_cents=11, vibrato_cents=12, formants=((500, 300, 1.0), (2600, 800, 1.2)),
    ),
    "fiddle": Instrument(
        rolloff=0.8, attack_s=0.04, decay_s=9, sustain=0.8, vibrato_cents=18, vibrato_hz=6,
        scoop_cents=40, noise=0.08, formants=((450, 200, 1.2), (1500, 500, 0.8), (3000, 700, 2.0)),
    ),
    "brass": Instrument(
        rolloff=0.8, attack_s=0.04, decay_s=0.5, sustain=0.7, darken_s=0.3, detune_cents=8,
        formants=((1300, 500, 1.8),),
    ),
    "trumpet": Instrument(
        rolloff=0.7, attack_s=0.03, decay_s=2, sustain=0.8, vibrato_cents=14, scoop_cents=25,
        formants=((1200, 400, 1.5), (2500, 600, 1.3)),
    ),
    "saxophone": Instrument(
        rolloff=0.9, even=0.6, attack_s=0.035, decay_s=2, sustain=0.75, vibrato_cents=22,
        vibrato_hz=5, scoop_cents=60, noise=0.12, formants=((600, 200, 1.8), (1700, 500, 1.2)),
    ),
    "clarinet": Instrument(
        rolloff=1.1, even=0.12, attack_s=0.04, decay_s=4, sustain=0.85, vibrato_cents=6, noise=0.05
    ),
    "flute": Instrument(
        rolloff=2.4, attack_s=0.06, decay_s=4, sustain=0.85, vibrato_cents=14, vibrato_hz=5,
        noise=0.3,
    ),
    "recorder": Instrument(
        rolloff=2.1, even=0.35, attack_s=0.025, decay_s=4, sustain=0.9, noise=0.2, release_s=0.05
    ),
    "harmonica": Instrument(
        rolloff=0.6, even=0.7, attack_s=0.04, decay_s=4, sustain=0.8, vibrato_cents=16,
        scoop_cents=90, noise=0.1, formants=((1700, 600, 1.6),),
    ),
    "accordion": Instrument(
        rolloff=0.55, attack_s=0.04, decay_s=4, sustain=0.9, detune_cents=17,
        formants=((900, 500, 1.0),),
    ),
    "voice_ah": Instrument(
        rolloff=1.3, attack_s=0.05, decay_s=4, sustain=0.8, vibrato_cents=28, vibrato_hz=5.6,
        scoop_cents=70, noise=0.06, formants=_VOICE_AH, release_s=0.12,
    ),
    "voice_oo": Instrument(
        rolloff=1.5, attack_s=0.08, decay_s=4, sustain=0.9, vibrato_cents=22, vibrato_hz=5.2,
        scoop_cents=50, noise=0.06, formants=_VOICE_OO, release_s=0.15,
    ),
    "voice_belt": Instrument(
        rolloff=0.9, attack_s=0.03, decay_s=4, sustain=0.85, vibrato_cents=48, vibrato_hz=6.2,
        scoop_cents=120, noise=0.05, formants=_VOICE_EH, release_s=0.1,
    ),
    "rap_voice": Instrument(
        rolloff=0.9, attack_s=0.012, decay_s=0.11, sustain=0.15, scoop_cents=-160, noise=0.5,
        formants=_VOICE_EH, release_s=0.03,
    ),
    # keys and electronics
    "organ": Instrument(
        drawbars=(1, 0.9, 0.6, 0.5, 0, 0.3, 0, 0.35), attack_s=0.008, decay_s=9, sustain=1,
        vibrato_cents=9, vibrato_hz=6.4, noise=0.04, release_s=0.03,
    ),
    "reggae_organ": Instrument(
        drawbars=(1, 0.2, 0.8, 0, 0, 0.15), attack_s=0.006, decay_s=0.3, sustain=0.5, release_s=0.02
    ),
    "pad": Instrument(
        rolloff=1.5, attack_s=0.35, decay_s=9, sustain=0.9, release_s=0.6, detune_cents=16
    ),
    "glass_pad": Instrument(
        ratios=(1, 2.0, 3.01, 4.24, 6.1), attack_s=0.5, decay_s=4, sustain=0.6, release_s=0.9,
        vibrato_cents=8, vibrato_hz=3,
    ),
    "saw_lead": Instrument(rolloff=0.85, decay_s=2, sustain=0.7, detune_cents=14, darken_s=0.3),
    "saw_pluck": Instrument(rolloff=0.8, decay_s=0.16, darken_s=0.06, detune_cents=18),
    "square_lead": Instrument(rolloff=1.0, even=0.03, decay_s=1.5, sustain=0.7, vibrato_cents=8),
    "acid": Instrument(rolloff=0.6, decay_s=0.3, darken_s=0.09, formants=((1100, 180, 4.0),)),
    "noise_drone": Instrument(
        ratios=(0.5, 1, 1.41, 2.87, 4.3), attack_s=0.5, decay_s=9, sustain=1,
        release_s=0.5, vibrato_cents=35, vibrato_hz=0.7, noise=0.5,
    ),
    # driven guitars
    "blues_guitar": Instrument(
        rolloff=1.0, pick=0.15, decay_s=1.2, darken_s=0.5, vibrato_cents=30, vibrato_hz=5,
        scoop_cents=110, drive=1.6, cabinet_hz=4200,
    ),
    "steel_guitar": Instrument(
        rolloff=1.2, pick=0.2, decay_s=1.6, darken_s=0.6, vibrato_cents=32, vibrato_hz=5.5,
        scoop_cents=200, attack_s=0.03,
    ),
    "rock_guitar": Instrument(
        rolloff=0.9, pick=0.12, decay_s=1.2, darken_s=0.5, drive=4, cabinet_hz=4800, release_s=0.05
    ),
    "metal_guitar": Instrument(
        rolloff=0.7, pick=0.1, decay_s=0.9, darken_s=0.4, drive=14, cabinet_hz=6000, release_s=0.02
    ),
    "metal_lead": Instrument(
        rolloff=0.8, pick=0.15, decay_s=2, sustain=0.5, vibrato_cents=35, vibrato_hz=6.5,
        drive=9, cabinet_hz=6500, scoop_cents=60,
    ),
    # basses
    "finger_bass": Instrument(rolloff=1.7, pick=0.2, decay_s=0.6, darken_s=0.15, noise=0.05),
    "pick_bass": Instrument(rolloff=1.1, pick=0.1, decay_s=0.5, darken_s=0.2, noise=0.12),
    "upright_bass": Instrument(
        rolloff=1.9, pick=0.28, decay_s=0.4, darken_s=0.1, noise=0.12, scoop_cents=25
    ),
    "sub_bass": Instrument(drawbars=(1, 0.12, 0.05), decay_s=1.2, sustain=0.3, attack_s=0.008),
    "synth_bass": Instrument(rolloff=0.9, decay_s=0.25, sustain=0.2, darken_s=0.07),
    "slap_bass": Instrument(rolloff=0.8, pick=0.08, decay_s=0.3, darken_s=0.07, noise=0.35),
    "dub_bass": Instrument(drawbars=(1, 0.35, 0.1, 0.03), decay_s=0.7, sustain=0.2),
    "cello": Instrument(
        rolloff=1.1, attack_s=0.08, decay_s=9, sustain=0.8, vibrato_cents=14, release_s=0.15,
        formants=((250, 120, 1.5), (600, 250, 1.0)),
    ),
}  # fmt: skip


def render_note(instrument: Instrument, pitch: float, duration_s: float) -> np.ndarray:
    """Render one note at a level that hardly depends on instrument and pitch.

    Parameters
    ----------
    instrument : Instrument
    pitch : float
        MIDI note number.
    duration_s : float > 0
        Time until the release begins.

    Returns
    -------
    np.ndarray [shape=(n,), dtype=float32]
        At 22,050 Hz, release included.
    """
    frequency_hz = 440.0 * 2 ** ((pitch - 69) / 12)
    count = max(64, int((duration_s + instrument.release_s) * SAMPLE_RATE_HZ))
    time_s = np.arange(count, dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    cycles = _phase(instrument, frequency_hz, time_s)
    note: np.ndarray
    if instrument.ratios:
        note = _inharmonic(instrument, frequency_hz, cycles, time_s)
    else:
        note = _harmonic(instrument, frequency_hz, cycles, time_s)
    if instrument.noise:
        note += instrument.noise * _onset_noise(count) * np.exp(time_s * -22)
    note = note * _envelope(instrument, time_s, duration_s)
    return note


def _phase(instrument: Instrument, frequency_hz: float, time_s: np.ndarray) -> np.ndarray:
    """Compute the phase in cycles, shape (n,): a constant frequency with scoop and vibrato."""
    cycles: np.ndarray = time_s.astype(np.float64)
    if instrument.vibrato_cents:
        depth = 2 ** (instrument.vibrato_cents / 1200) - 1
        omega = 2 * np.pi * instrument.vibrato_hz
        swell = np.minimum(time_s * 5, 1)  # the vibrato grows after the attack
        cycles -= swell * depth / omega * np.cos(np.float32(omega) * time_s)
    if instrument.scoop_cents:
        depth = 1 - 2 ** (-instrument.scoop_cents / 1200)
        cycles += depth * 0.04 * np.exp(time_s / -0.04)
    cycles = cycles * frequency_hz
    return cycles


def _harmonic(
    instrument: Instrument, frequency_hz: float, cycles: np.ndarray, time_s: np.ndarray
) -> np.ndarray:
    """Render a note of harmonic partials from wavetables, without its envelope."""
    bright, dull = _tables(instrument, round(frequency_hz, 2))
    note = _blend(cycles, bright, dull, instrument.darken_s, time_s)
    if instrument.detune_cents:
        second = cycles * 2 ** (instrument.detune_cents / 1200) + 0.37
        note += _blend(second, bright, dull, instrument.darken_s, time_s)
        note *= np.float32(0.7)
    return note


def _blend(
    cycles: np.ndarray, bright: np.ndarray, dull: np.ndarray, darken_s: float, time_s: np.ndarray
) -> np.ndarray:
    """Read the wavetables at a phase; the bright one fades into the dull one."""
    position = (cycles * TABLE_SIZE).astype(np.int32) & (TABLE_SIZE - 1)
    note: np.ndarray
    if darken_s:
        note = dull[position] + np.exp(time_s / np.float32(-darken_s)) * (bright - dull)[position]
    else:
        note = bright[position]
    return note


@lru_cache(maxsize=512)
def _tables(instrument: Instrument, frequency_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute one cycle of the bright and of the dull sound, each (TABLE_SIZE,) float32."""
    partials = np.arange(1, max(2, int(HIGHEST_PARTIAL_HZ / frequency_hz) + 1))[:80]
    if instrument.drawbars:
        partials = partials[: len(instrument.drawbars)]
        amplitude = np.array(instrument.drawbars[: len(partials)], dtype=float)
    else:
        amplitude = partials ** -float(instrument.rolloff)
        amplitude[1::2] *= instrument.even
    if instrument.pick:
        amplitude *= np.abs(np.sin(np.pi * instrument.pick * partials)) + 0.05
    resonance = np.full(len(partials), 0.25 if instrument.formants else 1.0)
    for centre_hz, width_hz, gain in instrument.formants:
        resonance += gain * np.exp(-(((partials * frequency_hz - centre_hz) / width_hz) ** 2))
    amplitude *= resonance
    # These phases keep the peaks of the sum low (Schroeder 1970).
    phase = -np.pi * partials * (partials - 1) / len(partials)
    norm = 0.35 / np.sqrt((amplitude**2).sum())
    tables = []
    for strength in (amplitude, amplitude * partials**-1.6):
        spectrum = np.zeros(TABLE_SIZE // 2 + 1, dtype=complex)
        spectrum[partials] = strength * np.exp(1j * phase) * norm * TABLE_SIZE / np.sqrt(2)
        tables.append(np.fft.irfft(spectrum).astype(np.float32))
    return tables[0], tables[1]


def _inharmonic(
    instrument: Instrument, frequency_hz: float, cycles: np.ndarray, time_s: np.ndarray
) -> np.ndarray:
    """Render a note of inharmonic partials; the higher ones decay faster."""
    note = np.zeros(len(cycles), dtype=np.float32)
    for index, ratio in enumerate(instrument.ratios):
        if ratio * frequency_hz < HIGHEST_PARTIAL_HZ:
            turns = cycles * ratio
            tone = np.sin(np.float32(2 * np.pi) * (turns - np.floor(turns)).astype(np.float32))
            decay_per_s = -index / (2 * instrument.decay_s)
            note += np.float32(0.4 / (1 + 0.6 * index)) * tone * np.exp(time_s * decay_per_s)
    return note


def _envelope(instrument: Instrument, time_s: np.ndarray, duration_s: float) -> np.ndarray:
    """Compute the level of a note over time."""
    body = np.exp(time_s / np.float32(-instrument.decay_s))
    if instrument.sustain:
        body = instrument.sustain + (1 - instrument.sustain) * body
    rise = np.minimum(time_s / np.float32(max(instrument.attack_s, 0.002)), 1)
    end_s = duration_s + instrument.release_s
    fall = np.clip((end_s - time_s) / np.float32(instrument.release_s), 0, 1)
    return (body * rise * fall).astype(np.float32)


@lru_cache(maxsize=1)
def _noise_source() -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(1 << 17, dtype=np.float32)
    return noise * np.float32(0.4)


def _onset_noise(count: int) -> np.ndarray:
    return np.resize(_noise_source(), count)
