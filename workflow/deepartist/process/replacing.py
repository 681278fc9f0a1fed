"""Writing a file or folder under a temporary name and renaming it, so it is complete or absent.

What is neither a file nor a folder (a pipe, a device, an open descriptor) keeps its place: the
finished content is written into it.
"""

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deepartist.process.errors import InputError

PROBE_BYTES = 1_000_000  # written to find out whether the disk is full
MAX_LINKS = 40  # links that lead to links; Linux has the same limit
# Folders whose entries are the open files of a process; /proc/PID is what /proc/self leads to.
DESCRIPTOR_FOLDER = re.compile(r"/dev/fd|/proc/(\d+)/fd|/proc/(\d+)/task/\d+/fd")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write a file or folder to, and put it in the place of `path`.

    `path` holds either the old content or the new, even after a power failure. The only exception
    is a folder that replaces another one: for a moment, it does not exist. If the block raises an
    error, what it wrote is removed and `path` keeps its old content.

    Parameters
    ----------
    path : Path
        The file or folder to write. Missing parent folders are made. A symbolic link stays, and
        what it leads to is replaced. Permissions and, as far as allowed, the owner of what is
        replaced stay. If `path` is neither a file nor a folder, such as a named pipe, a device or
        ``/dev/fd/1``, the new content is written into it after the block.

    Yields
    ------
    Path
        The path to write to, on the same disk as `path` if that is a file or folder.

    Raises
    ------
    OSError
        The system cannot write there, for instance because the disk is full. `filename` is set.
        Errors of other types, which some libraries raise then, are converted.
    """
    path = Path(path)
    try:
        if _is_replaceable(path):
            with _renaming(Path(os.path.realpath(path))) as partial:
                yield partial
        else:
            with tempfile.TemporaryDirectory() as folder:
                partial = Path(folder, path.name)
                yield partial
                _write_into(path, partial)
    except OSError as error:
        if error.filename is None and error.strerror is not None:
            error.filename = str(path)
        raise


@contextmanager
def _renaming(path: Path) -> Iterator[Path]:
    """Yield a path in the same folder, and rename it to `path`, which is no link, at the end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    old = path.with_name(f".{path.name}.old.partial")
    for leftover in (partial, old):  # from a process that was killed
        _remove(leftover)
    try:
        yield partial
        _flush(partial)
        if path.exists():
            _copy_permissions(path, partial)
        if partial.is_dir() and path.exists():  # no folder can be renamed over another
            path.rename(old)
        partial.replace(path)
    except (OSError, InputError):
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


def _is_replaceable(path: Path) -> bool:
    """Tell whether a path leads to a file, a folder or nothing yet, by its own name."""
    if _find_descriptor(path) is not None:
        path.stat()  # raises an error, before any work is done, if the descriptor is not open
        return False
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _find_descriptor(path: Path) -> Path | None:
    """Follow links to a path as ``/proc/PID/fd/N``; return None if they lead elsewhere.

    Such a path has to be used as it is. What it names as its target may be a pipe, or a file that
    the shell has opened to append to.
    """
    for _ in range(MAX_LINKS):
        path = Path(os.path.realpath(path.parent), path.name)
        if DESCRIPTOR_FOLDER.fullmatch(str(path.parent)):
            return path
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def _write_into(path: Path, source: Path) -> None:
    """Write the content of a file into what is there already: a pipe, a device, a descriptor."""
    if source.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    descriptor = _find_descriptor(path)
    with source.open("rb") as content:
        if descriptor is not None and _is_own(descriptor):
            # A copy of the descriptor goes on where the shell or this process stopped writing;
            # opening its path would start at the first byte again.
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            target = os.fdopen(os.dup(int(descriptor.name)), "wb")
        else:
            target = path.open("wb")
        with target:
            shutil.copyfileobj(content, target)


def _is_own(descriptor: Path) -> bool:
    """Tell whether a path as ``/proc/PID/fd/N`` is of this process."""
    match = DESCRIPTOR_FOLDER.fullmatch(str(descriptor.parent))
    return match is not None and (match[1] or match[2] or str(os.getpid())) == str(os.getpid())


def _copy_permissions(old: Path, new: Path) -> None:
    """Give a file or folder the owner and permissions of another, as far as that is allowed.

    Some file systems have neither, and only root may give files to others.
    """
    status = old.stat()
    # The owner first, because a change of it takes away some permissions.
    with suppress(OSError):
        os.chown(new, status.st_uid, status.st_gid)
    with suppress(OSError):
        new.chmod(stat.S_IMODE(status.st_mode))


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
