"""Paths of the clips in a list: they must stay inside their folder, and files may be missing."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from deepartist.process.errors import InputError


def join_inside(folder: Path, relative: str, where: str) -> str:
    """Join a folder and a relative path from a list; refuse a path that leaves the folder.

    Parameters
    ----------
    folder : Path
        The folder of the clips.
    relative : str
        With ``/`` between its parts. Links are not followed.
    where : str
        The list that the path comes from, for error messages.

    Returns
    -------
    str
        The joined path.

    Raises
    ------
    InputError
        The path is absolute, has a part ``..`` or does not name a file.
    """
    inner = PurePosixPath(relative)
    if inner.is_absolute() or ".." in inner.parts:
        raise InputError(f"{where}: path {relative!r} leaves the folder of the clips, {folder}")
    if not inner.name:
        raise InputError(f"{where}: path {relative!r} names no file")
    return (folder / inner).as_posix()


def list_present(paths: Iterable[str]) -> set[str]:
    """Return the paths that exist.

    Each folder is listed once, which is faster than checking half a million files one by one. A
    folder that does not exist, or that is a file, is treated as empty.
    """
    split = [(path, *path.rpartition("/")) for path in paths]
    folders = dict.fromkeys(folder + slash for _path, folder, slash, _name in split)
    names_of = {folder: frozenset(_list_names(folder or ".")) for folder in folders}
    return {path for path, folder, slash, name in split if name in names_of[folder + slash]}


def _list_names(folder: str) -> Iterable[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{folder}: cannot be read as a folder ({reason}); "
            "give permission to read it, or move it"
        ) from error
