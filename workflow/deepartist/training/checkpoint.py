"""The state that an interrupted training goes on from."""

import io
from pathlib import Path

import torch

from deepartist.process.replacing import replacing


def save_checkpoint(state: dict, path: Path, key: str) -> None:
    """Write tensors and plain values, marked with what they belong to."""
    with replacing(path) as partial:
        torch.save({"key": key, "state": state}, partial)


def load_checkpoint(path: Path, key: str) -> dict | None:
    """Read a state back; None where there is none, it is broken, or it belongs to another key.

    Raises
    ------
    OSError
        It is there and may not be read: no reason to write over what may be days of work.
    """
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        saved_key, state = saved["key"], saved["state"]
    except Exception:  # torch raises whatever a broken archive makes it
        print(f"{path}: cannot be read; starting anew", flush=True)
        return None
    if saved_key != key:
        print(f"{path}: of other data, settings or code; starting anew", flush=True)
        return None
    return state
