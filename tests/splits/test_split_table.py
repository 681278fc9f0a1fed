import pytest

from deepartist.process.errors import InputError
from deepartist.splits.split_table import read_split


def test_read_split_refuses_other_columns(tmp_path):
    (tmp_path / "s.csv").write_text("clip_id,genre,split\n")
    with pytest.raises(InputError, match="a split has clip_id, label, split"):
        read_split(tmp_path / "s.csv")


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"",
        b'clip_id,label,split\na,"b\n',
        b"clip_id,label,split\na,b,train\nc,d,e,f\n",
        b"clip_id,label,split\na,fado \xe9,train\n",
    ],
)
def test_a_broken_split_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "s.csv"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(InputError, match="cannot be read as a CSV file") as caught:
        read_split(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fields_of_a_row_that_is_cut_short_are_empty(tmp_path):
    (tmp_path / "s.csv").write_text("clip_id,label,split\na,b\n")
    assert read_split(tmp_path / "s.csv").to_numpy().tolist() == [["a", "b", ""]]
