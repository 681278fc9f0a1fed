"""The data set kind `table`, where the table is a Parquet file."""

import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deepartist.datasets import table
from deepartist.process.errors import InputError
from samples import by_id


def write_parquet(folder, columns, name="clips.parquet"):
    pq.write_table(pa.table(columns), folder / name)
    return str(folder / name)


def test_it_makes_the_manifest_that_its_csv_makes(tmp_path):
    songs = pd.DataFrame(
        {
            "path": ["a/one.mp3", "b.flac", "/abs/three.wav"],
            "artist": ["Ånna", "NA", ""],
            "title": ["<b>x</b>\n\x1b", " y ", ""],
            "split": ["train", "valid", ""],
            "tags": ["calm|old", "", ""],
            "mood": [1.5, 2.5, 3.5],  # not a column of a manifest: ignored
        }
    )
    songs.to_csv(tmp_path / "clips.csv", index=False)
    songs.to_parquet(tmp_path / "clips.parquet")
    manifest = table.load(str(tmp_path / "clips.parquet"))
    assert manifest.equals(table.load(str(tmp_path / "clips.csv")))


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([7, None], pa.int64()), ["7", ""]),
        (pa.array([7, 2**63], pa.uint64()), ["7", str(2**63)]),
        (pa.array([7.0, float("nan")]), ["7", ""]),
        (pa.array(["x", None], pa.large_string()), ["x", ""]),
        (pa.array(["x", "x"]).dictionary_encode(), ["x", "x"]),
        (pa.nulls(2), ["", ""]),
    ],
)
def test_whole_numbers_are_text_and_what_is_missing_is_empty(tmp_path, values, texts):
    path = write_parquet(tmp_path, {"path": ["a.mp3", "b.mp3"], "artist_id": values})
    assert table.load(path)["artist_id"].tolist() == texts


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None, 1.5], "float"),
        ([None, float("inf")], "float"),
        ([None, True], "bool"),
        ([None, b"x"], "bytes"),
        ([None, ["x"]], "list"),
        ([None, {"x": 1}], "dict"),
        ([None, datetime.date(2020, 1, 1)], "date"),
    ],
)
def test_what_is_no_text_is_refused_with_its_row(tmp_path, values, kind):
    path = write_parquet(tmp_path, {"path": ["a.mp3", "b.mp3"], "title": values})
    with pytest.raises(
        InputError, match=rf"clips\.parquet, row 2: column 'title' holds a {kind}, not text"
    ):
        table.load(path)


def test_tags_may_be_lists(tmp_path):
    tags = [["calm", "o|d", "calm"], [], None]
    path = write_parquet(tmp_path, {"path": ["a.mp3", "b.mp3", "c.mp3"], "tags": tags})
    assert by_id(table.load(path))["tags"].to_dict() == {"a": "calm|o/d", "b": "", "c": ""}


def test_lists_of_other_things_are_no_tags(tmp_path):
    path = write_parquet(tmp_path, {"path": ["a.mp3"], "tags": [[1, 2]]})
    with pytest.raises(InputError, match="row 1: column 'tags' holds a list"):
        table.load(path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"file": ["a.mp3"]}, "no column path; it has file"),
        ({"path": ["a.mp3"], "spilt": ["test"]}, "'spilt' is not known; did you mean 'split'"),
        ({"path": ["a.mp3"], "Path": ["b.mp3"]}, "the column 'path' more than once"),
        (
            {"path": ["a.mp3", "b\n.mp3"]},
            r"row 2: column 'path' holds a line break \('b\\n\.mp3'\)",
        ),
        ({"path": ["a.mp3"], "genre": ["Pop\r"]}, "row 1: column 'genre' holds a line break"),
        ({"path": ["a.mp3", "b" * 4097]}, "row 2: path has 4097 characters"),
        ({"path": pa.array([], pa.string())}, "has no rows"),
        ({"path": ["a.mp3", None]}, "row 2: no path"),
        ({"path": ["a.mp3", "../b.mp3"]}, r"row 2: path '\.\./b\.mp3' leaves"),
        ({"path": ["a.mp3", "a.wav"]}, "row 2: clip_id 'a' is used by row 1, too"),
        ({"path": ["a.mp3"], "split": ["tset"]}, "row 1: split is 'tset'"),
    ],
)
def test_a_malformed_table_is_refused(tmp_path, columns, message):
    with pytest.raises(InputError, match=message):
        table.load(write_parquet(tmp_path, columns))


def test_rows_are_numbered_through_all_groups(tmp_path):
    paths = [f"{n}.mp3" for n in range(9)] + [""]
    pq.write_table(pa.table({"path": paths}), tmp_path / "t.parquet", row_group_size=3)
    with pytest.raises(InputError, match="row 10: no path"):
        table.load(str(tmp_path / "t.parquet"))


def test_a_small_file_of_very_many_rows_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int8()), ["a.mp3"])
    chunks = pa.chunked_array([column] * (table.MAX_ROWS // 1000 + 1))
    pq.write_table(pa.table({"path": chunks}), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match="more than 10000000 rows; divide the table"):
        table.load(str(path))


@pytest.mark.parametrize("content", [b"", b"path\na.mp3\n", b"PAR1" + bytes(100) + b"PAR1"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path, content):
    (tmp_path / "clips.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"clips\.parquet: not a Parquet file \(") as caught:
        table.load(str(tmp_path / "clips.parquet"))
    assert "\n" not in str(caught.value)


def test_a_truncated_file_is_refused(tmp_path):
    path = tmp_path / "clips.PARQUET"
    write_parquet(tmp_path, {"path": [f"{n}.mp3" for n in range(100)]}, path.name)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a Parquet file"):
        table.load(str(path))


def test_names_of_columns_are_compared_without_blanks_and_case(tmp_path):
    path = write_parquet(tmp_path, {" Path": ["a.mp3"], "Split ": ["test"], "GENRE": ["Pop"]})
    row = table.load(path).iloc[0]
    assert row[["clip_id", "split", "genre"]].tolist() == ["a", "test", "Pop"]


def test_a_long_title_is_cut(tmp_path):
    path = write_parquet(tmp_path, {"path": ["a.mp3"], "title": ["x" * 154_000]})
    assert table.load(path)["title"].tolist() == ["x" * 1000]
