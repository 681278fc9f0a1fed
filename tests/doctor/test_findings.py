"""The table and the JSON of `deepartist doctor`."""

import json

import pytest

from deepartist.doctor.findings import LEVELS, Finding, has_errors, quote, to_json, to_table

FINDINGS = [
    Finding("msd", "files", "ok", 7, "all 7 clips are there"),
    Finding("gtzan", "same file", "error", 1, "word " * 40),
]


def test_columns_stand_below_each_other_and_the_last_line_counts():
    header, first, *others, counts = to_table(FINDINGS, 100).splitlines()
    column = header.index("what")
    assert first[column:] == "all 7 clips are there"
    assert others[0][column - 2 :].startswith("  word")
    assert all(line[:column].strip() == "" for line in others[1:])
    assert counts == "ok: 1, note: 0, warning: 0, error: 1"


@pytest.mark.parametrize("width", [80, 100, 120])
def test_messages_are_broken_at_the_width_of_the_screen(width):
    lines = to_table(FINDINGS, width).splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(lines[2:-1]).split().count("word") == 40


def test_the_width_is_that_of_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "90")
    assert to_table(FINDINGS) == to_table(FINDINGS, 90) != to_table(FINDINGS, 120)


def test_a_long_path_is_not_broken():
    path = "/music/" + "x" * 200 + "/song-with-hyphens and spaces.mp3"
    table = to_table([Finding("a", "files", "ok", 1, f"such as {path}")], 80)
    assert path.split()[0] in table


def test_an_empty_list_is_a_header_and_counts():
    assert len(to_table([], 100).splitlines()) == 2


@pytest.mark.parametrize(
    ("sign", "shown"),
    [
        ("\x1b[31m", r"\x1b[31m"),
        ("\n", r"\n"),
        ("\r", r"\r"),
        ("\u202e", r"\u202e"),
        ("\ud800", r"\ud800"),
        ("é곡", "é곡"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(sign, shown):
    table = to_table([Finding("a", "files", "ok", 1, f"x{sign}y")], 100)
    assert f"x{shown}y" in table
    table.encode()


def test_json_holds_every_field():
    assert [Finding(**entry) for entry in json.loads(to_json(FINDINGS))] == FINDINGS


@pytest.mark.parametrize("level", LEVELS)
def test_only_errors_are_errors(level):
    findings = [Finding("a", "files", "ok", 1, ""), Finding("b", "files", level, 1, "")]
    assert has_errors(findings) is (level == "error")


def test_a_very_long_name_is_cut():
    assert quote("AC/DC") == "'AC/DC'"
    assert len(quote("x" * 1000)) < 100
