"""Names that may be spellings of one name."""

import pytest

from deepartist.doctor.look_alikes import check_look_alikes, near_pairs, outline


def levels(*names):
    return [(f.level, f.count) for f in check_look_alikes("a", "artists", names)]


@pytest.mark.parametrize(
    "names",
    [
        ("Blink-182", "Blink 182"),
        ("The Beatles", "Beatles"),
        ("Beatles, The", "The Beatles"),
        ("Simon & Garfunkel", "Simon and Garfunkel"),
        ("Florence + The Machine", "Florence and the Machine"),
        ("AC/DC", "ACDC"),
        ("Motörhead", "Motorhead"),
        ("Guns N' Roses", "Guns N Roses"),
        ("P!nk", "pnk"),
        ("Sigur Rós", "SigurRos"),
        ("!!!", "!!! "),
    ],
)
def test_names_that_differ_in_what_people_leave_out_are_a_warning(names):
    assert levels(*names) == [("warning", 1)]
    (found,) = check_look_alikes("a", "artists", names)
    assert (found.dataset, found.check) == ("a", "look-alikes")
    assert found.message.startswith("1 pair of artists differs only in")
    assert all(f"'{name}'" in found.message for name in names)


@pytest.mark.parametrize(
    "names",
    [
        ("Metallica", "Metalica"),
        ("Beatles", "Beatels"),
        ("Kraftwerk", "Craftwerk"),
        ("Аквариум", "Акваруим"),
    ],
)
def test_names_that_differ_in_one_letter_are_a_note(names):
    assert levels(*names) == [("note", 1)]


@pytest.mark.parametrize(
    "names",
    [
        ("Source 1", "Source 2"),
        ("UB40", "UB41"),
        ("Blink-182", "Blink-183"),
        ("Mia", "Mya"),
        ("!!!", "???"),
        ("E-Type", "Type"),
        ("The The", "That"),
        ("Anna", "Bert"),
        ("The", "Theo"),
        ("Abba", "Abba", ""),
        (),
    ],
)
def test_names_that_are_different(names):
    assert levels(*names) == []


def test_three_pairs_are_named_and_all_are_counted():
    names = [f"{letter * 3}{end}" for letter in "ABCDE" for end in ("", "!")]
    (found,) = check_look_alikes("a", "genres", names)
    assert found.count == 5
    assert "5 pairs of genres differ only in" in found.message
    assert "such as 'AAA' and 'AAA!', 'BBB' and 'BBB!', 'CCC' and 'CCC!', …;" in found.message


def test_an_outline_is_never_empty_for_a_name():
    for name in ("The", "!!!", "And", "Y", "日本", "¿?"):
        assert outline(name)


def test_pairs_are_found_among_many_names_in_time_that_grows_with_their_number():
    name_of = {f"{'abcdefghij'[i % 10]}name{i:05}": f"name {i}" for i in range(20_000)}
    name_of |= {"kraftwerk": "Kraftwerk", "craftwerk": "Craftwerk"}
    assert near_pairs(name_of) == [("Craftwerk", "Kraftwerk")]
