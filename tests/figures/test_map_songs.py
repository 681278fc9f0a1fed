import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from deepartist.figures.map_songs import find_perplexity, main, map_songs, read_column
from deepartist.process.errors import InputError
from helpers import make_songs, write_songs


def run(folder, *, column="label", seed=0, labels="labels.csv"):
    main(
        [
            *("--features", str(folder / "features.npz"), "--labels", str(folder / labels)),
            *("--column", column, "--seed", str(seed), "--out", str(folder / "map.csv")),
        ]
    )
    return (folder / "map.csv").read_text()


@pytest.mark.parametrize(("songs", "perplexity"), [(4, 1), (31, 10), (91, 30), (5000, 30)])
def test_perplexity(songs, perplexity):
    assert find_perplexity(songs) == perplexity


def test_songs_of_a_kind_lie_together():
    embedding, labels, _ = make_songs(90, noise=0.3)
    places = map_songs(embedding, 0)
    distance = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (labels[distance.argmin(axis=1)] == labels).all()
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=1e-3)
    # widest along the first axis
    assert places.std(axis=0)[0] >= places.std(axis=0)[1]
    assert places[:, 0] @ places[:, 1] == pytest.approx(0, abs=1e-2)


def test_the_distance_is_that_of_directions(rng):
    embedding, labels, _ = make_songs(60, noise=0.2)
    lengths = rng.uniform(0.01, 100, size=(60, 1)).astype(np.float32)
    places = map_songs(embedding * lengths, 0)
    distance = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (labels[distance.argmin(axis=1)] == labels).all()


@pytest.mark.parametrize("songs", [4, 5])
def test_few_songs_have_a_map(rng, songs):
    assert np.isfinite(map_songs(rng.normal(size=(songs, 8)).astype(np.float32), 0)).all()


@pytest.mark.parametrize("value", [0, 0.1])
def test_songs_that_are_all_alike_are_refused(value):
    with pytest.raises(InputError, match="the vectors of all 6 songs are the same"):
        map_songs(np.full((6, 5), value, np.float32), 0)


def test_songs_of_one_direction_have_a_map():
    embedding = np.outer(np.arange(1, 9), np.ones(5)).astype(np.float32)
    assert np.isfinite(map_songs(embedding, 0)).all()


def test_a_seed_gives_one_map_whatever_the_threads(rng):
    # wide enough for the linear algebra to divide the work, were it free to
    embedding = rng.normal(size=(60, 2000)).astype(np.float32)
    maps = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            maps.append(map_songs(embedding, 7))
    np.testing.assert_array_equal(*maps)


def test_the_stage_writes_songs_in_the_order_of_clips(tmp_path, capsys):
    embedding, labels, split = make_songs(30, noise=1)
    table = write_songs(tmp_path, embedding, labels, split)
    table = table.assign(artist="x" + table["clip_id"], other="").iloc[:24]
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "some.csv", index=False)
    run(tmp_path, labels="some.csv")
    content = pd.read_csv(tmp_path / "map.csv")
    assert list(content.columns) == ["clip_id", "label", "x", "y"]
    assert content["clip_id"].tolist() == table["clip_id"].tolist()
    assert content["label"].tolist() == table["label"].tolist()
    np.testing.assert_allclose(content[["x", "y"]], map_songs(embedding[:24], 0), atol=6e-5)
    assert "t-SNE of 24 songs with 3 different labels, perplexity 7.67" in capsys.readouterr().out
    run(tmp_path, labels="some.csv", column="artist")
    assert pd.read_csv(tmp_path / "map.csv")["label"].tolist() == table["artist"].tolist()


@pytest.mark.parametrize("songs", [0, 3])
def test_too_few_songs_are_no_error(tmp_path, capsys, songs):
    lines = ["clip_id,label", *(f"{i},a" for i in range(songs))]
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    # features are not even looked for
    assert run(tmp_path) == "clip_id,label,x,y\n"
    assert f"{songs} songs are too few for a map" in capsys.readouterr().out


def test_a_song_without_features_is_named(tmp_path):
    write_songs(tmp_path, *make_songs(15, noise=1))
    with (tmp_path / "labels.csv").open("a") as file:
        file.write("zzz,jazz,train\n")
    with pytest.raises(InputError, match=r"features\.npz: no features of clip 'zzz' of .*labels"):
        run(tmp_path)
    assert not (tmp_path / "map.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as a CSV file"),
        ("clip_id,artist\n1,a\n", "no column label; it has clip_id, artist"),
        ("label,split\na,test\n", "no column clip_id"),
        ("clip_id,label\n1,a\n2,\n", "clip '2' has no label; fill it in"),
        ("clip_id,label\n1,a\n2\n", "clip '2' has no label; fill it in"),
        ("clip_id,label\n1,a\n1,b\n", "clip_id '1' occurs more than once"),
    ],
)
def test_bad_labels(tmp_path, text, message):
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(InputError, match=rf"l\.csv: {message}"):
        read_column(tmp_path / "l.csv", "label")


def test_names_such_as_null_are_names(tmp_path):
    (tmp_path / "l.csv").write_text("clip_id,label\nNA,null\n007,nan\n")
    assert read_column(tmp_path / "l.csv", "label").to_numpy().tolist() == [
        ["007", "nan"],
        ["NA", "null"],
    ]
