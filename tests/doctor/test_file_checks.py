"""Each check of files, on small tables, on both sides of its threshold."""

import pandas as pd
import pytest

from deepartist.doctor import file_checks as checks


def levels(findings):
    return [(finding.check, finding.level, finding.count) for finding in findings]


def files(*songs):
    return pd.DataFrame(songs, columns=["path", "size", "state"])


def clips(n, **states):
    bad = [(f"{state}{i}.mp3", 0, state) for state, count in states.items() for i in range(count)]
    n_ok = n - len(bad)
    return files(*[(f"{i}.mp3", 100_000, "ok") for i in range(n_ok)], *bad)


# Files


def test_files_that_are_all_there_are_counted():
    assert levels(checks.check_files("a", clips(7), 0.05)) == [("files", "ok", 7)]


@pytest.mark.parametrize("state", ["missing", "empty", "unreadable"])
@pytest.mark.parametrize(("n_bad", "level"), [(1, "warning"), (2, "error")])
def test_bad_files_are_errors_where_the_run_would_stop(state, n_bad, level):
    found = checks.check_files("a", clips(20, **{state: n_bad}), 0.05)
    assert levels(found) == [("files", level, n_bad)]
    assert f"{n_bad} of 20 clips, such as {state}0.mp3; " in found[0].message
    assert ("max_failed_fraction = 0.05" in found[0].message) == (level == "error")


def test_bad_files_of_all_sorts_count_together():
    found = checks.check_files("a", clips(20, missing=1, empty=1), 0.05)
    assert levels(found) == [("files", "error", 1), ("files", "error", 1)]


def test_a_run_without_any_clip_stops_whatever_the_config_allows():
    assert levels(checks.check_files("a", clips(3, missing=3), 1.0)) == [("files", "error", 3)]


@pytest.mark.parametrize(
    ("size", "is_small"), [(10_000, False), (9_999, True), (2048, True), (1, True)]
)
def test_a_file_is_small_beside_others_of_its_format(size, is_small):
    songs = files(*[(f"{i}.mp3", 100_000, "ok") for i in range(5)], ("s.MP3", size, "ok"))
    found = checks.check_files("a", songs, 0.05)[1:]
    assert levels(found) == ([("file sizes", "warning", 1)] if is_small else [])


def test_a_compressed_file_is_not_small_beside_waves():
    songs = files(*[(f"{i}.wav", 5_000_000, "ok") for i in range(5)], ("a.mp3", 240_000, "ok"))
    assert levels(checks.check_files("a", songs, 0.05)) == [("files", "ok", 6)]


@pytest.mark.parametrize(("size", "n_small"), [(2047, 3), (2048, 0)])
def test_no_clip_is_smaller_than_three_seconds(size, n_small):
    songs = files(*[(f"{i}.mp3", size, "ok") for i in range(3)])
    assert sum(f.count for f in checks.check_files("a", songs, 0.05)[1:]) == n_small


# Copies


def grouped(*songs):
    return pd.DataFrame(songs, columns=["dataset", "path", "group"])


def find_doubles(songs, targets=("b",)):
    return checks.check_duplicates("same file", songs, "a", targets)


def test_a_song_of_the_target_in_the_source_is_an_error():
    songs = grouped(("a", "1", "x"), ("a", "2", ""), ("b", "3", "x"), ("b", "4", ""))
    source, target = find_doubles(songs)
    assert (source.dataset, source.level) == ("a", "ok")
    assert (target.dataset, target.level, target.count) == ("b", "error", 1)
    assert "3 = 1;" in target.message


def test_a_copy_within_a_data_set_is_a_warning():
    songs = grouped(("a", "1", "x"), ("a", "2", "x"), ("a", "3", "x"), ("b", "4", ""))
    source, target = find_doubles(songs)
    assert (source.level, source.count) == ("warning", 2)
    assert "2 = 1;" in source.message
    assert target.level == "ok"


def test_songs_that_are_like_no_other_are_not_alike():
    songs = grouped(("a", "1", ""), ("a", "2", ""), ("b", "3", ""), ("b", "4", "y"))
    assert [finding.level for finding in find_doubles(songs)] == ["ok", "ok"]


def test_two_targets_may_share_songs():
    songs = grouped(("a", "1", ""), ("b", "2", "x"), ("c", "3", "x"))
    assert {finding.level for finding in find_doubles(songs, ["b", "c"])} == {"ok"}


def test_songs_held_out_of_the_source_are_no_copies():
    songs = grouped(("a", "1", "x"), ("a", "2", "y"))
    assert [finding.level for finding in find_doubles(songs, ["a"])] == ["ok"]


def test_files_not_compared_are_noted():
    assert checks.check_compared("a", 0, 10) == []
    (note,) = checks.check_compared("a", 3, 10)
    assert (note.level, note.count) == ("note", 3)
    assert "3 of 10 files" in note.message


# Sound


def sounds(*reasons, rate_hz=22_050, notes=""):
    return pd.DataFrame(
        {
            "path": [f"{i}.mp3" for i in range(len(reasons))],
            "reason": reasons,
            "sample_rate_hz": [0 if reason else rate_hz for reason in reasons],
            "notes": notes,
        }
    )


@pytest.mark.parametrize(("n_clips", "level"), [(40, "warning"), (39, "error")])
def test_clips_that_cannot_be_used_are_an_error_where_the_run_would_stop(n_clips, level):
    heard = sounds("silent", *[""] * (n_clips - 2))
    found, _ = checks.check_sounds("a", heard, 1, n_clips, 0.05)
    assert (found.check, found.level, found.count) == ("sound", level, 1)


def test_reasons_are_told_apart_by_their_kind():
    reasons = ("too short (1.00 s)", "silent", "too short (2.00 s)", "")
    found = checks.check_sounds("a", sounds(*reasons), 0, 4, 1.0)
    assert levels(found)[:2] == [("sound", "warning", 1), ("sound", "warning", 2)]
    assert found[1].message.startswith("too short: 2 of 4 clips, such as 0.mp3 (1.00 s); ")


def test_clips_that_can_all_be_used():
    found = checks.check_sounds("a", sounds("", ""), 0, 2, 0.05)
    assert levels(found) == [("sound", "ok", 2), ("sample rate", "note", 2)]


def test_where_no_clip_can_be_used_nothing_is_said_of_rates():
    assert levels(checks.check_sounds("a", sounds("silent"), 0, 1, 1.0)) == [("sound", "error", 1)]


@pytest.mark.parametrize(("rate_hz", "n_low"), [(22_049, 1), (22_050, 0)])
def test_a_low_sample_rate_is_a_warning(rate_hz, n_low):
    found = checks.check_sounds("a", sounds("", rate_hz=rate_hz), 0, 1, 0.05)
    assert levels(found)[2:] == [("sample rate", "warning", 1)] * n_low


def test_what_was_put_right_in_a_clip_is_said():
    found = checks.check_sounds("a", sounds("", "", notes="it was scaled"), 0, 2, 0.05)
    assert levels(found)[2:] == [("sound", "note", 2)]
    assert found[2].message.endswith("such as 0.mp3: it was scaled")
