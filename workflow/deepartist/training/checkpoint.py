"""Saving and loading the state that an interrupted training is resumed from."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch

from deepartist.process.replacing import replacing


def save_checkpoint(state: Mapping[str, Any], path: Path, key: str) -> None:
    """Write a state of tensors and plain values, with the key of its training."""
    with replacing(path) as partial:
        torch.save({"key": key, "state": state}, partial)


def load_checkpoint(path: Path, key: str) -> dict[str, Any] | None:
    """Read a state; return None if there is no file, if it is damaged, or if its key differs.

    Raises
    ------
    OSError
        The file exists but cannot be read, for instance because permission is missing. Training
        does not start anew then, because the file may hold days of work.
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        saved_key, state = saved["key"], saved["state"]
    except Exception:  # torch has no error class of its own for damaged files
        print(f"{path}: cannot be read; training from the start", flush=True)
        return None
    if saved_key != key:
        print(
            f"{path}: was saved with other data, settings or code; training from the start",
            flush=True,
        )
        return None
    return cast(dict[str, Any], state)
