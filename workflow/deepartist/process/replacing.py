"""Writing a file or folder under a temporary name and renaming it, so it is complete or absent."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deepartist.process.errors import InputError

PROBE_BYTES = 1_000_000  # written to find out whether the disk is full


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write a file or folder to, and rename it to `path` at the end.

    `path` holds either the old content or the new, even after a power failure. The only exception
    is a folder that replaces another one: for a moment, it does not exist. If the block raises an
    error, what it wrote is removed and `path` keeps its old content.

    Parameters
    ----------
    path : Path
        The file or folder to write. Missing parent folders are made.

    Yields
    ------
    Path
        The path to write to, in the same folder.

    Raises
    ------
    OSError
        The system cannot write there, for instance because the disk is full. `filename` is set.
        Errors of other types, which some libraries raise then, are converted.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    old = path.with_name(f".{path.name}.old.partial")
    for leftover in (partial, old):  # from a process that was killed
        _remove(leftover)
    try:
        yield partial
        _flush(partial)
        if partial.is_dir() and path.exists():  # no folder can be renamed over another
            path.rename(old)
        partial.replace(path)
    except OSError as error:
        if error.filename is None and error.strerror is not None:
            error.filename = str(path)
        raise
    except InputError:
        raise
    except Exception as error:  # libraries in C and Rust have their own errors for a full disk
        system_error = _try_to_write(path.parent)
        if system_error is None:
            raise
        raise OSError(system_error.errno, system_error.strerror, str(path)) from error
    finally:
        _remove(partial)
    with suppress(OSError):  # some file systems cannot sync a folder
        _fsync(path.parent)
    _remove(old)


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it exists."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Sync a file, or all files below a folder, to the disk.

    Some network file systems do not report failed writes before that.
    """
    for folder, _, names in os.walk(path):
        for name in names:
            _fsync(Path(folder, name))
    if path.is_file():
        _fsync(path)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _try_to_write(folder: Path) -> OSError | None:
    """Write a temporary test file; return the error if that fails."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None
