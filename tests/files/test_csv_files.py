import os
import threading

import pytest

from deepartist.files.csv_files import read_csv
from deepartist.process.errors import InputError


def write(folder, text):
    path = folder / "t.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_all_columns_are_text_and_names_of_nothing_too(tmp_path):
    path = write(tmp_path, 'a,b\nNA,007\nnull,\n"x, y",nan\n')
    table = read_csv(path, ("a", "b"), "a map")
    assert table.to_numpy().tolist() == [["NA", "007"], ["null", ""], ["x, y", "nan"]]


def test_a_row_cut_short_ends_in_empty_fields(tmp_path):
    path = write(tmp_path, "a,b,c\n1,2,3\n4\n")
    assert read_csv(path, ("a", "b", "c"), "a map").to_numpy().tolist() == [
        ["1", "2", "3"],
        ["4", "", ""],
    ]
    table = read_csv(path, ("a", "b", "c"), "a map", text=("a", "b"))
    assert table[["a", "b"]].to_numpy().tolist() == [["1", "2"], ["4", ""]]
    assert table["c"].tolist() == ["3", ""]  # text, because not all of its fields are numbers


def test_columns_that_are_not_text_are_numbers(tmp_path):
    path = write(tmp_path, f"a,b,c\n1,{0.1 + 0.2},word\n")
    table = read_csv(path, ("a", "b", "c"), "a map", text=("a",))
    assert table.iloc[0].to_list() == ["1", 0.1 + 0.2, "word"]


def test_a_file_without_rows_is_an_empty_table(tmp_path):
    table = read_csv(write(tmp_path, "a,b\n"), ("a", "b"), "a map")
    assert list(table.columns) == ["a", "b"]
    assert table.empty


@pytest.mark.parametrize("header", ["b,a", "a", "a,b,c", "a,B"])
def test_exact_columns_are_those_and_in_order(tmp_path, header):
    path = write(tmp_path, f"{header}\n")
    with pytest.raises(InputError) as caught:
        read_csv(path, ("a", "b"), "a split")
    shown = header.replace(",", ", ")
    assert str(caught.value) == f"{path}: columns are {shown}; a split has a, b"


def test_more_columns_in_any_order_where_not_exact(tmp_path):
    path = write(tmp_path, "c,b,a\n1,2,3\n")
    table = read_csv(path, ("a", "b"), "labels", exact=False)
    assert table.to_dict("list") == {"c": ["1"], "b": ["2"], "a": ["3"]}
    with pytest.raises(InputError) as caught:
        read_csv(path, ("a", "x", "y"), "labels", exact=False)
    assert str(caught.value) == f"{path}: no column x; it has c, b, a; labels have a, x, y"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("", "it is empty; a map has a, b"),
        ("a,b\n1,2,3,4\n1,2\n1,2,3,4,5\n", "line 2 has 4 fields, the header 2"),
        ("a,b\n1,2,\n", "line 2 has 3 fields, the header 2; remove the commas at its end"),
        ('a,b\n"1,2\n', "line 2 opens a quote that is never closed"),
        ('a,b\n1,"2\n3"\n', "line 2: the field of column 'b' goes on in the next line"),
        ("a;b\n1;2\n", "columns are a;b; a map has a, b"),
        (b"a,b\n\xff,2\n", "line 2 is not in UTF-8"),
    ],
)
def test_what_is_no_csv_file_is_refused_in_one_line(tmp_path, text, reason):
    path = tmp_path / "t.csv" if text is None else write(tmp_path, text)
    with pytest.raises(InputError, match=rf"t\.csv: .*{reason}") as caught:
        read_csv(path, ("a", "b"), "a map")
    assert "\n" not in str(caught.value)


def test_names_of_columns_are_those_that_were_asked_for(tmp_path):
    path = write(tmp_path, " One,TWO ,Three,three\n1,2,3,4\n")
    table = read_csv(path, ("two",), "labels", optional=("one",), text=("one",), exact=False)
    assert list(table.columns) == ["one", "two", "Three", "three"]
    assert table.iloc[0].to_list() == ["1", 2, 3, 4]


def test_a_name_near_to_an_optional_column_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"t\.csv: column 'artits' .* mean 'artist'\?"):
        read_csv(write(tmp_path, "one,artits\n"), ("one",), "x", optional=("artist",), exact=False)
    path = write(tmp_path, "one,artist,artists\n1,2,3\n")  # a column of its own
    table = read_csv(path, ("one",), "labels", optional=("artist",), exact=False)
    assert table["artist"].tolist() == ["2"]


def test_a_field_of_any_length_is_read(tmp_path):
    path = write(tmp_path, f"a,b\n1,{'x' * 154_000}\n")
    assert read_csv(path, ("a", "b"), "a map")["b"].str.len().tolist() == [154_000]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=["a,b\n1,2\n"])
    writer.start()
    assert read_csv(tmp_path / "pipe", ("a", "b"), "a map").to_numpy().tolist() == [["1", "2"]]
    writer.join()


def test_a_folder_is_no_csv_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read as a CSV file"):
        read_csv(tmp_path, ("a",), "a map")
