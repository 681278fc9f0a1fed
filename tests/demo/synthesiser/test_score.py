"""Notes keep to key, tempo and register."""

import numpy as np
import pytest

from deepartist.demo.synthesiser.artists import draw_artist
from deepartist.demo.synthesiser.score import draw_song, write_out
from deepartist.demo.synthesiser.styles import (
    SCALES,
    STYLES,
)
from deepartist.demo.synthesiser.synth import plan_song


def written(style, artist_seed=1, song_seed=2):
    artist = draw_artist(style, artist_seed)
    rng = np.random.default_rng(song_seed)
    song = draw_song(artist, rng)
    return song, artist, *write_out(song, artist, 30.0, rng)


@pytest.mark.parametrize("style", STYLES)
def test_scores_keep_within_the_clip_and_the_registers(style):
    _, _, notes, strokes = written(style)
    assert len(notes) > 20
    assert all(0 <= event.onset_s < 30 for event in [*notes, *strokes])
    assert all(note.duration_s > 0 and 0 < note.velocity <= 1 for note in notes)
    assert all(26 <= note.pitch <= 52 for note in notes if note.part == "bass")
    assert all(40 <= note.pitch <= 110 for note in notes if note.part != "bass")


@pytest.mark.parametrize("style", ["pop", "folk", "classical", "reggae", "jazz"])
def test_chords_and_leads_agree_with_the_key(style):
    song, _, notes, _ = written(style)
    chords = {(note.pitch - song.key) % 12 for note in notes if note.part == "chords"}
    leads = {(note.pitch - song.key) % 12 for note in notes if "lead" in note.part}
    fifths = {(tone + 7) % 12 for tone in SCALES[song.chord_scale]}
    assert chords <= set(SCALES[song.chord_scale]) | fifths
    assert leads <= set(SCALES[song.chord_scale]) | set(SCALES[song.lead_scale])


def test_four_on_the_floor_keeps_the_tempo():
    artist = next(
        artist
        for artist in (draw_artist("electronic", seed) for seed in range(20))
        if all(pattern.startswith("kick x... ") for pattern in artist.drums) and artist.fill == ""
    )
    rng = np.random.default_rng(0)
    song = draw_song(artist, rng)
    _, strokes = write_out(song, artist, 30.0, rng)
    kicks = sorted(stroke.onset_s for stroke in strokes if stroke.voice == "kick")
    np.testing.assert_allclose(np.diff(kicks), 60 / song.tempo_bpm)


def test_swing_makes_the_off_beats_late():
    _, artist, _, strokes = written("blues")
    assert artist.swing > 0.6
    song = plan_song(artist, 2)
    beat_s = 60 / song.tempo_bpm
    cymbals = [s.onset_s for s in strokes if s.voice in ("ride", "hat")]
    places = [((onset + song.skipped_s) / beat_s) % 1 for onset in cymbals]
    off_beats = [place for place in places if 0.3 < place < 0.9]
    assert len(off_beats) > 10
    assert abs(np.mean(off_beats) - artist.swing) < 0.02
