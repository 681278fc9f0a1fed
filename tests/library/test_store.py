"""The table of a library: it comes back, parts are joined, and nothing foreign is read."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deepartist.embeddings.adapted import learn_metric
from deepartist.embeddings.balanced import balance, find_centre, take_roots
from deepartist.library import store
from deepartist.library.search import unit_vectors
from deepartist.library.store import (
    About,
    Entry,
    Song,
    count_parts,
    read_about,
    read_common,
    read_songs,
    write_part,
    write_whole,
)
from deepartist.process.errors import InputError

ABOUT = About("/models/x", "x", "0" * 64, "middle")


def entry(path, value=1.0, left_out=""):
    song = Song(path, "/m", "Ä", "B", f"<{path}>", "", 1.5, 7, 2**60, "digest of " + path, left_out)
    return Entry(song, {name: np.full(n, value, np.float32) for name, n in store.SIZES.items()})


def test_a_library_comes_back(tmp_path):
    write_whole(
        tmp_path, ABOUT, [entry("/m/b", 2.0), entry("/m/a", 1.0), entry("/m/c", 0.0, "silent")]
    )
    songs, vectors = read_songs(tmp_path)
    assert [song.path for song in songs] == ["/m/a", "/m/b", "/m/c"]
    assert songs[1] == entry("/m/b").song
    assert songs[2].left_out == "silent"
    assert vectors["embedding"].shape == (3, 256)
    assert vectors["multilevel"].shape == (3, 768)
    assert vectors["embedding"].dtype == np.float32
    assert vectors["multilevel"][:, 5].tolist() == [1.0, 2.0, 0.0]
    assert read_about(tmp_path) == ABOUT
    only = read_songs(tmp_path, ["embedding"])[1]
    assert list(only) == ["embedding"]


def test_parts_of_an_interrupted_indexing_are_read_and_the_newest_counts(tmp_path):
    write_whole(tmp_path, ABOUT, [entry("/m/a", 1.0), entry("/m/b", 1.0)])
    write_part(tmp_path, ABOUT, [entry("/m/b", 2.0)])
    write_part(tmp_path, ABOUT, [entry("/m/c", 3.0), entry("/m/b", 4.0)])
    songs, vectors = read_songs(tmp_path)
    found = dict(zip([song.path for song in songs], vectors["embedding"][:, 0], strict=True))
    assert found == {"/m/a": 1.0, "/m/b": 4.0, "/m/c": 3.0}
    write_whole(tmp_path, ABOUT, [entry("/m/a")])
    assert count_parts(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["000004"]
    assert [song.path for song in read_songs(tmp_path)[0]] == ["/m/a"]


def test_vectors_of_two_models_are_not_mixed(tmp_path):
    write_whole(tmp_path, ABOUT, [entry("/m/a")])
    write_part(tmp_path, ABOUT._replace(model_sha256="1" * 64), [entry("/m/b")])
    with pytest.raises(InputError, match="000001: was made by another model"):
        read_songs(tmp_path)


def test_what_is_no_library_is_named(tmp_path):
    assert read_about(tmp_path) is None
    with pytest.raises(InputError, match="no library there; make one with deepartist index"):
        read_songs(tmp_path)
    write_whole(tmp_path, ABOUT, [entry("/m/a")])
    table = tmp_path / "000001/songs.parquet"
    table.write_bytes(b"half a file")
    for read in (read_about, read_songs):
        with pytest.raises(InputError, match="000001: is no part of a library"):
            read(tmp_path)
    pq.write_table(pa.table({"x": [1]}), table)
    with pytest.raises(InputError, match="is no part of a library"):
        read_songs(tmp_path)


def test_damaged_vectors_are_named(tmp_path):
    write_whole(tmp_path, ABOUT, [entry("/m/a")])
    (tmp_path / "000001/embedding.npy").write_bytes(b"half")
    with pytest.raises(InputError, match="000001: embedding cannot be read"):
        read_songs(tmp_path)


def test_what_was_left_by_a_kill_while_old_parts_were_removed_does_not_count(tmp_path):
    write_part(tmp_path, ABOUT, [entry("/m/gone")])
    write_part(tmp_path, ABOUT, [entry("/m/a")], is_whole=True)
    write_part(tmp_path, ABOUT, [entry("/m/b")])
    assert [song.path for song in read_songs(tmp_path)[0]] == ["/m/a", "/m/b"]


def test_another_version_is_named(tmp_path):
    write_whole(tmp_path, ABOUT._replace(version=9), [entry("/m/a")])
    with pytest.raises(InputError, match="is of version 9 of libraries, not 1"):
        read_songs(tmp_path)


def test_an_empty_library_is_one(tmp_path):
    write_whole(tmp_path, ABOUT, [])
    songs, vectors = read_songs(tmp_path)
    assert songs == []
    assert vectors["embedding"].shape == (0, 256)


def balanced_entries(n=30):
    rng = np.random.default_rng(0)
    entries = []
    for number in range(n):
        values = {name: rng.random(size, np.float32) for name, size in store.SIZES.items()}
        is_out = number == 3
        entries.append(
            Entry(
                entry(f"/m/{number:02d}", left_out="silent" if is_out else "").song,
                {name: np.zeros_like(v) if is_out else v for name, v in values.items()},
            )
        )
    return entries


def test_derived_vectors_are_those_of_the_songs_that_can_be_used(tmp_path):
    entries = balanced_entries()
    write_whole(tmp_path, ABOUT, entries)
    songs, vectors = read_songs(tmp_path)
    usable = np.array([not song.left_out for song in songs])
    roots = take_roots(np.stack([e.vectors["multilevel"] for e in entries])[usable])
    centre = find_centre(roots)
    assert np.abs(centre).max() > 0
    np.testing.assert_allclose(vectors["balanced"][usable], balance(roots, centre), atol=1e-6)
    assert not vectors["balanced"][~usable].any()
    common = read_common(tmp_path)
    np.testing.assert_allclose(common.centre, centre, atol=1e-6)
    artists = np.array([song.artist for song in songs])[usable]
    metric = learn_metric(balance(roots, centre), artists)
    assert np.abs(metric - np.eye(768)).max() > 0.01
    np.testing.assert_allclose(common.metric, metric, atol=1e-5)
    adapted = unit_vectors(balance(roots, centre) @ metric)
    np.testing.assert_allclose(vectors["adapted"][usable], adapted, atol=1e-5)
    assert not vectors["adapted"][~usable].any()


def test_they_are_made_where_an_indexing_was_interrupted(tmp_path):
    entries = balanced_entries()
    write_whole(tmp_path / "whole", ABOUT, entries)
    write_part(tmp_path / "parts", ABOUT, entries[:10])
    write_part(tmp_path / "parts", ABOUT, entries[10:])
    songs, vectors = read_songs(tmp_path / "parts", ["balanced", "adapted"])
    expected_songs, expected = read_songs(tmp_path / "whole", ["balanced", "adapted"])
    assert songs == expected_songs
    for name in ("balanced", "adapted"):
        np.testing.assert_allclose(vectors[name], expected[name], atol=1e-5)
    in_parts, whole = read_common(tmp_path / "parts"), read_common(tmp_path / "whole")
    np.testing.assert_allclose(in_parts.centre, whole.centre, atol=1e-6)
    np.testing.assert_allclose(in_parts.metric, whole.metric, atol=1e-5)
