"""The device that models run on."""

import torch

from deepartist.models.precision import set_precision
from deepartist.process.errors import InputError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu`` or ``cuda`` into a device; ``auto`` takes a GPU if there is one.

    All that runs models starts here, so the arithmetic is set to full float32 precision; a training
    may choose another one later.

    Raises
    ------
    InputError
        ``cuda`` without a GPU that can be used.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("device: is 'cuda', but no GPU can be used here; set it to auto or cpu")
    set_precision("float32")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
