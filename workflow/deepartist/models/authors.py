"""Reading the encoder that the paper's authors released as Keras 2 HDF5 (github.com/jongpillee)."""

from pathlib import Path

import h5py
import numpy as np
import torch

from deepartist.models.encoder import Encoder
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError

# Mean and standard deviation of the log-mels in the authors' training set, from the authors' code.
INPUT_MEAN = 0.22620339
INPUT_STD = 0.25794547

_NORM_NAMES = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def load_keras(path: Path) -> TrainedEncoder:
    """Read the encoder from the authors' HDF5 file, without Keras and without pickle.

    Parameters
    ----------
    path : Path
        A Keras 2 model or weights file with layers ``conv1d_1`` … ``batch_normalization_5``.

    Returns
    -------
    TrainedEncoder
        In evaluation mode, with the authors' mean and standard deviation of the input.

    Raises
    ------
    InputError
        The file is not HDF5, or layers are missing or have another shape.
    """
    encoder = Encoder()
    state = encoder.state_dict()
    try:
        # Nobody writes to the file, and some network file systems have no locks.
        with h5py.File(path, locking=False) as file:
            layers = file.get("model_weights", file)  # a weights file has the layers at its root
            for number, _ in enumerate(encoder.blocks, start=1):
                loaded = _read_block(layers, number)
                for name, value in loaded.items():
                    key = f"blocks.{number - 1}.{name}"
                    if value.shape != tuple(state[key].shape):
                        raise InputError(
                            f"{path}: {name} of layer {number} has shape {value.shape}, "
                            f"not {tuple(state[key].shape)}; this is not the paper's encoder"
                        )
                    state[key] = torch.from_numpy(value)
    except KeyError as error:
        raise InputError(f"{path}: not the authors' encoder: {error.args[0]}") from error
    except (OSError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: cannot be read as Keras HDF5: {error}") from error
    encoder.load_state_dict(state)
    return TrainedEncoder(encoder.eval(), INPUT_MEAN, INPUT_STD)


def _read_block(layers: h5py.Group, number: int) -> dict[str, np.ndarray]:
    """Read the weights of a block; the keys are their names in a block of `Encoder`."""
    conv, norm = f"conv1d_{number}", f"batch_normalization_{number}"
    block = {
        # Keras stores kernels as (width, in, out), PyTorch as (out, in, width).
        "conv.weight": np.ascontiguousarray(
            layers[f"{conv}/{conv}/kernel:0"][()].transpose(2, 1, 0)
        ),
        "conv.bias": layers[f"{conv}/{conv}/bias:0"][()],
    }
    for name, keras_name in _NORM_NAMES.items():
        block[f"norm.{name}"] = layers[f"{norm}/{norm}/{keras_name}:0"][()]
    return block
