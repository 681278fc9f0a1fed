import pytest

from deepartist.demo.synthesiser.artists import FILLS
from deepartist.demo.synthesiser.drums import KITS
from deepartist.demo.synthesiser.instruments import INSTRUMENTS
from deepartist.demo.synthesiser.styles import (
    FMA_GENRES,
    GTZAN_GENRES,
    SCALES,
    SOURCE_STYLES,
    STYLES,
    TABLE_GENRES,
)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES.keys())
def test_styles_name_only_what_exists(style):
    assert {*style.bass, *style.chords, *style.lead} <= set(INSTRUMENTS)
    assert {scale for pair in style.scales for scale in pair} <= set(SCALES)
    patterns = [*style.bass_patterns, *style.chord_patterns, *style.lead_patterns]
    assert {len(pattern) for pattern in patterns} == {16}
    assert set("".join(style.bass_patterns)) <= set(".rfotw?")
    assert set("".join(style.chord_patterns)) <= set(".xsbf01234?")
    assert set("".join(style.lead_patterns)) <= set(".x?")
    assert set("".join(style.progressions)) <= set("12345678")
    for pattern in (*style.drums, *FILLS):
        for part in filter(str.strip, pattern.split("|")):
            voice, steps = part.split()
            assert voice in KITS[style.kit]
            assert set(steps) <= set(".xXo?") and 16 % len(steps) == 0


def test_no_source_artist_plays_trot_ballad_or_kids():
    assert set(SOURCE_STYLES).isdisjoint({"trot", "ballad", "kids"})
    genres = {*GTZAN_GENRES.values(), *FMA_GENRES.values(), *TABLE_GENRES.values(), *SOURCE_STYLES}
    assert genres <= set(STYLES)
    assert (len(GTZAN_GENRES), len(FMA_GENRES), len(TABLE_GENRES)) == (10, 8, 8)
