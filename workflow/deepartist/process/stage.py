"""How commands run, and what they say where something is wrong: a line, or a traceback."""

import ctypes
import os
import sys

from deepartist.process.errors import InputError

# of mallopt(3)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3

LARGEST_BLOCK_BYTES = 2**25  # the most that glibc lets one set
KEPT_BYTES = 2**27


def run(main) -> None:
    """Make a command's main function all that this process does.

    It ends at once after that: taking torch apart first, object by object, costs half a second.
    """
    keep_freed_memory()
    report_errors(main)
    sys.stderr.flush()
    os._exit(0)


def report_errors(main) -> None:
    """Call a command's main function; what went wrong outside the code becomes one line on stderr.

    That is an InputError, or what the system refuses: memory, room on the disk, a file that may
    not be read or written. The exit code is 1.
    """
    try:
        main()
        sys.stdout.flush()
    except InputError as error:
        sys.exit(f"error: {error}")
    except MemoryError:
        sys.exit("error: out of memory; run fewer jobs at a time (--cores), or on a larger machine")
    except BrokenPipeError:  # of `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.strerror is None:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        sys.exit(f"error: {where}{error.strerror or error}; see to that and run again")
    except KeyboardInterrupt:
        sys.exit(130)


def keep_freed_memory() -> None:
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
