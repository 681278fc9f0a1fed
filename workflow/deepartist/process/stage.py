"""How commands run and end: errors of the input and of the system are printed as one line."""

import ctypes
import os
import sys
from collections.abc import Callable

from deepartist.process.errors import InputError
from deepartist.process.utf8 import ensure_utf8, print_any_text

# Options of glibc, from mallopt(3).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3

LARGEST_BLOCK_BYTES = 2**25  # the highest value that glibc takes
KEPT_BYTES = 2**27


def run(main: Callable[[], None]) -> None:
    """Call a command's main function, then end the process.

    Python's clean-up is skipped, because it takes half a second if torch was imported.
    """
    ensure_utf8()
    keep_freed_memory()
    report_errors(main)
    sys.stderr.flush()
    os._exit(0)


def report_errors(main: Callable[[], None]) -> None:
    """Call a command's main function, and report errors that are not faults of the code.

    An InputError or an error of the system (no memory, a full disk, no permission to read or write
    a file) is printed on stderr as one line, and the process ends with exit code 1.
    """
    print_any_text()
    try:
        main()
        if sys.stdout is not None:  # as it is where a shell has closed it
            sys.stdout.flush()
    except InputError as error:
        sys.exit(f"error: {error}")
    except MemoryError:
        sys.exit("error: out of memory; run fewer jobs at a time (--cores), or on a larger machine")
    except BrokenPipeError:  # the reader of the output has ended, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.filename is None and error.strerror is None:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        sys.exit(f"error: {where}{error.strerror or error}; correct that and run again")
    except KeyboardInterrupt:
        sys.exit(130)


def keep_freed_memory() -> None:
    """Make glibc keep freed memory for later arrays; other C libraries are not changed.

    By default, glibc returns arrays of a few megabytes to the system when they are freed, and the
    system has to clear every page of the next array. That is a fifth of the time for a mono clip's
    log-mel and a tenth of the time for a training step.
    """
    if sys.platform != "linux":
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    if set_option:
        set_option(M_MMAP_THRESHOLD, LARGEST_BLOCK_BYTES)
        set_option(M_TRIM_THRESHOLD, KEPT_BYTES)
