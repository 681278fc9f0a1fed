from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artist_songs import make_manifest
from deepartist.datasets.manifest import build_manifest, read_manifest
from deepartist.process.errors import InputError
from deepartist.splits.artist_order import seeded_order
from deepartist.splits.label_target import label_target
from deepartist.splits.split_artists import cut_artists
from deepartist.splits.split_table import SPLIT_COLUMNS, read_split
from deepartist.splits.split_tags import main, split_tags


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
    assert "10 are for training and 2 for validation" in capsys.readouterr().err


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


# ---------------------------------------------------------------- command


@pytest.fixture
def artist_set(manifest_path, tmp_path):
    """The artist set of three artists, written as a file."""
    manifest = read_manifest(manifest_path)
    split = cut_artists(seeded_order(manifest, 5, 0), 3, 3, 1, 1)
    split.to_csv(tmp_path / "a.csv", index=False)
    return tmp_path / "a.csv"


def run(manifest, match, out, *options):
    words = ("--manifest", str(manifest), "--match", str(match), *options)
    main([*words, "--out", str(out), "--set", "count=2"])
    return read_split(out)


def test_command_matches_the_artist_set(manifest_path, artist_set, tmp_path):
    split = run(manifest_path, artist_set, tmp_path / "t.csv")
    assert split["split"].value_counts().to_dict() == {"train": 9, "valid": 3}
    assert set(split["label"]) == {"x|y"}
    # the test songs of the three artists are held out; the fourth artist has two songs
    table = read_split(artist_set)
    test_songs = set(table.loc[table["split"] == "test", "clip_id"])
    assert len(test_songs) == 3 and test_songs.isdisjoint(split["clip_id"])


def test_artists_of_other_data_sets_are_left_out(
    manifest_path, artist_set, tmp_path, without_b, capsys
):
    split = run(manifest_path, artist_set, tmp_path / "t.csv", *without_b)
    assert capsys.readouterr().err.startswith("5 songs left out, by 1 artist of the targets\n")
    artist_of = read_manifest(manifest_path).set_index("clip_id")["artist_id"]
    assert set(artist_of[split["clip_id"]]) == {"a", "NA", "d"}
