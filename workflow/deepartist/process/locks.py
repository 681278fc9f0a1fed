"""Locks between processes, which some network file systems do not have."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

# What flock answers where the file system, or the server behind it, has no locks.
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


@contextmanager
def locking(path: Path, waiting: str | None = None) -> Iterator[None]:
    """Hold a lock during the block; go on without it where the file system has no locks.

    A lock ends with its process. The library's soft lock, a file whose existence is the lock, does
    not: after a job was killed on another machine, all others would wait forever. So a line on
    stderr takes its place, which says what must not happen at the same time.

    Parameters
    ----------
    path : Path
        The lock file; its folder is made if missing.
    waiting : str, optional
        Printed on stderr if another process holds the lock.

    Raises
    ------
    OSError
        The lock file cannot be made.
    """
    lock = FileLock(path, fallback_to_soft=False)
    try:
        _acquire(lock, waiting)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print(
            f"{path}: goes on without this lock, which the file system does not have "
            f"({error.strerror}); run one process at a time here",
            file=sys.stderr,
        )
        yield
        return
    try:
        yield
    finally:
        lock.release()


@contextmanager
def trying_to_lock(path: Path) -> Iterator[bool]:
    """Hold a lock during the block if it is free; yield whether it is held.

    Where the file system has no locks, it is not. See `locking`.

    Raises
    ------
    OSError
        The lock file cannot be made.
    """
    lock = FileLock(path, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except (Timeout, OSError) as error:
        if not isinstance(error, Timeout) and error.errno not in NO_LOCKS:
            raise
    try:
        yield lock.is_locked
    finally:
        lock.release()


def _acquire(lock: FileLock, waiting: str | None) -> None:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if waiting is not None:
            print(waiting, file=sys.stderr)
        lock.acquire()
