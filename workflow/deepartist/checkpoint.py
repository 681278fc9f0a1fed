"""The state that an interrupted training goes on from."""

from pathlib import Path

import torch

from deepartist.files import replacing


def save_checkpoint(state: dict, path: Path, key: str) -> None:
    """Write tensors and plain values, marked with what they belong to."""
    with replacing(path) as partial:
        torch.save({"key": key, "state": state}, partial)


def load_checkpoint(path: Path, key: str) -> dict | None:
    """Read a state back; None where there is none, it is broken, or it belongs to another key."""
    if not path.is_file():
        return None
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        return saved["state"] if saved["key"] == key else None
    except Exception:  # torch raises whatever a broken archive makes it
        print(f"{path}: cannot be read; starting anew", flush=True)
        return None
