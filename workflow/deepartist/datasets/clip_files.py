"""Where the clips of a list lie: inside their folder, and which of them are there."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from deepartist.process.errors import InputError


def join_inside(folder: Path, relative: str, where: str) -> str:
    """Join a folder and a path that a list gives.

    Parameters
    ----------
    folder : Path
    relative : str
        With ``/`` between its parts. Links are not followed.
    where : str
        The list, for messages.

    Raises
    ------
    InputError
        The path is absolute, has a part ``..`` or names no file.
    """
    inner = PurePosixPath(relative)
    if inner.is_absolute() or ".." in inner.parts:
        raise InputError(f"{where}: path {relative!r} leaves the folder of the clips, {folder}")
    if not inner.name:
        raise InputError(f"{where}: path {relative!r} names no file")
    return (folder / inner).as_posix()


def list_present(paths: Iterable[str]) -> set[str]:
    """Return those of the paths that there is something at.

    Each folder is listed once: half a million files are not asked for one by one. A folder that is
    not there, or is none, holds nothing.
    """
    split = [(path, *path.rpartition("/")) for path in paths]
    names_of = {folder + slash: frozenset() for _path, folder, slash, _name in split}
    for folder in names_of:
        names_of[folder] = frozenset(_list_names(folder or "."))
    return {path for path, folder, slash, name in split if name in names_of[folder + slash]}


def _list_names(folder: str) -> Iterable[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError) as error:  # ValueError: of a name with a null character
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{folder}: cannot be read as a folder ({reason}); allow that, or move it"
        ) from error
