"""How commands run, and what they say where something is wrong: a line, or a traceback."""

import os
import sys

from deepartist import freed_memory
from deepartist.errors import InputError


def run(main) -> None:
    """Make a command's main function all that this process does.

    It ends at once after that: taking torch apart first, object by object, costs half a second.
    """
    freed_memory.keep()
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
