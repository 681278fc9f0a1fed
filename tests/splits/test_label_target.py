import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.datasets.manifest import SPLITS, build_manifest, write_manifest
from deepartist.process.errors import InputError
from deepartist.splits.label_target import (
    MOST_SONGS,
    divide_by_artist,
    divide_within_label,
    label_artists,
    label_target,
    main,
)


def make_manifest(songs):
    """Rows of (clip_id, artist_id, genre) and, where given, split."""
    keys = ("clip_id", "artist_id", "genre", "split")
    return build_manifest(
        {"path": "x", "artist": song[1].upper(), **dict(zip(keys, song, strict=False))}
        for song in songs
    )


def by_clip(labels, column="split"):
    return dict(zip(labels["clip_id"], labels[column], strict=True))


def label(manifest, kind="genre", train=0.8, valid=0.1, seed=0, **options):
    return label_target(manifest, kind, train, valid, seed, **options)


# songs of (artist number or none, genre); an artist may have several genres
collections = st.lists(
    st.tuples(st.none() | st.integers(0, 12), st.sampled_from(["jazz", "rock", "Trot"])),
    min_size=1,
    max_size=60,
)


def as_songs(collection):
    rows = [
        (f"c{n:03d}", "" if artist is None else f"a{artist}", genre)
        for n, (artist, genre) in enumerate(collection)
    ]
    manifest = make_manifest(rows)
    return manifest.assign(label=manifest["genre"])


# ---------------------------------------------------------------- the data set's own split


def test_own_split_is_used():
    manifest = make_manifest(
        [
            ("1", "a", "x", "train"),
            ("2", "a", "y", "valid"),
            ("3", "b", "x", "test"),
            ("4", "c", ""),
        ]
    )
    labels = label(manifest)
    assert list(labels.columns) == ["clip_id", "label", "split", "artist"]
    assert labels.to_numpy().tolist() == [
        ["1", "x", "train", "a"],
        ["2", "y", "valid", "a"],
        ["3", "x", "test", "b"],
    ]


def test_artists_are_written_only_where_they_are_known():
    songs = [("1", "a", "x", "train"), ("2", "v", "y", "valid"), ("3", "", "x", "test")]
    manifest = make_manifest([*songs, ("4", "b", "")])
    manifest.loc[manifest["artist_id"] == "v", "artist"] = "Various Artists"
    assert label(manifest)["artist"].tolist() == ["a", "", ""]
    # the artist of a song without a label is not one of the target's
    nobody = manifest.assign(artist_id=manifest["artist_id"].where(manifest["genre"] == "", ""))
    assert list(label(nobody).columns) == ["clip_id", "label", "split"]


def test_artists_are_written_beside_artists_as_labels():
    songs = [(f"{n}", "ab"[n % 2], "") for n in range(12)]
    labels = label(make_manifest(songs), kind="artist")
    assert labels["artist"].tolist() == ["a", "b"] * 6
    assert labels["label"].tolist() == ["A", "B"] * 6


def test_own_split_must_be_complete():
    songs = [(f"{n:02d}", f"a{n}", "xy"[n % 2], "" if n in (7, 8) else "test") for n in range(20)]
    with pytest.raises(InputError) as caught:
        label(make_manifest(songs))
    assert str(caught.value) == (
        "2 of the target's 20 labelled songs have no split, such as clip '07'; "
        "fill in the column, or empty it"
    )
    # where songs are held out, another is drawn
    nothing_seen = pd.DataFrame(
        [(song[0], song[1], "test") for song in songs], columns=["clip_id", "label", "split"]
    )
    labels = label(make_manifest(songs), source_split=nothing_seen)
    assert len(labels) == 20 and set(labels["split"]) == set(SPLITS)


def test_a_split_is_drawn_where_there_is_none():
    songs = [(f"{n:02d}", f"a{n}", "xy"[n % 2]) for n in range(20)]
    # what has no label needs no part, and its part is none of the others'
    assert set(label(make_manifest([*songs, ("20", "b", "", "test")]))["split"]) == set(SPLITS)


# ---------------------------------------------------------------- by genre


@given(collection=collections, seed=st.integers(0, 99))
def test_genre_split_is_artist_disjoint(collection, seed):
    songs = as_songs(collection)
    parts = divide_by_artist(songs, 0.8, 0.1, seed)
    assert set(parts) <= set(SPLITS)
    known = songs["artist_id"] != ""
    assert (parts[known].groupby(songs["artist_id"][known]).nunique() == 1).all()


@settings(max_examples=50)
@given(
    collection=collections,
    seed=st.integers(0, 99),
    shuffle=st.randoms(use_true_random=False),
)
def test_genre_split_does_not_depend_on_rows(collection, seed, shuffle):
    songs = as_songs(collection)
    rows = list(range(len(songs)))
    shuffle.shuffle(rows)
    parts = divide_by_artist(songs, 0.8, 0.1, seed)
    again = divide_by_artist(songs.iloc[rows], 0.8, 0.1, seed)
    pd.testing.assert_series_equal(parts, again.sort_index())


@given(
    artists=st.lists(st.integers(1, 6), min_size=3, max_size=30),
    genres=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_each_genre_is_in_each_part_near_its_share(artists, genres, seed):
    rows = [
        (f"{genre}-{artist}-{n}", f"{genre}-{artist}", f"genre {genre}")
        for genre in range(genres)
        for artist, songs in enumerate(artists)
        for n in range(songs)
    ]
    manifest = make_manifest(rows)
    songs = manifest.assign(label=manifest["genre"])
    parts = divide_by_artist(songs, 0.6, 0.2, seed)
    total = sum(artists)
    for _, part in parts.groupby(songs["genre"]):
        counts = part.value_counts()
        assert set(counts.index) == set(SPLITS)
        # a part is at most one artist above its share, but for artists kept for empty parts
        for name, share in (("train", 0.6), ("valid", 0.2), ("test", 0.2)):
            assert counts[name] <= total * share + max(artists)


def test_genre_split_of_single_songs_is_exact():
    manifest = make_manifest([(f"{n:03d}", "", "xy"[n % 2]) for n in range(200)])
    table = pd.crosstab(*(label(manifest)[column] for column in ("label", "split")))
    assert table[["train", "valid", "test"]].to_numpy().tolist() == [[80, 10, 10]] * 2


def test_genres_of_few_artists():
    two = make_manifest([("1", "a", "x"), ("2", "b", "x")])
    assert sorted(divide_by_artist(two.assign(label=two["genre"]), 0.8, 0.1, 0)) == [
        "test",
        "train",
    ]
    one = two.iloc[:1]
    assert divide_by_artist(one.assign(label=one["genre"]), 0.8, 0.1, 0).tolist() == ["train"]


def test_genres_of_two_artists_fill_validation_and_test_in_turn():
    rows = [(f"{genre}{artist}", f"{genre}{artist}", genre) for genre in "wxyz" for artist in "ab"]
    counts = label(make_manifest(rows), train=0.6, valid=0.2)["split"].value_counts()
    assert counts.to_dict() == {"train": 4, "valid": 2, "test": 2}


def test_various_artists_are_no_artist():
    manifest = make_manifest([(f"{n:02d}", "va", "xy"[n % 2]) for n in range(40)])
    assert set(label(manifest)["split"]) == set(SPLITS)


def test_genre_split_depends_on_seed_only():
    manifest = make_manifest([(f"{n:02d}", f"a{n // 2}", "xy"[n % 2]) for n in range(60)])
    assert label(manifest, seed=1).equals(label(manifest, seed=1))
    assert not label(manifest, seed=1).equals(label(manifest, seed=2))


# ---------------------------------------------------------------- by tags


def make_tagged(songs):
    """Rows of (clip_id, artist_id, tags) and, where given, split."""
    manifest = make_manifest([(song[0], song[1], "", *song[3:]) for song in songs])
    tags_of = {song[0]: song[2] for song in songs}
    return manifest.assign(tags=manifest["clip_id"].map(tags_of))


def test_labels_are_the_most_frequent_tags(capsys):
    songs = [
        ("1", "a", "rock|loud|80s", "train"),
        ("2", "a", "80s|rock", "valid"),
        ("3", "b", "slow|80s", "test"),
        ("4", "c", "slow"),  # has none of the tags, so it needs no part
        ("5", "c", ""),
        ("6", "d", "rock|loud", "test"),
    ]
    labels = label(make_tagged(songs), "tags", tag_count=2)
    assert labels.to_numpy().tolist() == [
        ["1", "80s|rock", "train", "a"],
        ["2", "80s|rock", "valid", "a"],
        ["3", "80s", "test", "b"],
        ["6", "rock", "test", "d"],
    ]
    assert capsys.readouterr().err == (
        "2 of the target's 6 songs have none of its 2 tags and are left out\n"
    )
    assert by_clip(label(make_tagged(songs[:3]), "tags"), "label")["1"] == "80s|loud|rock"
    assert capsys.readouterr().err == ""


def test_tags_are_counted_over_the_songs_that_are_held_out():
    songs = [(f"{n:02d}", f"a{n}", "rock|pop" if n < 30 else ("jazz", "folk")[n % 2])
             for n in range(60)]  # fmt: skip
    seen = pd.DataFrame(
        [(song[0], song[1], "train") for song in songs[:30]], columns=["clip_id", "label", "split"]
    )
    labels = label(make_tagged(songs), "tags", source_split=seen, new_artists=True, tag_count=2)
    assert set(labels["label"]) == {"folk", "jazz"}
    assert labels["clip_id"].tolist() == [f"{n:02d}" for n in range(30, 60)]


@given(
    songs=st.lists(
        st.tuples(st.integers(0, 30), st.sets(st.sampled_from("pqrstu"), min_size=1)),
        min_size=60,
        max_size=90,
    ),
    seed=st.integers(0, 9),
)
@settings(max_examples=50)
def test_a_split_by_tags_keeps_artists_apart(songs, seed):
    rows = [(f"{n:02d}", f"a{a}", "|".join(sorted(tags))) for n, (a, tags) in enumerate(songs)]
    try:
        labels = label(make_tagged(rows), "tags", seed=seed)
    except InputError as error:  # all songs have the same tags
        assert "1 different labels" in str(error)
        return
    assert len(labels) == len(rows)
    assert (labels.groupby("artist")["split"].nunique() == 1).all()
    assert set(labels["split"]) == set(SPLITS)


def test_songs_of_a_main_tag_are_divided_as_those_of_a_genre():
    # the first tag of all songs is the most frequent one; the second is different in each song
    songs = [(f"{n:03d}", "", f"{'xy'[n % 2]}|only {n}") for n in range(200)]
    labels = label(make_tagged(songs), "tags", tag_count=500)
    table = pd.crosstab(labels["label"].str[-1], labels["split"])
    assert table[["train", "valid", "test"]].to_numpy().tolist() == [[80, 10, 10]] * 2


def test_a_test_part_needs_one_tag_of_the_training_part_and_no_combination():
    songs = [("1", "a", "x|y", "train"), ("2", "b", "y", "valid"), ("3", "c", "y|z", "test")]
    assert len(label(make_tagged(songs), "tags")) == 3
    songs[2] = ("3", "c", "z", "test")
    with pytest.raises(InputError, match="no tag of the target's test part occurs"):
        label(make_tagged(songs), "tags")


# ---------------------------------------------------------------- by artist


@given(
    n_songs=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    train=st.floats(0.05, 0.9),
    valid=st.floats(0.01, 0.09),
    seed=st.integers(0, 9),
)
def test_artist_split_sizes(n_songs, train, valid, seed):
    songs = pd.DataFrame(
        [(f"{a}-{n}", f"{a}") for a, count in enumerate(n_songs) for n in range(count)],
        columns=["clip_id", "label"],
    )
    parts = divide_within_label(songs, train, valid, seed)
    for artist, count in enumerate(n_songs):
        sizes = parts[songs["label"] == f"{artist}"].value_counts()
        sizes = [int(sizes.get(part, 0)) for part in SPLITS]
        assert sum(sizes) == count
        if count < 3:
            assert sizes == [1, 0, count - 1]
        else:
            assert min(sizes) >= 1
            assert abs(sizes[1] - max(1, count * valid)) <= 0.51 or sizes[0] == 1
            assert abs(sizes[2] - max(1, count * (1 - train - valid))) <= 0.51 or sizes[0] == 1


@pytest.mark.parametrize(
    ("songs", "sizes"), [(1, [1, 0, 0]), (2, [1, 0, 1]), (3, [1, 1, 1]), (5, [3, 1, 1]),
                         (10, [8, 1, 1]), (15, [11, 2, 2]), (20, [16, 2, 2])],
)  # fmt: skip
def test_artist_split_by_hand(songs, sizes):
    table = pd.DataFrame({"clip_id": [f"{n:02d}" for n in range(songs)], "label": "a"})
    counts = divide_within_label(table, 0.8, 0.1, 0).value_counts()
    assert [counts.get(part, 0) for part in SPLITS] == sizes


def test_artist_split_does_not_depend_on_rows_but_on_seed():
    manifest = make_manifest([(f"{n:02d}", f"a{n % 4}", "") for n in range(40)])
    once = label(manifest, "artist", seed=3)
    assert once.equals(label(manifest.iloc[::-1], "artist", seed=3))
    assert not once.equals(label(manifest, "artist", seed=4))


def test_artists_are_labelled_by_name():
    rows = [
        *[(f"1{n}", "id1", "") for n in range(3)],
        *[(f"2{n}", "id2", "") for n in range(3)],
        *[(f"3{n}", "id3", "") for n in range(3)],
        *[(f"4{n}", "id4", "") for n in range(3)],
        *[(f"5{n}", "id5", "") for n in range(3)],
        ("60", "", ""),
    ]
    manifest = make_manifest(rows)
    names = ["ABBA", "Abba", "Abba", *["Nirvana"] * 6, *[""] * 3, *["Various Artists"] * 3, "X"]
    manifest["artist"] = names
    name_of = by_clip(label(manifest, "artist"), "label")
    assert name_of == {
        **dict.fromkeys(["10", "11", "12"], "Abba"),
        **dict.fromkeys(["20", "21", "22"], "Nirvana (id2)"),
        **dict.fromkeys(["30", "31", "32"], "Nirvana (id3)"),
        **dict.fromkeys(["40", "41", "42"], "id4"),
    }


# ---------------------------------------------------------------- held out


def test_held_out_songs():
    manifest = make_manifest(
        [(f"{artist}{n}", artist, "xy"[n % 2], "train") for artist in "abc" for n in range(8)]
    )
    source_split = pd.DataFrame(
        [
            (f"{artist}{n}", artist, part)
            for artist in "ab"
            for n, part in enumerate(["train", "train", "valid", "test"])
        ],
        columns=["clip_id", "label", "split"],
    )
    labels = label(manifest, "artist", source_split=source_split)
    assert set(labels["clip_id"]) == {f"{artist}{n}" for artist in "ab" for n in range(3, 8)}
    # the data set's own split, all train, is not used
    assert labels.groupby("label")["split"].value_counts().to_dict() == {
        (artist, part): songs
        for artist in "AB"
        for part, songs in (("train", 3), ("valid", 1), ("test", 1))
    }


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("songs", "message"),
    [
        ([("1", "a", "x", "train"), ("2", "b", "x", "test")], "has 1 different labels"),
        ([("1", "a", ""), ("2", "b", "")], "has 0 different labels"),
        ([("1", "a", "x", "train"), ("2", "b", "y", "test")], "valid part is empty"),
        ([("1", "a", "x"), ("2", "a", "y"), ("3", "b", "y")], "part is empty"),
        (
            [("1", "a", "x", "train"), ("2", "b", "y", "test"), ("3", "b", "y", "valid")],
            "no label of the target's test part",
        ),
    ],
)
def test_unusable_targets(songs, message):
    with pytest.raises(InputError, match=message):
        label(make_manifest(songs))


def test_fractions_leave_a_test_part():
    manifest = make_manifest([("1", "a", "x"), ("2", "b", "y")])
    with pytest.raises(InputError, match="less than 1"):
        label(manifest, train=0.9, valid=0.1)


def test_no_artist_is_known():
    with pytest.raises(InputError, match="has 0 different labels"):
        label(make_manifest([("1", "", "x"), ("2", "", "y")]), "artist")


# ---------------------------------------------------------------- command


def test_command(tmp_path):
    rows = [(f"{n:02d}", f"a{n % 3}", "xy"[n % 2]) for n in range(30)]
    write_manifest(make_manifest(rows), tmp_path / "m.csv")
    words = ["--manifest", str(tmp_path / "m.csv"), "--source-split"]
    words += ["--out", str(tmp_path / "l.csv"), "--set"]
    main([*words, "label=artist", "train_fraction=0.6", "valid_fraction=0.2", "paper_row=null"])
    labels = pd.read_csv(tmp_path / "l.csv", dtype=str)
    assert labels.equals(label(make_manifest(rows), "artist", 0.6, 0.2).astype(labels.dtypes))
    with pytest.raises(InputError, match="--source-split"):
        main([*words, "held_out=true"])


def test_command_with_held_out_songs(tmp_path, monkeypatch):
    rows = [(f"{n:02d}", f"a{n % 2}", "x") for n in range(30)]
    write_manifest(make_manifest(rows), tmp_path / "m.csv")
    (tmp_path / "s.csv").write_text("clip_id,label,split\n00,a0,train\n01,a1,valid\n02,a0,test\n")
    words = ["--manifest", "m.csv", "--source-split", "s.csv", "--out", "l.csv", "--set"]
    monkeypatch.chdir(tmp_path)
    main([*words, "label=artist", "held_out=true"])
    labels = pd.read_csv(tmp_path / "l.csv", dtype=str)
    assert labels["clip_id"].tolist() == [f"{n:02d}" for n in range(2, 30)]


def test_command_with_songs_held_out_of_several_sets(tmp_path, monkeypatch):
    rows = [(f"{n:02d}", f"a{n % 3}", "x") for n in range(30)]
    write_manifest(make_manifest(rows), tmp_path / "m.csv")
    (tmp_path / "s.csv").write_text("clip_id,label,split\n00,a0,train\n03,a0,test\n")
    (tmp_path / "t.csv").write_text("clip_id,label,split\n01,a1,valid\n03,a0,train\n")
    words = ["--manifest", "m.csv", "--source-split", "s.csv", "t.csv", "--out", "l.csv", "--set"]
    monkeypatch.chdir(tmp_path)
    main([*words, "label=artist", "held_out=true"])
    labels = pd.read_csv(tmp_path / "l.csv", dtype=str)
    seen = ("00", "01", "03")
    assert labels["clip_id"].tolist() == [
        f"{n:02d}" for n in range(30) if n % 3 < 2 and f"{n:02d}" not in seen
    ]


# ---------------------------------------------------------------- new artists


ARTISTS = make_manifest([(f"{a}{n}", a, "x") for a in "abcde" for n in range(4)])
SET = pd.DataFrame(
    [("a0", "a", "train"), ("a1", "a", "valid"), ("b0", "b", "test")],
    columns=["clip_id", "label", "split"],
)


def identified(artist_set, known=(1, 2), artists=100, seed=0, new_artists=False, songs=ARTISTS):
    options = {"known": known, "artists": artists, "seed": seed, "new_artists": new_artists}
    return label_artists(songs, artist_set, **options)


def test_songs_of_new_artists_are_all_songs_of_artists_outside_the_set():
    labels = label(ARTISTS, "artist", 0.5, 0.2, source_split=SET, new_artists=True)
    assert labels["clip_id"].tolist() == [f"{a}{n}" for a in "cde" for n in range(4)]
    held_out = label(ARTISTS, "artist", 0.5, 0.2, source_split=SET)
    assert not set(held_out["clip_id"]) & set(labels["clip_id"])
    assert set(held_out["artist"]) == {"a", "b"}


def test_artists_to_identify_have_no_parts():
    labels = identified(SET, new_artists=True)
    assert labels["clip_id"].tolist() == [f"{a}{n}" for a in "cde" for n in range(4)]
    assert set(labels["split"]) == {""}
    assert set(labels["label"]) == {"C", "D", "E"}
    assert len(identified(None)) == 20
    assert set(identified(SET)["artist"]) == {"a", "b"}
    of_all = pd.DataFrame([(a, a, "train") for a in "abcde"], columns=SET.columns)
    nothing = identified(of_all, new_artists=True)
    assert nothing.empty
    assert list(nothing.columns) == ["clip_id", "label", "split", "artist"]


def test_stage_labels_artists_to_identify(tmp_path):
    write_manifest(ARTISTS, tmp_path / "m.csv")
    SET.to_csv(tmp_path / "set.csv", index=False)
    words = ["--manifest", str(tmp_path / "m.csv"), "--out", str(tmp_path / "l.csv")]
    settings = ["--set", "task=identify", "new_artists=true", "label=artist"]
    with pytest.raises(InputError, match="give the artist sets of the models by --source-split"):
        main([*words, *settings])
    main([*words, "--source-split", str(tmp_path / "set.csv"), *settings])
    written = pd.read_csv(tmp_path / "l.csv", dtype=str, keep_default_na=False)
    expected = identified(SET, new_artists=True)
    assert written.to_dict("list") == expected.to_dict("list")


def test_command_with_tags(tmp_path, capsys):
    rows = [(f"{n:02d}", f"a{n}", f"{'xy'[n % 2]}|z{n}") for n in range(30)]
    write_manifest(make_tagged(rows), tmp_path / "m.csv")
    words = ["--manifest", str(tmp_path / "m.csv"), "--out", str(tmp_path / "l.csv"), "--set"]
    main([*words, "task=tags", "label=tags", "tag_count=2"])
    labels = pd.read_csv(tmp_path / "l.csv", dtype=str)
    assert labels["label"].tolist() == list("xy") * 15
    main([*words, "task=tags", "label=tags"])
    assert pd.read_csv(tmp_path / "l.csv", dtype=str)["label"].iloc[1] == "y|z1"
    assert capsys.readouterr().err == ""


def test_of_a_large_source_as_many_artists_and_songs_are_drawn_as_are_scored():
    songs = make_manifest([(f"{a}{n:02}", a, "x") for a in "abcdefgh" for n in range(50)])
    few = make_manifest([(f"z{n}", "z", "x") for n in range(3)])
    both = pd.concat([songs, few], ignore_index=True)
    drawn = identified(None, known=(1, 5), artists=3, songs=both)
    assert (drawn["artist"].value_counts() == MOST_SONGS).all()
    assert drawn["artist"].nunique() == 3
    assert "z" not in set(drawn["artist"])  # too few songs for the largest number of known ones
    assert drawn["clip_id"].is_monotonic_increasing
    other = identified(None, known=(1, 5), artists=3, songs=both, seed=1)
    assert set(drawn["artist"]) != set(other["artist"])
    shuffled_rows = both.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(
        identified(None, known=(1, 5), artists=3, songs=shuffled_rows).reset_index(drop=True),
        drawn.reset_index(drop=True),
    )
    # as many as there are: nothing is drawn
    assert len(identified(None, known=(1, 5), artists=8, songs=both)) == len(both)
