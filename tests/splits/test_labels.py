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
        ("", "cannot be read as a CSV file"),
        ("clip_id,label\na,jazz\n", "no column split"),
        ("clip_id,label,split\n,jazz,train\n", "row 1 has no clip_id"),
        ("clip_id,label,split\na,jazz,train\nb,,train\n", "row 2 has no label"),
        ("clip_id,label,split\na,jazz,train\na,rock,test\n", "'a' occurs more than once"),
        ("clip_id,label,split\na,jazz,training\n", "split 'training'; use train, valid, test"),
        ("clip_id,label,split\na,jazz\n", "clip 'a' has split ''"),
        ('clip_id,label,split\na,"jazz\n', "cannot be read as a CSV file"),
        ("clip_id,label,split\na,jazz,train\nb,c,d,e,f\n", "cannot be read as a CSV file"),
        (b"clip_id,label,split\na,fado \xe9,train\n", "cannot be read as a CSV file"),
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
        np.array(["c", "x"]), np.array([[3.0], [0.0]]), label_table("a", "b", "c")
    )
    assert clip_id.tolist() == ["c"]
    assert embedding.tolist() == [[3]]
    assert label.tolist() == ["label of c"]
    written = capsys.readouterr()
    assert written.err.startswith("2 of 3 labelled clips have no features and are left out")
    assert "'a'" in written.err
    assert written.out == ""  # where a command prints its JSON


def test_join_needs_a_clip_in_common():
    with pytest.raises(InputError, match=r"no clip_id in common.*'7'.*'007'"):
        join(np.array(["7"]), np.ones((1, 2)), label_table("007"))
