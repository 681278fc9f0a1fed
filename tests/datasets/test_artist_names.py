import pytest

from deepartist.datasets.artist_names import NOT_ARTISTS, normalise


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


def test_names_that_stand_for_no_artist_are_normalised():
    assert {normalise(name) for name in NOT_ARTISTS} == NOT_ARTISTS
