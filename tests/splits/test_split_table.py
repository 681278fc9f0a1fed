import pytest

from deepartist.process.errors import InputError
from deepartist.splits.split_table import read_split


def test_read_split_refuses_other_columns(tmp_path):
    (tmp_path / "s.csv").write_text("clip_id,genre,split\n")
    with pytest.raises(InputError, match="a split has clip_id, label, split"):
        read_split(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        (b"", "empty"),
        (b'clip_id,label,split\na,"b\n', "line 2 opens a quote that is never closed"),
        (
            b'clip_id,label,split\na,"b\nc",test\n',
            "line 2: the field of column 'label' goes",
        ),
        (b"clip_id,label,split\na,b,train\nc,d,e,f\n", "line 3 has 4 fields, the header 3"),
        (b"clip_id,label,split\na,fado \xe9,train\n", "line 2 is not in UTF-8"),
    ],
)
def test_a_broken_split_is_refused_in_one_line(tmp_path, text, reason):
    path = tmp_path / "s.csv"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(InputError, match=f"cannot be read as a CSV file: .*{reason}") as caught:
        read_split(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fields_of_a_row_that_is_cut_short_are_empty(tmp_path):
    (tmp_path / "s.csv").write_text("clip_id,label,split\na,b\n")
    assert read_split(tmp_path / "s.csv").to_numpy().tolist() == [["a", "b", ""]]
