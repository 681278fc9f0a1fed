import importlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from hashlib import sha256
from threading import Thread

import numpy as np
import pandas as pd
import platformdirs
import pytest
import soundfile
import torch
import yaml

from deepartist.downloads import catalogue, transfer
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.embeddings.features import read_features
from deepartist.mels.clip import read_clip
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.known_models import load_any_model
from deepartist.models.precision import set_precision
from deepartist.models.weights import save_model
from deepartist.process.errors import InputError
from deepartist.scores.score_features import evaluate_features, summary
from helpers import PACKAGE, make_songs, stage_names, write_songs
from loopback import serve


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model that is not trained."""
    folder = tmp_path_factory.mktemp("model")
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    save_model(folder, weights, {"input_mean": 0.2, "input_std": 0.3})
    return folder


def write_noise(path, seconds, rate_hz=22_050):
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name)).uniform(-0.3, 0.3, round(seconds * rate_hz))
    soundfile.write(path, noise, rate_hz)


@pytest.fixture
def clips(tmp_path):
    """Two usable clips, and two that are not."""
    folder = tmp_path / "my music"
    write_noise(folder / "deep" / "one.wav", 128 * 512 / 22_050)  # one segment to the frame
    write_noise(folder / "three $ 곡.flac", 7, rate_hz=44_100)
    write_noise(folder / "short.wav", 1)
    (folder / "empty.mp3").touch()
    return folder


USABLE = ["deep/one.wav", "three $ 곡.flac"]


def expected_vectors(model, folder):
    trained = load_any_model(str(model)).trained
    frames = [read_clip(folder / file) for file in USABLE]
    return embed_clips(trained, frames, torch.device("cpu"))  # in one batch, to the last bit


# embed


@pytest.mark.parametrize("kind", ["folder", "authors"])
def test_embed_writes_the_vectors_of_the_usable_clips(run, request, tmp_path, clips, kind):
    name = request.getfixturevalue("model" if kind == "folder" else "authors_weights")
    out = tmp_path / "new" / "vectors"
    set_precision("tf32")
    result = run("embed", clips, "--model", name, "--device", "cpu", "-o", out)
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"
    assert (result.code, result.out) == (0, "")
    assert result.err.splitlines() == [
        f"left out: {clips}/empty.mp3: empty file",
        f"left out: {clips}/short.wav: too short (1.00 s; at least 2.97 s needed)",
        f"{out}: 2 songs, 2 left out",
    ]
    embedding, multilevel = expected_vectors(name, clips)
    with np.load(out) as written:
        assert set(written) == {
            *("clip_id", "path", "embedding", "multilevel", "model", "model_sha256", "excerpt")
        }
        assert written["clip_id"].tolist() == USABLE
        assert written["path"].tolist() == [str(clips / file) for file in USABLE]
        assert str(written["model"]) == (
            "authors-siamese-10000" if kind == "authors" else "/".join(name.parts[-2:])
        )
        weights = name if kind == "authors" else name / "model.safetensors"
        assert str(written["model_sha256"]) == sha256(weights.read_bytes()).hexdigest()
        assert (written["embedding"].shape, written["embedding"].dtype) == ((2, 256), np.float32)
        assert (written["multilevel"].shape, written["multilevel"].dtype) == ((2, 768), np.float32)
        np.testing.assert_array_equal(written["embedding"], embedding)
        np.testing.assert_array_equal(written["multilevel"], multilevel)
    assert np.ptp(embedding, axis=0).max() > 0.01  # the songs do differ


def test_embed_takes_files_and_folders(run, tmp_path, clips, model):
    (clips / "deep" / "one.wav").rename(clips / "deep" / "one")  # a file may be named anything
    out = tmp_path / "vectors.npz"
    result = run("embed", clips / "deep" / "one", clips, "--model", model, "-o", out)
    assert result.code == 0
    with np.load(out) as written:
        assert written["clip_id"].tolist() == ["one", "three $ 곡.flac"]


def test_embed_without_a_usable_file(run, tmp_path, clips, model):
    out = tmp_path / "vectors.npz"
    result = run("embed", clips / "empty.mp3", clips / "short.wav", "--model", model, "-o", out)
    assert result.code == 1
    assert result.err.splitlines()[-1] == ("error: none of the 2 files could be used; see above")
    assert not out.exists()


@pytest.mark.parametrize(
    ("path", "named", "message"),
    [
        ("my music", "nothing", "--model nothing: no such folder or file; give a trained model's"),
        ("my music", "my music", "my music: no model there; give a folder that holds model.json"),
        ("my music", "my music/short.wav", "short.wav: cannot be read as Keras HDF5"),
        ("my music", "other.safetensors", "a model is a folder that holds model.json and model."),
        ("my music", "my music/model.safetensors", "my music: no model there; give a folder that"),
        ("nothing.mp3", None, "nothing.mp3: no such file or folder"),
        ("texts", None, "texts: no audio files there; they end in .3g2, "),
    ],
)
def test_embed_says_in_one_line_what_is_wrong(
    run, tmp_path, monkeypatch, clips, model, path, named, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "texts").mkdir()
    result = run("embed", path, "--model", named or model, "-o", "vectors.npz")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: ")
    assert message in result.err
    assert "\n" not in result.err.rstrip("\n")
    assert not (tmp_path / "vectors.npz").exists()


def test_embed_refuses_two_clips_of_one_name(run, tmp_path, model):
    for folder in ("one", "two"):
        write_noise(tmp_path / folder / "song.wav", 3.5)
    out = tmp_path / "vectors.npz"
    result = run("embed", tmp_path / "one", tmp_path / "two", "--model", model, "-o", out)
    assert result.code == 1
    assert result.err == (
        f"error: {tmp_path}/one/song.wav and {tmp_path}/two/song.wav would both be clip "
        "'song.wav'; give a folder that holds both"
    )
    result = run("embed", tmp_path, "--model", model, "-o", out)
    assert result.code == 0
    with np.load(out) as written:
        assert written["clip_id"].tolist() == ["one/song.wav", "two/song.wav"]


@pytest.mark.parametrize("other", ["deep/one.mp3", "deep/one.wav.ogg", "a.wav"])
def test_a_clip_has_the_same_id_whatever_else_is_embedded(run, tmp_path, clips, model, other):
    (clips / other).write_bytes((clips / "deep" / "one.wav").read_bytes())
    assert run("embed", clips, "--model", model, "-o", tmp_path / "v.npz").code == 0
    with np.load(tmp_path / "v.npz") as written:
        assert written["clip_id"].tolist() == sorted([*USABLE, other])


@pytest.mark.parametrize("name", ["model.safetensors", "model.json"])
def test_a_file_of_a_model_means_its_folder(run, tmp_path, clips, model, name):
    written = []
    for given in (model, model / name):
        assert run("embed", clips, "--model", given, "-o", tmp_path / "v.npz").code == 0
        with np.load(tmp_path / "v.npz") as arrays:
            written.append({name: arrays[name].tobytes() for name in arrays})
    assert written[0] == written[1]


@pytest.mark.parametrize("ending", [".csv", ".CSV"])
def test_embed_writes_a_table_by_its_ending(run, tmp_path, clips, model, ending):
    out = tmp_path / f"vectors{ending}"
    result = run("embed", clips, "--model", model, "--device", "cpu", "-o", out)
    assert result.code == 0
    table = pd.read_csv(out, dtype={"clip_id": str, "path": str, "model": str})
    assert list(table.columns) == [
        *("clip_id", "path", "model", "model_sha256", "excerpt"),
        *(f"embedding_{i}" for i in range(256)),
    ]
    assert table["clip_id"].tolist() == USABLE
    assert table["path"].tolist() == [str(clips / file) for file in USABLE]
    assert table["model"].unique().tolist() == ["/".join(model.parts[-2:])]
    embedding, _ = expected_vectors(model, clips)
    written = table.iloc[:, 5:].to_numpy(np.float64).astype(np.float32)
    np.testing.assert_array_equal(written, embedding)  # to the last bit
    ids, read = read_features(out)  # as `evaluate` does
    assert ids.tolist() == USABLE
    np.testing.assert_array_equal(read, embedding)


def test_embed_writes_the_vectors_that_are_asked_for(run, tmp_path, clips, model):
    both = expected_vectors(model, clips)
    for name, expected in zip(("embedding", "multilevel"), both, strict=True):
        for ending in (".npz", ".csv", ".parquet"):
            out = tmp_path / f"vectors{ending}"
            words = ("--model", model, "--device", "cpu", "--vectors", name, "-o", out)
            assert run("embed", clips, *words).code == 0
            _, read = read_features(out, name)
            np.testing.assert_array_equal(read, expected)
        with np.load(tmp_path / "vectors.npz") as arrays:
            assert {"embedding", "multilevel"} & set(arrays) == {name}
    with pytest.raises(InputError, match="embedding_0"):
        read_features(tmp_path / "vectors.csv")
    with pytest.raises(InputError, match="no column 'embedding'; it has clip_id, path"):
        read_features(tmp_path / "vectors.parquet")


def test_embed_writes_parquet_by_its_ending(run, tmp_path, clips, model):
    out = tmp_path / "vectors.parquet"
    words = ("--model", model, "--device", "cpu", "--excerpt", "start", "-o", out)
    assert run("embed", clips, *words).code == 0
    table = pd.read_parquet(out)
    names = ["clip_id", "path", "model", "model_sha256", "excerpt", "embedding", "multilevel"]
    assert list(table.columns) == names
    assert table["clip_id"].tolist() == USABLE
    assert table["path"].tolist() == [str(clips / file) for file in USABLE]
    assert table["excerpt"].unique().tolist() == ["start"]
    for name, expected in zip(names[-2:], expected_vectors(model, clips), strict=True):
        np.testing.assert_array_equal(np.stack(table[name]), expected)  # to the last bit
        ids, read = read_features(out, name)  # as `evaluate` does
        assert ids.tolist() == USABLE
        np.testing.assert_array_equal(read, expected)


@pytest.mark.parametrize("name", ["vectors.npy", "vectors.json", "vectors.csv.gz", "a.b/v.feather"])
def test_another_ending_is_refused_before_the_work(run, tmp_path, clips, model, name):
    result = run("embed", clips, "--model", model, "-o", tmp_path / name)
    assert result.code == 2
    suffix = name[name.rindex(".") :]
    assert f"ends in {suffix}; name a file that ends in .npz, .parquet or .csv" in result.err
    assert "left out" not in result.err
    assert not (tmp_path / name).exists()


def test_embed_writes_into_a_pipe(run, tmp_path, clips, model):
    pipe = tmp_path / "pipe.fifo"
    os.mkfifo(pipe)
    received = []
    reader = Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert run("embed", clips, "--model", model, "-o", pipe).code == 0
    reader.join(10)
    with np.load(io.BytesIO(received[0])) as written:
        assert written["clip_id"].tolist() == USABLE
    assert pipe.is_fifo()


def test_embed_keeps_a_link(run, tmp_path, clips, model):
    (tmp_path / "link.npz").symlink_to("target.npz")
    assert run("embed", clips, "--model", model, "-o", tmp_path / "link.npz").code == 0
    assert (tmp_path / "link.npz").is_symlink()
    with np.load(tmp_path / "target.npz") as written:
        assert written["clip_id"].tolist() == USABLE


def test_a_folder_is_no_output(run, tmp_path, clips, model):
    result = run("embed", clips, "--model", model, "-o", tmp_path)
    assert result.code == 2
    assert f"--output: {tmp_path} is a folder; name a file" in result.err
    assert "left out" not in result.err  # said before the work


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_embed_on_a_gpu_that_is_not_there(run, tmp_path, clips, model):
    out = tmp_path / "vectors.npz"
    result = run("embed", clips, "--model", model, "--device", "cuda", "-o", out)
    assert result.code == 1
    assert result.err.startswith("error: device: is 'cuda', but no GPU can be used here")


# the authors' model by its name


@pytest.fixture
def site(monkeypatch, tmp_path):
    """In place of the authors' repository, and of the user's cache."""
    with serve() as site:
        entries = yaml.safe_load(catalogue.CATALOGUE_PATH.read_text(encoding="utf-8"))
        entry = entries["authors-siamese-10000"]
        entry["files"][0] |= {"url": f"{site.url}/model.h5", "bytes": None}
        path = tmp_path / "downloads.yaml"
        path.write_text(yaml.safe_dump(entries), encoding="utf-8")
        monkeypatch.setattr(catalogue, "CATALOGUE_PATH", path)
        monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield site


def test_the_authors_model_is_fetched_once(run, site, tmp_path, clips, authors_weights):
    site.files["/model.h5"] = authors_weights.read_bytes()
    for name in ("one.npz", "two.npz"):
        out = tmp_path / name
        result = run("embed", clips, "--model", "authors-siamese-10000", "-o", out)
        assert result.code == 0
    assert len(site.asked) == 1
    embedding, _ = expected_vectors(authors_weights, clips)
    with np.load(out) as written:
        np.testing.assert_array_equal(written["embedding"], embedding)


def test_another_file_than_the_authors_is_refused(run, site, tmp_path, clips):
    site.files["/model.h5"] = b"not the model"
    out = tmp_path / "vectors.npz"
    result = run("embed", clips, "--model", "authors-siamese-10000", "-o", out)
    assert result.code == 1
    line = result.err.splitlines()[-1]
    assert line.startswith(
        f"error: authors-siamese-10000: {site.url}/model.h5: "
        "the download does not have the published "
    )
    assert line.endswith("download it by hand and give the file's path instead")
    files = [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files == [transfer.LOCK_NAME]


def test_offline_the_authors_model_is_one_line(run, tmp_path, clips, monkeypatch):
    def refuse(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    start = time.monotonic()
    out = tmp_path / "vectors.npz"
    result = run("embed", clips, "--model", "authors-siamese-10000", "-o", out)
    assert time.monotonic() - start < 5
    assert result.code == 1
    assert result.err.startswith("error: authors-siamese-10000: https://raw.githubusercontent.com/")
    assert "the server cannot be reached (Temporary failure in name resolution); connect" in (
        result.err
    )
    assert len(result.err.splitlines()) == 1


def test_the_authors_model_has_one_name(run, site, tmp_path, clips, authors_weights):
    site.files["/model.h5"] = authors_weights.read_bytes()
    result = run("fetch", "authors-siamese-10000", "--to", tmp_path / "weights")
    assert result.code == 0
    fetched = tmp_path / "weights" / "authors_siamese_10000.h5"
    for name in (fetched, "authors-siamese-10000"):
        assert run("embed", clips, "--model", name, "-o", tmp_path / "v.npz").code == 0
        with np.load(tmp_path / "v.npz") as written:
            assert str(written["model"]) == "authors-siamese-10000"


# evaluate

SETTINGS = {
    "neighbours": 3,
    "softmax_trials": 2,
    "softmax_max_epochs": 5,
    "bootstrap_resamples": 200,
    "seed": 1,
}


def evaluate_words(folder, settings=SETTINGS):
    return [
        *("evaluate", "--features", folder / "features.npz", "--labels", folder / "labels.csv"),
        *("--set", *(f"{key}={value}" for key, value in settings.items())),
    ]


def test_evaluate_prints_the_scores_as_json(run, tmp_path):
    songs = make_songs(60, noise=2)
    write_songs(tmp_path, *songs)
    result = run(*evaluate_words(tmp_path))
    assert (result.code, result.err) == (0, "")
    scores = json.loads(result.out)
    assert scores.pop("n") == 60
    assert scores.pop("left_out") == {"without_label": 0, "without_features": 0}
    assert scores.pop("vectors") == "embedding"
    assert scores == summary(evaluate_features(*songs, **SETTINGS))
    assert {"map", "knn", "softmax", "logistic"} <= scores.keys()
    assert all({"value", "ci_low", "ci_high", "n"} <= score.keys() for score in scores.values())
    other = json.loads(run(*evaluate_words(tmp_path, SETTINGS | {"neighbours": 30})).out)
    del other["n"], other["vectors"], other["left_out"]
    assert {name for name in scores if scores[name] != other[name]} == {"knn"}


def test_evaluate_writes_the_same_to_a_file(run, tmp_path):
    write_songs(tmp_path, *make_songs(60, noise=2))
    out = tmp_path / "new" / "scores.json"
    result = run(*evaluate_words(tmp_path), "-o", out)
    assert out.read_text(encoding="utf-8") == result.out


def test_evaluate_says_what_it_leaves_out_beside_the_json(run, tmp_path):
    embedding, labels, split = make_songs(60, noise=2)
    table = write_songs(tmp_path, embedding, labels, split)
    table.loc[len(table)] = ["zzz", "blues", "test"]
    table.to_csv(tmp_path / "labels.csv", index=False)
    result = run(*evaluate_words(tmp_path))
    counts = {
        "n": 60,
        "vectors": "embedding",
        "left_out": {"without_label": 0, "without_features": 1},
    }
    scores = summary(evaluate_features(embedding, labels, split, **SETTINGS))
    assert json.loads(result.out) == {**counts, **scores}
    assert "1 of 61 labelled clips have no features" in result.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--set", "neighbors=5"], "--set.neighbors: unknown key; did you mean 'neighbours'?"),
        (["--set", "neighbours=0"], "--set.neighbours: is 0; it must be at least 1"),
        (["--set", "neighbours"], "--set neighbours: write KEY=VALUE"),
        (["--features", "nothing.npz"], "nothing.npz: cannot be read as an npz file"),
        (["--features", "labels.csv"], "labels.csv: no column embedding_0; it has "),
        (["--labels", "nothing.csv"], "nothing.csv: cannot be read as a CSV file"),
    ],
)
def test_evaluate_says_in_one_line_what_is_wrong(run, tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    write_songs(tmp_path, *make_songs(30, noise=2))
    result = run(*evaluate_words(tmp_path), "-o", "scores.json", *change)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"error: {message}")
    assert "\n" not in result.err
    assert not (tmp_path / "scores.json").exists()


def test_evaluate_of_untouched_settings_has_those_of_the_schema_but_for_k(run, tmp_path):
    songs = make_songs(45, noise=2)
    write_songs(tmp_path, *songs)
    words = evaluate_words(tmp_path, {"softmax_trials": 1, "bootstrap_resamples": 100})
    settings = {
        "neighbours": "auto",
        "softmax_trials": 1,
        "softmax_max_epochs": 500,
        "bootstrap_resamples": 100,
        "seed": 0,
    }
    counts = {
        "n": 45,
        "vectors": "embedding",
        "left_out": {"without_label": 0, "without_features": 0},
    }
    scores = summary(evaluate_features(*songs, **settings))
    assert json.loads(run(*words).out) == {**counts, **scores}
    given = evaluate_words(tmp_path, SETTINGS | {"neighbours": 20})
    assert json.loads(run(*given).out)["knn"]["k"] == 20


# help


STAGES = [name for name in stage_names() if name != "cli"]
SUBCOMMANDS = [
    *(("demo.synthesise_corpus", kind) for kind in ("msd", "gtzan", "fma", "table")),
]


@pytest.mark.parametrize(
    ("stage", "words"), [*((stage, []) for stage in STAGES), *((s, [k]) for s, k in SUBCOMMANDS)]
)
def test_every_stage_has_help(capsys, stage, words):
    module = importlib.import_module(f"deepartist.{stage}")
    with pytest.raises(SystemExit) as ended:
        module.main([*words, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(" ".join(["usage: python -m", f"deepartist.{stage}", *words]))
    assert "%(" not in text


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_runs_as_a_module_and_ends_as_they_all_do(stage):
    source = PACKAGE.joinpath(*stage.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    assert source.endswith('\n\nif __name__ == "__main__":\n    stage.run(main)\n')


def test_a_stage_ends_with_one_line_and_code_1(tmp_path):
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "deepartist.scores.gather_scores",
            "--scores",
            "nothing.json",
            "--out",
            "s.csv",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: nothing.json: not a file of scores")
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [[], ["embed"], ["evaluate"]])
def test_every_command_has_help(run, words):
    result = run(*words, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(" ".join(["usage: deepartist", *words]))
    for expected in {"": ["embed", "evaluate"], "embed": ["--model", "--device"]}.get(
        "".join(words), ["--features", "neighbours: k of the", '(default "auto")']
    ):
        assert expected in result.out


@pytest.mark.parametrize("words", [[], ["nothing"], ["embed"], ["embed", "x", "--modle", "y"]])
def test_wrong_arguments_show_the_usage(run, words):
    result = run(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("usage: deepartist")


def test_help_comes_before_the_heavy_imports():
    program = (
        "import sys\n"
        "from deepartist.cli import main\n"
        "sys.argv = ['deepartist', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert ended.code == 0\n"
        "print(*sys.modules)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    modules = set(ended.stdout.splitlines()[-1].split())
    assert "deepartist.cli" in modules
    heavy = {
        "torch",
        "numpy",
        "scipy",
        "sklearn",
        "pandas",
        "librosa",
        "zarr",
        "h5py",
        "matplotlib",
    }
    assert not modules & heavy
