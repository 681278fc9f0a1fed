"""Manifests of several data sets as one, with artists joined by name."""

import pandas as pd

from deepartist.datasets.join_manifests import join_manifests, main
from deepartist.datasets.manifest import build_manifest, read_manifest, write_manifest
from deepartist.splits.artists import has_artist


def manifest(*songs):
    names = ("clip_id", "artist_id", "artist", "album_id", "split")
    return build_manifest(
        [dict(zip(names, song, strict=True), path=f"/m/{song[0]}.mp3") for song in songs]
    )


ONE = manifest(
    ("1", "ar7", "Björk", "al1", "train"),
    ("2", "ar7", "Björk", "", "test"),
    ("3", "ar8", "", "al1", ""),
    ("4", "", "", "", ""),
)
OTHER = manifest(("1", "7", "BJORK", "al1", ""), ("2", "8", "Low", "", ""), ("3", "9", "", "", ""))


def test_artists_of_one_name_are_one():
    joined = join_manifests({"one": ONE, "other": OTHER}).set_index("clip_id")
    assert list(joined.index) == [
        "one/1",
        "one/2",
        "one/3",
        "one/4",
        "other/1",
        "other/2",
        "other/3",
    ]
    artist = joined["artist_id"]
    assert artist["one/1"] == artist["one/2"] == "Björk"
    assert artist["other/2"] == "Low"
    # Without a name, an id is only good within its data set.
    assert artist["one/3"] == "one/ar8"
    assert artist["other/3"] == "other/9"
    assert artist["one/4"] == ""
    assert joined["album_id"].tolist() == ["one/al1", "", "one/al1", "", "other/al1", "", ""]
    assert set(joined["split"]) == {""}
    assert joined.loc["one/2", "path"] == "/m/2.mp3"


def test_spellings_of_a_name_are_one_artist():
    one = manifest(("1", "a", "The Cure", "", ""), ("2", "b", "the cure", "", ""))
    other = manifest(("1", "c", "THE CURE ", "", ""))
    assert join_manifests({"one": one, "other": other})["artist_id"].nunique() == 1


def test_an_artist_of_one_id_stays_one_whatever_the_songs_name():
    """Otherwise an artist who was trained on would come back as a new one."""
    one = manifest(
        ("1", "7", "Björk", "", ""),
        ("2", "7", "Björk", "", ""),
        ("3", "7", "Björk feat. Low", "", ""),
        ("4", "7", "", "", ""),
        ("5", "8", "Low", "", ""),
    )
    other = manifest(("1", "a", "BJÖRK", "", ""))
    joined = join_manifests({"one": one, "other": other}).set_index("clip_id")
    assert joined["artist_id"].to_dict() == {
        **{f"one/{song}": "Björk" for song in "1234"},
        "one/5": "Low",
        "other/1": "Björk",
    }
    assert joined.loc["one/3", "artist"] == "Björk feat. Low"


def test_who_is_nobody_in_a_part_is_nobody_in_what_is_joined():
    one = manifest(
        ("1", "Unknown", "", "", ""),
        ("2", "7", "Various Artists", "", ""),
        ("3", "7", "Low", "", ""),
        ("4", "", "", "", ""),
        ("5", "9", "", "", ""),
    )
    joined = join_manifests({"one": one, "other": one})
    assert has_artist(one).tolist() == [False, False, True, False, True]
    assert has_artist(joined).tolist() == 2 * has_artist(one).tolist()


def test_the_stage_tells_how_many_artists_are_shared(tmp_path, capsys):
    for name, songs in (("one", ONE), ("other", OTHER.replace("BJORK", "Björk"))):
        write_manifest(songs, tmp_path / f"{name}.csv")
    main(
        [
            *("--manifests", str(tmp_path / "one.csv"), str(tmp_path / "other.csv")),
            *("--out", str(tmp_path / "joined.csv")),
        ]
    )
    assert "7 songs by 4 artists, 1 of them in more than one data set" in capsys.readouterr().out
    read = read_manifest(tmp_path / "joined.csv")
    expected = join_manifests({"one": ONE, "other": OTHER.replace("BJORK", "Björk")})
    pd.testing.assert_frame_equal(read, expected, check_dtype=False)
