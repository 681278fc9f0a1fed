"""What lies on disk where a manifest says that clips are: sizes, and equal contents."""

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Sequence

import pandas as pd

from deepartist.files.copies import digest_equal_files


def look_at_files(paths: Sequence[str]) -> pd.DataFrame:
    """Find the size and state of files, a folder at a time, without opening any.

    Returns
    -------
    pd.DataFrame [columns=(size, state)]
        A row for each path: size in bytes (0 where there is none), state ``ok``, ``missing``,
        ``empty`` or ``unreadable``.
    """
    names_in = defaultdict(set)
    parts = [os.path.split(path) for path in paths]
    for folder, name in parts:
        names_in[folder].add(name)
    found = {folder: _look_into(folder, names) for folder, names in names_in.items()}
    return pd.DataFrame(
        [found[folder][name] for folder, name in parts], columns=["size", "state"]
    ).astype({"size": "int64", "state": str})


def compare_files(files: pd.DataFrame, limit_s: float) -> pd.Series:
    """Tell which files have equal contents.

    Where the time may not suffice for all, sizes that occur in several data sets come first.

    Parameters
    ----------
    files : pd.DataFrame [columns=(dataset, path, size)]
    limit_s : float
        Seconds after which no further file is opened.

    Returns
    -------
    pd.Series [index=that of files, dtype=object]
        See `deepartist.files.copies.digest_equal_files`.
    """
    n_datasets = files.groupby("size")["dataset"].transform("nunique")
    files = files.loc[n_datasets.sort_values(ascending=False, kind="stable").index]
    digests = digest_equal_files(files["path"].tolist(), files["size"].tolist(), limit_s)
    return pd.Series(digests, index=files.index, dtype=object)


def _look_into(folder: str, names: Collection[str]) -> dict[str, tuple[int, str]]:
    found = {}
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.name in names:
                    found[entry.name] = _look_at(entry.path, entry.stat)
    except OSError:
        pass  # what was not seen in the folder is looked for by its name
    for name in names:
        if name not in found:
            path = os.path.join(folder, name)  # noqa: PTH118 - paths are many, and text
            found[name] = _look_at(path, lambda path=path: os.stat(path))  # noqa: PTH116
    return found


def _look_at(path: str, read_status) -> tuple[int, str]:
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
