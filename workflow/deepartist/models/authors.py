"""Reading the encoders that the paper's authors released, in HDF5 of Keras 2."""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import torch

from deepartist.constants import AUTHORS_INPUT_MEAN, AUTHORS_INPUT_STD
from deepartist.models.encoder import Encoder, fold_biases
from deepartist.models.weights import TrainedEncoder
from deepartist.process.errors import InputError

# Names of a convolution's and a batch norm's weights in Keras, and in a block of `Encoder`.
_CONV_NAMES = {"kernel": "conv.weight", "bias": "conv.bias"}
_NORM_NAMES = {
    "gamma": "norm.weight",
    "beta": "norm.bias",
    "moving_mean": "norm.running_mean",
    "moving_variance": "norm.running_var",
}
_MAX_VALUES = (
    2**22
)  # of one array; the largest of the encoder has 65,536, an output layer 2.6 million


def load_keras(path: Path) -> TrainedEncoder:
    """Read an encoder from an HDF5 file of Keras 2, without Keras and without pickle.

    Layers are taken in the order in which the file lists them, not by their numbers, because Keras
    counts on within a session (``conv1d_6``). The file may hold a whole model or weights alone,
    with or without output layers, and the encoder may be a model within the model.

    The authors' code gives one mean and standard deviation of the input, computed on a training set
    of theirs. They are used for every file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    TrainedEncoder
        In evaluation mode, with the authors' mean and standard deviation of the input.

    Raises
    ------
    InputError
        The file is not HDF5 of Keras, or its convolutions and batch norms are not the encoder's.
    """
    encoder = Encoder()
    shapes = {name: tuple(value.shape) for name, value in encoder.state_dict().items()}
    shapes |= {
        f"blocks.{number}.conv.bias": shapes[f"blocks.{number}.norm.bias"]
        for number in range(len(encoder.blocks))
    }
    weights: dict[str, torch.Tensor] = {}
    try:
        # Nobody writes to the file, and some network file systems have no locks.
        with h5py.File(path, locking=False) as file:
            layers = _read_layers(file.get("model_weights", file))
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise InputError(f"{path}: cannot be read as Keras HDF5: {_one_line(error)}") from error
    convolutions = [layer for layer in layers if "kernel" in layer and layer["kernel"].ndim == 3]
    norms = [layer for layer in layers if "gamma" in layer]
    for what, found in (("convolutions over time", convolutions), ("batch norms", norms)):
        if len(found) != len(encoder.blocks):
            raise InputError(
                f"{path}: has {len(found)} {what}; the paper's encoder has {len(encoder.blocks)}"
            )
    for number, (conv, norm) in enumerate(zip(convolutions, norms, strict=True)):
        for layer, names in ((conv, _CONV_NAMES), (norm, _NORM_NAMES)):
            for keras_name, name in names.items():
                key = f"blocks.{number}.{name}"
                value = _find(layer, keras_name, f"{path}: block {number + 1}")
                # Keras stores kernels as (width, in, out), PyTorch as (out, in, width).
                value = np.ascontiguousarray(value.transpose()) if value.ndim == 3 else value
                if value.shape != shapes[key]:
                    raise InputError(
                        f"{path}: {keras_name} of block {number + 1} has shape {value.shape}, not "
                        f"{shapes[key]}; this is not the paper's encoder"
                    )
                weights[key] = torch.from_numpy(value)
    encoder.load_state_dict(fold_biases(weights))
    return TrainedEncoder(encoder.eval(), AUTHORS_INPUT_MEAN, AUTHORS_INPUT_STD)


def _read_layers(root: h5py.Group) -> list[dict[str, npt.NDArray[np.float32]]]:
    """Read the weights of each layer, by name (``kernel``, ``gamma``, …), in the file's order.

    A group may hold several layers, as a model within the model does. So layers are told apart by
    what stands before the last ``/`` of their weights' names, wherever they stand in the group.
    """
    layers: dict[str, dict[str, npt.NDArray[np.float32]]] = {}
    for group in _read_names(root, "layer_names"):
        for name in _read_names(root[group], "weight_names"):
            layer, _, weight = name.rpartition("/")
            dataset = root[group][name]
            if dataset.file != root.file:
                raise ValueError(f"{name} is a link to another file")
            if dataset.size > _MAX_VALUES or dataset.dtype.kind != "f":
                continue  # a very large output layer, or a counter
            of_layer = layers.setdefault(f"{group}/{layer}", {})
            of_layer[weight.partition(":")[0]] = np.asarray(dataset[()], dtype=np.float32)
    return list(layers.values())


def _read_names(group: h5py.Group, attribute: str) -> list[str]:
    """Read a list of names; Keras divides long ones into ``<attribute>0``, ``<attribute>1``, …"""
    if attribute in group.attrs:
        chunks = [group.attrs[attribute]]
    else:
        chunks = []
        while f"{attribute}{len(chunks)}" in group.attrs:
            chunks.append(group.attrs[f"{attribute}{len(chunks)}"])
        if not chunks:
            raise KeyError(f"no attribute {attribute} in {group.name}")
    names = [name for chunk in chunks for name in np.asarray(chunk).ravel().tolist()]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def _find(
    layer: Mapping[str, npt.NDArray[np.float32]], name: str, where: str
) -> npt.NDArray[np.float32]:
    """Return an array of a layer; raise InputError if it is missing or cannot be weights."""
    if name not in layer:
        raise InputError(f"{where} has no {name}; this is not the paper's encoder")
    if not np.isfinite(layer[name]).all():
        raise InputError(f"{where}: {name} is not finite; the file is damaged")
    if name == "moving_variance" and (layer[name] < 0).any():
        raise InputError(f"{where}: {name} is negative; the file is damaged")
    return layer[name]


def _one_line(error: Exception) -> str:
    return " ".join(str(error.args[0] if error.args else error).split())
