"""The styles of music, and the styles that represent the genres of each demo corpus.

Patterns are texts with one character for each sixteenth note, repeated as needed.

- drums: ``voice pattern | voice pattern``; ``x`` a stroke, ``o`` a soft one, ``X`` a loud one,
  ``?`` an optional one, anything else silence.
- bass: ``r`` root, ``f`` fifth, ``o`` octave, ``t`` third, ``w`` a step towards the next chord.
- chords: ``x`` the chord, ``s`` the chord strummed, ``b`` its root an octave lower, ``f`` its fifth
  likewise, ``0`` to ``4`` its notes one by one.
- lead: ``x`` a note, ``?`` an optional one.

Optional events happen in about half of the bars, at random. A progression has one scale degree for
each bar.
"""

from dataclasses import dataclass

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "harmonic_minor": (0, 2, 3, 5, 7, 8, 11),
    "phrygian_dominant": (0, 1, 4, 5, 7, 8, 10),
    "major_pentatonic": (0, 2, 4, 7, 9),
    "minor_pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole_tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
    "trot": (0, 2, 3, 7, 8),
}


@dataclass(frozen=True)
class Style:
    """What the artists of a style have in common; they draw from its ranges and pools.

    Parameters
    ----------
    tempo_bpm : (lowest, highest)
    scales : tuple of (scale of the chords, scale of the lead)
    voicing : {"power", "triad", "dominant", "seventh", "ninth", "cluster"}
    progressions : tuple of str
    bass, chords, lead : tuple of str
        Keys of `INSTRUMENTS`.
    bass_patterns, chord_patterns, lead_patterns : tuple of str
    drums : tuple of str
        Patterns; no pattern or an empty one: no drums.
    kit : str
        Key of `KITS`.
    swing : (least, most)
        Place of the off-beat within a pair of notes; 0.5 is even, 0.67 a triplet.
    swing_unit : {8, 16}
        Whether eighths or sixteenths swing.
    beats : tuple of int
        Beats in a bar; one entry is drawn for each song.
    mix_db : (drums, bass, chords, lead)
        Levels of the parts.
    gate : (bass, chords, lead)
        Length of a note as a fraction of the time to the next; plucked sounds decay by themselves.
    reverb : (least, most)
        Level of the reverberation.
    echo : (least, most)
        Level of the echo.
    lowpass_hz : (lowest, highest)
        Cut-off of the low-pass filter over the whole recording.
    pump : float
        How much the kick lowers the level of the other parts, from 0 to 1.
    loose_s : float
        Standard deviation of the onsets from their exact times.
    rests : float
        Fraction of the bars in which the lead rests.
    """

    tempo_bpm: tuple[float, float]
    scales: tuple[tuple[str, str], ...]
    progressions: tuple[str, ...]
    bass: tuple[str, ...]
    bass_patterns: tuple[str, ...]
    chords: tuple[str, ...]
    chord_patterns: tuple[str, ...]
    lead: tuple[str, ...]
    lead_patterns: tuple[str, ...]
    drums: tuple[str, ...] = ()
    kit: str = "acoustic"
    voicing: str = "triad"
    swing: tuple[float, float] = (0.5, 0.5)
    swing_unit: int = 8
    beats: tuple[int, ...] = (4,)
    mix_db: tuple[float, float, float, float] = (0.0, -3.0, -6.0, -3.0)
    gate: tuple[float, float, float] = (0.8, 0.8, 0.9)
    reverb: tuple[float, float] = (0.05, 0.2)
    echo: tuple[float, float] = (0.0, 0.1)
    lowpass_hz: tuple[float, float] = (6_000.0, 10_000.0)
    pump: float = 0.0
    loose_s: float = 0.006
    rests: float = 0.25


STYLES = {
    "blues": Style(
        tempo_bpm=(68, 118),
        scales=(("mixolydian", "blues"),),
        progressions=("111144115415", "141144115411", "11114411"),
        voicing="dominant",
        bass=("finger_bass", "upright_bass"),
        bass_patterns=("r...r...t...f...", "r...t...f...w...", "r.r.f.f.r.r.w.w."),
        chords=("organ", "piano", "clean_guitar"),
        chord_patterns=(
            "x.....x.........",
            "....x.......x...",
            "x...x...x...x.x.",
            "b.b.f.f.b.b.f.f.",
        ),
        lead=("blues_guitar", "harmonica", "blues_guitar", "saxophone"),
        lead_patterns=(
            "x.x.x.....x.x...",
            "x...x.x.?.......",
            "..x.x.x.x...?.?.",
            "x.........x.x.x.",
        ),
        drums=(
            "kick x....... | snare ....x... | ride x...x.x.",
            "kick x.....x.x....... | snare ....x.......x..o | hat x.",
        ),
        swing=(0.63, 0.68),
        mix_db=(-2, -2, -7, -2),
        lowpass_hz=(4500, 9000),
        loose_s=0.009,
        rests=0.3,
    ),
    "classical": Style(
        tempo_bpm=(62, 132),
        scales=(("major", "major"), ("harmonic_minor", "harmonic_minor"), ("minor", "minor")),
        progressions=("1451", "16251", "14625145", "15634145"),
        bass=("cello",),
        bass_patterns=("r.......f.......", "r...............", "r...r...f...f..."),
        chords=("strings", "piano", "harp", "strings"),
        chord_patterns=(
            "x...............",
            "0.2.1.2.0.2.1.2.",
            "0.1.2.3.2.1.2.1.",
            "x.......x.......",
        ),
        lead=("strings", "flute", "piano", "clarinet", "fiddle"),
        lead_patterns=(
            "x...x...x.x.x...",
            "x.x.x.x.x...x...",
            "x.......x...x...",
            "xxxxx.x.x.x.x...",
        ),
        beats=(4, 3),
        mix_db=(0, -6, -5, -3),
        gate=(0.98, 0.98, 0.95),
        reverb=(0.3, 0.6),
        lowpass_hz=(5500, 9500),
        loose_s=0.012,
        rests=0.1,
    ),
    "country": Style(
        tempo_bpm=(92, 138),
        scales=(("major", "major_pentatonic"), ("mixolydian", "major_pentatonic")),
        progressions=("1145", "14151451", "1564", "1115", "4151"),
        bass=("upright_bass", "finger_bass"),
        bass_patterns=("r.......f.......", "r.......f...w..."),
        chords=("steel_string_guitar", "steel_string_guitar", "banjo"),
        chord_patterns=("b...s...f...s...", "b...s.s.f...s.s.", "0.2.1.2.0.2.1.3."),
        lead=("steel_guitar", "fiddle", "banjo", "clean_guitar"),
        lead_patterns=(
            "x...x.x.x...x...",
            "x.x.x.x.x.x.x...",
            "x.......x...x.x.",
            "x...x...?.x.?...",
        ),
        drums=(
            "kick x....... | snare o.oox.o.",
            "kick x....... | snare ....x... | hat x.",
            "kick x.......x.....x. | rim ....x... | shaker x.",
        ),
        swing=(0.5, 0.57),
        mix_db=(-4, -3, -2, -2),
        reverb=(0.08, 0.2),
    ),
    "disco": Style(
        tempo_bpm=(110, 128),
        scales=(("dorian", "dorian"), ("minor", "minor_pentatonic"), ("major", "major")),
        progressions=("1414", "6251", "1647", "1144"),
        voicing="seventh",
        bass=("finger_bass", "slap_bass", "synth_bass"),
        bass_patterns=("r.o.r.o.r.o.r.o.", "r..or.o.r..or.o.", "r.r.o..or.r.o.w."),
        chords=("clean_guitar", "electric_piano", "clean_guitar"),
        chord_patterns=("..x...x...x...x.", "x.xx.xx.x.xx.xx.", ".xx..xx..xx..xx."),
        lead=("strings", "brass", "voice_ah", "strings"),
        lead_patterns=("x.......x.......", "x..x..x...x.x...", "x...x.....xxx..."),
        drums=(
            "kick x... | snare ....x... | open ..x. | hat x.......",
            "kick x... | clap ....x... | open ..x. | hat xx.x",
            "kick x... | snare ....x.......x..o | open ..x. | tambourine x.",
        ),
        kit="disco",
        mix_db=(0, -1, -6, -4),
        gate=(0.6, 0.35, 0.95),
    ),
    "hiphop": Style(
        tempo_bpm=(78, 102),
        scales=(
            ("minor", "minor_pentatonic"),
            ("dorian", "minor_pentatonic"),
            ("phrygian", "minor"),
        ),
        progressions=("1111", "1144", "1616", "1177"),
        voicing="seventh",
        bass=("sub_bass", "sub_bass", "dub_bass"),
        bass_patterns=("r.....r...r.....", "r..r......r.....", "r.........r..o.."),
        chords=("electric_piano", "piano", "strings", "marimba"),
        chord_patterns=(
            "x...............",
            "x.....x.........",
            "0..2..1...2.....",
            "x..x............",
        ),
        lead=("rap_voice",),
        lead_patterns=(
            "x.xxx.xxx.xx?.x.",
            "xx.xx.x.xxx.x.?.",
            "..xxxxx...xxx.xx",
            "x.x.xxx.x.x.xx..",
        ),
        drums=(
            "kick x......?..x..... | snare ....x... | hat x.",
            "kick x..x......x...?. | snare ....x... | hat x.xxx.x.x.xxx.x?",
            "kick x.....x..x...... | clap ....x... | hat xxxxxxxxxxxx????",
        ),
        kit="boom",
        swing=(0.52, 0.62),
        swing_unit=16,
        mix_db=(2, 1, -9, -3),
        gate=(0.9, 0.9, 0.6),
        reverb=(0.0, 0.08),
        lowpass_hz=(4500, 9500),
        rests=0.1,
    ),
    "jazz": Style(
        tempo_bpm=(112, 208),
        scales=(("major", "major"), ("dorian", "dorian"), ("mixolydian", "blues")),
        progressions=("2511", "1625", "36251111", "25112514"),
        voicing="ninth",
        bass=("upright_bass",),
        bass_patterns=("r...t...f...w...", "r...f...o...w...", "r...w...f...w..."),
        chords=("piano", "jazz_guitar", "electric_piano"),
        chord_patterns=(
            "x.....x.........",
            "......x.......x.",
            "....x.....x.....",
            "x.....?...x...?.",
        ),
        lead=("saxophone", "trumpet", "piano", "clarinet"),
        lead_patterns=(
            "x.x.x.x.x.x.x...",
            "..x.x.x...x.x.x.",
            "x.....x.x.x.?.?.",
            "x.x.?.x.......x.",
        ),
        drums=(
            "ride x...x.x. | hat ....x... | snare ......?.",
            "ride x...x.x. | hat ....x... | snare o... | kick ?.......",
        ),
        kit="brush",
        swing=(0.6, 0.67),
        mix_db=(-1, -1, -6, -1),
        gate=(0.8, 0.45, 0.9),
        reverb=(0.1, 0.25),
        lowpass_hz=(5000, 9000),
        loose_s=0.01,
    ),
    "metal": Style(
        tempo_bpm=(112, 190),
        scales=(("phrygian", "phrygian"), ("minor", "harmonic_minor"), ("minor", "minor")),
        progressions=("1121", "1672", "1167", "1212"),
        voicing="power",
        bass=("pick_bass",),
        bass_patterns=("r.r.r.r.r.r.r.r.", "rrr.rrr.rrr.rrr.", "r.rrr.rrr.rrr.rr"),
        chords=("metal_guitar",),
        chord_patterns=(
            "xxx.xxx.xxx.xxx.",
            "x.xxx.xxx.xxx.xx",
            "x.bbb.bbx.bbb.bb",
            "x.......x.x.....",
        ),
        lead=("metal_lead", "metal_lead", "voice_belt"),
        lead_patterns=(
            "xxxxxxxxxxxxxxxx",
            "x.x.x.x.xxxxx.x.",
            "x.......x...x...",
            "xxx.xxx.xxx.x...",
        ),
        drums=(
            "kick xx | snare ....x... | crash X............... | ride x...",
            "kick x.xx | snare ....x... | open x...",
            "kick x. | snare .x | crash x.......",
        ),
        kit="metal",
        mix_db=(-1, -5, 0, -4),
        gate=(0.7, 0.75, 0.9),
        reverb=(0.02, 0.1),
        lowpass_hz=(8000, 10_500),
        loose_s=0.003,
        rests=0.5,
    ),
    "pop": Style(
        tempo_bpm=(94, 128),
        scales=(("major", "major_pentatonic"), ("major", "major"), ("minor", "minor_pentatonic")),
        progressions=("1564", "6415", "1645", "4156"),
        bass=("synth_bass", "finger_bass"),
        bass_patterns=("r.r.r.r.r.r.r.r.", "r.....r.r.....r.", "r...........w..."),
        chords=("pad", "piano", "saw_pluck", "clean_guitar"),
        chord_patterns=(
            "x...............",
            "x...x...x...x...",
            "0.1.2.1.0.1.2.1.",
            "x..x..x.x..x..x.",
        ),
        lead=("voice_ah", "voice_oo", "voice_ah", "square_lead"),
        lead_patterns=(
            "x.x.x..xx.......",
            "..x.x.x.x...x...",
            "x...x.x...x.x...",
            "x..x..x...x.?...",
        ),
        drums=(
            "kick x.......x.x..... | snare ....x... | hat x.",
            "kick x... | clap ....x... | hat ..x.",
            "kick x.....x.x....... | snare ....x... | shaker xo",
        ),
        kit="machine",
        mix_db=(-2, -3, -6, 0),
        reverb=(0.1, 0.3),
        lowpass_hz=(7500, 10_500),
    ),
    "reggae": Style(
        tempo_bpm=(62, 86),
        scales=(("major", "major_pentatonic"), ("minor", "minor_pentatonic"), ("dorian", "dorian")),
        progressions=("1414", "1454", "1111", "1625"),
        bass=("dub_bass", "dub_bass", "finger_bass"),
        bass_patterns=(
            "r...r.f.....o.f.",
            "..r.t.f...r.....",
            "r.....r.t.f.....",
            "r.r...o...f.t...",
        ),
        chords=("reggae_organ", "clean_guitar", "reggae_organ"),
        chord_patterns=("....x.......x...", "..x...x...x...x.", "..xx..xx..xx..xx"),
        lead=("voice_ah", "brass", "saxophone", "voice_belt"),
        lead_patterns=("x...x.x.....x...", "..x.x.x.x.......", "x.....x...x.?..."),
        drums=(
            "kick ........x....... | rim ........x....... | hat x.",
            "kick ........x....... | snare ........x.....o. | hat x.xxx.x.",
            "kick x... | rim ....x... | hat ..x.",
        ),
        swing=(0.54, 0.64),
        mix_db=(-3, 2, -3, -4),
        gate=(0.85, 0.3, 0.9),
        reverb=(0.1, 0.3),
        echo=(0.15, 0.45),
        lowpass_hz=(4500, 8500),
        rests=0.4,
    ),
    "rock": Style(
        tempo_bpm=(104, 148),
        scales=(
            ("mixolydian", "minor_pentatonic"),
            ("minor", "minor_pentatonic"),
            ("major", "major_pentatonic"),
        ),
        progressions=("1747", "1454", "1674", "1144", "1564"),
        voicing="power",
        bass=("pick_bass", "finger_bass"),
        bass_patterns=("r.r.r.r.r.r.r.r.", "r..rr.r.r..rr.r.", "r.r.r.r.r.r.w.w."),
        chords=("rock_guitar",),
        chord_patterns=(
            "x.x.x.x.x.x.x.x.",
            "x..x..x.x..x..x.",
            "x.......x..x....",
            "x...x.x.x...x.x.",
        ),
        lead=("voice_belt", "blues_guitar", "rock_guitar", "voice_ah"),
        lead_patterns=(
            "x...x.x.x.......",
            "x.x.x...x.x.x...",
            "..x.x.x...?.x...",
            "x.......x.x.x...",
        ),
        drums=(
            "kick x.......x.x..... | snare ....x... | hat x.",
            "kick x..x..x...x..... | snare ....x... | open x.",
            "kick x.x..... | snare ....x.......x..o | ride x. | crash x...............",
        ),
        kit="rock",
        mix_db=(-1, -4, -2, -3),
        gate=(0.85, 0.9, 0.9),
        reverb=(0.05, 0.18),
        lowpass_hz=(6500, 10_500),
    ),
    "electronic": Style(
        tempo_bpm=(120, 142),
        scales=(("minor", "minor"), ("phrygian", "minor_pentatonic"), ("dorian", "dorian")),
        progressions=("1111", "1166", "1673", "1717"),
        bass=("synth_bass", "acid", "sub_bass"),
        bass_patterns=("..r...r...r...r.", ".rrr.rrr.rrr.rrr", "r.rr.ro.r.rr.ror"),
        chords=("saw_pluck", "pad", "saw_lead"),
        chord_patterns=(
            "0120120120120123",
            "..x...x...x...x.",
            "x..x..x..x..x.x.",
            "x...............",
        ),
        lead=("saw_lead", "square_lead", "acid", "glass_pad"),
        lead_patterns=(
            "x.xxx.xxx.xxx.xx",
            "x..x..x..x..x.x.",
            "xxxxxxxxxxxxxxxx",
            "x...............",
        ),
        drums=(
            "kick x... | hat ..x. | clap ....x...",
            "kick x... | open ..x. | hat xx",
            "kick x..x..x...x..x.. | snare ....x... | hat x.xx",
        ),
        kit="machine",
        mix_db=(1, -1, -5, -5),
        gate=(0.6, 0.6, 0.6),
        reverb=(0.1, 0.35),
        echo=(0.1, 0.35),
        lowpass_hz=(6000, 10_500),
        pump=0.65,
        loose_s=0.0,
        rests=0.4,
    ),
    "folk": Style(
        tempo_bpm=(78, 122),
        scales=(("major", "major_pentatonic"), ("dorian", "dorian"), ("mixolydian", "mixolydian")),
        progressions=("1414", "1564", "1747", "16451641"),
        bass=("upright_bass", "nylon_guitar"),
        bass_patterns=("r...............", "r.......f......."),
        chords=("nylon_guitar", "steel_string_guitar", "nylon_guitar"),
        chord_patterns=(
            "0.2.1.2.0.3.1.2.",
            "b.2.1.3.f.2.1.3.",
            "s...s.s.s.s.s.s.",
            "b.1.2.3.2.1.2.1.",
        ),
        lead=("voice_oo", "flute", "fiddle", "voice_ah"),
        lead_patterns=(
            "x...x...x.x.x...",
            "x.......x...x...",
            "..x.x.x.x.......",
            "x.x.x...x.x.x...",
        ),
        drums=(
            "",
            "shaker x.",
            "tambourine ....x...",
        ),
        beats=(4, 4, 3),
        mix_db=(-10, -6, 0, -2),
        reverb=(0.08, 0.3),
        loose_s=0.012,
    ),
    "rnb": Style(
        tempo_bpm=(64, 96),
        scales=(("dorian", "minor_pentatonic"), ("major", "major_pentatonic"), ("minor", "blues")),
        progressions=("2514", "4361", "1625", "4141"),
        voicing="ninth",
        bass=("sub_bass", "finger_bass", "slap_bass"),
        bass_patterns=("r.....r...f...w.", "r..r........o...", "r.........r.t.f."),
        chords=("electric_piano", "electric_piano", "pad"),
        chord_patterns=("x......x........", "x.....x.....x...", "x..............."),
        lead=("voice_oo", "voice_ah", "saxophone"),
        lead_patterns=("x.xx..x.x...x...", "..x.xxx.x.......", "x...x.xx..x.?.?."),
        drums=(
            "kick x......x..x..... | snare ....x... | hat x.x.x.x?",
            "kick x.....x...x....? | clap ....x... | hat xx",
            "kick x.........x..... | rim ....x... | shaker x.xx",
        ),
        kit="boom",
        swing=(0.52, 0.6),
        swing_unit=16,
        mix_db=(-2, 0, -3, -1),
        reverb=(0.1, 0.3),
        lowpass_hz=(5000, 9500),
    ),
    "ambient": Style(
        tempo_bpm=(56, 92),
        scales=(("major", "major_pentatonic"), ("minor", "minor_pentatonic"), ("dorian", "dorian")),
        progressions=("1146", "1514", "1616"),
        voicing="ninth",
        bass=("cello", "sub_bass"),
        bass_patterns=("r...............",),
        chords=("pad", "strings", "glass_pad"),
        chord_patterns=("x...............", "x.......x......."),
        lead=("piano", "glass_pad", "harp", "electric_piano"),
        lead_patterns=("x.......x.......", "x...x...x...x...", "x.....x.....x..."),
        drums=("", "", "shaker x..."),
        mix_db=(-10, -6, -2, -3),
        gate=(1, 1, 1),
        reverb=(0.4, 0.8),
        echo=(0.1, 0.3),
        lowpass_hz=(3500, 8000),
        loose_s=0.02,
    ),
    "experimental": Style(
        tempo_bpm=(45, 150),
        scales=(
            ("whole_tone", "whole_tone"),
            ("chromatic", "chromatic"),
            ("phrygian", "chromatic"),
        ),
        progressions=("15263748", "1111", "1817"),
        voicing="cluster",
        bass=("noise_drone", "sub_bass"),
        bass_patterns=("r...............", "?..r....?....f.."),
        chords=("noise_drone", "gong_bell", "glass_pad"),
        chord_patterns=("x...............", "..?....x...?....", "?..?..?..?..?..?"),
        lead=("gong_bell", "noise_drone", "square_lead", "marimba"),
        lead_patterns=("?..?.??..?..?...", "????????????????", "x.........?....."),
        drums=(
            "",
            "kick ?......?...?.... | hat ?.??..?..?.??.?. | tom ..?....?...?..?.",
            "snare ?....?...?...?.. | tom ?..?......?.....",
        ),
        kit="found",
        mix_db=(-3, -5, -2, -2),
        gate=(1, 1, 0.8),
        reverb=(0.3, 0.9),
        echo=(0.1, 0.5),
        lowpass_hz=(3000, 10_500),
        loose_s=0.04,
    ),
    "world": Style(
        tempo_bpm=(88, 132),
        scales=(
            ("harmonic_minor", "harmonic_minor"),
            ("phrygian_dominant", "phrygian_dominant"),
            ("major", "major"),
        ),
        progressions=("1141", "1212", "1414", "1745"),
        bass=("upright_bass", "finger_bass"),
        bass_patterns=("r..r..f...r...f.", "...r..f....r..f.", "r.....f.r.....f."),
        chords=("nylon_guitar", "accordion", "piano", "koto"),
        chord_patterns=("x..x..x...x.x...", ".x.x.xx.x.xx.xx.", "0.2.10.2.0.21.2."),
        lead=("trumpet", "flute", "koto", "accordion", "clarinet"),
        lead_patterns=("x..x..x...x.x...", "x.xxx.x.x.x.?...", "..x..x..x..x.xx."),
        drums=(
            "clave x..x..x...x.x... | conga o.xo..xx | shaker x.",
            "conga ..x...xx | conga_low x....... | cowbell x...",
            "conga_low x..x..x. | conga ..x..x.x | tambourine x.",
        ),
        mix_db=(-2, -3, -4, -2),
    ),
    "trot": Style(
        tempo_bpm=(116, 148),
        scales=(("minor", "trot"), ("major", "major_pentatonic")),
        progressions=("1151", "1454", "1641", "14151451"),
        bass=("finger_bass", "upright_bass"),
        bass_patterns=("r.......f.......", "r...f...r...f..."),
        chords=("accordion", "clean_guitar", "accordion"),
        chord_patterns=("....x.......x...", "..x...x...x...x.", "....x.x.....x.x."),
        lead=("voice_belt", "accordion", "saxophone", "trumpet"),
        lead_patterns=("x.....x.x...x...", "x...x.x.x.......", "x..x..x...x.x.x."),
        drums=(
            "kick x....... | snare ....x.......x..o | hat x.",
            "kick x... | snare ..x. | tambourine x.",
        ),
        mix_db=(-3, -2, -4, 0),
        gate=(0.7, 0.35, 1.0),
        reverb=(0.15, 0.35),
        echo=(0.1, 0.3),
    ),
    "ballad": Style(
        tempo_bpm=(56, 76),
        scales=(("major", "major"), ("major", "major_pentatonic"), ("minor", "minor")),
        progressions=("15634145", "1564", "4361", "1645"),
        voicing="triad",
        bass=("finger_bass", "cello"),
        bass_patterns=("r...............", "r.......r.....w."),
        chords=("piano", "piano", "nylon_guitar"),
        chord_patterns=("b.0.1.2.3.2.1.2.", "x...x...x...x...", "b.1.2.1.3.1.2.1."),
        lead=("voice_ah", "voice_oo", "strings"),
        lead_patterns=("x...x.x.x.......", "..x.x.x.x...x...", "x.......x.x.x..."),
        drums=(
            "",
            "kick x....... | rim ....x... | hat x.",
            "kick x.......x.x..... | snare ....x... | ride x.",
        ),
        mix_db=(-6, -5, -1, 0),
        gate=(1, 1, 1),
        reverb=(0.25, 0.5),
    ),
    "kids": Style(
        tempo_bpm=(108, 144),
        scales=(("major", "major_pentatonic"), ("major", "major")),
        progressions=("1451", "1145", "1155", "14151511"),
        bass=("marimba", "finger_bass", "synth_bass"),
        bass_patterns=("r.......f.......", "r...f...r...f..."),
        chords=("marimba", "honky_piano", "recorder"),
        chord_patterns=("....x.......x...", "b...x...f...x...", "0...1...2...1..."),
        lead=("glockenspiel", "recorder", "voice_oo", "marimba"),
        lead_patterns=("x...x...x...x...", "x...x...x.x.x...", "x.x.x...x.x.x..."),
        drums=(
            "clap ....x... | shaker x.",
            "kick x....... | clap ....x... | tambourine x...",
            "clave x...x...x.x.x...",
        ),
        mix_db=(-4, -4, -3, 0),
        gate=(0.7, 0.5, 0.8),
    ),
}

# The styles of the artists that the demo models learn from. Trot, ballad, kids and others are left
# out, so that the target data sets hold styles that no model has heard in training.
SOURCE_STYLES = (
    "blues", "classical", "country", "disco", "electronic", "folk", "hiphop", "jazz", "metal",
    "pop", "reggae", "rock",
)  # fmt: skip

GTZAN_GENRES = {
    "blues": "blues",
    "classical": "classical",
    "country": "country",
    "disco": "disco",
    "hiphop": "hiphop",
    "jazz": "jazz",
    "metal": "metal",
    "pop": "pop",
    "reggae": "reggae",
    "rock": "rock",
}
FMA_GENRES = {
    "Electronic": "electronic",
    "Experimental": "experimental",
    "Folk": "folk",
    "Hip-Hop": "hiphop",
    "Instrumental": "ambient",
    "International": "world",
    "Pop": "pop",
    "Rock": "rock",
}
TABLE_GENRES = {
    "Ballad": "ballad",
    "Dance": "disco",
    "Folk": "folk",
    "HipHop": "hiphop",
    "Kids": "kids",
    "RnB": "rnb",
    "Rock": "rock",
    "Trot": "trot",
}
