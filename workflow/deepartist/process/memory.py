"""Where a large array is kept: in main memory, or on disk where that is too small."""

import os
import re
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
import psutil

from deepartist.process.disk import require_space

# Of the free memory, for one array; the rest is for everything else, other jobs included.
FRACTION = 0.8
CGROUP = Path("/sys/fs/cgroup")


def allocate(shape: tuple[int, ...], dtype: type, scratch: Path) -> np.ndarray:
    """Make an array of zeros, memory-mapped where it does not fit in free memory.

    The file behind a memory map has no name, so that it is gone when the process ends, however it
    ends. Which of the two it became is said on stdout where it is the disk.

    Parameters
    ----------
    shape : tuple of int
    dtype : type
    scratch : Path
        Folder for the file, on a disk with room.

    Raises
    ------
    InputError
        The disk has no room for it either.
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
            # now or never: a disk that is full when a page is written back ends the process
            os.posix_fallocate(file.fileno(), 0, n_bytes)
        return np.memmap(file, dtype=dtype, mode="w+", shape=shape)


def free_bytes() -> int:
    """Say how much memory this process may still take: what the machine, or its limits, leave."""
    free = [psutil.virtual_memory().available, *_cgroup_free()]
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if limit != resource.RLIM_INFINITY:
        usage = psutil.Process().memory_info()
        free.append(max(0, limit - getattr(usage, "data", usage.rss)))
    return min(free)


def _cgroup_free() -> list[int]:
    """What the memory limit of a container or a cluster's job leaves; nothing without a limit."""
    if sys.platform != "linux":
        return []
    own = Path("/proc/self/cgroup").read_text().rpartition("::")[2].strip().strip("/")
    free = []
    for folder in {CGROUP, CGROUP / own}:
        try:
            limit = int((folder / "memory.max").read_text())
            used = re.search(r"^anon (\d+)$", (folder / "memory.stat").read_text(), re.MULTILINE)
            free.append(max(0, limit - int(used.group(1))))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return free
