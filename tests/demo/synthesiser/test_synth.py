"""Songs are clean, reproducible and all different."""

import itertools

import numpy as np
import pytest

from deepartist.demo.synthesiser.artists import draw_artist
from deepartist.demo.synthesiser.styles import (
    STYLES,
)
from deepartist.demo.synthesiser.synth import render_song


def hum(samples, hertz):
    """Power of a tone over its neighbourhood in the quiet moments of each: notes come and go."""
    windows = samples.reshape(60, 11_025) * np.hanning(11_025)
    power = np.abs(np.fft.rfft(windows, axis=1)) ** 2 + 1e-9  # bins of 2 Hz
    floor = np.percentile(power, 10, axis=0)
    centre = round(hertz / 2)
    return floor[centre] / max(
        floor[centre - 6 : centre - 3].max(), floor[centre + 4 : centre + 7].max()
    )


def likeness(a, b):
    """Largest normalised correlation over all shifts."""
    cross = np.fft.irfft(np.fft.rfft(a) * np.conj(np.fft.rfft(b)), len(a))
    return np.abs(cross).max() / np.sqrt((a**2).sum() * (b**2).sum())


@pytest.mark.parametrize("style", STYLES)
def test_songs_are_clean(style):
    samples = render_song(draw_artist(style, 3), 4)
    assert samples.shape == (661_500,) and samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 0.95
    assert abs(samples.mean()) < 1e-3
    assert samples.std() > 0.02
    quiet = np.abs(samples.reshape(30, -1)).max(axis=1)
    assert quiet.min() > 1e-4  # sound in every second
    assert hum(samples, 50) < 100 and hum(samples, 60) < 100


def test_a_hum_would_be_noticed():
    samples = render_song(draw_artist("folk", 3), 4)
    seconds = np.arange(len(samples)) / 22_050
    assert hum(samples + 0.005 * np.sin(2 * np.pi * 50 * seconds), 50) > 100


def test_a_song_is_the_same_every_time():
    artist = draw_artist("rock", 1)
    first = render_song(artist, 2).tobytes()
    render_song(draw_artist("jazz", 1), 2)  # whatever has been rendered meanwhile
    assert render_song(draw_artist("rock", 1), 2).tobytes() == first


def test_no_two_songs_are_alike():
    songs = [
        render_song(draw_artist(style, artist), song)
        for style, artist, song in (("pop", 1, 1), ("pop", 1, 2), ("pop", 2, 1), ("country", 1, 1))
    ]
    for a, b in itertools.combinations(songs, 2):
        assert likeness(a, b) < 0.5
    assert likeness(songs[0], songs[0]) == pytest.approx(1, abs=1e-3)


def test_the_gain_of_a_song_says_nothing_about_the_artist():
    artist = draw_artist("classical", 1)
    levels_db = [20 * np.log10(render_song(artist, song).std()) for song in range(8)]
    assert max(levels_db) - min(levels_db) > 5
    assert max(levels_db) - min(levels_db) < 16
