"""Tags of songs of the Million Song Dataset from its Last.fm data set, ``lastfm_tags.db``."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from deepartist.datasets import command
from deepartist.datasets.tags import join_tags
from deepartist.process.errors import InputError

TAGS = 50  # as in the published tag lists
TABLES = ("tids", "tags", "tid_tag")
# A damaged or malicious file can have computed columns that yield a gigabyte in each row.
MAX_VALUE_BYTES = 2**20


def read_top_tags(path: Path, clip_id_of: Mapping[str, str]) -> dict[str, str]:
    """Read the tags of songs that are among the 50 most used tags of all these songs.

    The count of a tag is the number of songs that have it. Tags with equal counts are ranked by
    their code points. The weight of a tag for a song (``val``) is ignored.

    Parameters
    ----------
    path : Path
        SQLite file with the tables ``tids(tid)``, ``tags(tag)`` and ``tid_tag(tid, tag, val)``. The
        integers of ``tid_tag`` are row ids of the other two tables. The file is opened read-only.
    clip_id_of : mapping of str to str
        The songs: MSD track id to 7digital id. Several tracks may have the same 7digital id.

    Returns
    -------
    dict of str to str
        7digital id to the song's tags, sorted and separated by ``|``. Songs without any of the 50
        tags are left out.

    Raises
    ------
    InputError
        The file is missing or damaged, or lacks one of the tables.
    """
    command.require_file(path, "msd", "Last.fm's lastfm_tags.db")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
            _check_tables(database, path)
            return _query(database, clip_id_of)
    except (sqlite3.Error, UnicodeError) as error:  # a message of SQLite may raise UnicodeError
        raise InputError(
            f"{path}: not Last.fm's lastfm_tags.db, or damaged ({error}); "
            "get the file from its publisher again"
        ) from error


def _check_tables(database: sqlite3.Connection, path: Path) -> None:
    # Views are refused: a view with the name of a table could compute forever.
    tables = {
        name
        for name, sql in database.execute("SELECT name, sql FROM sqlite_master WHERE type='table'")
        if str(sql).upper().startswith("CREATE TABLE")
    }
    for name in TABLES:
        if name not in tables:
            raise InputError(
                f"{path}: has no table '{name}'; lastfm_tags.db has {', '.join(TABLES)}"
            )


def _query(database: sqlite3.Connection, clip_id_of: Mapping[str, str]) -> dict[str, str]:
    """Find the most used tags, and return each song's tags among them."""
    songs = sorted(set(clip_id_of.values()))
    number_of = {clip_id: number for number, clip_id in enumerate(songs)}
    tracks, unknown = [], []
    for row, track_id in database.execute("SELECT rowid, tid FROM tids"):
        if track_id in clip_id_of:
            tracks.append((row, number_of[clip_id_of[track_id]]))
        else:
            unknown.append(str(track_id))
    command.report("track", "of lastfm_tags.db left out, without a clip path", unknown)
    # A temporary table in memory, because the file is opened read-only.
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute("CREATE TEMP TABLE track (row INTEGER PRIMARY KEY, song INTEGER)")
    database.executemany("INSERT INTO track VALUES (?, ?)", tracks)
    top = database.execute(
        "SELECT tags.rowid, tags.tag FROM tid_tag JOIN track ON track.row = tid_tag.tid "
        "JOIN tags ON tags.rowid = tid_tag.tag WHERE typeof(tags.tag) = 'text' "
        "GROUP BY tags.rowid ORDER BY COUNT(DISTINCT track.song) DESC, tags.tag LIMIT ?",
        (TAGS,),
    ).fetchall()
    name_of = dict(top)
    tags_of: dict[int, set[str]] = {}
    for song, tag in database.execute(
        "SELECT track.song, tid_tag.tag FROM tid_tag JOIN track ON track.row = tid_tag.tid "
        f"WHERE tid_tag.tag IN ({', '.join(map(str, name_of))})"  # row ids
    ):
        tags_of.setdefault(song, set()).add(name_of[tag])
    return {songs[song]: join_tags(sorted(tags)) for song, tags in tags_of.items()}
