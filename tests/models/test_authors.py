"""The layouts of the released files, made with h5py, against a slow pass; and what is refused."""

import h5py
import numpy as np
import pytest
import torch

from deepartist.constants import AUTHORS_INPUT_MEAN as INPUT_MEAN
from deepartist.constants import AUTHORS_INPUT_STD as INPUT_STD
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.models.authors import load_keras
from deepartist.models.known_models import load_any_model
from deepartist.process.errors import InputError
from keras_files import slow_forward, write_keras

LAYOUTS = {
    "siamese-10000, a whole model": {"whole": True, "inputs": 6},
    "siamese-5000, weights alone": {"inputs": 6, "first": 6},
    "basic-5000, with its output layer": {"head": 50},
    "basic-10000, numbers counted on": {"head": 100, "first": 6},
    "basic-10000, from nine to thirteen": {"head": 100, "first": 9},  # 10 sorts before 9
    "a model within the model": {"nested": True, "inputs": 6, "first": 6},
    "a whole model within the model": {"nested": True, "whole": True, "head": 7},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_released_layout_equals_a_slow_pass(tmp_path, rng, layout):
    blocks = write_keras(tmp_path / "w.h5", rng, **LAYOUTS[layout])
    trained = load_keras(tmp_path / "w.h5")
    assert (trained.input_mean, trained.input_std) == (INPUT_MEAN, INPUT_STD)
    frames = rng.uniform(0, 1, (129, 128)).astype(np.float32)
    embedding, multilevel = embed_clips(trained, [frames], torch.device("cpu"))
    outputs = slow_forward(blocks, (frames.astype(np.float64) - INPUT_MEAN) / INPUT_STD)
    assert embedding.max() > 0.1  # the network does answer
    np.testing.assert_allclose(embedding[0], outputs[-1].mean(axis=0), atol=1e-4)
    maxima = np.concatenate([y.max(axis=0) for y in outputs])
    np.testing.assert_allclose(multilevel[0], maxima, atol=1e-4)


def test_names_that_keras_divides_into_chunks_are_read(tmp_path, rng):
    write_keras(tmp_path / "w.h5", rng)
    whole = load_keras(tmp_path / "w.h5").encoder.state_dict()
    with h5py.File(tmp_path / "w.h5", "r+") as file:
        names = file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:7], names[7:]
        del file.attrs["layer_names"]
    for name, value in load_keras(tmp_path / "w.h5").encoder.state_dict().items():
        assert torch.equal(value, whole[name])


def replace(name, value):
    def change(file):
        del file[name]
        file[name] = value

    return change


def drop_layer(file):
    file.attrs["layer_names"] = file.attrs["layer_names"][:-4]


def link_elsewhere(file):
    del file["conv1d_1/conv1d_1/kernel:0"]
    file["conv1d_1/conv1d_1/kernel:0"] = h5py.ExternalLink("other.h5", "x")


NAN = np.full(128, np.nan, np.float32)
BIAS, VARIANCE = "conv1d_2/conv1d_2/bias:0", "batch_normalization_3/batch_normalization_3/moving_v"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file.attrs.pop("layer_names"), "cannot be read as Keras HDF5: no attribute"),
        (drop_layer, "has 4 batch norms; the paper's encoder has 5"),
        (
            replace("conv1d_2/conv1d_2/kernel:0", np.zeros((4, 64, 128), np.float32)),
            r"kernel of block 2 has shape \(128, 64, 4\), not \(128, 128, 4\); this is not the",
        ),
        (replace(BIAS, NAN), "block 2: bias is not finite; the file is damaged"),
        (
            replace(f"{VARIANCE}ariance:0", -np.ones(128, np.float32)),
            "block 3: moving_variance is negative; the file is damaged",
        ),
        (lambda file: file.pop(BIAS), "cannot be read as Keras HDF5"),
        (lambda file: file.pop("conv1d_1"), "cannot be read as Keras HDF5"),
        (link_elsewhere, "kernel:0 is a link to another file"),
    ],
)
def test_a_file_that_is_not_the_encoder_is_refused_in_one_line(tmp_path, rng, change, message):
    write_keras(tmp_path / "w.h5", rng)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros((4, 128, 128), np.float32)
    with h5py.File(tmp_path / "w.h5", "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message) as error:
        load_keras(tmp_path / "w.h5")
    assert "\n" not in str(error.value)


def test_what_is_no_file_of_keras_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no such folder or file; give .* authors-siamese-5000"):
        load_any_model(str(tmp_path / "nothing"))
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(InputError, match="cannot be read as Keras HDF5"):
        load_any_model(str(tmp_path / "text.h5"))
