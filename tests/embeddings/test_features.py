import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepartist.embeddings.features import (
    read_features,
    write_feature_parquet,
    write_feature_table,
    write_features,
)
from deepartist.process.errors import InputError


@settings(max_examples=25)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0")), unique=True, min_size=1
    )
)
def test_features_come_back_as_written(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("features") / "features.anything"
    embedding = np.random.default_rng(0).normal(size=(len(ids), 4)).astype(np.float32)
    write_features(path, ids, embedding, np.ones((len(ids), 6)))
    clip_id, read = read_features(path)
    assert clip_id.tolist() == ids
    np.testing.assert_array_equal(read, embedding)
    assert read.dtype == np.float32
    multilevel = np.load(path)["multilevel"]
    assert (multilevel.shape, multilevel.dtype) == ((len(ids), 6), np.float32)
    assert list(path.parent.iterdir()) == [path]


def test_whole_numbers_and_doubles_are_features_too(tmp_path):
    for dtype in (np.int16, np.float64):
        np.savez(tmp_path / "f.npz", clip_id=np.array(["a", "b"]), embedding=np.eye(2, dtype=dtype))
        _, embedding = read_features(tmp_path / "f.npz")
        assert embedding.dtype == np.float32
        np.testing.assert_array_equal(embedding, np.eye(2))


IDS = np.array(["a", "b"])
ROWS = np.eye(2, 3)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"embedding": ROWS}, "no array 'clip_id'"),
        ({"clip_id": IDS}, "no array 'embedding'"),
        ({"clip_id": np.array([1, 2]), "embedding": ROWS}, "one text per song"),
        ({"clip_id": IDS[None], "embedding": ROWS}, r"clip_id has shape \(1, 2\)"),
        ({"clip_id": IDS.astype(object), "embedding": ROWS}, "allow_pickle"),
        ({"clip_id": IDS, "embedding": ROWS[0]}, r"embedding has shape \(3,\)"),
        ({"clip_id": IDS, "embedding": ROWS[:, :0]}, r"embedding has shape \(2, 0\)"),
        ({"clip_id": IDS[:0], "embedding": ROWS[:0]}, r"embedding has shape \(0, 3\)"),
        ({"clip_id": IDS, "embedding": ROWS.astype(str)}, "store numbers"),
        ({"clip_id": IDS, "embedding": ROWS * 1j}, "store numbers"),
        ({"clip_id": IDS[:1], "embedding": ROWS}, "1 clip_id for 2 rows"),
        ({"clip_id": IDS[[1, 1]], "embedding": ROWS}, "'b' occurs more than once"),
        (
            {"clip_id": IDS, "embedding": ROWS + np.array([[0], [np.nan]])},
            "of clip 'b' is not finite",
        ),
        (
            {"clip_id": IDS, "embedding": ROWS - np.array([[np.inf], [0]])},
            "of clip 'a' is not finite",
        ),
        ({"clip_id": IDS, "embedding": ROWS * 1e39}, "2 such songs"),
    ],
)
def test_wrong_features_are_refused_in_one_line(tmp_path, arrays, message):
    path = tmp_path / "features.npz"
    np.savez(path, **arrays)
    with pytest.raises(InputError, match=message) as caught:
        read_features(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1),
        unique=True,
        min_size=1,
    )
)
def test_a_table_of_features_comes_back_as_written(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("features") / "features.csv"
    embedding = np.random.default_rng(0).normal(size=(len(ids), 12)).astype(np.float32)
    write_feature_table(path, ids, embedding, {"path": [f"/{name}" for name in ids], "model": "x"})
    clip_id, read = read_features(path)
    assert clip_id.tolist() == ids
    np.testing.assert_array_equal(read, embedding)
    assert read.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip_id,label\na,b\n", "no column embedding_0; it has clip_id, label; "),
        ("embedding_0,embedding_1\n1,2\n", "no column clip_id; "),
        ("clip_id,embedding_0\na,1\nb,x\n", "could not convert string to float: .*'x'.*; store"),
        ("clip_id,embedding_0\na,1\nb,\n", "could not convert string to float: .*; store"),
        ("clip_id,embedding_0\na,1\nb,nan\n", "of clip 'b' is not finite"),
        ("clip_id,embedding_0\na,1\na,2\n", "'a' occurs more than once"),
        ("clip_id,embedding_0\n", r"embedding has shape \(0, 1\)"),
    ],
)
def test_wrong_tables_are_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "features.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_features(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("was unpickled",))


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"clip_id,embedding\n",
        b"PK\x03\x04 cut short",
        pickle.dumps({"clip_id": Bomb()}),
        pytest.param("npy", id="npy"),
        pytest.param("damaged", id="damaged"),
    ],
)
def test_files_that_are_no_npz_are_refused_in_one_line(tmp_path, content):
    path = tmp_path / "features.npz"
    if content == "npy":
        with path.open("wb") as file:
            np.save(file, ROWS)
    elif content == "damaged":
        np.savez_compressed(path, clip_id=IDS, embedding=np.arange(200.0).reshape(2, 100))
        data = bytearray(path.read_bytes())
        middle = data.index(b"embedding.npy") + 60
        data[middle : middle + 40] = bytes(40)
        path.write_bytes(data)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read as an npz file") as caught:
        read_features(path)
    assert "\n" not in str(caught.value)


def test_wrong_parquet_is_refused_in_one_line(tmp_path):
    path = tmp_path / "f.parquet"
    path.write_bytes(b"half a file")
    with pytest.raises(InputError, match=r"f\.parquet: cannot be read as a Parquet table") as error:
        read_features(path)
    assert "\n" not in str(error.value)
    write_feature_parquet(path, ["a", "a"], {"embedding": np.ones((2, 3))}, {"model": "m"})
    with pytest.raises(InputError, match="clip_id 'a' occurs more than once"):
        read_features(path)
    write_feature_parquet(path, ["a", "b"], {"embedding": np.array([[1, np.inf], [1, 1]])}, {})
    with pytest.raises(InputError, match="embedding of clip 'a' is not finite"):
        read_features(path)
    with pytest.raises(InputError, match="not UTF-8"):
        write_feature_parquet(path, ["\udce9"], {"embedding": np.ones((1, 3))}, {})
