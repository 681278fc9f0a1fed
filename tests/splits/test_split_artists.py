import pickle
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.datasets.artist_list import artist_label
from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.process.errors import InputError
from deepartist.splits.label_target import label_target
from deepartist.splits.split_artists import (
    cut_artists,
    main,
    published_order,
    seeded_order,
    split_tags,
)
from deepartist.splits.split_table import SPLIT_COLUMNS, has_artist, read_split, shuffled


def make_manifest(songs_of, albums=3):
    """Songs named artist-number; albums of an artist in turn."""
    return build_manifest(
        {
            "clip_id": f"{artist}-{n:02d}",
            "path": "x",
            "artist_id": artist,
            "artist": artist.upper(),
            "album_id": f"album {n % albums}",
        }
        for artist, songs in songs_of.items()
        for n in range(songs)
    )


def make_entries(artists, songs=20):
    return [
        (f"c{artist}x{song}", artist, song)
        for artist in range(artists)
        for song in range(1, songs + 1)
    ]


collections = st.dictionaries(
    st.text("abcdé", min_size=1, max_size=3), st.integers(1, 9), min_size=4, max_size=12
).filter(lambda songs_of: sum(songs >= 4 for songs in songs_of.values()) >= 3)


# ---------------------------------------------------------------- published


def test_published_set_is_the_first_entries():
    split = cut_artists(published_order(make_entries(6)), 4, 15, 3, 2)
    assert tuple(split.columns) == SPLIT_COLUMNS
    assert split["clip_id"].tolist() == [entry[0] for entry in make_entries(6)[: 4 * 20]]
    assert split["label"].unique().tolist() == ["00000", "00001", "00002", "00003"]
    assert split["split"].tolist() == (["train"] * 15 + ["valid"] * 3 + ["test"] * 2) * 4


def test_published_parts_follow_the_song_index():
    entries = make_entries(2)
    split = cut_artists(published_order(entries[::-1]), 2, 17, 1, 2)
    # the artist that comes first in the list ranks first, whatever its index
    assert split["label"].iloc[0] == "00001"
    song_of = {clip_id: song for clip_id, _, song in entries}
    for row in split.itertuples():
        song = song_of[row.clip_id]
        assert row.split == ("train" if song <= 17 else "valid" if song == 18 else "test")


def test_published_paper_sizes():
    order = published_order(make_entries(5000))
    counts = cut_artists(order, 5000, 15, 3, 2)["split"].value_counts().to_dict()
    assert counts == {"train": 75_000, "valid": 15_000, "test": 10_000}


# ---------------------------------------------------------------- seeded


@settings(max_examples=30)
@given(songs_of=collections, seed=st.integers(0, 99))
def test_seeded_sizes_are_exact(songs_of, seed):
    manifest = make_manifest(songs_of)
    split = cut_artists(seeded_order(manifest, 4, seed), 3, 2, 1, 1)
    assert split["clip_id"].is_unique
    assert split["label"].nunique() == 3
    for _, songs in split.groupby("label"):
        assert songs["split"].tolist() == ["train", "train", "valid", "test"]
    artist_of = dict(zip(manifest["clip_id"], manifest["artist_id"], strict=True))
    assert split["label"].tolist() == [artist_of[clip_id] for clip_id in split["clip_id"]]


@settings(max_examples=30)
@given(songs_of=collections, seed=st.integers(0, 99))
def test_seeded_sets_are_nested(songs_of, seed):
    order = seeded_order(make_manifest(songs_of), 4, seed)
    smaller, larger = cut_artists(order, 2, 2, 1, 1), cut_artists(order, 3, 2, 1, 1)
    pd.testing.assert_frame_equal(smaller, larger.iloc[: len(smaller)])


@settings(max_examples=30)
@given(songs_of=collections, seed=st.integers(0, 99), shuffle=st.randoms(use_true_random=False))
def test_seeded_order_does_not_depend_on_rows(songs_of, seed, shuffle):
    manifest = make_manifest(songs_of)
    rows = list(range(len(manifest)))
    shuffle.shuffle(rows)
    pd.testing.assert_frame_equal(
        seeded_order(manifest, 4, seed), seeded_order(manifest.iloc[rows], 4, seed)
    )


def test_seed_changes_artists_and_songs():
    manifest = make_manifest({f"artist{n}": 12 for n in range(20)})
    splits = [cut_artists(seeded_order(manifest, 4, seed), 5, 2, 1, 1) for seed in (0, 1)]
    assert set(splits[0]["label"]) != set(splits[1]["label"])
    in_both = set(splits[0]["label"]) & set(splits[1]["label"])
    assert in_both
    songs = [split[split["label"].isin(in_both)]["clip_id"] for split in splits]
    assert set(songs[0]) != set(songs[1])


def test_new_artist_leaves_the_order_of_the_others():
    songs_of = {f"artist{n}": 5 for n in range(10)}
    before = seeded_order(make_manifest(songs_of), 4, 0)
    after = seeded_order(make_manifest(songs_of | {"new": 5}), 4, 0)
    rest = after[after["label"] != "new"]
    assert rest["clip_id"].tolist() == before["clip_id"].tolist()


@given(
    sizes=st.lists(st.integers(1, 8), min_size=1, max_size=6), extra=st.integers(0, 5),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_albums_are_drawn_in_turn_and_spread(sizes, extra, seed):
    songs = max(1, sum(sizes) - extra)
    manifest = build_manifest(
        {"clip_id": f"{a}-{n}", "path": "x", "artist_id": "a", "artist": "A", "album_id": f"al{a}"}
        for a, size in enumerate(sizes)
        for n in range(size)
    )
    drawn = [int(clip_id[0]) for clip_id in seeded_order(manifest, songs, seed)["clip_id"]]
    n_drawn = Counter(drawn)
    # in turn: no album has two more than another that still has songs left
    for a, size in enumerate(sizes):
        if n_drawn[a] < size:
            assert max(n_drawn.values()) <= n_drawn[a] + 1
    # spread: every stretch from the start holds each album in its share
    for length in range(songs + 1):
        for a in n_drawn:
            assert abs(drawn[:length].count(a) - length * n_drawn[a] / songs) < 2


def test_albums_are_in_every_part_by_their_share():
    manifest = make_manifest({"a": 20}, albums=2)
    split = cut_artists(seeded_order(manifest, 20, 3), 1, 12, 4, 4)
    album_of = dict(zip(manifest["clip_id"], manifest["album_id"], strict=True))
    table = pd.crosstab(split["split"], split["clip_id"].map(album_of))
    assert table.loc["train"].tolist() == [6, 6]
    assert table.loc["valid"].tolist() == [2, 2]
    assert table.loc["test"].tolist() == [2, 2]


def test_songs_without_album_are_albums_of_their_own():
    rows = [
        {"clip_id": f"s{n}", "path": "x", "artist_id": "a", "artist": "A", "album_id": album}
        for n, album in enumerate(["big"] * 6 + [""] * 3)
    ]
    drawn = seeded_order(build_manifest(rows), 4, 0)["clip_id"]
    assert {"s6", "s7", "s8"} < set(drawn)


@pytest.mark.parametrize("name", ["Various Artists", "VA", " various ", "[unknown]"])
def test_compilations_and_unknown_artists_are_ignored(name):
    manifest = make_manifest({"a": 4, "b": 4, "c": 9, "": 9})
    manifest.loc[manifest["artist_id"] == "c", "artist"] = name
    assert set(seeded_order(manifest, 4, 0)["label"]) == {"a", "b"}
    assert has_artist(manifest).sum() == 8


def test_too_few_artists_says_how_many_and_which_key():
    order = seeded_order(make_manifest({"a": 5, "b": 5, "c": 4}), 5, 0)
    with pytest.raises(InputError, match=r"only 2 artists have 5 .*artists\.count from 3 to 2"):
        cut_artists(order, 3, 3, 1, 1)
    with pytest.raises(InputError, match="only 0 artists have 21"):
        cut_artists(published_order(make_entries(2)), 2, 15, 3, 3)


# ---------------------------------------------------------------- tags


def make_tagged(tags_of, **columns):
    return build_manifest(
        {"clip_id": clip_id, "path": "x", "tags": tags, **columns}
        for clip_id, tags in tags_of.items()
    )


def make_artist_set(n_train, n_valid, **rows):
    """As many songs of an artist who is not in the manifest, and rows of (label, split) by clip."""
    parts = ["train"] * n_train + ["valid"] * n_valid
    songs = [(f"other {n}", "other", part) for n, part in enumerate(parts)]
    songs += [(clip_id, *row) for clip_id, row in rows.items()]
    return pd.DataFrame(songs, columns=list(SPLIT_COLUMNS))


def test_most_frequent_tags_with_ties_in_alphabetical_order():
    manifest = make_tagged(
        {"1": "rock|pop", "2": "rock|jazz", "3": "rock", "4": "zouk|rock", "5": "jazz|pop|zouk"}
    )
    split = split_tags(manifest, make_artist_set(4, 1), 3, 0)
    assert dict(zip(split["clip_id"], split["label"], strict=True)) == {
        "1": "pop|rock",
        "2": "jazz|rock",
        "3": "rock",
        "4": "rock",
        "5": "jazz|pop",
    }
    assert split["split"].tolist() == ["train"] * 4 + ["valid"]


def test_test_songs_count_for_nothing():
    manifest = make_tagged({f"s{n}": "a|b" for n in range(6)} | {f"t{n}": "c" for n in range(9)})
    manifest.loc[manifest["clip_id"].str.startswith("t"), "split"] = "test"
    split = split_tags(manifest, make_artist_set(4, 2), 2, 0)
    assert set(split["clip_id"]) == {f"s{n}" for n in range(6)}
    assert set(split["label"]) == {"a|b"}


def test_held_out_songs_are_neither_drawn_nor_counted():
    rows = [
        ("train", "a", "rock|pop"),
        ("valid", "a", "rock"),
        ("test", "a", "held"),
        ("in no part", "a", "held|pop"),
        ("of another artist", "b", "pop"),
        ("of no artist", "", "pop"),
        ("of another artist 2", "b", "rock"),
    ]
    manifest = build_manifest(
        {"clip_id": clip_id, "path": "x", "artist_id": artist, "artist": artist, "tags": tags}
        for clip_id, artist, tags in rows
    )
    artist_set = make_artist_set(
        2, 1, train=("a", "train"), valid=("a", "valid"), test=("a", "test")
    )
    split = split_tags(manifest, artist_set, 50, 0)
    assert set(split["clip_id"]) == {name for name, _, tags in rows if "held" not in tags}
    assert "held" not in "|".join(split["label"])


@pytest.mark.parametrize("seed", range(5))
def test_no_model_learns_from_a_song_of_the_held_out_target(seed):
    manifest = make_manifest({f"artist {n}": 10 for n in range(6)}).assign(tags="x|y")
    artist_set = cut_artists(seeded_order(manifest, 8, seed), 4, 4, 2, 2)
    target = label_target(manifest, "artist", 0.6, 0.2, seed, source_split=artist_set)
    assert len(target) == 4 * (10 - 4 - 2)
    tag_set = split_tags(manifest, artist_set, 2, seed)
    assert len(tag_set) == 4 * (4 + 2)
    assert set(tag_set["clip_id"]).isdisjoint(target["clip_id"])


tagged = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=4),
    st.sets(st.sampled_from("abcdef")).map(lambda tags: "|".join(sorted(tags))),
    min_size=6,
    max_size=40,
).filter(lambda tags_of: len({tag for tags in tags_of.values() for tag in tags} - {"|"}) >= 2)


@settings(max_examples=60)
@given(tags_of=tagged, seed=st.integers(0, 99), shuffle=st.randoms(use_true_random=False))
def test_tag_split_properties(tags_of, seed, shuffle):
    manifest = make_tagged(tags_of)
    n_songs = Counter(tag for tags in tags_of.values() for tag in tags.split("|") if tag)
    kept = {tag for tag, _ in sorted(n_songs.items(), key=lambda item: (-item[1], item[0]))[:3]}
    eligible = {clip for clip, tags in tags_of.items() if set(tags.split("|")) & kept}
    if len(eligible) < 4:
        return
    split = split_tags(manifest, make_artist_set(3, 1), 3, seed)
    assert split["split"].tolist() == ["train"] * 3 + ["valid"]
    assert split["clip_id"].is_unique
    assert set(split["clip_id"]) <= eligible
    for row in split.itertuples():
        assert row.label == "|".join(sorted(set(tags_of[row.clip_id].split("|")) & kept))
    rows = list(range(len(manifest)))
    shuffle.shuffle(rows)
    pd.testing.assert_frame_equal(
        split, split_tags(manifest.iloc[rows], make_artist_set(3, 1), 3, seed)
    )


def test_seed_changes_the_tag_songs():
    manifest = make_tagged({f"{n}": "a|b" for n in range(50)})
    draws = [
        set(split_tags(manifest, make_artist_set(8, 2), 2, seed)["clip_id"]) for seed in (0, 1)
    ]
    assert draws[0] != draws[1]


def test_too_few_tagged_songs_are_scaled_down(capsys):
    manifest = make_tagged({f"{n}": "a|b" for n in range(12)})
    split = split_tags(manifest, make_artist_set(75, 15), 2, 0)
    assert split["split"].value_counts().to_dict() == {"train": 10, "valid": 2}
    assert "10 train and 2 validate" in capsys.readouterr().err


def test_scaling_down_keeps_one_validation_song():
    manifest = make_tagged({f"{n}": "a|b" for n in range(3)})
    assert split_tags(manifest, make_artist_set(90, 1), 2, 0)["split"].tolist() == [
        "train",
        "train",
        "valid",
    ]


def test_much_too_few_tagged_songs():
    with pytest.raises(InputError, match="only 2 songs"):
        split_tags(make_tagged({"1": "a|b", "2": "a"}), make_artist_set(75, 15), 2, 0)


def test_fewer_tags_than_asked_for(capsys):
    manifest = make_tagged({f"{n}": "a|b" for n in range(3)})
    split_tags(manifest, make_artist_set(2, 1), 50, 0)
    assert "tags.count is 50; the source has 2 tags" in capsys.readouterr().err
    with pytest.raises(InputError, match="the source has 1 tags"):
        split_tags(make_tagged({f"{n}": "a" for n in range(9)}), make_artist_set(2, 1), 50, 0)


# ---------------------------------------------------------------- common


@given(names=st.lists(st.text(), unique=True), seed=st.integers(0, 9))
def test_shuffled_is_a_permutation_that_sees_names_only(names, seed):
    assert sorted(shuffled(names, seed, "x")) == sorted(names)
    assert shuffled(names, seed, "x") == shuffled(names[::-1], seed, "x")
    assert [n for n in shuffled(names, seed, "x") if n in names[1:]] == shuffled(
        names[1:], seed, "x"
    )


def test_shuffled_takes_every_place_alike():
    places = Counter(shuffled("abcd", seed, "x").index("a") for seed in range(4000))
    # 1000 each; the standard deviation is 27
    assert all(abs(places[place] - 1000) < 140 for place in range(4))


def test_read_split_refuses_other_columns(tmp_path):
    (tmp_path / "s.csv").write_text("clip_id,genre,split\n")
    with pytest.raises(InputError, match="a split has clip_id, label, split"):
        read_split(tmp_path / "s.csv")


# ---------------------------------------------------------------- commands


@pytest.fixture
def manifest_path(tmp_path):
    manifest = make_manifest({"a": 5, "b,c": 5, "NA": 5, "d": 2})
    write_manifest(manifest.assign(tags="x|y"), tmp_path / "m.csv")
    return tmp_path / "m.csv"


def run(command, manifest, out, *words, options=()):
    main([command, "--manifest", str(manifest), *options, "--out", str(out), "--set", *words])
    return read_split(out)


SIZES = ("songs_train=3", "songs_valid=1", "songs_test=1")


def test_artists_command(manifest_path, tmp_path):
    split = run("artists", manifest_path, tmp_path / "s.csv", "count=3", "seed=1", *SIZES)
    order = seeded_order(pd.read_csv(manifest_path, dtype=str, keep_default_na=False), 5, 1)
    pd.testing.assert_frame_equal(split, cut_artists(order, 3, 3, 1, 1))
    assert set(split["label"]) == {"a", "b,c", "NA"}


def test_artists_command_with_published_list(tmp_path, capsys):
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (1, 2, 3) for song in range(1, 6)]
    (tmp_path / "list.pkl").write_bytes(pickle.dumps([entry.encode() for entry in entries], 2))
    clips = [entry.split("/")[0] for entry in entries if not entry.startswith("12/")]
    write_manifest(
        build_manifest({"clip_id": clip, "path": "x"} for clip in clips), tmp_path / "m.csv"
    )
    options = ("--published", str(tmp_path / "list.pkl"))
    words = ("count=2", *SIZES)
    split = run("artists", tmp_path / "m.csv", tmp_path / "s.csv", *words, options=options)
    assert split["clip_id"].tolist() == ["11", "13", "14", "15", "21", "22", "23", "24", "25"]
    assert split["split"].tolist()[:4] == ["train", "train", "valid", "test"]
    assert "1 published songs have no usable clip" in capsys.readouterr().err


def test_tags_command_matches_the_artist_set(manifest_path, tmp_path):
    run("artists", manifest_path, tmp_path / "a.csv", "count=3", *SIZES)
    options = ("--match", str(tmp_path / "a.csv"))
    split = run("tags", manifest_path, tmp_path / "t.csv", "count=2", options=options)
    assert split["split"].value_counts().to_dict() == {"train": 9, "valid": 3}
    assert set(split["label"]) == {"x|y"}
    # the test songs of the three artists are held out; the fourth artist has two songs
    artist_set = read_split(tmp_path / "a.csv")
    test_songs = set(artist_set.loc[artist_set["split"] == "test", "clip_id"])
    assert len(test_songs) == 3 and test_songs.isdisjoint(split["clip_id"])


@pytest.fixture
def without_b(tmp_path):
    """The option that leaves out the artist 'b,c', spelt otherwise in another data set."""
    other = build_manifest(
        {"clip_id": str(n), "path": "x", "artist_id": str(n), "artist": artist}
        for n, artist in enumerate(("B,C ", "Various Artists", "", "e"))
    )
    write_manifest(other, tmp_path / "other.csv")
    return ("--without", str(tmp_path / "other.csv"))


def test_artists_of_other_data_sets_are_left_out(manifest_path, tmp_path, without_b, capsys):
    split = run("artists", manifest_path, tmp_path / "a.csv", "count=2", *SIZES, options=without_b)
    assert set(split["label"]) == {"a", "NA"}
    assert capsys.readouterr().err == "5 songs left out, by 1 artists of the targets\n"
    options = ("--match", str(tmp_path / "a.csv"), *without_b)
    tags = run("tags", manifest_path, tmp_path / "t.csv", "count=2", options=options)
    manifest = pd.read_csv(manifest_path, dtype=str, keep_default_na=False).set_index("clip_id")
    artists = set(manifest.loc[tags["clip_id"], "artist_id"])
    assert artists == {"a", "NA", "d"}


def test_published_artists_of_other_data_sets_are_left_out(tmp_path, without_b):
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (1, 2, 3) for song in range(1, 6)]
    (tmp_path / "list.pkl").write_bytes(pickle.dumps(entries, 2))
    rows = [
        # one song of the second artist has no name
        {"artist": "b,c" if e.startswith("2") and not e.startswith("21") else ""}
        | {"clip_id": e.split("/")[0], "path": "x", "artist_id": artist_label(int(e.split("/")[1]))}
        for e in entries
    ]
    write_manifest(build_manifest(rows), tmp_path / "m.csv")
    options = ("--published", str(tmp_path / "list.pkl"), *without_b)
    split = run(
        "artists", tmp_path / "m.csv", tmp_path / "s.csv", "count=2", *SIZES, options=options
    )
    assert set(split["clip_id"].str[0]) == {"1", "3"}


def test_failing_command_writes_nothing(manifest_path, tmp_path):
    with pytest.raises(InputError, match=r"lower artists\.count"):
        run("artists", manifest_path, tmp_path / "s.csv", "count=4", *SIZES)
    with pytest.raises(InputError, match="did you mean 'count'"):
        run("artists", manifest_path, tmp_path / "s.csv", "counts=4")
    assert not (tmp_path / "s.csv").exists()
