"""Allocating a large array in main memory or, if memory is too small, in a file."""

import os
import re
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil

from deepartist.process.disk import require_space

# The fraction of free memory that one array may take; the rest is left for this and other jobs.
FRACTION = 0.8
CGROUP = Path("/sys/fs/cgroup")


def allocate(shape: tuple[int, ...], dtype: type, scratch: Path) -> np.ndarray:
    """Make an array of zeros; it is memory-mapped if it does not fit in free memory.

    The file of a memory map has no name, so it disappears with the process, even if the process is
    killed. A line on stdout reports that a file is used.

    Parameters
    ----------
    shape : tuple of int
    dtype : type
        Type of the elements, such as np.float16.
    scratch : Path
        Folder for the file; it is made if needed.

    Returns
    -------
    np.ndarray [shape=shape, dtype=dtype]
        An `np.memmap` if memory is too small.

    Raises
    ------
    InputError
        Neither memory nor the disk has enough room.
    """
    n_bytes = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    free = free_bytes()
    if n_bytes <= FRACTION * free:
        return np.zeros(shape, dtype)
    scratch.mkdir(parents=True, exist_ok=True)
    require_space(scratch, n_bytes, f"an array that {free / 1e9:.1f} GB of free memory cannot hold")
    print(
        f"{n_bytes / 1e9:.2f} GB of log-mels and {free / 1e9:.2f} GB of free memory: they are kept "
        f"in a file in {scratch}",
        flush=True,
    )
    with tempfile.TemporaryFile(dir=scratch) as file:
        if hasattr(os, "posix_fallocate"):  # macOS has none
            # Reserve the space now: a disk that is full later would kill the process (SIGBUS).
            os.posix_fallocate(file.fileno(), 0, n_bytes)
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)


def free_bytes() -> int:
    """Return how many bytes of memory this process may still take.

    This is the smallest of these numbers: the free memory of the machine, and what is left of the
    limits of the container and of the process.
    """
    free = [psutil.virtual_memory().available, *_cgroup_free()]
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit != resource.RLIM_INFINITY:
        usage = psutil.Process().memory_info()
        free.append(max(0, limit - getattr(usage, "data", usage.rss)))
    return min(free)


def _cgroup_free() -> list[int]:
    """Return how many bytes are left of each memory limit of the container or cluster job.

    The list is empty if there is no limit.
    """
    if sys.platform != "linux":
        return []
    own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().strip("/")
    free = []
    for folder in {CGROUP, CGROUP / own}:
        try:
            limit = int((folder / "memory.max").read_text())
            usage = (folder / "memory.stat").read_text()
        except (OSError, ValueError):  # the file is missing, or the limit is "max"
            continue
        used = re.search(r"^anon (\d+)$", usage, re.MULTILINE)
        if used:
            free.append(max(0, limit - int(used[1])))
    return free
