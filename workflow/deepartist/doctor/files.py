"""The files of clips on disk: their sizes, and which of them have equal contents."""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import partial

import pandas as pd

from deepartist.files.copies import digest_equal_files


def describe_files(clips: pd.DataFrame, limit_s: float) -> pd.DataFrame:
    """Add what can be found out about the files of clips without decoding them.

    Parameters
    ----------
    clips : pd.DataFrame [columns=(dataset, path), unique index]
        Clips of all data sets; there may be other columns.
    limit_s : float
        Seconds that the comparison of files may take.

    Returns
    -------
    pd.DataFrame
        `clips` with `size` and `state` (see `look_at_files`) and `digest` (see `compare_files`).
        The digest is empty if the state is not ``ok``.
    """
    clips = clips.join(look_at_files(clips["path"]))
    is_readable = clips["state"] == "ok"
    digests = compare_files(clips[is_readable], limit_s)
    return clips.assign(digest=digests.reindex(clips.index, fill_value=""))


def look_at_files(paths: Iterable[str]) -> pd.DataFrame:
    """Find the size and state of files, folder by folder, without opening the files.

    Returns
    -------
    pd.DataFrame [columns=(size, state)]
        A row for each path: size in bytes (0 if it is not known), state ``ok``, ``missing``,
        ``empty`` or ``unreadable``.
    """
    names_in: defaultdict[str, set[str]] = defaultdict(set)
    parts = [os.path.split(path) for path in paths]
    for folder, name in parts:
        names_in[folder].add(name)
    status_of = {folder: _look_into(folder, names) for folder, names in names_in.items()}
    return pd.DataFrame(
        [status_of[folder][name] for folder, name in parts], columns=["size", "state"]
    ).astype({"size": "int64", "state": str})


def compare_files(files: pd.DataFrame, limit_s: float) -> pd.Series:
    """Find files with equal contents.

    Sizes that occur in several data sets are compared first, because the time may be too short for
    all files.

    Parameters
    ----------
    files : pd.DataFrame [columns=(dataset, path, size)]
    limit_s : float
        Seconds after which no further file is opened.

    Returns
    -------
    pd.Series [index=files.index, dtype=object]
        See `deepartist.files.copies.digest_equal_files`.
    """
    n_datasets = files.groupby("size")["dataset"].transform("nunique")
    files = files.loc[n_datasets.sort_values(ascending=False, kind="stable").index]
    digests = digest_equal_files(files["path"].tolist(), files["size"].tolist(), limit_s)
    return pd.Series(digests, index=files.index, dtype=object)


def _look_into(folder: str, names: Collection[str]) -> dict[str, tuple[int, str]]:
    """Return the size and state of some files of a folder, by name."""
    status_of: dict[str, tuple[int, str]] = {}
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.name in names:
                    status_of[entry.name] = _look_at(entry.path, entry.stat)
    except OSError:
        pass  # the folder cannot be listed, but its files may be readable by their paths
    for name in names:
        if name not in status_of:
            path = os.path.join(folder, name)  # noqa: PTH118 - there may be 100,000 of them
            status_of[name] = _look_at(path, partial(os.stat, path))
    return status_of


def _look_at(path: str, read_status: Callable[[], os.stat_result]) -> tuple[int, str]:
    try:
        status = read_status()
    except (FileNotFoundError, NotADirectoryError):
        return 0, "missing"
    except OSError:
        return 0, "unreadable"
    if not stat.S_ISREG(status.st_mode):
        return 0, "missing"
    if status.st_size == 0:
        return 0, "empty"
    return status.st_size, "ok" if os.access(path, os.R_OK) else "unreadable"
