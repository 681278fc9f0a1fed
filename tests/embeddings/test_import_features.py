import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.embeddings import import_features
from deepartist.embeddings.features import read_features, write_features
from deepartist.embeddings.import_features import rows_of_songs
from deepartist.process.errors import InputError

IDS = ["c", "a", "d", "b"]
EMBEDDING = np.arange(12, dtype=np.float32).reshape(4, 3)


@given(st.lists(st.text(), min_size=1, unique=True), st.data())
def test_rows_are_those_of_the_songs(ids, data):
    songs = data.draw(st.lists(st.sampled_from(ids), unique=True, min_size=1))
    clip_id = np.array(ids, dtype=object)  # as text, NumPy would cut off zeros at the end
    assert [ids[row] for row in rows_of_songs(clip_id, songs)] == songs


def test_each_song_needs_features():
    with pytest.raises(InputError) as caught:
        rows_of_songs(np.array(["a", "b"]), ["a", "x", "b", "y"])
    assert str(caught.value).startswith(
        "2 of 4 labelled songs have no features, such as 'x' (an id in the features is 'a')"
    )


# the stage


def run_stage(folder, labels, ids=IDS, embedding=EMBEDDING):
    write_features(folder / "clap.npz", ids, embedding, np.ones((len(ids), 2)))
    lines = [f"{clip_id},blues,train\n" for clip_id in labels]
    (folder / "labels.csv").write_text("clip_id,label,split\n" + "".join(lines))
    import_features.main(
        [
            *("--features", str(folder / "clap.npz"), "--labels", str(folder / "labels.csv")),
            *("--out", str(folder / "out" / "gtzan.npz")),
        ]
    )
    return read_features(folder / "out" / "gtzan.npz")


def test_stage_takes_the_labelled_songs_in_order(tmp_path, capsys):
    clip_id, embedding = run_stage(tmp_path, ["d", "a", "c"])
    assert clip_id.tolist() == ["a", "c", "d"]
    np.testing.assert_array_equal(embedding, EMBEDDING[[1, 0, 2]])
    out, source = tmp_path / "out" / "gtzan.npz", tmp_path / "clap.npz"
    assert capsys.readouterr().out == f"{out}: 3 songs of {source}\n"
    assert sorted(np.load(out)) == ["clip_id", "embedding", "multilevel"]


def test_stage_does_not_depend_on_the_order_of_the_features(tmp_path):
    expected = run_stage(tmp_path, ["a", "b", "c"])
    backwards = run_stage(tmp_path, ["b", "a", "c"], IDS[::-1], EMBEDDING[::-1])
    for ours, theirs in zip(expected, backwards, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("labels", "embedding", "message"),
    [
        (["a", "x", "b"], EMBEDDING, "1 of 3 labelled songs have no features, such as 'x'"),
        (["x", "y"], EMBEDDING, "2 of 2 labelled songs have no features"),
        (["a"], EMBEDDING * np.float32(np.nan), "not finite"),
    ],
)
def test_stage_names_the_file_that_is_wrong_and_writes_nothing(
    tmp_path, labels, embedding, message
):
    with pytest.raises(InputError, match=message) as caught:
        run_stage(tmp_path, labels, embedding=embedding)
    assert str(caught.value).startswith(f"{tmp_path / 'clap.npz'}: ")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
