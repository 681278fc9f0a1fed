"""The package from Python: the same as the commands give, and quick to import."""

import doctest
import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import torch

import deepartist
from collection import RATE_HZ, make_model, write_collection, write_song
from deepartist import interface
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.library.store import About, read_songs, write_whole
from deepartist.library.update import read_entries
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.models.precision import set_precision
from deepartist.process.errors import InputError
from deepartist.scores.score_features import evaluate_features, summary


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model and songs, one of them longer than 30 seconds."""
    folder = tmp_path_factory.mktemp("interface")
    make_model(folder / "model")
    write_collection(folder / "music")
    rng = np.random.default_rng(0)
    sound = rng.uniform(-0.3, 0.3, (40 * 44_100, 2)) * np.linspace(0.1, 1, 40 * 44_100)[:, None]
    soundfile.write(folder / "long.wav", sound, 44_100)
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return deepartist.load(folder / "model", device="cpu")


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys, deepartist, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "torch", "pandas", "snakemake"} & set(json.loads(done.stdout))
    assert {"Library", "Model", "evaluate", "load"} <= set(dir(deepartist))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        deepartist.nothing  # noqa: B018


@pytest.mark.parametrize("excerpt", ["start", "middle"])
@pytest.mark.parametrize("vectors", ["embedding", "multilevel"])
def test_a_file_is_embedded_as_by_the_command(model, folder, excerpt, vectors):
    frames = read_clip(folder / "long.wav", excerpt)
    expected = embed_clips(model._trained, [frames], torch.device("cpu"))
    found = model.embed(folder / "long.wav", excerpt=excerpt, vectors=vectors)
    assert np.array_equal(found, expected[vectors == "multilevel"][0])


@pytest.mark.parametrize("excerpt", ["start", "middle"])
def test_samples_are_embedded_as_their_file_is(model, folder, excerpt):
    samples, rate_hz = soundfile.read(folder / "long.wav", dtype="float32")
    from_file = model.embed(str(folder / "long.wav"), excerpt=excerpt)
    from_samples = model.embed(samples.T, rate_hz, excerpt=excerpt)
    mono = model.embed(samples.mean(axis=1), rate_hz, excerpt=excerpt)
    np.testing.assert_allclose(from_samples, mono, atol=1e-5)
    error = np.linalg.norm(from_samples - from_file) / np.linalg.norm(from_file)
    # The middle of samples is cut after resampling, that of a file before.
    assert error < (1e-4 if excerpt == "start" else 0.02)


def test_segments_are_embedded_one_by_one(model, folder):
    vectors, times_s = model.embed_segments(folder / "long.wav")
    samples, rate_hz = soundfile.read(folder / "long.wav", dtype="float32")
    n = round(40 * RATE_HZ) // 512 // 129
    assert vectors.shape == (n, 256)
    assert times_s.tolist() == pytest.approx([k * 129 * 512 / 22_050 for k in range(n)])
    by_samples, _ = model.embed_segments(samples.T, rate_hz)
    np.testing.assert_allclose(vectors, by_samples, atol=1e-3)
    # A song's vector is the mean over its first ten segments.
    whole = model.embed(folder / "long.wav", excerpt="start")
    error = np.linalg.norm(vectors[:10].mean(axis=0) - whole) / np.linalg.norm(whole)
    assert error < 1e-3


@pytest.mark.parametrize(
    ("samples", "rate_hz", "message"),
    [
        (np.zeros(99_000), None, "give the sample rate"),
        (np.zeros(9_000), 22_050, "too short: 0.41 s"),
        (np.zeros((2, 2, 99_000)), 22_050, "samples have shape"),
        (np.zeros(0), 22_050, "samples have shape"),
        (np.full(99_000, np.nan), 22_050, "not finite"),
    ],
)
def test_samples_that_cannot_be_used_are_named(model, samples, rate_hz, message):
    for embed in (model.embed, model.embed_segments):
        with pytest.raises(ValueError, match=message):
            embed(samples, rate_hz)


def test_files_that_cannot_be_used_are_named(model, folder):
    with pytest.raises(UnusableClip, match="missing file"):
        model.embed(folder / "none.wav")
    with pytest.raises(ValueError, match=r"none.wav: missing file"):
        model.embed_segments(folder / "none.wav")
    with pytest.raises(InputError, match="no such folder or file"):
        deepartist.load(folder / "none")


def test_a_model_is_loaded_for_full_precision(folder):
    set_precision("tf32")
    deepartist.load(folder / "model", device="cpu")
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"


def test_a_library_is_asked(model, folder):
    files = {str(p): str(folder) for p in sorted((folder / "music").glob("*/*.flac"))}
    entries = read_entries(model._trained, files, "middle", torch.device("cpu"), {})
    about = About(str(folder / "model"), model.name, model.sha256, "middle")
    write_whole(folder / "library", about, list(entries))
    library = deepartist.Library(folder / "library")
    assert len(library) == 6
    assert library.songs == read_songs(folder / "library")[0]
    by_words = library.similar("song 3", n=3)
    by_path = library.similar(next(iter(files)), n=6, max_per_artist=None)
    assert len(by_words) == 3
    assert len(by_path) == 5
    assert [similarity for _, similarity in by_path] == sorted(
        (similarity for _, similarity in by_path), reverse=True
    )
    vector = model.embed(library.songs[0].path)
    song, similarity = library.similar(vector, n=1, vectors="embedding")[0]
    assert (song, similarity) == (library.songs[0], pytest.approx(1, abs=1e-4))
    with pytest.raises(InputError, match="'song': 6 songs of the library have these words"):
        library.similar("song")
    with pytest.raises(InputError, match="'x y z': 0 songs"):
        library.similar("x y z")


def test_scores_are_those_of_the_command():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b"], 30)
    features = rng.normal(size=(60, 4)) + (labels == "a")[:, None]
    split = np.tile(["train", "train", "train", "valid", "test", "test"], 10)
    settings = {"softmax_trials": 1, "bootstrap_resamples": 100, "neighbours": 3}
    found = deepartist.evaluate(features, labels, split, **settings)
    expected = evaluate_features(
        features.astype(np.float32),
        labels,
        split,
        softmax_max_epochs=500,
        seed=0,
        resample="artists",
        **settings,
    )
    assert found == summary(expected)
    assert {"map", "knn", "softmax", "logistic"} <= set(found)
    alone = deepartist.evaluate(features, labels, bootstrap_resamples=100)
    assert set(alone) == {"map"}
    assert alone["map"]["value"] == found["map"]["value"]


def test_examples_of_docstrings_are_true(tmp_path, monkeypatch):
    home = tmp_path / "examples"
    make_model(home / "model")
    for number in range(6):
        tags = {"artist": "ABC"[number % 3], "title": f"Song {number}"}
        write_song(home / "music" / f"{number}.flac", number, **tags)
    write_song(home / "song.flac", 40, seconds=12)
    monkeypatch.chdir(home)
    words = ["index", "music", "-o", "library", "--model", "model", "--device", "cpu"]
    subprocess.run([sys.executable, "-m", "deepartist.cli", *words], check=True)
    globs = {"da": deepartist, "soundfile": soundfile}
    tested = doctest.testmod(interface, extraglobs=globs)
    assert tested.attempted > 15
    assert tested.failed == 0
