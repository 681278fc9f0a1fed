import importlib
import json
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import platformdirs
import pytest
import soundfile
import torch
import yaml

from deepartist import cli
from deepartist.downloads import catalogue, transfer
from deepartist.embeddings.embed_songs import embed_clips
from deepartist.mels.clip import read_clip
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.known_models import load_any_model
from deepartist.models.weights import save_model
from deepartist.scores.score_features import evaluate_features, summary
from helpers import PACKAGE, make_songs, stage_names, write_songs
from loopback import serve


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """Run ``deepartist`` with the words of a command line."""

    def call(*words) -> Result:
        monkeypatch.setattr(sys, "argv", ["deepartist", *map(str, words)])
        code, message = 0, ""
        try:
            cli.main()
        except SystemExit as ended:
            # as the interpreter does: a text goes to stderr, and the code is 1
            code = ended.code if isinstance(ended.code, int) else 1
            message = ended.code if isinstance(ended.code, str) else ""
        written = capsys.readouterr()
        return Result(code, written.out, written.err + message)

    return call


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


USABLE = {"deep/one": "deep/one.wav", "three $ 곡": "three $ 곡.flac"}


def expected_vectors(model, folder):
    trained = load_any_model(str(model))
    frames = [read_clip(folder / file) for file in USABLE.values()]
    return embed_clips(trained, frames, torch.device("cpu"))  # in one batch, to the last bit


# embed


@pytest.mark.parametrize("kind", ["folder", "authors"])
def test_embed_writes_the_vectors_of_the_usable_clips(run, request, tmp_path, clips, kind):
    name = request.getfixturevalue("model" if kind == "folder" else "authors_weights")
    out = tmp_path / "new" / "vectors"
    result = run("embed", clips, "--model", name, "--device", "cpu", "-o", out)
    assert (result.code, result.out) == (0, "")
    assert result.err.splitlines() == [
        f"left out: {clips}/empty.mp3: empty file",
        f"left out: {clips}/short.wav: too short (1.00 s; at least 2.97 s needed)",
        f"{out}: 2 songs, 2 left out",
    ]
    embedding, multilevel = expected_vectors(name, clips)
    with np.load(out) as written:
        assert set(written) == {"clip_id", "embedding", "multilevel"}
        assert written["clip_id"].tolist() == list(USABLE)
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
        assert written["clip_id"].tolist() == ["one", "three $ 곡"]


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
        ("nothing.mp3", None, "nothing.mp3: no such file or folder"),
        ("texts", None, "texts: no audio files there; they end in .aac, "),
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
        f"error: {tmp_path}/one/song.wav and {tmp_path}/two/song.wav would both be clip 'song'; "
        "give a folder that holds both"
    )
    result = run("embed", tmp_path, "--model", model, "-o", out)
    assert result.code == 0
    with np.load(out) as written:
        assert written["clip_id"].tolist() == ["one/song", "two/song"]


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
        entry = entries["authors-weights"]
        entry["files"][0] |= {"url": f"{site.url}/model.h5", "bytes": None}
        path = tmp_path / "downloads.yaml"
        path.write_text(yaml.safe_dump({"authors-weights": entry}), encoding="utf-8")
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
    assert scores == summary(evaluate_features(*songs, **SETTINGS))
    assert {"map", "knn", "softmax"} <= scores.keys()
    assert all({"value", "ci_low", "ci_high", "n"} == score.keys() for score in scores.values())
    other = json.loads(run(*evaluate_words(tmp_path, SETTINGS | {"neighbours": 30})).out)
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
    assert json.loads(result.out) == summary(
        evaluate_features(embedding, labels, split, **SETTINGS)
    )
    assert "1 of 61 labelled clips have no features" in result.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--set", "neighbors=5"], "--set.neighbors: unknown key; did you mean 'neighbours'?"),
        (["--set", "neighbours=0"], "--set.neighbours: is 0; it must be at least 1"),
        (["--set", "neighbours"], "--set neighbours: write KEY=VALUE"),
        (["--features", "nothing.npz"], "nothing.npz: cannot be read as an npz file"),
        (["--features", "labels.csv"], "labels.csv: cannot be read as an npz file"),
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


def test_evaluate_of_untouched_settings_has_those_of_the_schema(run, tmp_path):
    songs = make_songs(45, noise=2)
    write_songs(tmp_path, *songs)
    words = evaluate_words(tmp_path, {"softmax_trials": 1, "bootstrap_resamples": 100})
    settings = {
        "neighbours": 20,
        "softmax_trials": 1,
        "softmax_max_epochs": 500,
        "bootstrap_resamples": 100,
        "seed": 0,
    }
    assert json.loads(run(*words).out) == summary(evaluate_features(*songs, **settings))


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
        "".join(words), ["--features", "neighbours: k of the", "(default 20)"]
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
