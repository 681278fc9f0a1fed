"""Rendering songs to samples: the parts are rendered one by one, then mixed."""

import math
from functools import lru_cache

import numpy as np
import scipy.fft
import scipy.signal

from deepartist.constants import SAMPLE_RATE_HZ
from deepartist.demo.synthesiser.artists import Artist
from deepartist.demo.synthesiser.drums import render_hit
from deepartist.demo.synthesiser.instruments import Instrument, render_note
from deepartist.demo.synthesiser.score import Note, Song, Stroke, draw_song, write_out
from deepartist.demo.synthesiser.styles import STYLES

DURATION_S = 30
SONG_SAMPLES = DURATION_S * SAMPLE_RATE_HZ
SONG_RMS = 0.2  # before the random gain of a song
LIMIT_FROM, LIMIT_TO = 0.7, 0.92  # see `_limit`
PITCHED_PARTS = ("bass", "chords", "lead", "second_lead")


def plan_song(artist: Artist, song_seed: int) -> Song:
    """Return the song that `render_song` renders for the same arguments."""
    return draw_song(artist, np.random.default_rng(song_seed))


def render_song(artist: Artist, song_seed: int) -> np.ndarray:
    """Render 30 s of a song.

    Each song also has a random gain, tilt of the spectrum and level of background noise, which do
    not depend on artist or style.

    Parameters
    ----------
    artist : Artist
    song_seed : int

    Returns
    -------
    np.ndarray [shape=(661_500,), dtype=float32]
        Mono, 22,050 Hz, between -1 and 1.
    """
    rng = np.random.default_rng(song_seed)
    song = draw_song(artist, rng)
    notes, strokes = write_out(song, artist, DURATION_S, rng)
    gain_db = rng.uniform(-15, 0)
    tilt_db = rng.uniform(-1.5, 1.5)
    noise_db = rng.uniform(-60, -28)

    levels = [10 ** (level / 20) for level in artist.mix_db]
    drums = _level(_play_drums(strokes, artist), levels[0])
    pitched = np.zeros(SONG_SAMPLES, dtype=np.float32)
    for part, level in zip(PITCHED_PARTS, [*levels[1:], levels[3]], strict=True):
        played = [note for note in notes if note.part == part]
        if played:
            pitched += _level(_play_part(played, artist, part), level)
    pump = STYLES[artist.style].pump
    if pump:
        pitched *= _pumping(strokes, pump)

    music = _mix_down(drums, pitched, artist, tilt_db)
    music *= np.float32(SONG_RMS / np.sqrt(np.mean(music**2)))
    noise = rng.standard_normal(SONG_SAMPLES, dtype=np.float32)
    music += np.float32(SONG_RMS * 10 ** (noise_db / 20)) * noise
    return _limit(music * np.float32(10 ** (gain_db / 20)))


def _play_drums(strokes: list[Stroke], artist: Artist) -> np.ndarray:
    """Play the strokes on the artist's kit."""
    track = np.zeros(SONG_SAMPLES, dtype=np.float32)
    for voice, onset_s, velocity in strokes:
        seed = artist.drum_seed + sum(voice.encode())
        hit = render_hit(artist.kit, voice, artist.tuning, seed)
        balance = 0.7 + 0.6 * (seed * 7919 % 1009) / 1009
        _add(track, hit, onset_s, velocity * balance)
    return track


def _play_part(notes: list[Note], artist: Artist, part: str) -> np.ndarray:
    """Play the notes of one part; equal notes are rendered once."""
    instrument: Instrument = getattr(artist, part)
    track = np.zeros(SONG_SAMPLES, dtype=np.float32)
    rendered: dict[tuple[int, float], np.ndarray] = {}
    for note in notes:
        key = (note.pitch, round(note.duration_s, 4))
        if key not in rendered:
            rendered[key] = render_note(instrument, *key)
        _add(track, rendered[key], note.onset_s, note.velocity)
    if instrument.drive:
        track = np.tanh(np.float32(instrument.drive) * track)
        cabinet = scipy.signal.butter(2, instrument.cabinet_hz, fs=SAMPLE_RATE_HZ, output="sos")
        track = scipy.signal.sosfilt(cabinet.astype(np.float32), track)
    return track


def _add(track: np.ndarray, sound: np.ndarray, onset_s: float, gain: float) -> None:
    """Add a sound to a track, in place; what goes beyond the end is cut off."""
    start = int(onset_s * SAMPLE_RATE_HZ)
    stop = min(start + len(sound), len(track))
    track[start:stop] += np.float32(gain) * sound[: stop - start]


def _level(track: np.ndarray, level: float) -> np.ndarray:
    """Scale a part so that its RMS, without its silent moments, is `level`."""
    power = (track[: len(track) // 1024 * 1024].reshape(-1, 1024) ** 2).mean(axis=1)
    loudest = power.max()
    if loudest == 0:
        return track
    return track * np.float32(level / np.sqrt(power[power > 0.01 * loudest].mean()))


def _pumping(strokes: list[Stroke], depth: float) -> np.ndarray:
    """Compute a gain that each kick lowers and that recovers within a third of a second."""
    gain: np.ndarray = np.ones(SONG_SAMPLES, dtype=np.float32)
    recovery = np.exp(-np.arange(SAMPLE_RATE_HZ // 3, dtype=np.float32) / (0.09 * SAMPLE_RATE_HZ))
    for voice, onset_s, _ in strokes:
        if voice == "kick":
            start = int(onset_s * SAMPLE_RATE_HZ)
            stop = min(start + len(recovery), SONG_SAMPLES)
            dip = 1 - depth * recovery[: stop - start]
            gain[start:stop] = np.minimum(gain[start:stop], dip)
    return gain


def _mix_down(drums: np.ndarray, pitched: np.ndarray, artist: Artist, tilt_db: float) -> np.ndarray:
    """Add reverberation, echo and colour as one linear filter of the whole spectrum.

    The filter is circular: sound beyond the end is moved to the start, as in a clip that is cut
    from the middle of a song.
    """
    dry = scipy.fft.rfft(drums + pitched)
    wet = scipy.fft.rfft(np.float32(0.3) * drums + pitched)
    coloured = (dry + wet * _room(artist)) * _colour(artist, tilt_db)
    mixed: np.ndarray = scipy.fft.irfft(coloured, SONG_SAMPLES)
    return mixed


@lru_cache(maxsize=2)
def _room(artist: Artist) -> np.ndarray:
    """Compute the spectrum of the artist's reverberation and echo, without the direct sound."""
    rng = np.random.default_rng(artist.drum_seed)
    count = int(6 * artist.reverb_s * SAMPLE_RATE_HZ)
    time_s = np.arange(count, dtype=np.float32) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(count, dtype=np.float32) * np.exp(time_s / -artist.reverb_s)
    # A low-pass filter, because rooms absorb high frequencies.
    numerator, denominator = np.array([0.35], np.float32), np.array([1, -0.65], np.float32)
    tail = scipy.signal.lfilter(numerator, denominator, tail)
    response = np.zeros(SONG_SAMPLES, dtype=np.float32)
    response[:count] = artist.reverb * tail / np.sqrt((tail**2).sum())
    for repeat in range(1, 6):
        response[int(repeat * artist.echo_s * SAMPLE_RATE_HZ)] += artist.echo**repeat
    spectrum: np.ndarray = scipy.fft.rfft(response)
    return spectrum


def _colour(artist: Artist, tilt_db: float) -> np.ndarray:
    """Compute the gain over frequency: a high-pass against rumble, low-pass, presence and tilt."""
    octaves, highpass = _frequency_axis()
    hertz = 1000 * np.exp2(octaves)
    gain_db = artist.presence_db * np.exp(-((octaves - math.log2(artist.presence_hz / 1000)) ** 2))
    gain_db += tilt_db * np.clip(octaves, -4, 4)
    gain: np.ndarray = np.exp(gain_db * np.float32(math.log(10) / 20))
    gain = gain * highpass / (1 + (hertz / np.float32(artist.lowpass_hz)) ** 4)
    return gain


@lru_cache(maxsize=1)
def _frequency_axis() -> tuple[np.ndarray, np.ndarray]:
    """Return, for each bin, the octaves above 1 kHz and the gain of a high-pass at 30 Hz."""
    hertz = scipy.fft.rfftfreq(SONG_SAMPLES, 1 / SAMPLE_RATE_HZ).astype(np.float32)
    octaves = np.log2(np.maximum(hertz, 1) / np.float32(1000))
    return octaves, hertz**4 / (hertz**4 + np.float32(30.0**4))


def _limit(samples: np.ndarray) -> np.ndarray:
    """Compress what is louder than `LIMIT_FROM`, so that it stays below `LIMIT_TO`."""
    room = np.float32(LIMIT_TO - LIMIT_FROM)
    over = np.maximum(np.abs(samples) - np.float32(LIMIT_FROM), 0)
    limited: np.ndarray = samples - np.sign(samples) * (over - room * np.tanh(over / room))
    return limited
