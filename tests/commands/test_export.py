"""`deepartist export`: another runtime computes from the file what `embed` computes."""

import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

import deepartist
from collection import make_model
from deepartist.embeddings import export_onnx
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.mels.audio import decode
from deepartist.mels.mel import log_mel
from deepartist.models.device import choose_device
from deepartist.models.known_models import load_any_model

RATE_HZ = 22_050


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    """The network from samples and the network from log-mel frames."""
    folder = tmp_path_factory.mktemp("exported")
    for name in ("samples", "log_mel"):
        written = export_onnx.make_onnx(load_any_model(str(model)), name == "samples")
        (folder / f"{name}.onnx").write_bytes(written)
    return folder


def session(path):
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def sound(rng, seconds):
    """Coloured noise whose loudness changes."""
    noise = np.convolve(rng.normal(size=round(seconds * RATE_HZ)), np.hanning(9), "same")
    return (0.1 * noise * np.linspace(0.1, 1, len(noise))).astype(np.float32)


def assert_alike(found, expected):
    """Equal to 1e-4 of the greatest value."""
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("seconds", [3.0, 4.2, 17, 29.9, 30, 31.5, 45])
def test_samples_become_the_vectors_of_embed(exported, model, rng, seconds):
    samples = sound(rng, seconds)
    embedding, multilevel = session(exported / "samples.onnx").run(None, {"samples": samples[None]})
    loaded = deepartist.load(model, "cpu")
    expected = loaded.embed(samples, RATE_HZ, excerpt="start")
    assert_alike(embedding[0], expected)
    expected = loaded.embed(samples, RATE_HZ, excerpt="start", vectors="multilevel")
    assert_alike(multilevel[0], expected)


def test_several_songs_at_once_are_as_each_alone(exported, rng):
    network = session(exported / "samples.onnx")
    samples = np.stack([sound(rng, 7), sound(rng, 7), np.zeros(7 * RATE_HZ, np.float32)])
    together = network.run(None, {"samples": samples})
    assert [values.shape for values in together] == [(3, 256), (3, 768)]
    assert np.isfinite(together[0]).all()
    for k in range(3):
        alone = network.run(None, {"samples": samples[k : k + 1]})
        for found, expected in zip(together, alone, strict=True):
            assert_alike(found[k], expected[0])


@pytest.mark.parametrize("samples", [1024, 22_050, 65_024])
def test_a_sound_that_is_too_short_is_an_error(exported, rng, samples):
    network = session(exported / "samples.onnx")
    with pytest.raises(Exception, match=r"(?i)reshape"):
        network.run(None, {"samples": sound(rng, 4)[None, :samples]})


def test_the_precision_of_products_is_full_after_an_export(model):
    choose_device("cpu")
    export_onnx.make_onnx(load_any_model(str(model)), False)
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"
    assert torch.backends.cuda.matmul.fp32_precision == "ieee"


@pytest.mark.parametrize("seconds", [3.0, 12, 31])
def test_frames_become_the_vectors_of_embed(exported, model, rng, seconds):
    frames = log_mel(sound(rng, seconds))
    found = session(exported / "log_mel.onnx").run(None, {"log_mel": frames[None]})
    trained = load_any_model(str(model)).trained
    expected = embed_clips(trained, [frames.astype(np.float16)], choose_device("cpu"))
    for values, of_model in zip(found, expected, strict=True):
        np.testing.assert_allclose(values, of_model, atol=1e-5 * np.abs(of_model).max())


def test_the_file_says_what_it_is(run, model, tmp_path):
    code, *said = run("export", model, "-o", tmp_path / "model.onnx")
    assert (code, list(tmp_path.iterdir())) == (0, [tmp_path / "model.onnx"])
    assert said[0].strip().endswith("MB")
    written = onnx.load(tmp_path / "model.onnx")
    about = {entry.key: entry.value for entry in written.metadata_props}
    known = load_any_model(str(model))
    assert about["model"] == known.name
    assert about["model_sha256"] == known.sha256
    assert about["sample_rate_hz"] == "22050"
    assert [entry.name for entry in written.graph.input] == ["samples"]
    assert [entry.name for entry in written.graph.output] == ["embedding", "multilevel"]
    # It tells nothing of the machine on which it was made.
    assert b"site-packages" not in written.SerializeToString()
    assert b"export_onnx.py" not in written.SerializeToString()


def test_log_mel_can_be_the_input(run, model, tmp_path):
    code, *_ = run("export", model, "--input", "log-mel", "-o", tmp_path / "model.onnx")
    assert code == 0
    written = onnx.load(tmp_path / "model.onnx")
    assert [entry.name for entry in written.graph.input] == ["log_mel"]


@pytest.mark.parametrize("name", ["model.pt", "model"])
def test_another_ending_is_refused_before_the_work(run, model, tmp_path, name, monkeypatch):
    monkeypatch.setattr(export_onnx, "make_onnx", None)
    code, *said = run("export", model, "-o", tmp_path / name)
    assert code == 2
    assert f"{name} does not end in .onnx" in said[1]


def test_no_such_model_is_named(run, tmp_path):
    code, *said = run("export", tmp_path / "none", "-o", tmp_path / "model.onnx")
    assert code == 1
    assert f"{tmp_path / 'none'}: no such folder or file" in said[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["onnx", "onnxscript"])
def test_a_package_that_is_missing_is_named(run, model, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    code, *said = run("export", model, "-o", tmp_path / "model.onnx")
    assert code == 1
    assert said[1] == (
        f"error: deepartist export needs {package}; "
        'install it with pip install "deepartist[export]"'
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_authors_encoder_on_real_music(run, authors_weights, music, tmp_path):
    run("export", authors_weights, "-o", tmp_path / "model.onnx")
    network = session(tmp_path / "model.onnx")
    loaded = deepartist.load(authors_weights, "cpu")
    for path in sorted(music.glob("*/*.mp3"))[::20]:
        samples = decode(path, 30.1)
        if np.abs(samples).max() < 1e-3:
            continue
        embedding, multilevel = network.run(None, {"samples": samples[None]})
        assert_alike(embedding[0], loaded.embed(samples, RATE_HZ, excerpt="start"))
        of_blocks = loaded.embed(samples, RATE_HZ, excerpt="start", vectors="multilevel")
        assert_alike(multilevel[0], of_blocks)
