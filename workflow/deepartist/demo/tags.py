"""Tags of songs as listeners would give them: mostly right, but incomplete."""

import numpy as np

from deepartist.demo.synthesiser.artists import Artist
from deepartist.demo.synthesiser.score import Song

# The tags that fit each style.
_STYLE_TAGS = {
    "blues": ("blues", "guitar"),
    "classical": ("classical", "orchestral", "instrumental"),
    "country": ("country", "acoustic"),
    "disco": ("disco", "dance", "party"),
    "electronic": ("electronic", "dance", "beats"),
    "folk": ("folk", "acoustic", "singer-songwriter"),
    "hiphop": ("hip-hop", "rap", "beats"),
    "jazz": ("jazz", "swing", "instrumental"),
    "metal": ("metal", "heavy", "guitar"),
    "pop": ("pop", "party"),
    "reggae": ("reggae", "chill"),
    "rock": ("rock", "energetic", "guitar"),
}
_INSTRUMENT_TAGS = {
    "piano": "piano", "electric_piano": "piano", "organ": "organ", "reggae_organ": "organ",
    "strings": "strings", "fiddle": "strings", "cello": "strings", "brass": "horns",
    "trumpet": "horns", "saxophone": "horns", "flute": "flute", "clarinet": "flute",
    "banjo": "banjo", "saw_lead": "synth", "square_lead": "synth",
    "saw_pluck": "synth", "pad": "synth", "acid": "synth", "voice_ah": "vocals",
    "voice_oo": "vocals", "voice_belt": "vocals", "nylon_guitar": "acoustic",
    "steel_string_guitar": "acoustic", "sub_bass": "bass", "dub_bass": "bass",
    "slap_bass": "funk",
}  # fmt: skip
_DECADES = ("70s", "80s", "90s", "00s")
_OTHERS = ("slow", "mid-tempo", "fast", "major", "minor", "happy", "sad")
_PRODUCTION = ("lo-fi", "echo", "reverb", "unplugged")
_WORDS = [word for words in _STYLE_TAGS.values() for word in words]
TAGS = tuple(
    dict.fromkeys([*_WORDS, *_INSTRUMENT_TAGS.values(), *_OTHERS, *_PRODUCTION, *_DECADES])
)

_FORGOTTEN = 0.15  # chance that a fitting tag is missing
_WRONG = 0.01  # chance of each tag that does not fit


def draw_tags(artist: Artist, song: Song, seed: int) -> np.ndarray:
    """Draw the tags of a song.

    Parameters
    ----------
    artist : Artist
    song : Song
        As returned by `plan_song`.
    seed : int
        Decides which tags are forgotten or wrong.

    Returns
    -------
    np.ndarray [shape=(50,), dtype=bool]
        Whether the song has each of `TAGS`.
    """
    rng = np.random.default_rng(seed)
    bass, chords, lead, second_lead = artist.instruments
    heard = second_lead if song.sections[0].lead == "second_lead" else lead
    minor = song.chord_scale in ("minor", "dorian", "phrygian", "harmonic_minor")
    fitting = {
        *_STYLE_TAGS[artist.style],
        *(_INSTRUMENT_TAGS.get(name, "") for name in (bass, chords, heard)),
        "slow" if song.tempo_bpm < 85 else "fast" if song.tempo_bpm > 135 else "mid-tempo",
        "minor" if minor else "major",
        ("sad" if song.tempo_bpm < 95 else "") if minor else "happy",
        "lo-fi" if artist.lowpass_hz < 6000 else "",
        "echo" if artist.echo > 0.15 else "",
        "reverb" if artist.reverb > 0.25 else "",
        "" if song.sections[0].drums else "unplugged",
        _DECADES[artist.drum_seed % len(_DECADES)],
    }
    fits = np.array([tag in fitting for tag in TAGS])
    chance = rng.random(len(TAGS))
    return np.where(fits, chance >= _FORGOTTEN, chance < _WRONG)
