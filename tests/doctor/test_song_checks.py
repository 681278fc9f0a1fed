"""Each check of songs, artists and labels, on small tables, on both sides of its threshold."""

import pandas as pd
import pytest

from deepartist.doctor import song_checks as checks


def levels(findings):
    return [(finding.check, finding.level, finding.count) for finding in findings]


# Artists


def test_names_are_folded_and_those_of_nobody_are_empty():
    songs = pd.DataFrame(
        {
            "artist": ["The  ＢEATLES", "Various Artists", "unknown", ""],
            "artist_id": ["7", "1", "2", "9"],
        }
    )
    assert list(checks.artist_keys(songs, by_id=False)) == ["the beatles", "", "", ""]
    assert list(checks.artist_keys(songs, by_id=True)) == ["7", "", "", "9"]


def test_songs_by_nobody_are_counted():
    names = ["<unknown>", "[traditional]", "N/A", "VV.AA.", "N/A", "Someone", ""]
    songs = pd.DataFrame({"artist": names, "artist_id": [*names[:-1], "7"]})
    (found,) = checks.check_nobody("a", songs)
    assert (found.level, found.count) == ("note", 5)
    assert "5 of 7 songs by names that stand for nobody" in found.message
    assert "such as '<unknown>', '[traditional]', 'N/A':" in found.message
    assert checks.check_nobody("a", songs[5:]) == []


def songs_by(*keys):
    return pd.DataFrame({"artist": [k.upper() for k in keys], "artist_id": keys}, dtype=str)


def test_artists_of_the_source_in_the_target_are_a_warning():
    target, source = songs_by("x", "x", "y", ""), songs_by("x", "z", "")
    found = checks.check_artists("b", target, "a", source, by_id=True)
    assert (found.level, found.count) == ("warning", 2)
    assert "2 of 4 songs by 1 artist of the source a, such as 'X'" in found.message
    assert "artists.without_targets" in found.message


def test_shared_artists_are_no_matter_where_models_are_kept_from_them():
    target, source = songs_by("x", "y"), songs_by("x")
    found = checks.check_artists("b", target, "a", source, by_id=True, without_targets=True)
    assert (found.level, found.count) == ("ok", 1)


def test_no_shared_artists():
    found = checks.check_artists("b", songs_by("x", "y", ""), "a", songs_by("z", ""), by_id=True)
    assert (found.level, found.count) == ("ok", 0)
    assert "none of 2 artists" in found.message


@pytest.mark.parametrize(
    ("target", "source", "unnamed"),
    [(["", ""], ["x"], " in b"), (["x"], [""], " in a"), ([""], [], " in b and a")],
)
@pytest.mark.parametrize("by_id", [True, False])
def test_artists_that_are_not_named_cannot_be_shared(target, source, unnamed, by_id):
    found = checks.check_artists("b", songs_by(*target), "a", songs_by(*source), by_id)
    assert found.level == "note"
    assert found.message.endswith(unnamed)


def divided(n_shared, n_test=40):
    test = ["x"] * n_shared + [f"t{i}" for i in range(n_test - n_shared)]
    return songs_by("x", *test).assign(split=["train"] + ["test"] * n_test)


@pytest.mark.parametrize(("n_shared", "level"), [(0, "ok"), (2, "warning"), (3, "error")])
def test_test_songs_by_artists_of_the_training_part(n_shared, level):
    found = checks.check_parts("b", divided(n_shared), by_id=True)
    assert (found.level, found.count) == (level, n_shared)


def test_artists_in_training_and_validation_are_no_matter():
    songs = songs_by("x", "x", "y").assign(split=["train", "valid", "test"])
    assert checks.check_parts("b", songs, by_id=True).level == "ok"


def test_unknown_artists_are_not_one_artist():
    songs = songs_by("", "", "x").assign(split=["train", "test", "train"])
    assert checks.check_parts("b", songs, by_id=True).level == "ok"
    assert checks.check_parts("b", songs[songs["artist_id"] == ""], by_id=True).level == "note"


# Labels, artist sets and tags


def labelled(**n_songs):
    rows = [
        (label, split)
        for label, n in n_songs.items()
        for split in ["test", "train", "train", *["valid"] * n][:n]
    ]
    return pd.DataFrame(rows, columns=["label", "split"])


@pytest.mark.parametrize(("most", "level"), [(30, "ok"), (31, "warning")])
def test_labels_of_very_uneven_size_are_a_warning(most, level):
    splits, sizes = checks.check_labels("b", labelled(jazz=3, rock=most), "genre")
    assert splits.message == f"songs: 4 train, {most - 3} valid, 2 test"
    assert (sizes.check, sizes.level, sizes.count) == ("genres", level, 2)
    assert f"2 genres with 3 ('jazz') to {most} songs ('rock')" in sizes.message


@pytest.mark.parametrize("label", ["genre", "artist"])
@pytest.mark.parametrize(("n_songs", "n_few"), [(1, 1), (2, 1), (3, 0)])
def test_a_label_with_fewer_than_two_training_songs_is_a_warning(label, n_songs, n_few):
    few = checks.check_labels("b", labelled(jazz=n_songs, rock=5), label)[2:]
    assert levels(few) == [(f"{label}s", "warning", 1)] * n_few


@pytest.mark.parametrize(
    ("neighbours", "n_smaller"), [("auto", 0), (1, 0), (2, 0), (3, 1), (4, 2), (20, 2)]
)
def test_more_neighbours_than_a_label_has_training_songs_are_a_warning(neighbours, n_smaller):
    labels = pd.DataFrame(
        [(x, "train") for x in ["jazz"] * 2 + ["rock"] * 3] + [("jazz", "test")] * 9,
        columns=["label", "split"],
    )
    found = checks.check_neighbours("b", labels, neighbours)
    assert levels(found) == [("neighbours", "warning", n_smaller)] * bool(n_smaller)
    if n_smaller:
        assert f"the {neighbours} neighbours of k-NN, such as 'jazz' with 2:" in found[0].message
        assert found[0].message.endswith("set evaluation.neighbours: auto")


def artist_set(count):
    return {"count": count, "songs_train": 3, "songs_valid": 1, "songs_test": 1, "seed": 0}


@pytest.mark.parametrize(("count", "level"), [(2, "ok"), (3, "error")])
def test_too_few_artists_with_enough_songs_are_an_error(count, level):
    songs = pd.Series({"x": 9, "y": 5, "z": 4})
    (found,) = checks.check_artist_sets("a", songs, {str(count): artist_set(count)})
    assert (found.level, found.count) == (level, 2)
    assert f"2 artists with 5 songs, {count} asked for" in found.message
    assert ("lower artists.count (or more_counts) to 2, or" in found.message) == (level == "error")


def test_without_any_artist_the_number_of_artists_is_not_to_be_lowered_to_none():
    (found,) = checks.check_artist_sets("a", pd.Series({"z": 4}), {"3": artist_set(3)})
    assert found.level == "error"
    assert "to 0" not in found.message


@pytest.mark.parametrize(
    ("songs", "level", "n", "message"),
    [
        ([9, 8, 8, 2], "ok", 3, "3 artists with 8 songs, all are taken"),
        ([9, 2], "error", 0, "artists.count: is all, and 1 artists have 9 songs; two artists are"),
    ],
)
def test_of_all_artists_the_numbers_that_the_split_takes_are_named(songs, level, n, message):
    everyone = {"count": "all", "songs_train": None, "songs_valid": None, "songs_test": None}
    (found,) = checks.check_artist_sets("a", pd.Series(songs), {"all": everyone})
    assert (found.level, found.count) == (level, n)
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        (
            {"x": (1, 6)},
            "1 artist with fewer than two songs to train on, because the others'",
        ),
        ({"x": (1, 6), "y": (0, 6)}, "2 artists with fewer than two songs to train on, because"),
    ],
)
def test_artists_that_the_split_will_leave_out_are_named(left_out, message):
    (found,) = checks.check_left_out("a", left_out, songs_by("x", "z"))
    assert (found.check, found.level, found.count) == ("artist sets", "warning", len(left_out))
    assert found.message.startswith(message)
    assert ": X (1 of 6)" in found.message
    assert (", y (0 of 6)" in found.message) == ("y" in left_out)
    assert checks.check_left_out("a", {}, songs_by("x")) == []


@pytest.mark.parametrize(
    ("tags", "n", "level"),
    [(["", ""], 0, "error"), (["x", "x|"], 1, "error"), (["x", "x|y"], 2, "ok")],
)
def test_a_tag_model_needs_two_tags(tags, n, level):
    found = checks.check_tags("a", pd.Series(tags))
    assert (found.level, found.count) == (level, n)


# Artists to identify


@pytest.mark.parametrize(
    ("artists", "level", "count"),
    [([], "warning", 0), ("aab", "warning", 1), ("aabb", "ok", 2), ("aabbcccd", "ok", 3)],
)
def test_two_artists_with_two_songs_can_be_identified(artists, level, count):
    found = checks.check_identified("who", pd.DataFrame({"artist": list(artists)}, dtype=str))
    assert (found.dataset, found.level, found.count) == ("who", level, count)
    assert ("table 5 has no scores" in found.message) == (level == "warning")
