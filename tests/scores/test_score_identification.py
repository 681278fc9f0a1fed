import json

import numpy as np
import pandas as pd
import pytest

from deepartist import cli
from deepartist.embeddings.features import read_features, write_features
from deepartist.process.errors import InputError
from deepartist.scores.artists import number_artists
from deepartist.scores.compare_models import compare_models, read_outcomes
from deepartist.scores.gather_scores import gather_scores
from deepartist.scores.identification import choose_artists, identify
from deepartist.scores.score_identification import main
from deepartist.scores.stats import mean_interval
from deepartist.scores.verification import verify

SETTINGS = ("bootstrap_resamples=100", "seed=3")


def write_inputs(folder, songs_of, noise=0.5, multilevel=False):
    """Songs of as many artists as numbers are given, each artist along an axis of its own."""
    rng = np.random.default_rng(0)
    artists = rng.permutation(np.repeat(np.arange(len(songs_of)), songs_of))
    embedding = np.eye(max(2, len(songs_of)))[artists]
    embedding = (embedding + noise * rng.normal(size=embedding.shape)).astype(np.float32)
    ids = [f"song{i:03}" for i in range(len(artists))]
    write_features(folder / "features.npz", ids, embedding, 1 - embedding if multilevel else None)
    names = [f"artist {a}" for a in artists]
    table = pd.DataFrame({"clip_id": ids, "label": names, "split": "", "artist": artists})
    table.to_csv(folder / "labels.csv", index=False)
    return np.array(ids), embedding, np.array(names)


def run_stage(folder, *identification, settings=SETTINGS, model="random", seed=0):
    out = folder / f"{model}.json"
    main(
        [
            *("--features", str(folder / "features.npz"), "--labels", str(folder / "labels.csv")),
            *("--dataset", "new", "--model", model, "--seed", str(seed), "--out", str(out)),
            *("--set", *settings, "--identification", *identification),
        ]
    )
    return json.loads(out.read_text())


def test_stage_writes_the_scores_and_says_them(tmp_path, capsys):
    songs_of = [12, 7, 8, 3, 6, 6, 2]
    ids, embedding, names = write_inputs(tmp_path, songs_of)
    content = run_stage(tmp_path, "draws=30")
    artists = number_artists(names)
    known, songs = choose_artists(artists, [1, 2, 5, 10], largest=100, seed=3)
    assert (known, songs.size) == ([1, 2, 5], 39)
    values = identify(embedding[songs], artists[songs], known, draws=30, seed=3)
    assert not np.isnan(values).any()
    scores = content["scores"]
    assert [(s["task"], s["variant"]) for s in scores] == [
        *(("identify", f"k={k}") for k in (1, 2, 5)),
        ("verify", "eer"),
    ]
    for score, of_k in zip(scores, values, strict=False):
        low, high = mean_interval(of_k, artists[songs], resamples=100, seed=3)
        expected = {"value": of_k.mean(), "ci_low": low, "ci_high": high, "n": 39, "artists": 5}
        assert {key: score[key] for key in expected} == pytest.approx(expected)
    value, low, high, _ = verify(embedding[songs], artists[songs], resamples=100, seed=3)
    expected = {"value": value, "ci_low": low, "ci_high": high, "n": 39, "artists": 5}
    assert {key: scores[-1][key] for key in expected} == pytest.approx(expected)
    assert all(s["setting"] == {"N": 5} and s["vectors"] == "embedding" for s in scores)
    # the values of songs are listed, so that models can be compared
    assert [record["variant"] for record in content["outcomes"]] == ["k=1", "k=2", "k=5"]
    for record, of_k in zip(content["outcomes"], values, strict=True):
        assert (record["task"], record["vectors"]) == ("identify", "embedding")
        assert record["clip_id"] == ids[songs].tolist()
        assert record["value"] == pytest.approx(of_k, abs=1e-6)
        assert record["artist"] == artists[songs].tolist()
    assert content["provenance"]["stage"] == "scores.score_identification"
    assert content["provenance"]["settings"]["identification"]["draws"] == 30
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 4
    assert said[0].startswith("new random seed 0 embedding: identify  k=1 ")
    assert said[3].endswith("over 39 songs by 5 artists, N = 5")


def test_each_of_the_vectors_is_scored(tmp_path):
    write_inputs(tmp_path, [4] * 6, multilevel=True)
    content = run_stage(tmp_path, "known=[2]", "draws=5")
    assert [(s["vectors"], s["variant"]) for s in content["scores"]] == [
        (vectors, variant) for vectors in ("embedding", "multilevel") for variant in ("k=2", "eer")
    ]
    assert [r["vectors"] for r in content["outcomes"]] == ["embedding", "multilevel"]
    only = run_stage(tmp_path, settings=(*SETTINGS, 'vectors=["embedding"]'))
    assert {s["vectors"] for s in only["scores"]} == {"embedding"}


def test_songs_are_resampled_if_asked_for(tmp_path):
    write_inputs(tmp_path, [4] * 6)
    content = run_stage(tmp_path, settings=(*SETTINGS, "resample=songs"))
    assert [s["artists"] for s in content["scores"]] == [0, 0, 6]  # verification: always artists
    assert "artist" not in content["outcomes"][0]


def test_the_largest_number_of_artists(tmp_path):
    write_inputs(tmp_path, [4] * 20)
    content = run_stage(tmp_path, "artists=7", "draws=5")
    assert {s["setting"]["N"] for s in content["scores"]} == {7}
    assert len(content["outcomes"][0]["clip_id"]) == 28


def test_songs_without_an_artist_or_features_take_no_part(tmp_path, capsys):
    write_inputs(tmp_path, [4] * 6)
    expected = run_stage(tmp_path)
    table = pd.read_csv(tmp_path / "labels.csv", dtype=str, keep_default_na=False)
    more = pd.DataFrame({"clip_id": ["song000x", "song000y"], "label": ["", "artist 0"]})
    pd.concat([table, more]).to_csv(tmp_path / "labels.csv", index=False)
    found = run_stage(tmp_path)
    assert found["scores"] == expected["scores"]
    assert "1 of 25 labelled clips have no features" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("songs_of", "message"),
    [
        ([1, 1, 1], "no two artists have 2 songs"),
        ([5, 1], "no two artists have 2 songs"),
        ([5], "fewer than two artists"),
        ([], "fewer than two artists"),
    ],
)
def test_too_few_artists_are_no_error(tmp_path, capsys, songs_of, message):
    write_inputs(tmp_path, songs_of or [3, 3])
    if not songs_of:
        (tmp_path / "labels.csv").write_text("clip_id,label,split,artist\n")
    content = run_stage(tmp_path)
    assert content["scores"] == content["outcomes"] == []
    said = capsys.readouterr().out
    assert said == f"new random seed 0 embedding: {message}; nothing is scored\n"
    assert gather_scores([tmp_path / "random.json"]).empty


def test_features_of_other_songs_are_an_error(tmp_path):
    write_inputs(tmp_path, [4, 4])
    write_features(tmp_path / "features.npz", ["a", "b"], np.eye(2))
    with pytest.raises(InputError, match="no clip_id in common"):
        run_stage(tmp_path)


def test_models_can_be_compared_song_by_song(tmp_path):
    write_inputs(tmp_path, [4] * 6, noise=0.1)
    run_stage(tmp_path, model="good")
    write_inputs(tmp_path, [4] * 6, noise=3)
    run_stage(tmp_path, model="bad")
    outcomes = read_outcomes([tmp_path / "good.json", tmp_path / "bad.json"], ["good", "bad"])
    compared = compare_models(outcomes, [["good", "bad"]], resamples=100, seed=0)
    assert compared["variant"].tolist() == ["k=1", "k=2"]
    assert (compared["task"] == "identify").all() and (compared["n"] == 24).all()
    assert (compared["difference"] > 0.3).all()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("draw=3", "--identification.draw: unknown key; did you mean 'draws'?"),
        ("known=[0]", "--identification.known.0: is 0; it must be at least 1"),
        ("artists=1", "--identification.artists: is 1; it must be at least 2"),
        ("draws", "--identification draws: write KEY=VALUE"),
    ],
)
def test_wrong_settings_are_refused(tmp_path, word, message):
    write_inputs(tmp_path, [4, 4])
    with pytest.raises(InputError) as refused:
        run_stage(tmp_path, word)
    assert str(refused.value) == message


def test_help_lists_both_blocks(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    first, second = said.partition("settings of --identification:")[::2]
    assert "bootstrap_resamples:" in first.partition("settings:")[2]
    assert "draws: Number of random draws" in second and "vectors:" not in second


@pytest.mark.slow
def test_the_authors_model_knows_artists_by_a_few_songs(
    music, authors_weights, tmp_path, monkeypatch
):
    out = tmp_path / "features.npz"
    words = ["embed", "--model", str(authors_weights), "-o", str(out), str(music)]
    monkeypatch.setattr("sys.argv", ["deepartist", *words])
    cli.main()
    clip_id, _ = read_features(out)
    labels = [name.partition("/")[0] for name in clip_id]
    pd.DataFrame({"clip_id": clip_id, "label": labels}).to_csv(tmp_path / "labels.csv", index=False)
    scores = run_stage(tmp_path, "draws=50")["scores"]
    for vectors in ("embedding", "multilevel"):
        *by_k, errors = [s for s in scores if s["vectors"] == vectors]
        values = [s["value"] for s in by_k]
        assert len(values) > 1 and values == sorted(values)
        # far above chance, and far from perfect
        n_artists = errors["setting"]["N"]
        assert all(s["ci_low"] > 1 / n_artists for s in by_k)
        assert values[-1] > 3 / n_artists
        assert 0.1 < errors["value"] < errors["ci_high"] < 0.5
