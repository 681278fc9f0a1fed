import sqlite3
from contextlib import closing
from itertools import chain

import pytest

from deepartist.datasets import msd
from deepartist.datasets.lastfm import read_top_tags
from deepartist.process.errors import InputError
from samples import by_id, touch, write_clips, write_msd, write_pickles

SCHEMA = """
CREATE TABLE tids (tid TEXT);
CREATE TABLE tags (tag TEXT);
CREATE TABLE tid_tag (tid INT, tag INT, val FLOAT);
"""


def write_database(path, tags_of, schema=SCHEMA):
    """Write a `lastfm_tags.db` with the tags of tracks, with weights that fall from 100."""
    tracks, tags = list(tags_of), list(dict.fromkeys(chain.from_iterable(tags_of.values())))
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(schema)
        database.executemany("INSERT INTO tids VALUES (?)", [(track,) for track in tracks])
        database.executemany("INSERT INTO tags VALUES (?)", [(tag,) for tag in tags])
        row_of = {tag: row for row, tag in enumerate(tags, start=1)}
        database.executemany(
            "INSERT INTO tid_tag VALUES (?, ?, ?)",
            [
                (row, row_of[tag], 100 - n)
                for row, track in enumerate(tracks, start=1)
                for n, tag in enumerate(tags_of[track])
            ],
        )
    return path


def songs(n):
    return {f"TR{number}": f"{number}" for number in range(n)}


def test_the_tags_of_a_song_are_sorted_and_songs_without_any_are_left_out(tmp_path, capsys):
    path = write_database(tmp_path / "t.db", {"TR0": ["rock", "80s"], "TR1": [], "TR2": ["rock"]})
    assert read_top_tags(path, songs(3)) == {"0": "80s|rock", "2": "rock"}
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("order", [1, -1])
def test_fifty_tags_count_and_of_ties_the_first_by_code_point(tmp_path, order):
    # 49 tags have two songs each, and three have one song; of these, "Zouk" sorts before "art".
    frequent = [f"tag {n:02d}" for n in range(49)]
    tags_of = {"TR0": ["art", "Zouk", "élan", *frequent][::order], "TR1": frequent, "TR2": []}
    tags = read_top_tags(write_database(tmp_path / "t.db", tags_of), songs(3))
    assert tags["0"].split("|") == ["Zouk", *frequent]
    assert tags["1"].split("|") == frequent


def test_a_tag_is_used_as_often_as_there_are_songs_with_it(tmp_path):
    # TR0 to TR3 are one song, so a tag that only they have is used once, whatever its weight.
    frequent = [f"tag {n:02d}" for n in range(50)]
    tags_of = {f"TR{n}": ["aaa one song"] for n in range(4)}
    tags_of |= {"TR4": frequent, "TR5": frequent}
    clip_of = songs(6) | dict.fromkeys(["TR0", "TR1", "TR2", "TR3"], "0")
    tags = read_top_tags(write_database(tmp_path / "t.db", tags_of), clip_of)
    assert tags == {"4": "|".join(frequent), "5": "|".join(frequent)}


def test_the_tracks_of_one_song_give_it_all_their_tags(tmp_path):
    path = write_database(tmp_path / "t.db", {"TR0": ["b", "a"], "TR1": ["c", "a"]})
    assert read_top_tags(path, {"TR0": "7", "TR1": "7"}) == {"7": "a|b|c"}


def test_tracks_without_a_clip_path_are_reported_and_do_not_count(tmp_path, capsys):
    frequent = [f"tag {n:02d}" for n in range(50)]
    tags_of = {"TR0": [*frequent, "zzz"], "TRX": ["zzz"], "TRY": ["zzz"]}
    tags = read_top_tags(write_database(tmp_path / "t.db", tags_of), songs(1))
    assert tags == {"0": "|".join(frequent)}
    assert capsys.readouterr().err == (
        "2 tracks of lastfm_tags.db left out, without a clip path: TRX, TRY\n"
    )


def test_none_of_the_tracks_gives_no_tags(tmp_path):
    path = write_database(tmp_path / "t.db", {"TRX": ["rock"]})
    assert read_top_tags(path, songs(3)) == {}


def test_the_separator_in_a_tag_does_not_make_two_of_it(tmp_path):
    path = write_database(tmp_path / "t.db", {"TR0": ["drum|bass"]})
    assert read_top_tags(path, songs(1)) == {"0": "drum/bass"}


def test_tags_that_are_no_text_do_not_count(tmp_path):
    path = write_database(tmp_path / "t.db", {"TR0": ["a", "b", "c"]})
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE tags SET tag = NULL WHERE tag = 'a'")
        database.execute("UPDATE tags SET tag = x'ff' WHERE tag = 'b'")
    assert read_top_tags(path, songs(1)) == {"0": "c"}


def test_values_that_are_computed_to_be_huge_are_refused(tmp_path):
    column = "n INT, tid TEXT AS (hex(zeroblob(2000000)))"
    schema = SCHEMA.replace("tids (tid TEXT", f"tids ({column}")
    path = write_database(tmp_path / "t.db", {}, schema)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO tids (n) VALUES (1)")
    with pytest.raises(InputError, match="too big"):
        read_top_tags(path, songs(1))


def test_the_file_is_only_read_whatever_its_name(tmp_path):
    folder = tmp_path / "last fm"
    folder.mkdir()
    path = write_database(folder / "a?mode=rwc#%41.db", {"TR0": ["rock"]})
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert read_top_tags(path, songs(1)) == {"0": "rock"}
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(folder.iterdir()) == [path]


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + bytes(200)])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "lastfm_tags.db"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"lastfm_tags\.db: not Last\.fm's .*, or damaged \("):
        read_top_tags(path, songs(1))


def test_an_empty_file_has_none_of_the_tables(tmp_path):
    path = touch(tmp_path / "lastfm_tags.db")
    with pytest.raises(InputError, match=r"has no table 'tids'; lastfm_tags\.db has tids, tags, "):
        read_top_tags(path, songs(1))
    assert path.stat().st_size == 0


@pytest.mark.parametrize(
    ("make", "message"), [(None, "lastfm_tags.db: not found"), ("mkdir", "is not a file")]
)
def test_a_missing_file_or_a_folder_is_refused(tmp_path, make, message):
    path = tmp_path / "lastfm_tags.db"
    if make:
        path.mkdir()
    with pytest.raises(InputError, match=message):
        read_top_tags(path, songs(1))


def test_a_view_in_the_place_of_a_table_is_refused_and_not_computed(tmp_path):
    path = write_database(tmp_path / "t.db", {"TR0": ["rock"]})
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            "DROP TABLE tags; CREATE VIEW tags AS WITH RECURSIVE n(i) AS "
            "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS rowid, i AS tag FROM n;"
        )
    with pytest.raises(InputError, match="has no table 'tags'"):
        read_top_tags(path, songs(1))


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA.replace("tags (tag", "tags (name"),
        SCHEMA.replace("tids (tid TEXT)", "tids (tid TEXT PRIMARY KEY) WITHOUT ROWID"),
    ],
)
def test_tables_of_other_columns_are_refused(tmp_path, schema):
    path = write_database(tmp_path / "t.db", {"TR0": ["rock"]}, schema)
    with pytest.raises(InputError, match=r"not Last\.fm's lastfm_tags\.db, or damaged \(no such"):
        read_top_tags(path, songs(1))


def test_a_damaged_file_is_refused(tmp_path):
    tags_of = {f"TR{n}": [f"tag {n % 60}", "rock"] for n in range(5000)}
    path = write_database(tmp_path / "t.db", tags_of)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError, match=r"t\.db: not Last\.fm's .*, or damaged \(.*malformed"):
        read_top_tags(path, songs(5000))
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    with pytest.raises(InputError, match=r"or damaged \("):
        read_top_tags(path, songs(5000))


def test_msd_takes_the_tags_of_lastfm_in_place_of_the_published_lists(tmp_path, capsys):
    files = write_msd(tmp_path)
    # The lists of tags are not needed then.
    for name in ("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"):
        (tmp_path / name).unlink()
    (tmp_path / "50tagList.txt").unlink()
    write_clips(tmp_path, files, missing=("122", "9001", "9002"))
    del files["7D_id_to_path.pkl"]["9004"]
    write_pickles(tmp_path, {"7D_id_to_path.pkl": files["7D_id_to_path.pkl"]})
    tags_of = {"TR000": ["rock", "new"], "TR001": ["pop"], "TR003": [], "TR004": ["pop"]}
    tags_of["TR_OTHER"] = ["pop"]
    path = write_database(tmp_path / "lastfm_tags.db", tags_of)
    manifest = by_id(msd.load(str(tmp_path), lastfm=str(path)))
    # The six songs of the artist list, one of them with tags, and one other song with tags.
    assert len(manifest) == 6 + 1
    assert manifest.loc["121", ["artist_id", "tags"]].tolist() == ["00012", "new|rock"]
    assert manifest.loc["9001", ["artist_id", "tags"]].tolist() == ["", "pop"]
    assert (manifest["split"] == "").all()
    assert capsys.readouterr().err == (
        "2 tracks of lastfm_tags.db left out, without a clip path: TR004, TR_OTHER\n"
        "2 songs without a clip: 122, 9001\n"
        "1 artist with fewer clips than songs in the artist list: 00012 (2 of 3)\n"
    )
