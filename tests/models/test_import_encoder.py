"""Encoders that are there already become model folders like those of trained models."""

import json
import shutil

import numpy as np
import platformdirs
import pytest
import torch

from deepartist.embeddings.embed_clips import embed_clips
from deepartist.files.digests import digest_file
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.import_encoder import main
from deepartist.models.known_models import load_any_model
from deepartist.models.weights import TrainedEncoder, load_model, save_model
from deepartist.process.errors import InputError
from keras_files import write_keras


def vectors(trained: TrainedEncoder):
    frames = np.random.default_rng(1).random((400, 128), np.float32)
    return embed_clips(trained, [frames], torch.device("cpu"))


def run(model, out):
    main(["--model", str(model), "--out", str(out)])
    return json.loads((out / "model.json").read_text(encoding="utf-8"))


def test_a_keras_file_gives_the_same_vectors_to_the_last_bit(tmp_path, rng, capsys):
    write_keras(tmp_path / "w.h5", rng, head=9)
    description = run(tmp_path / "w.h5", tmp_path / "model")
    for ours, theirs in zip(
        vectors(load_model(tmp_path / "model")),
        vectors(load_any_model(str(tmp_path / "w.h5")).trained),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs)
    digest = digest_file(tmp_path / "w.h5")
    assert (description["kind"], description["source"]) == ("pretrained", "w.h5")
    assert description["source_sha256"] == digest
    assert description["provenance"]["stage"] == "models.import_encoder"
    assert list(description["provenance"]["inputs"].values()) == [digest]
    assert capsys.readouterr().out == f"{tmp_path / 'model'}: w.h5, sha256 {digest[:12]}\n"


def test_a_trained_model_is_imported_with_what_is_known_of_it(tmp_path):
    encoder = Encoder()
    initialise(encoder, torch.Generator().manual_seed(0))
    weights = {f"encoder.{name}": value for name, value in encoder.state_dict().items()}
    weights["head.weight"] = torch.zeros(3, 256)
    about = {"input_mean": 0.25, "input_std": 0.5, "kind": "basic", "seed": 7}
    save_model(tmp_path / "basic-3" / "seed-7", weights, about)
    description = run(tmp_path / "basic-3" / "seed-7", tmp_path / "model")
    assert description["imported"] == about
    assert description["source"] == "basic-3/seed-7"
    loaded = load_model(tmp_path / "model")
    assert (loaded.input_mean, loaded.input_std) == (0.25, 0.5)
    original = load_model(tmp_path / "basic-3" / "seed-7")
    for ours, theirs in zip(vectors(loaded), vectors(original), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_released_encoder_is_known_by_its_content_and_by_its_name(
    tmp_path, authors_weights, monkeypatch
):
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    cache = tmp_path / "cache" / "deepartist"
    cache.mkdir(parents=True)
    shutil.copy(authors_weights, cache / "authors_siamese_10000.h5")  # so nothing is downloaded
    by_content = run(authors_weights, tmp_path / "one")
    by_name = run("authors-siamese-10000", tmp_path / "two")
    for description in (by_content, by_name):
        assert description["source"] == "authors-siamese-10000"
        assert (description["source_kind"], description["source_artists"]) == ("siamese", 10_000)
    weights = [(tmp_path / n / "model.safetensors").read_bytes() for n in ("one", "two")]
    assert weights[0] == weights[1]


def test_without_a_model_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match="no such folder or file"):
        run(tmp_path / "nothing", tmp_path / "model")
    assert not (tmp_path / "model").exists()
