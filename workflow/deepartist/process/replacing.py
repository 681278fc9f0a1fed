"""Writing a file or folder beside its place and then renaming it, so that it is whole or absent."""

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
    """Yield a path beside `path` to write a file or folder to, and rename it to `path` at the end.

    `path` holds either the old content or the new, even after a loss of power. Only while a folder
    replaces another one is there a moment in which it does not exist. If the block raises, what it
    wrote is removed and `path` stays as it was.

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
        The system refuses to write there, for instance because the disk is full. `filename` is set.
        An error of another type, as some libraries raise then, is converted.
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
        refusal = _try_to_write(path.parent)
        if refusal is None:
            raise
        raise OSError(refusal.errno, refusal.strerror, str(path)) from error
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
    """Force a file, or all files below a folder, to the disk.

    Network file systems report only then that they could not write.
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
    """Write a test file without a name; return the error if that fails."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None
