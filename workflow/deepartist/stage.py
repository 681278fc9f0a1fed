"""How every command ends: a line on what is wrong with the input, or the code's own traceback."""

import sys

from deepartist.errors import InputError


def run(main) -> None:
    """Call a command's main function; an InputError becomes one line on stderr and exit code 1."""
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
