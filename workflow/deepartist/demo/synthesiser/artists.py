"""Artists: what all songs of an artist have in common."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from deepartist.demo.synthesiser.drums import Tuning
from deepartist.demo.synthesiser.instruments import INSTRUMENTS, Instrument
from deepartist.demo.synthesiser.styles import STYLES

Entry = TypeVar("Entry")

FILLS = (
    "snare ............xxxx",
    "tom ............xx.. | floor ..............xx",
    "snare ........x.x.xx.x | tom ...........x..x.",
    "snare ............x.x. | floor .............x.x",
    "crash x...............",
    "",
)


@dataclass(frozen=True)
class Artist:
    """Timbre, register, effects and habits of an artist.

    Patterns, progressions and scales are drawn from those of the style.

    Parameters
    ----------
    style : str
        Key of `STYLES`.
    tempo_bpm : float
        The tempo of a song differs from it by a few per cent.
    kit : str
        Key of `KITS`.
    tuning : Tuning
    drums, bass_patterns, chord_patterns, lead_patterns, progressions : tuple of str
    fill : str
        What the drums play in the last bar of a section.
    drum_seed : int
        Seed of the noise in the drums and of the balance within the kit.
    bass, chords, lead, second_lead : Instrument
    instruments : tuple of str
        The names of these four instruments.
    scales : tuple of (str, str)
        Scale of the chords and scale of the lead.
    swing : float
        Place of the off-beat within a pair of notes; 0.5 is even.
    lead_pitch, chord_pitch : float
        Centre of the register, as a MIDI note number.
    leap : float
        Mean size of the lead's steps, in degrees of the scale.
    home_degree : int
        Degree of the scale that the lead's phrases start from.
    strum_s : float
        Time between the strings of a strummed chord.
    mix_db : tuple of float
        Levels of drums, bass, chords and lead.
    reverb, reverb_s : float
        Level and time constant of the reverberation.
    echo, echo_s : float
        Level (which is also the feedback) and delay of the echo.
    lowpass_hz, presence_hz, presence_db : float
        Colour of the recordings: a low-pass filter, and a broad peak or dip.
    """

    style: str
    tempo_bpm: float
    kit: str
    tuning: Tuning
    drums: tuple[str, ...]
    bass_patterns: tuple[str, ...]
    chord_patterns: tuple[str, ...]
    lead_patterns: tuple[str, ...]
    progressions: tuple[str, ...]
    fill: str
    drum_seed: int
    bass: Instrument
    chords: Instrument
    lead: Instrument
    second_lead: Instrument
    instruments: tuple[str, str, str, str]
    scales: tuple[tuple[str, str], ...]
    swing: float
    lead_pitch: float
    chord_pitch: float
    leap: float
    home_degree: int
    strum_s: float
    mix_db: tuple[float, ...]
    reverb: float
    reverb_s: float
    echo: float
    echo_s: float
    lowpass_hz: float
    presence_hz: float
    presence_db: float


def draw_artist(style_name: str, seed: int) -> Artist:
    """Draw an artist of a style.

    Parameters
    ----------
    style_name : str
        Key of `STYLES`.
    seed : int

    Returns
    -------
    Artist
    """
    style = STYLES[style_name]
    rng = np.random.default_rng(seed)
    pools = (style.bass, style.chords, style.lead, style.lead)
    first, second, third, fourth = (str(rng.choice(pool)) for pool in pools)
    names = (first, second, third, fourth)
    bass, chords, lead, second_lead = (_own_sound(INSTRUMENTS[name], rng) for name in names)
    tempo_bpm = rng.uniform(*style.tempo_bpm)
    return Artist(
        style=style_name,
        tempo_bpm=tempo_bpm,
        kit=style.kit,
        tuning=Tuning(_factor(rng, 1.25), _factor(rng, 1.5), _factor(rng, 1.25)),
        drums=_some(rng, style.drums, 2),
        bass_patterns=_some(rng, style.bass_patterns, 2),
        chord_patterns=_some(rng, style.chord_patterns, 2),
        lead_patterns=_some(rng, style.lead_patterns, 3),
        progressions=_some(rng, style.progressions, 3),
        fill=str(rng.choice(FILLS)),
        drum_seed=int(rng.integers(1 << 30)),
        bass=bass,
        chords=chords,
        lead=lead,
        second_lead=second_lead,
        instruments=names,
        scales=_some(rng, style.scales, 2),
        swing=rng.uniform(*style.swing),
        lead_pitch=rng.uniform(67, 79),
        chord_pitch=rng.uniform(56, 66),
        leap=rng.uniform(1.0, 2.4),
        home_degree=int(rng.integers(0, 5)),
        strum_s=rng.uniform(0.006, 0.03),
        mix_db=tuple(level + rng.uniform(-2.5, 2.5) for level in style.mix_db),
        reverb=rng.uniform(*style.reverb),
        reverb_s=rng.uniform(0.15, 0.6),
        echo=rng.uniform(*style.echo),
        echo_s=float(rng.choice([0.5, 0.75, 1.0])) * 60 / tempo_bpm,
        lowpass_hz=rng.uniform(*style.lowpass_hz),
        presence_hz=rng.uniform(500, 4000),
        presence_db=rng.uniform(-4, 5),
    )


def _own_sound(instrument: Instrument, rng: np.random.Generator) -> Instrument:
    """Vary an instrument, as its sound differs from player to player."""
    formant_shift = _factor(rng, 1.15)
    return replace(
        instrument,
        rolloff=instrument.rolloff * _factor(rng, 1.2),
        even=instrument.even * _factor(rng, 1.4),
        drawbars=tuple(level * _factor(rng, 1.6) for level in instrument.drawbars),
        pick=instrument.pick * _factor(rng, 1.3),
        formants=tuple(
            (centre * formant_shift, width * _factor(rng, 1.3), gain * _factor(rng, 1.4))
            for centre, width, gain in instrument.formants
        ),
        ratios=tuple(ratio * _factor(rng, 1.03) for ratio in instrument.ratios),
        attack_s=instrument.attack_s * _factor(rng, 1.6),
        decay_s=instrument.decay_s * _factor(rng, 1.6),
        darken_s=instrument.darken_s * _factor(rng, 1.7),
        detune_cents=instrument.detune_cents * _factor(rng, 1.8),
        vibrato_cents=instrument.vibrato_cents * _factor(rng, 1.8),
        vibrato_hz=instrument.vibrato_hz * _factor(rng, 1.2),
        scoop_cents=instrument.scoop_cents * _factor(rng, 1.8),
        noise=instrument.noise * _factor(rng, 1.8),
        drive=instrument.drive * _factor(rng, 1.7),
        cabinet_hz=instrument.cabinet_hz * _factor(rng, 1.25),
    )


def _factor(rng: np.random.Generator, most: float) -> float:
    """Draw a factor between 1 / most and most."""
    return float(most ** rng.uniform(-1, 1))


def _some(rng: np.random.Generator, pool: tuple[Entry, ...], most: int) -> tuple[Entry, ...]:
    """Draw up to `most` different entries of a pool, in random order."""
    order = rng.permutation(len(pool))[:most]
    return tuple(pool[index] for index in order)
