"""The file that an interrupted training is resumed from."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch

from deepartist.process.replacing import replacing


def save_checkpoint(state: Mapping[str, Any], path: Path, key: str) -> None:
    """Write tensors and plain values, with the key of the training that they belong to."""
    with replacing(path) as partial:
        torch.save({"key": key, "state": state}, partial)


def load_checkpoint(path: Path, key: str) -> dict[str, Any] | None:
    """Read a state; return None where there is no file, it is broken, or it has another key.

    Raises
    ------
    OSError
        The file is there but may not be read. It is not overwritten: it may hold days of work.
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        saved_key, state = saved["key"], saved["state"]
    except Exception:  # torch has no class of its own for the errors of a broken file
        print(f"{path}: cannot be read; training from the start", flush=True)
        return None
    if saved_key != key:
        print(f"{path}: of other data, settings or code; training from the start", flush=True)
        return None
    return cast(dict[str, Any], state)
