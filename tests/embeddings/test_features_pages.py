"""docs/howto/own_features.md and own_encoder.md do what they say: code runs, configs are right."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
import yaml

from deepartist.cli import make_parser
from deepartist.config.run import resolve_config
from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.embeddings.features import read_features
from deepartist.mels.clip import read_clip

HOWTO = Path(__file__).parents[2] / "docs/howto"
FEATURES, ENCODER = HOWTO / "own_features.md", HOWTO / "own_encoder.md"
ARTISTS, SONGS = 3, 3


def blocks(page, language):
    """The code of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """The directory of a run: songs, each artist's in a register of their own, listed as clips."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    times_s = np.arange(22_050 * 4) / 22_050
    rows, labels = [], ["clip_id,artist"]
    for artist in range(ARTISTS):
        for song in range(SONGS):
            tone = np.sin(2 * np.pi * 200 * 4**artist * (1 + song / 100) * times_s)
            name = f"song{SONGS * artist + song}"
            sound = 0.3 * tone + rng.normal(0, 0.01, len(times_s))
            soundfile.write(folder / f"{name}.wav", sound, 22_050)
            rows.append({"clip_id": name, "path": f"{name}.wav"})
            labels.append(f"{name},artist {artist}")
    (folder / "results/clips").mkdir(parents=True)
    write_manifest(build_manifest(rows), folder / "results/clips/mine.csv")
    (folder / "labels.csv").write_text("\n".join(labels))
    return folder


@pytest.fixture
def features(run_folder, monkeypatch):
    """What the code of the page writes, and the network that it used."""
    monkeypatch.chdir(run_folder)
    torch.manual_seed(0)
    (code,) = blocks(FEATURES, "python")
    names = {}
    exec(compile(code, str(FEATURES), "exec"), names)
    return run_folder / "conv.npz", names["network"]


def test_the_code_has_at_most_ten_lines():
    (code,) = blocks(FEATURES, "python")
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    assert max(map(len, code.splitlines())) <= 100


def test_the_code_writes_a_vector_of_each_song(run_folder, features):
    path, network = features
    weight, bias = (parameter.numpy().astype(float) for parameter in network[0].parameters())
    for vectors, over_time in (("embedding", np.mean), ("multilevel", np.max)):
        clip_id, values = read_features(path, vectors)
        assert clip_id.tolist() == [f"song{i}" for i in range(ARTISTS * SONGS)]
        for name, vector in zip(clip_id, values, strict=True):
            mel = read_clip(run_folder / f"{name}.wav").astype(float)
            windows = [mel[t : t + 4].T for t in range(len(mel) - 3)]  # each (128, 4)
            responses = [np.maximum((weight * w).sum(axis=(1, 2)) + bias, 0) for w in windows]
            np.testing.assert_allclose(vector, over_time(responses, axis=0), atol=1e-4)


def test_what_it_writes_is_scored_by_the_command_of_the_page(features, capsys):
    _, block = blocks(FEATURES, "sh")
    program, *words = block.split()
    assert program == "deepartist"
    files = {"runs/mine/conv.npz": "conv.npz", "runs/mine/results/labels/mine.csv": "labels.csv"}
    assert files.keys() <= set(words)
    assert words[-2:] == ["--vectors", "multilevel"]
    words = [files.get(word, word) for word in words]
    for vectors in ("multilevel", "embedding"):
        options = [*words[:-1], vectors, "--label", "artist", "--set", "bootstrap_resamples=100"]
        args = make_parser().parse_args(options)
        args.function(args)
        scores = json.loads(capsys.readouterr().out)
        assert scores["n"] == ARTISTS * SONGS
        assert scores["vectors"] == vectors
        assert scores["map"]["value"] > 0.9  # the registers are far apart


def test_the_blocks_of_config_are_right(tmp_path):
    for model in ("x/results/models/siamese-400", "rehearsal/results/models/siamese-12"):
        folder = tmp_path / "runs" / model / "seed-0"
        folder.mkdir(parents=True)
        for name in ("model.json", "model.safetensors"):
            (folder / name).touch()
    (tmp_path / "clips.csv").touch()
    (tmp_path / "runs/mine").mkdir()
    (tmp_path / "runs/mine/conv.npz").touch()
    table = {"kind": "table", "path": "clips.csv"}
    evaluated = {"datasets": {"mine": table}, "source": None, "targets": {"mine": {}}, "models": []}

    def resolve(block, config=evaluated):
        return resolve_config(config | yaml.safe_load(block), tmp_path, tmp_path)

    (block,) = blocks(FEATURES, "yaml")
    assert resolve(block)["features"] == {"conv": {"mine": "runs/mine/conv.npz"}}
    with_encoders, with_start = (resolve(block) for block in blocks(ENCODER, "yaml"))
    encoders = with_encoders["pretrained"]
    assert [encoders[name]["artists"] for name in ("mine", "authors_5000")] == [400, 5000]
    assert {encoder["kind"] for encoder in encoders.values()} == {"siamese"}
    assert with_start["training"]["tuned"]["init"] == "released"
    assert with_start["training"]["tuned"]["batch_norm"] == "stored"
    (written,) = re.findall(r"<<'END'\n(.*?)\nEND", blocks(ENCODER, "sh")[0], re.DOTALL)
    both = resolve(written, {})
    assert both["training"]["tuned"]["init"] == "authors"
    assert both["pretrained"]["rehearsal"]["artists"] == 12
