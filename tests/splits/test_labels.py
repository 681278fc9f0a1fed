import numpy as np
import pandas as pd
import pytest

from deepartist.process.errors import InputError
from deepartist.splits.labels import join, read_labels


def test_labels_are_sorted_and_other_columns_left_alone(tmp_path):
    path = tmp_path / "labels.csv"
    # with the mark that spreadsheets put first; NA is a name like any other
    path.write_text("\ufeffsplit,title,clip_id,label\ntest,X,b,NA\ntrain,Y,007,jazz\n", "utf-8")
    assert read_labels(path).to_dict("list") == {
        "clip_id": ["007", "b"],
        "label": ["jazz", "NA"],
        "split": ["train", "test"],
    }


def test_a_column_genre_is_to_be_renamed(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("clip_id,genre,split\na,jazz,train\n")
    with pytest.raises(InputError, match=r"no column label; .*; rename the column genre to label$"):
        read_labels(path)
    # beside a column label, it is one of those left alone
    path.write_text("clip_id,genre,label,split\na,jazz,Monk,train\n")
    assert read_labels(path)["label"].tolist() == ["Monk"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read as a CSV file"),
        ("", "cannot be read as a CSV file: it is empty"),
        ("clip_id,label\na,jazz\n", "no column split"),
        ("clip_id,label,split\n,jazz,train\n", "row 1 has no clip_id"),
        ("clip_id,label,split\na,jazz,train\nb,,train\n", "row 2 has no label"),
        ("clip_id,label,split\na,jazz,train\na,rock,test\n", "'a' occurs more than once"),
        (
            f"clip_id,label,split\n{'a' * 4097},jazz,train\n",
            "row 1 has a clip_id of 4097 characters",
        ),
        (f"clip_id,label,split\na,{'a' * 1001},train\n", "row 1 has a label of 1001 characters"),
        ("clip_id,label,split\na,jazz,training\n", "split 'training'; use train, valid, test"),
        ("clip_id,label,split\na,jazz\n", "clip 'a' has split ''"),
        ('clip_id,label,split\na,"jazz\n', "line 2 opens a quote that is never closed"),
        ("clip_id,label,split\na,jazz,train\nb,c,d,e,f\n", "line 3 has 5 fields, the header 3"),
        (b"clip_id,label,split\na,fado \xe9,train\n", "line 2 is not in UTF-8; .*Windows-1252"),
        (
            "clip_id,label,split\na,rock,train,\n",
            "line 2 has 4 fields, the header 3; remove the com",
        ),
        ("clip_id,Label,label,split\na,b,c,test\n", "has the column 'label' more than once"),
        ("clip_id,label,spilt\na,b,test\n", "column 'spilt' is not known; did you mean 'split'"),
        ("clip_id;label;split\na;b;test\n", "seem to be separated by semicolons"),
        ("clip_id\tlabel\tsplit\na\tb\ttest\n", "seem to be separated by tabs"),
    ],
)
def test_wrong_labels_are_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "labels.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "rows",
    [
        'a,"Rock,train\nb,Pop,test\nc,Rock",train\n',  # two stray quotes: b and c would be lost
        'a,Rock,train\nb,"Pop,test\nc",train\n',
        'a,"Rock\n",train\nb,Pop,test\n',
        '"a\r\n",Rock,train\nb,Pop,test\n',
    ],
)
def test_a_quote_that_takes_in_other_rows_is_refused_with_its_line(tmp_path, rows):
    path = tmp_path / "labels.csv"
    path.write_bytes(f"clip_id,label,split\n{rows}".encode())
    line = 2 + rows.split('"')[0].count("\n")
    with pytest.raises(InputError, match=rf"labels\.csv.* line {line}[ :].*quote") as caught:
        read_labels(path)
    assert str(caught.value).isprintable()


def test_a_quote_in_another_column_that_takes_in_a_row_is_refused(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text('clip_id,title,label,split\na,"Heroes,Rock,train\nb,Low",Rock,train\n')
    with pytest.raises(InputError, match=r"line 2 opens a quote .* line 3, which looks like a row"):
        read_labels(path)


@pytest.mark.parametrize(
    "header", ["clip_id,Label,SPLIT", " clip_id , label,\tsplit", "clip_id, label, split"]
)
def test_names_of_columns_are_compared_without_blanks_and_case(tmp_path, header):
    path = tmp_path / "labels.csv"
    path.write_text(f"{header}\na, jazz,train \n")
    assert read_labels(path).to_dict("list") == {
        "clip_id": ["a"],
        "label": ["jazz"],
        "split": ["train"],
    }


# join


def label_table(*ids):
    return pd.DataFrame({"clip_id": ids, "label": [f"label of {i}" for i in ids], "split": "test"})


def test_join_follows_the_labels(capsys):
    clip_id, embedding, label, split = join(
        np.array(["x", "c", "a"]), np.array([[0.0], [3.0], [1.0]]), label_table("a", "c")
    )
    assert clip_id.tolist() == ["a", "c"]
    assert embedding.tolist() == [[1], [3]]
    assert label.tolist() == ["label of a", "label of c"]
    assert split.tolist() == ["test", "test"]
    assert capsys.readouterr().err == ""


def test_join_counts_labelled_clips_without_features(capsys):
    clip_id, embedding, label, _ = join(
        np.array(["d", "c", "x"]), np.array([[4.0], [3.0], [0.0]]), label_table("a", "b", "c", "d")
    )
    assert clip_id.tolist() == ["c", "d"]
    assert embedding.tolist() == [[3], [4]]
    assert label.tolist() == ["label of c", "label of d"]
    written = capsys.readouterr()
    assert written.err.startswith("2 of 4 labelled clips have no features and are left out")
    assert "'a'" in written.err
    assert written.out == ""  # where a command prints its JSON


def test_join_needs_a_clip_in_common():
    with pytest.raises(InputError, match=r"no clip_id in common.*'7'.*'007'"):
        join(np.array(["7"]), np.ones((1, 2)), label_table("007"))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["Rock", "Rock", "Rock"], "all 3 songs have the label 'Rock'; .*two labels"),
        (["Rock", "Rock", "Pop"], "all 2 training songs have the label 'Rock'"),
    ],
)
def test_labels_of_one_class_are_refused(labels, message):
    table = label_table("a", "b", "c").assign(label=labels, split=["train", "train", "test"])
    with pytest.raises(InputError, match=message):
        join(np.array(["a", "b", "c"]), np.ones((3, 2)), table)


def test_classes_are_counted_among_the_songs_that_have_features():
    table = label_table("a", "b", "c").assign(label=["Rock", "Rock", "Pop"])
    with pytest.raises(InputError, match="all 2 songs have the label 'Rock'"):
        join(np.array(["a", "b"]), np.ones((2, 2)), table)
