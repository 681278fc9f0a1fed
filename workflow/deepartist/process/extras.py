"""Packages that only some commands need, as pyproject.toml names them: the extras."""

import re
from importlib.metadata import requires

from deepartist.process.errors import InputError


def find_extra(module: str) -> str | None:
    """Return the extra that installs a module, such as ``workflow``; None if no extra does."""
    package = module.partition(".")[0].replace("_", "-").lower()
    for requirement in requires("deepartist") or []:
        found = re.match(r"([\w.-]+).*extra == ['\"](\w+)", requirement)
        if found and found[1].lower() == package and found[2] != "test":
            return found[2]
    return None


def explain_missing(error: ModuleNotFoundError, command: str) -> InputError:
    """Say what to install for a command that has not found a package.

    Raises
    ------
    ModuleNotFoundError
        The same, if no extra would install the package.
    """
    extra = find_extra(error.name or "")
    if extra is None:
        raise error
    return InputError(
        f"deepartist {command} needs {error.name}; "
        f'install it with pip install "deepartist[{extra}]"'
    )
