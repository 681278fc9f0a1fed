"""`deepartist evaluate` on the files that people have: any label, no split, songs missing."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from deepartist.commands import evaluate
from deepartist.datasets.audio_files import find_clips
from deepartist.embeddings.embed_files import embed_files
from deepartist.embeddings.features import write_feature_table, write_features
from deepartist.mels.clip import UnusableClip
from deepartist.models.authors import load_keras
from deepartist.process.errors import InputError
from deepartist.scores.artists import number_artists
from deepartist.scores.cross_validate import cross_validate
from deepartist.scores.outcomes import summarise_outcomes
from deepartist.scores.score_features import retrieval_outcomes, summary
from helpers import make_songs, write_songs

QUICK = ["softmax_trials=1", "softmax_max_epochs=5", "bootstrap_resamples=100"]
TASKS = {"neighbours": "auto", "softmax_trials": 1, "softmax_max_epochs": 5, "seed": 0}
INTERVALS = {"bootstrap_resamples": 100, "seed": 0}


@pytest.fixture
def evaluated(tmp_path, capsys):
    """Run the command on the files of a folder; returns the JSON and stderr."""

    def call(*words):
        parser = argparse.ArgumentParser()
        evaluate.add_command(parser.add_subparsers())
        files = ["--features", tmp_path / "features.npz", "--labels", tmp_path / "labels.csv"]
        args = parser.parse_args(list(map(str, ["evaluate", *files, *words, "--set", *QUICK])))
        args.function(args)
        written = capsys.readouterr()
        return json.loads(written.out), written.err

    return call


def write(folder, change=lambda table: table, artists=None, n=60):
    songs = make_songs(n, noise=2)
    table = change(write_songs(folder, *songs, artists))
    table.to_csv(folder / "labels.csv", index=False)
    return songs


# the column of labels


@pytest.mark.parametrize("word", ["genre", "Genre", " genre "])
def test_labels_may_be_in_any_column(tmp_path, evaluated, word):
    write(tmp_path)
    expected = evaluated()
    write(tmp_path, lambda table: table.rename(columns={"label": "Genre"}).assign(label="x"))
    assert evaluated("--label", word) == expected


@pytest.mark.parametrize(
    ("spelling", "other"),
    [
        ("Fólk", "Fo\u0301lk"),  # composed and decomposed letters
        ("Rock", "Rock "),
        ("Hip-Hop", "Hip\u2010Hop"),
        ("Rock 'n' Roll", "rock \u2019n\u2019 roll"),
        ("Jazz", "\u200bJazz"),
    ],
)
def test_a_label_is_one_label_however_it_is_spelt(tmp_path, evaluated, spelling, other):
    def rename(table, every):
        is_renamed = (table["label"] == "jazz") & (np.arange(len(table)) % every == 0)
        label = table["label"].replace("jazz", spelling).mask(is_renamed, other)
        return table.assign(label=label)

    write(tmp_path, lambda table: rename(table, every=1000))
    expected = evaluated()
    write(tmp_path, lambda table: rename(table, every=4))
    assert evaluated() == expected


def test_artists_may_be_the_labels(tmp_path, evaluated):
    _, labels, _ = write(tmp_path)
    expected, _ = evaluated()
    write(tmp_path, lambda table: table.drop(columns="label"), artists=labels)
    scores, _ = evaluated("--label", "artist")
    # no other artist has a song of the label, so there is no score of other artists
    assert scores.keys() == expected.keys()
    assert scores["knn"]["value"] == expected["knn"]["value"]
    assert scores["map"]["artists"] == 3


@pytest.mark.parametrize("column", ["split", "clip_id", " Split"])
def test_a_column_that_has_no_labels_is_refused(tmp_path, evaluated, column):
    write(tmp_path)
    with pytest.raises(InputError, match=f"--label {column}: name a column of labels"):
        evaluated("--label", column)


def test_a_column_that_is_not_there_is_named(tmp_path, evaluated):
    write(tmp_path)
    with pytest.raises(InputError, match=r"labels\.csv: .*mood"):
        evaluated("--label", "mood")


# what is left out


def test_songs_without_a_label_are_counted(tmp_path, evaluated):
    # two rows without a label, ten songs without a row, one row without features
    def spoil(table):
        table = table.iloc[:50].copy()
        table.loc[[3, 5], "label"] = ["", " "]
        table.loc[50] = ["no features", "jazz", "test"]
        return table

    embedding, labels, split = write(tmp_path, spoil)
    scores, said = evaluated()
    assert scores["n"] == 48
    assert scores["left_out"] == {"without_label": 12, "without_features": 1}
    assert "12 of 60 songs with features have no label and are left out, such as 'song003'" in said
    assert "1 of 49 labelled clips have no features and are left out, such as 'no features'" in said
    kept = [i for i in range(50) if i not in (3, 5)]
    assert scores["map"]["n"] == 48
    outcomes = retrieval_outcomes(embedding[kept], labels[kept])
    assert scores["map"]["value"] == outcomes["map", "all"].values.mean()
    assert scores["knn"]["n"] == np.count_nonzero(split[kept] == "test")


def test_no_labels_at_all_are_refused(tmp_path, evaluated):
    write(tmp_path, lambda table: table.assign(label=""))
    with pytest.raises(InputError, match=r"labels\.csv: no song has a label in the column 'label'"):
        evaluated()


# without a split


@pytest.mark.parametrize(
    "change", [lambda t: t.drop(columns="split"), lambda t: t.assign(split="")]
)
@pytest.mark.parametrize("by_artist", [False, True])
def test_without_a_split_retrieval_is_scored(tmp_path, evaluated, change, by_artist):
    names = np.array([f"artist {i // 4}" for i in range(60)]) if by_artist else None
    embedding, labels, _ = write(tmp_path, change, names)
    scores, said = evaluated()
    artists = number_artists(names) if by_artist else None
    expected = summary(
        summarise_outcomes(retrieval_outcomes(embedding, labels, artists), artists, **INTERVALS)
    )
    assert {name: scores[name] for name in expected} == expected
    names = ["map", "map_other_artists"] if by_artist else ["map"]
    assert list(scores) == ["n", "vectors", "left_out", *names]
    assert "no song has a split, so retrieval alone is scored; --folds 5 classifies too" in said


def test_half_a_split_is_refused(tmp_path, evaluated):
    write(tmp_path, lambda table: table.assign(split=table["split"].where(table.index > 3, "")))
    with pytest.raises(InputError, match="4 of 60 labelled songs have no split, such as 'song000'"):
        evaluated()


# folds


@pytest.mark.parametrize("by_artist", [False, True])
def test_folds_test_each_song_once(tmp_path, evaluated, by_artist):
    names = np.array([f"artist {i // 4}" for i in range(60)]) if by_artist else None
    embedding, labels, _ = write(tmp_path, lambda table: table.drop(columns="split"), names)
    scores, said = evaluated("--folds", 5)
    assert said == ""
    artists = number_artists(names) if by_artist else None
    outcomes = cross_validate(embedding, labels, artists, folds=5, **TASKS)
    expected = summary(summarise_outcomes(outcomes, artists, **INTERVALS))
    assert {name: scores[name] for name in expected} == expected
    assert scores["knn"]["n"] == scores["softmax"]["n"] == scores["logistic"]["n"] == 60
    assert len(scores["knn"]["k"]) == len(scores["logistic"]["C"]) == 5


def test_folds_say_that_the_split_is_not_used(tmp_path, evaluated):
    write(tmp_path)
    with_split, said = evaluated("--folds", 4)
    assert said == "--folds: the column split is not used\n"
    write(tmp_path, lambda table: table.drop(columns="split"))
    assert evaluated("--folds", 4) == (with_split, "")


# vectors of any name, and of any source


def test_any_vectors_of_a_file_are_scored(tmp_path, evaluated):
    embedding, labels, _ = write(tmp_path)
    expected, _ = evaluated()
    ids = [f"song{i:03}" for i in range(len(labels))]
    write_features(tmp_path / "features.npz", ids, np.ones_like(embedding), embedding)
    scores, _ = evaluated("--vectors", "multilevel")
    assert scores == expected | {"vectors": "multilevel"}
    assert evaluated()[0]["map"]["value"] < expected["map"]["value"]
    with pytest.raises(InputError, match=r"no array 'clap'; a features file has clip_id, clap, th"):
        evaluated("--vectors", "clap")


def test_labels_and_vectors_of_a_csv_are_chosen_by_name(tmp_path, evaluated, capsys):
    embedding, labels, _ = write(tmp_path, lambda table: table.assign(artist=table["label"]))
    expected, _ = evaluated("--label", "artist")
    ids = [f"song{i:03}" for i in range(len(labels))]
    write_feature_table(tmp_path / "features.csv", ids, embedding, {}, "clap")
    parser = argparse.ArgumentParser()
    evaluate.add_command(parser.add_subparsers())
    files = ["--features", tmp_path / "features.csv", "--labels", tmp_path / "labels.csv"]
    words = [*files, "--label", "artist", "--vectors", "clap", "--set", *QUICK]
    args = parser.parse_args(list(map(str, ["evaluate", *words])))
    args.function(args)
    assert json.loads(capsys.readouterr().out) == expected | {"vectors": "clap"}


def test_the_authors_encoder_scores_what_an_independent_computation_found(
    music, authors_weights, tmp_path, capsys
):
    """All 386 usable songs of two collections by 37 artists; every song is a query."""
    folders = [music, music.with_name("open_music")]
    if not folders[1].is_dir():
        pytest.skip("needs real music in ../shared/open_music")
    model = load_keras(authors_weights)
    clips = find_clips(folders)
    ids, embeddings, multilevels = [], [], []
    vectors = embed_files(model, list(clips.values()), "middle", torch.device("cpu"))
    for clip_id, result in zip(clips, vectors, strict=True):
        if not isinstance(result, UnusableClip):
            ids.append(clip_id)
            embeddings.append(result[0])
            multilevels.append(result[1])
    write_features(tmp_path / "features.npz", ids, np.stack(embeddings), np.stack(multilevels))
    artists = [Path(clip_id).parts[-2] for clip_id in ids]
    assert (len(ids), len(set(artists))) == (386, 37)
    table = pd.DataFrame({"clip_id": ids, "artist": artists})
    table.to_csv(tmp_path / "labels.csv", index=False)
    for name, expected in (("embedding", 0.2311), ("multilevel", 0.3045)):
        parser = argparse.ArgumentParser()
        evaluate.add_command(parser.add_subparsers())
        files = ["--features", tmp_path / "features.npz", "--labels", tmp_path / "labels.csv"]
        words = ["evaluate", *files, "--label", "artist", "--vectors", name]
        args = parser.parse_args(list(map(str, words)))
        args.function(args)
        scores = json.loads(capsys.readouterr().out)
        assert scores["map"]["value"] == pytest.approx(expected, abs=0.002)
        assert scores["map"]["n"] == 386
