import csv

import pandas as pd
import pytest

from deepartist.datasets import fma
from deepartist.datasets.manifest import read_manifest
from deepartist.process.errors import InputError
from samples import by_id, touch

HEADER = [
    ("", *["album"] * 2, *["artist"] * 2, *["set"] * 2, *["track"] * 4),
    (
        *("", "comments", "id", "id", "name", "split", "subset"),
        *("bit_rate", "genre_top", "genres", "title"),
    ),
    ("track_id", *[""] * 10),
]
ROWS = [
    ("2", "0", "1", "1", "NA", "training", "small", "256000", "Hip-Hop", "[21]", "Food"),
    ("10", "0", "-1", "6", 'A "B", C', "validation", "small", "1", "Pop", "[10, 76]", "Free\nway"),
    ("134", "0", "58", "52", "null", "test", "medium", "1", "Old-Time / Historic", "[8]", "x"),
    ("135", "0", "58", "1", "NA", "training", "medium", "1", "Hip-Hop", "[21]", "z"),
    ("155326", "0", "58", "53", "Dev", "training", "large", "192000", "", "[10,21]", "y"),
    ("155327", "0", "58", "6", "A", "training", "large", "192000", "", "[]", "<i>w</i>"),
]
GENRES = "genre_id,#tracks,parent,title,top_level\n"
GENRES += "10,9,0,Pop,10\n21,9,0,Hip-Hop,21\n76,3,10,Experimental Pop,10\n"


def write_fma(folder, rows=ROWS, header=HEADER, genres=None):
    (folder / "fma_metadata").mkdir()
    for subset in fma.SUBSETS:
        (folder / f"fma_{subset}").mkdir()
    with (folder / "fma_metadata/tracks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*header, *rows])
    if genres is not None:
        (folder / "fma_metadata/genres.csv").write_text(genres)


def test_rows_have_the_official_split_and_the_paths_of_the_archive(tmp_path, capsys):
    write_fma(tmp_path)
    manifest = by_id(fma.load(str(tmp_path), "large"))
    assert manifest.loc["000002"].to_dict() == {
        "path": f"{tmp_path.as_posix()}/fma_large/000/000002.mp3",
        "artist_id": "1",
        "artist": "NA",
        "album_id": "1",
        "title": "Food",
        "genre": "Hip-Hop",
        "tags": "Hip-Hop",
        "split": "train",
    }
    assert manifest.loc["000010", ["artist", "album_id", "title", "split"]].tolist() == [
        'A "B", C',
        "",
        "Free way",
        "valid",
    ]
    assert manifest.loc["000134", ["artist", "split"]].tolist() == ["null", "test"]
    unlabelled = manifest.loc["155326"]
    assert unlabelled["path"].endswith("/155/155326.mp3")
    assert (unlabelled.genre, unlabelled["tags"]) == ("", "")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("subset", "clips"), [("small", 2), ("medium", 4), ("large", 6), ("full", 6)]
)
def test_each_subset_contains_those_before_it(tmp_path, subset, clips):
    write_fma(tmp_path)
    manifest = fma.load(str(tmp_path), subset)
    assert len(manifest) == clips
    assert manifest["path"].str.contains(f"/fma_{subset}/").all()


def test_without_small_leaves_out_every_artist_of_fma_small(tmp_path, capsys):
    write_fma(tmp_path)
    manifest = fma.load(str(tmp_path), "large", without_small=True)
    assert manifest["clip_id"].tolist() == ["000134", "155326"]
    assert manifest["artist_id"].tolist() == ["52", "53"]
    assert capsys.readouterr().err == (
        "4 songs left out, by the 2 artists of FMA small: 2, 10, 135, …\n"
    )
    assert fma.load(str(tmp_path), "medium", without_small=True)["clip_id"].tolist() == ["000134"]


def test_without_small_nothing_is_left_of_small(tmp_path):
    write_fma(tmp_path)
    with pytest.raises(InputError, match="nothing is left of subset 'small'"):
        fma.load(str(tmp_path), "small", without_small=True)


def test_the_command_takes_subset_and_without_small(tmp_path):
    write_fma(tmp_path)
    out = tmp_path / "m.csv"
    settings = ["kind=fma", f"path={tmp_path}", "subset=full", "without_small=true"]
    fma.main(["--manifest", str(out), "--set", *settings])
    assert read_manifest(out)["clip_id"].tolist() == ["000134", "155326"]


def test_with_genres_csv_all_genres_of_a_song_are_its_tags(tmp_path, capsys):
    write_fma(tmp_path, genres=GENRES)
    manifest = by_id(fma.load(str(tmp_path), "large"))
    assert manifest["tags"].to_dict() == {
        "000002": "Hip-Hop",
        "000010": "Pop|Experimental Pop",
        "000134": "Old-Time / Historic",
        "000135": "Hip-Hop",
        "155326": "Pop|Hip-Hop",
        "155327": "",
    }
    assert manifest.loc["155326", "genre"] == ""
    path = tmp_path / "fma_metadata" / "genres.csv"
    assert capsys.readouterr().err == (f"1 genre id of tracks left out, not in {path}: 8\n")


@pytest.mark.parametrize("genres", ["", "nan", "[1, 2", "['a']", "[1]; [2]", "[-1]"])
def test_genres_that_are_no_list_of_numbers_are_refused_where_they_are_used(tmp_path, genres):
    write_fma(tmp_path, rows=[(*ROWS[0][:9], genres, "Food")])
    assert len(fma.load(str(tmp_path))) == 1
    (tmp_path / "fma_metadata" / "genres.csv").write_text(GENRES)
    with pytest.raises(InputError, match=r"tracks\.csv: track 2 has genres .* such as \[21, 45\]"):
        fma.load(str(tmp_path))


def test_long_texts_of_many_lines_are_legal(tmp_path, capsys):
    long = "<p>Words, and more,\nof the band,</p>\n" * 10_000
    rows = [(*ROWS[0][:7], long, *ROWS[0][8:]), (*ROWS[1][:10], long)]
    write_fma(tmp_path, rows=rows)
    manifest = fma.load(str(tmp_path))
    assert manifest["genre"].tolist() == ["Hip-Hop", "Pop"]
    assert manifest["title"].str.len().tolist()[0] == len("Food")
    assert 990 < manifest["title"].str.len().tolist()[1] <= 1000
    assert "1 text cut" in capsys.readouterr().err


def test_genres_csv_may_begin_with_a_byte_order_mark(tmp_path):
    write_fma(tmp_path, genres="\ufeff" + GENRES)
    assert by_id(fma.load(str(tmp_path))).loc["000010", "tags"] == "Pop|Experimental Pop"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"id,title\n1,Pop\n",
        b"genre_id,title\n1,\xff\n",
        b'genre_id,title\n1,"Pop\n2,Rock\n',
        b"genre_id;title\n1;Pop\n",
    ],
)
def test_another_genres_csv_is_refused(tmp_path, content):
    write_fma(tmp_path)
    (tmp_path / "fma_metadata" / "genres.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"genres\.csv: not FMA's genres\.csv .*genre_id"):
        fma.load(str(tmp_path))


def test_the_table_may_be_as_pandas_writes_it(tmp_path):
    # The published file was written like this: two header rows, then a row with the index name.
    write_fma(tmp_path)
    path = tmp_path / "fma_metadata/tracks.csv"
    frame = pd.read_csv(path, header=[0, 1], index_col=0, keep_default_na=False)
    assert frame.index.name == "track_id"
    before = fma.load(str(tmp_path), "large")
    frame.to_csv(path)
    assert fma.load(str(tmp_path), "large").equals(before)


def test_columns_are_found_by_their_names_not_their_places(tmp_path):
    write_fma(tmp_path)
    before = fma.load(str(tmp_path), "large")
    path = tmp_path / "fma_metadata/tracks.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[row[0], *row[:0:-1]] for row in csv.reader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert fma.load(str(tmp_path), "large").equals(before)


def test_missing_parts_are_named(tmp_path):
    write_fma(tmp_path)
    (tmp_path / "fma_small").rmdir()
    with pytest.raises(InputError, match="fma_small: not found; the data set kind 'fma' expects"):
        fma.load(str(tmp_path))
    tracks = tmp_path / "fma_metadata/tracks.csv"
    tracks.unlink()
    with pytest.raises(InputError, match=r"tracks\.csv: not found"):
        fma.load(str(tmp_path), "medium")
    touch(tracks / "tracks.csv")
    with pytest.raises(InputError, match=r"tracks\.csv: is not a file"):
        fma.load(str(tmp_path), "medium")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"genre_top", b"genre", r"'genre_top'.*track/genre_top"),
        (b"Food", b"F\xf6\xf6d", "not FMA's tracks.csv .*line 4 is not in UTF-8"),
        (b"<i>w</i>", b'"<i>w</i>', "not FMA's tracks.csv .*line 10 opens a quote that is never"),
        (b",[21],Food", b',"[21],Food', "not FMA's tracks.csv .*line 4 opens a quote"),
        (b",Food", b",Food,x", "not FMA's tracks.csv .*line 4 has 12 fields, the header 11"),
    ],
)
def test_another_table_is_refused(tmp_path, old, new, message):
    write_fma(tmp_path)
    path = tmp_path / "fma_metadata/tracks.csv"
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(InputError, match=message) as caught:
        fma.load(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_an_empty_table_is_refused(tmp_path):
    write_fma(tmp_path)
    (tmp_path / "fma_metadata/tracks.csv").write_text("")
    with pytest.raises(InputError, match="not FMA's"):
        fma.load(str(tmp_path))


def test_an_unknown_split_is_refused(tmp_path):
    write_fma(tmp_path, rows=[(*ROWS[0][:5], "extra", *ROWS[0][6:])])
    with pytest.raises(InputError, match=r"track 2 has split 'extra'; tracks\.csv has training"):
        fma.load(str(tmp_path))


@pytest.mark.parametrize("track_id", ["", "x", "-2", "2.0", "1234567", "../2", "\u0662"])
def test_a_track_id_that_is_no_number_of_six_digits_is_refused(tmp_path, track_id):
    write_fma(tmp_path, rows=[(track_id, *ROWS[0][1:])])
    with pytest.raises(InputError, match="is not a track id of FMA"):
        fma.load(str(tmp_path))


def test_a_track_that_is_there_twice_is_refused(tmp_path):
    write_fma(tmp_path, rows=[ROWS[0], ("0002", *ROWS[0][1:])])
    with pytest.raises(InputError, match="clip_id '000002' occurs more than once"):
        fma.load(str(tmp_path))
