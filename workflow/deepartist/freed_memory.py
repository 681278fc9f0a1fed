"""What becomes of memory that was freed."""

import ctypes
import sys

# of mallopt(3)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3

LARGEST_BLOCK_BYTES = 2**25  # the most that glibc lets one set
KEPT_BYTES = 2**27


def keep() -> None:
    """Have glibc keep freed memory for the next arrays; with another C library, do nothing.

    Without this, arrays of a few megabytes go back to the system as soon as they are freed, and the
    next ones are handed out anew and cleared, page by page: a fifth of the time of a mono clip's
    log-mel, a tenth of a training step's.
    """
    if sys.platform != "linux":
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if set_option:
        set_option(M_MMAP_THRESHOLD, LARGEST_BLOCK_BYTES)
        set_option(M_TRIM_THRESHOLD, KEPT_BYTES)
