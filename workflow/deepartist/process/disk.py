"""Checks made before writing: the disk has room, and the folder may be written to."""

import os
import shutil
import tempfile
from pathlib import Path

from deepartist.process.errors import InputError

CACHE_ADVICE = "set the environment variable XDG_CACHE_HOME to a folder of your own"


def require_space(folder: Path, n_bytes: int, what: str) -> None:
    """Raise InputError if fewer than `n_bytes` are free on the disk of an existing folder.

    `what` is the subject of the message: what needs the space.
    """
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise InputError(
            f"{folder}: {what} needs at least {n_bytes / 1e9:.2f} GB, and {free / 1e9:.2f} GB are "
            "free; make room or choose another folder"
        )


def require_writable(folder: Path) -> None:
    """Raise InputError if a folder, or the nearest above it that exists, may not be written to."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not os.access(existing, os.W_OK):
        raise InputError(
            f"{existing}: cannot be written to (its permissions, or a disk that is read-only); "
            "give a folder of your own by --directory"
        )


def require_cache(folder: Path) -> None:
    """Make a folder for a cache; raise InputError if it cannot be made or written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written to ({error.strerror}); {CACHE_ADVICE}"
        ) from error
