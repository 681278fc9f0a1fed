"""Songs as notes and drum strokes, composed at random from the habits of an artist."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from deepartist.demo.synthesiser.artists import Artist
from deepartist.demo.synthesiser.styles import SCALES, STYLES

STEPS_PER_BEAT = 4
VELOCITIES = {"x": 0.8, "X": 1.0, "o": 0.35}
_OPTIONAL_CHANCE = 0.45  # probability that an optional event happens; in the lead, that it does not

# The onsets of each bar: step, and degree in the lead's scale.
Phrase = tuple[tuple[tuple[int, int], ...], ...]
# A note in a bar: part, step, length in steps, MIDI note number, velocity, delay in seconds.
Played = tuple[str, int, float, int, float, float]


class Note(NamedTuple):
    """A pitched note; `part` is bass, chords, lead or second_lead."""

    part: str
    onset_s: float
    duration_s: float
    pitch: int
    velocity: float


class Stroke(NamedTuple):
    """A stroke on a drum of the kit."""

    voice: str
    onset_s: float
    velocity: float


@dataclass(frozen=True)
class Section:
    """A section of a song; these values are the same each time the section is repeated.

    Parameters
    ----------
    progression, drums, bass, chords : str
        Patterns as described in `styles`.
    lead : str
        Part that plays the phrase: "lead" or "second_lead".
    phrase : Phrase
    """

    progression: str
    drums: str
    bass: str
    chords: str
    lead: str
    phrase: Phrase


@dataclass(frozen=True)
class Song:
    """A song before its notes are written out.

    Parameters
    ----------
    tempo_bpm : float
    key : int
        Pitch class of the tonic, 0 (C) to 11.
    chord_scale, lead_scale : str
    beats : int
        Beats in a bar.
    sections : (Section, Section)
        Sections A and B.
    form : str
        Order of the sections, such as "AABA". Each lasts four bars; the form is repeated as needed.
    skipped_s : float
        Time between the first beat of a bar and the start of the clip.
    """

    tempo_bpm: float
    key: int
    chord_scale: str
    lead_scale: str
    beats: int
    sections: tuple[Section, Section]
    form: str
    skipped_s: float


def draw_song(artist: Artist, rng: np.random.Generator) -> Song:
    """Draw key, tempo, harmony and melody of a song by an artist."""
    style = STYLES[artist.style]
    chord_scale, lead_scale = artist.scales[rng.integers(len(artist.scales))]
    tempo_bpm = artist.tempo_bpm * rng.uniform(0.95, 1.05)
    beats = int(rng.choice(style.beats))
    lead = "second_lead" if rng.random() < 0.3 else "lead"
    section_a, section_b = (
        Section(
            progression=_draw_entry(rng, artist.progressions),
            drums=_draw_entry(rng, artist.drums) if artist.drums else "",
            bass=_draw_entry(rng, artist.bass_patterns),
            chords=_draw_entry(rng, artist.chord_patterns),
            lead=lead,
            phrase=_draw_phrase(artist, len(SCALES[lead_scale]), beats, style.rests, rng),
        )
        for _ in "AB"
    )
    return Song(
        tempo_bpm=tempo_bpm,
        key=int(rng.integers(12)),
        chord_scale=chord_scale,
        lead_scale=lead_scale,
        beats=beats,
        sections=(section_a, section_b),
        form=_draw_entry(rng, ("AABA", "ABAB", "AABB", "BAAB", "ABBA")),
        skipped_s=rng.uniform(0, 60 / tempo_bpm * beats),
    )


def write_out(
    song: Song, artist: Artist, duration_s: float, rng: np.random.Generator
) -> tuple[list[Note], list[Stroke]]:
    """Write out the notes and strokes of the first `duration_s` seconds of a song.

    Parameters
    ----------
    song : Song
    artist : Artist
    duration_s : float > 0
    rng : np.random.Generator
        Draws deviations from exact timing, and whether the optional events of a pattern happen.

    Returns
    -------
    notes : list of Note
    strokes : list of Stroke
        Both in no particular order; all onsets lie between 0 and `duration_s`.
    """
    bar_steps = song.beats * STEPS_PER_BEAT
    step_s = 60 / song.tempo_bpm / STEPS_PER_BEAT
    style = STYLES[artist.style]
    notes: list[Note] = []
    strokes: list[Stroke] = []
    for bar in range(int((duration_s + song.skipped_s) / (bar_steps * step_s)) + 1):
        section = song.sections["AB".index(song.form[bar // 4 % len(song.form)])]
        chord = _chord(song, artist, style.voicing, section.progression, bar)
        next_chord = _chord(song, artist, style.voicing, section.progression, bar + 1)
        fill = artist.fill if section.drums and bar % 4 == 3 else ""
        played = [
            *_bass_bar(section, chord, next_chord, bar_steps, style.gate[0], rng),
            *_chord_bar(section, artist, chord, bar_steps, style.gate[1], rng),
            *_lead_bar(section, song, artist, chord, bar, bar_steps, style.gate[2]),
        ]
        start_s = bar * bar_steps * step_s - song.skipped_s
        for part, step, steps, pitch, velocity, late_s in played:
            onset_s = start_s + _step_time(step, artist.swing, style.swing_unit) * step_s
            onset_s += late_s + style.loose_s * rng.standard_normal()
            notes.append(Note(part, onset_s, steps * step_s, pitch, velocity))
        for voice, step, velocity in _drum_bar(section.drums, fill, bar_steps, rng):
            onset_s = start_s + _step_time(step, artist.swing, style.swing_unit) * step_s
            onset_s += 0.6 * style.loose_s * rng.standard_normal()
            strokes.append(Stroke(voice, onset_s, velocity))
    return (
        [note for note in notes if 0 <= note.onset_s < duration_s],
        [stroke for stroke in strokes if 0 <= stroke.onset_s < duration_s],
    )


def _draw_entry(rng: np.random.Generator, pool: tuple[str, ...]) -> str:
    return pool[rng.integers(len(pool))]


def _draw_phrase(
    artist: Artist, scale_size: int, beats: int, rests: float, rng: np.random.Generator
) -> Phrase:
    """Draw four bars of melody, the third like the first.

    The melody is a random walk that tends back to the artist's home degree.
    """
    bars = []
    degree = artist.home_degree
    for _ in range(4):
        pattern = _draw_entry(rng, artist.lead_patterns)[: beats * STEPS_PER_BEAT]
        onsets = []
        silent = rng.random() < rests
        for step, sign in enumerate(pattern):
            if silent or sign not in "x?" or (sign == "?" and rng.random() < _OPTIONAL_CHANCE):
                continue
            pull = -0.15 * (degree - artist.home_degree)
            degree += round(rng.normal(pull, artist.leap))
            degree = int(np.clip(degree, -scale_size, 2 * scale_size))
            onsets.append((step, degree))
        bars.append(tuple(onsets))
    return (bars[0], bars[1], bars[0], bars[3])


def _step_time(step: int, swing: float, swing_unit: int) -> float:
    """Return the place of a step, in steps; swing delays the off-beats."""
    if swing_unit == 16:
        return step + (2 * swing - 1) * (step % 2)
    return step + (4 * swing - 2) * (0, 0.5, 1, 0.5)[step % 4]


def _chord(song: Song, artist: Artist, voicing: str, progression: str, bar: int) -> list[int]:
    """Return the MIDI notes of a bar's chord: its root in the bass register, then the voicing."""
    scale = SCALES[song.chord_scale]
    degree = int(progression[bar % len(progression)]) - 1
    root = song.key + _pitch(scale, degree)
    match voicing:
        case "power":
            low = _fold(root, 46)
            return [_fold(root, 34), low, low + 7, low + 12]
        case "dominant":
            tones = [root + interval for interval in (0, 4, 7, 10)]
        case "cluster":
            tones = [song.key + _pitch(scale, degree + third) for third in (0, 1, 3)]
        case _:
            thirds = {"triad": (0, 2, 4), "seventh": (0, 2, 4, 6), "ninth": (2, 4, 6, 8)}[voicing]
            tones = [song.key + _pitch(scale, degree + third) for third in thirds]
    return [_fold(root, 34), *sorted(_fold(tone, artist.chord_pitch) for tone in tones)]


def _pitch(scale: tuple[int, ...], degree: int) -> int:
    """Return the pitch of a degree of a scale, in semitones above the tonic."""
    octave, index = divmod(degree, len(scale))
    return 12 * octave + scale[index]


def _fold(pitch: float, centre: float) -> int:
    """Move a pitch by octaves to within half an octave of a centre."""
    return round(pitch + 12 * round((centre - pitch) / 12))


def _events(pattern: str, bar_steps: int, rng: np.random.Generator) -> list[tuple[int, str, int]]:
    """List the events of a bar as (step, sign, steps until the next event)."""
    signs = [
        (step, pattern[step % len(pattern)])
        for step in range(bar_steps)
        if pattern[step % len(pattern)] != "."
    ]
    signs = [(step, s) for step, s in signs if s != "?" or rng.random() < _OPTIONAL_CHANCE]
    ends = [step for step, _ in signs[1:]] + [bar_steps]
    return [(step, s, end - step) for (step, s), end in zip(signs, ends, strict=False)]


def _bass_bar(
    section: Section,
    chord: list[int],
    next_chord: list[int],
    bar_steps: int,
    gate: float,
    rng: np.random.Generator,
) -> Iterator[Played]:
    root, *tones = chord
    third = next((i for i in ((tone - root) % 12 for tone in tones) if i in (3, 4)), 7)
    for step, sign, steps in _events(section.bass, bar_steps, rng):
        step_between = (next_chord[0] - root) // 2 if next_chord[0] != root else -2
        pitch = root + {"f": 7, "o": 12, "t": third, "w": step_between}.get(sign, 0)
        velocity = 0.8 if step % 4 == 0 else 0.65
        yield "bass", step, steps * gate, pitch, velocity, 0.0


def _chord_bar(
    section: Section,
    artist: Artist,
    chord: list[int],
    bar_steps: int,
    gate: float,
    rng: np.random.Generator,
) -> Iterator[Played]:
    root, *tones = chord
    for step, sign, steps in _events(section.chords, bar_steps, rng):
        velocity = 0.75 if step % 4 == 0 else 0.6
        if sign in "xs?":
            for index, tone in enumerate(tones):
                late_s = index * artist.strum_s if sign == "s" else 0.0
                yield "chords", step, steps * gate, tone, velocity, late_s
        elif sign in "bf":
            yield "chords", step, steps * gate, root + (12 if sign == "b" else 19), velocity, 0.0
        else:
            octave, index = divmod(int(sign), len(tones))
            yield "chords", step, 1.5 * steps * gate, tones[index] + 12 * octave, velocity, 0.0


def _lead_bar(
    section: Section,
    song: Song,
    artist: Artist,
    chord: list[int],
    bar: int,
    bar_steps: int,
    gate: float,
) -> Iterator[Played]:
    scale = SCALES[song.lead_scale]
    tonic = _fold(song.key, artist.lead_pitch - 4)
    onsets = section.phrase[bar % len(section.phrase)]
    for index, (step, degree) in enumerate(onsets):
        end = onsets[index + 1][0] if index + 1 < len(onsets) else min(bar_steps, step + 6)
        pitch = tonic + _pitch(scale, degree)
        if step % 8 == 0:  # a note on a strong beat is one of the chord's
            pitch = _nearest([_fold(tone, pitch) for tone in chord[1:]], pitch)
        velocity = 0.8 if step % 4 == 0 else 0.65
        yield section.lead, step, (end - step) * gate, pitch, velocity, 0.0


def _nearest(pitches: list[int], pitch: int) -> int:
    return min(pitches, key=lambda other: abs(other - pitch))


def _drum_bar(
    pattern: str, fill: str, bar_steps: int, rng: np.random.Generator
) -> Iterator[tuple[str, int, float]]:
    """Yield voice, step and velocity of each stroke in a bar.

    From the start of a fill on, only the fill and the kick are played.
    """
    filled = _parse_drums(fill)
    first_filled = min((p.find("x") for p in filled.values()), default=bar_steps)
    for voice, steps in _parse_drums(pattern).items():
        for step, sign, _ in _events(steps, bar_steps, rng):
            if (sign in VELOCITIES or sign == "?") and (step < first_filled or voice == "kick"):
                yield voice, step, VELOCITIES.get(sign, 0.5)
    for voice, steps in filled.items():
        for step, sign, _ in _events(steps, bar_steps, rng):
            yield voice, step, VELOCITIES[sign]


def _parse_drums(pattern: str) -> dict[str, str]:
    """Split a drum pattern into the steps of each voice."""
    return dict(part.split() for part in pattern.split("|") if part.strip())
