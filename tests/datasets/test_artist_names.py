import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.datasets.artist_names import (
    UNKNOWN,
    UNKNOWN_IN_BRACKETS,
    VARIOUS,
    common_spelling,
    is_nobody,
    is_various,
    normalise,
)


@pytest.mark.parametrize(
    ("name", "normalised"),
    [
        ("  Bj\u00f6rk \t", "bj\u00f6rk"),
        ("Bjo\u0308rk", "bj\u00f6rk"),  # a letter and a combining mark
        ("\uff21\uff22\uff23", "abc"),  # full-width letters
        ("STRASSE", "strasse"),
        ("Stra\u00dfe", "strasse"),
        ("A\u00a0 B", "a b"),
        ("", ""),
    ],
)
def test_spellings_of_a_name_become_equal(name, normalised):
    assert normalise(name) == normalised
    assert normalise(normalised) == normalised


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("Blink-182", "Blink\u2010182 Blink\u2011182 Blink\u2013182 Blink\u2212182 Blink\ufe63182"),
        ("Blink-182", "Blink\uff0d182 BLINK\u2014182 blink\u00ad\u2012182"),
        (
            "N'Sync",
            "N\u2019Sync N\u2018Sync N\u02bcSync N\u00b4Sync N`Sync N\uff07Sync N\u2032Sync",
        ),
        ('"Weird"', "\u201cWeird\u201d \u201eWeird\u201c \u00abWeird\u00bb \uff02Weird\uff02"),
        ("Someone", "\ufeffSomeone Some\u200bone Some\u00adone \u200eSomeone\u200f Someone\ufe0f"),
        ("AC/DC", "AC\uff0fDC AC\u2215DC AC\u2044DC AC\u29f8DC"),
        ("F\u00f3lk", "Fo\u0301lk FO\u0301LK F\u00d3LK"),
        ("\uac00\uc218", "\u1100\u1161\u1109\u116e"),  # Hangul, composed and decomposed
    ],
)
def test_characters_that_stand_for_one_another(name, others):
    assert {normalise(other) for other in others.split()} == {normalise(name)}


@pytest.mark.parametrize(
    "names",
    ["Guns Gunz", "B\u00f6hse Bohse", "A-B AB", "N'Sync NSync", "A+B A&B", "!!! !", "\u30fc -"],
)
def test_names_that_stay_apart(names):
    one, other = names.split()
    assert normalise(one) != normalise(other)


@given(st.text())
def test_a_normalised_name_stays_as_it_is(name):
    assert normalise(normalise(name)) == normalise(name)


def test_the_most_common_spelling_of_a_name():
    names = ["Blink\u2010182", "Blink-182", "blink-182", "Blink-182", "b", "B", "", "A"]
    assert common_spelling(names) == {
        "Blink\u2010182": "Blink-182",
        "Blink-182": "Blink-182",
        "blink-182": "Blink-182",
        "b": "B",  # a tie: the first in alphabetical order
        "B": "B",
        "": "",
        "A": "A",
    }
    assert set(common_spelling(["Fo\u0301lk", "F\u00f3lk"]).values()) == {"F\u00f3lk"}
    assert common_spelling([]) == {}
    invisible = ["\u200b", "\u200b", "\ufeff", ""]
    assert common_spelling(invisible) == dict.fromkeys(invisible, "")


@given(st.lists(st.text(st.sampled_from("aA\u00e4-\u2010 \u200b"), max_size=4)))
def test_names_have_one_spelling_exactly_if_they_are_the_same(names):
    spelling = common_spelling(names)
    assert spelling.keys() == set(names)
    for one in names:
        assert spelling[one] in (names if normalise(one) else [""])
        for other in names:
            assert (spelling[one] == spelling[other]) == (normalise(one) == normalise(other))


@pytest.mark.parametrize(
    "name",
    [
        *("various artists", "Various  Artist", "VARIOUS", "[Various Artists]", "Various_Artists"),
        *("VA", "V.A.", "V/A", "V. A.", "VV.AA.", "AA.VV.", "Varios Artistas", "Artisti Vari"),
        *("Artistes Variés", "Multi-interprètes", "Verschiedene Interpreten", "Diverse"),
        *("Разные исполнители", "群星"),
        *("Διάφοροι καλλιτέχνες", "Soundtrack", "O.S.T."),
    ],
)
def test_names_of_several_artists(name):
    assert is_various(name)
    assert is_nobody(name)


@pytest.mark.parametrize(
    "name",
    [
        *("unknown", "Unknown Artist", "<unknown>", "[unknown]", "(Unknown)", "unknown_artist"),
        *("[no artist]", "[traditional]", "Trad.", "[anonymous]", "Anonymous", "N/A", "none"),
        *("(null)", "Artiste inconnu", "Unbekannter Künstler", "Artista Desconocido"),
        *("Sconosciuto", "Onbekende artiest", "Okänd artist", "Nieznany wykonawca"),
        *("Неизвестный исполнитель", "不明", "未知艺术家"),
        *(
            "[data]",
            "[dialogue]",
            "[language instruction]",
            "?",
            "-",
            "...",
            "[]",
            "_",
            "\u2014",
            "",
        ),
    ],
)
def test_names_of_an_unknown_artist(name):
    assert is_nobody(name)
    assert not is_various(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Data", "The Unknown", "Unknown Mortal Orchestra", "Anonymous 4", "!!!", "+/-", "The Va"),
        *("Various Production", "Nonesuch", "Traditional Jazz Band", "NA", "Vasco", "Diverseness"),
        *("[spunge]", "(hed) p.e.", "Artist 7", "Unknown Artist 2", "AC/DC", "群星会"),
    ],
)
def test_names_of_bands(name):
    assert not is_nobody(name)
    assert not is_various(name)


def test_no_name_is_in_two_lists():
    assert not VARIOUS & UNKNOWN
    assert not (VARIOUS | UNKNOWN) & UNKNOWN_IN_BRACKETS
    assert "" not in VARIOUS | UNKNOWN_IN_BRACKETS
