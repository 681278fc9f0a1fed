"""A trained model on disk: `model.safetensors` and `model.json`."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file

from deepartist.files.json_files import read_json, write_json
from deepartist.models.encoder import Encoder, fold_biases
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing


class TrainedEncoder(NamedTuple):
    """An encoder in evaluation mode and the standardisation of its input."""

    encoder: Encoder
    input_mean: float
    input_std: float


def save_model(
    folder: Path, weights: Mapping[str, torch.Tensor], description: Mapping[str, object]
) -> None:
    """Write weights and description; the description is written last, so it marks a complete model.

    Parameters
    ----------
    folder : Path
    weights : mapping of str to Tensor
        Names start with ``encoder.`` or, for an output layer, ``head.``.
    description : mapping
        Must have ``input_mean`` and ``input_std``.
    """
    with replacing(folder / "model.safetensors") as partial:
        save_file({name: tensor.cpu().contiguous() for name, tensor in weights.items()}, partial)
    write_json(description, folder / "model.json")


def read_labels(folder: Path) -> list[str]:
    """Read which artists or tags a model was trained to tell apart; none if it does not say."""
    try:
        labels = read_json(folder / "model.json").get("labels", [])
    except (InputError, OSError, AttributeError):
        return []
    return [label for label in labels if isinstance(label, str)]


def load_model(folder: Path) -> TrainedEncoder:
    """Read the encoder of a model's folder.

    Raises
    ------
    InputError
        The folder holds no model, or the weights do not fit the encoder.
    """
    folder = Path(folder)
    if not (folder / "model.json").is_file():
        raise InputError(
            f"{folder}: no model there; give a folder that holds model.json and model.safetensors"
        )
    try:
        description = read_json(folder / "model.json")
        weights = load_file(folder / "model.safetensors")
        encoder = Encoder()
        encoder.load_state_dict(
            fold_biases(
                {
                    k.removeprefix("encoder."): v
                    for k, v in weights.items()
                    if k.startswith("encoder.")
                }
            )
        )
        mean, std = float(description["input_mean"]), float(description["input_std"])
    except Exception as error:  # safetensors, json and torch raise errors of many classes
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise InputError(f"{folder}: the model cannot be read: {reason}") from error
    return TrainedEncoder(encoder.eval(), mean, std)
