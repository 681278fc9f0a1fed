import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.datasets.manifest import build_manifest, read_manifest, write_manifest
from deepartist.process.errors import InputError
from deepartist.splits.choose_unseen import cut_songs, find_artists, main, most_songs, unseen_songs
from deepartist.splits.split_table import SPLIT_COLUMNS


def make_manifest(songs_of, name=str.upper):
    """Songs named artist-number, of each artist_id as many as given."""
    return build_manifest(
        {"clip_id": f"{a}-{n:02}", "path": "x", "artist_id": a, "artist": name(a)}
        for a, songs in songs_of.items()
        for n in range(songs)
    )


def make_set(*artist_ids):
    """An artist set; one song of each artist is in it, as a test song."""
    rows = [(f"{a}-00", a, "test") for a in artist_ids]
    return pd.DataFrame(rows, columns=list(SPLIT_COLUMNS), dtype=str)


def run(folder, manifest, artist_set, *words):
    write_manifest(manifest, folder / "clips.csv")
    artist_set.to_csv(folder / "set.csv", index=False)
    main(
        [
            *("--clips", str(folder / "clips.csv"), "--artist-set", str(folder / "set.csv")),
            *(*words, "--out", str(folder / "out" / "unseen.csv")),
        ]
    )
    return folder / "out" / "unseen.csv"


def test_no_song_of_an_artist_of_the_set_is_unseen():
    # whether the song itself is in the set or not
    songs = unseen_songs(make_manifest({"a": 3, "b": 2, "c": 2}), make_set("a", "c"))
    assert songs["clip_id"].tolist() == ["b-00", "b-01"]


def test_songs_without_an_artist_are_not_unseen():
    rows = [("1", "", "x"), ("2", "va", "Various Artists"), ("3", "b", "B")]
    manifest = build_manifest(
        {"clip_id": c, "path": "x", "artist_id": a, "artist": n} for c, a, n in rows
    )
    assert unseen_songs(manifest, make_set())["clip_id"].tolist() == ["3"]


def test_an_artist_has_one_name_of_their_own():
    rows = [
        *[("1", "p", "Prince"), ("2", "p", "PRINCE"), ("3", "p", "Prince"), ("4", "p", "")],
        *[("5", "n1", "Nirvana"), ("6", "n2", "nirvana"), ("7", "q", "")],
        *[("8", "t", "B"), ("9", "t", "A")],
    ]
    manifest = build_manifest(
        {"clip_id": c, "path": "x", "artist_id": a, "artist": n} for c, a, n in rows
    )
    songs = unseen_songs(manifest, make_set())
    assert dict(zip(songs["artist_id"], songs["artist"], strict=True)) == {
        "p": "Prince",
        "n1": "Nirvana (n1)",
        "n2": "nirvana (n2)",
        "q": "q",
        "t": "A",
    }
    assert songs.groupby("artist_id")["artist"].nunique().eq(1).all()


@settings(max_examples=50)
@given(
    songs_of=st.dictionaries(st.text("abcdé", min_size=1, max_size=3), st.integers(1, 4)),
    count=st.integers(1, 6),
    seed=st.integers(0, 3),
)
def test_the_artists_with_most_songs(songs_of, count, seed):
    rows = [(a, n) for a, songs in songs_of.items() for n in range(songs)]
    songs = pd.DataFrame(rows, columns=["artist_id", "number"])
    chosen = most_songs(songs, count, seed)
    enough = [a for a, n in songs_of.items() if n >= 2]
    if len(enough) < 2:
        assert chosen == []
        return
    assert len(set(chosen)) == len(chosen) == min(count, len(enough))
    counts = sorted((songs_of[a] for a in enough), reverse=True)
    assert [songs_of[a] for a in chosen] == counts[:count]
    assert most_songs(songs[::-1], count, seed) == chosen


def test_ties_are_drawn_by_seed():
    songs = pd.DataFrame({"artist_id": [f"{i:02}" for i in range(40)] * 2})
    draws = {tuple(most_songs(songs, 5, seed)) for seed in range(5)}
    assert len(draws) == 5


def test_artists_are_found_by_name_and_by_id():
    manifest = make_manifest(
        {"a1": 1, "b2": 2, "é3": 1, "c4": 1},
        {"a1": "Cher", "b2": "AC/DC", "é3": "Élan", "c4": "cher"}.get,
    )
    assert find_artists(["ac/dc", "ÉLAN", "c4", "B2"], manifest, make_set()) == [
        "b2",
        "é3",
        "c4",
        "b2",
    ]
    with pytest.raises(InputError, match=r"'CHER': 2 artists .* give the artist_id .*: a1, c4$"):
        find_artists(["CHER"], manifest, make_set())
    assert find_artists(["CHER"], manifest, make_set("a1")) == ["c4"]
    with pytest.raises(InputError, match="'AC/DC': is in the artist set"):
        find_artists(["AC/DC"], manifest, make_set("b2"))
    with pytest.raises(InputError, match=r"'acdc': no such artist .*; did you mean 'ac/dc'"):
        find_artists(["Cher", "acdc"], manifest, make_set("a1"))
    with pytest.raises(InputError, match=r"'Queen': no such artist .*; see the manifest"):
        find_artists(["Queen"], manifest, make_set())


def test_as_many_songs_of_each_in_the_order_of_clips():
    songs = make_manifest({"a": 4, "b": 2, "c": 3}).sample(frac=1, random_state=0)
    chosen = cut_songs(songs, ["c", "a"], 3)
    assert chosen["clip_id"].tolist() == ["a-00", "a-01", "a-02", "c-00", "c-01", "c-02"]


def test_the_stage_writes_a_manifest(tmp_path, capsys):
    songs_of = {"a": 9, "b": 25, "-c-": 3, "d": 2, "e": 1, **{f"f{i:02}": 4 for i in range(20)}}
    manifest = make_manifest(songs_of, name=lambda _: "")
    out = run(tmp_path, manifest, make_set("a"))
    shown = read_manifest(out)
    # 22 artists, the one with two songs left out; of 25 songs the first 20
    songs_of = {a: min(n, 20) for a, n in songs_of.items() if a not in ("a", "d", "e")}
    assert shown.groupby("artist_id").size().to_dict() == songs_of
    assert "songs by 22 artists outside" in capsys.readouterr().out
    named = run(tmp_path, manifest, make_set("a"), "--set", 'artists=["e", "-C-"]')
    expected = manifest[manifest["artist_id"].isin(["e", "-c-"])]
    expected = expected.assign(artist=expected["artist_id"])
    pd.testing.assert_frame_equal(read_manifest(named), expected.reset_index(drop=True))


@pytest.mark.parametrize("trained", [["a", "b", "c"], ["a", "b"], ["a"]])
def test_too_few_artists_are_no_error(tmp_path, capsys, trained):
    # of those left, one at most has two songs
    out = run(tmp_path, make_manifest({"a": 5, "b": 1, "c": 5}), make_set(*trained))
    assert out.read_text() == (tmp_path / "clips.csv").read_text().splitlines()[0] + "\n"
    assert capsys.readouterr().out.count("fewer than two artists") == 1


def test_without_an_artist_set_all_artists_are_unseen(tmp_path):
    write_manifest(make_manifest({"a": 3, "b": 2}), tmp_path / "clips.csv")
    out = tmp_path / "unseen.csv"
    main(["--clips", str(tmp_path / "clips.csv"), "--artist-set", "--out", str(out)])
    assert set(read_manifest(out)["artist_id"]) == {"a", "b"}
