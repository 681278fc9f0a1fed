"""Writing files and folders so that nothing half-written counts as finished."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deepartist.process.errors import InputError

PROBE_BYTES = 1_000_000


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` to write a file or folder to; rename it to `path` at the end.

    At any moment, `path` is what it was, what the block wrote, or not there, the last only while a
    folder takes the place of another; a loss of power is no exception. When the block raises, what
    it wrote is removed and `path` stays as it was.

    Raises
    ------
    OSError
        The system refuses to write there (a full disk, say), in whatever way the block said so;
        `filename` is set.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    old = path.with_name(f".{path.name}.old.partial")
    for left in (partial, old):  # by a process that was killed
        _remove(left)
    try:
        yield partial
        _flush(partial)
        if partial.is_dir() and path.exists():  # a folder cannot be renamed over another
            path.rename(old)
        partial.replace(path)
    except OSError as error:
        if error.filename is None and error.strerror is not None:
            error.filename = str(path)
        raise
    except InputError:
        raise
    except Exception as error:  # libraries in C and Rust tell of a full disk in words of their own
        refusal = _try_to_write(path.parent)
        if refusal is None:
            raise
        raise OSError(refusal.errno, refusal.strerror, str(path)) from error
    finally:
        _remove(partial)
    with suppress(OSError):  # there are file systems that cannot
        _fsync(path.parent)
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Have a file, or all below a folder, on the disk; network file systems say only now if not."""
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
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error
    return None
