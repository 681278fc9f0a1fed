"""Whether the disk has room, asked before it is written to."""

import shutil
from pathlib import Path

from deepartist.errors import InputError


def require_space(folder: Path, n_bytes: int, what: str) -> None:
    """Raise InputError where fewer than `n_bytes` are free on the disk of an existing folder."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise InputError(
            f"{folder}: {what} needs at least {n_bytes / 1e9:.2f} GB, and {free / 1e9:.2f} GB are "
            "free; make room or choose another folder"
        )
