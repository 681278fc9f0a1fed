"""What lies on disk where a manifest says that clips are: sizes, and equal contents."""

import os
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import partial

import pandas as pd

from deepartist.files.copies import digest_equal_files


def describe_files(clips: pd.DataFrame, limit_s: float) -> pd.DataFrame:
    """Add what can be told of clips without decoding them.

    Parameters
    ----------
    clips : pd.DataFrame [columns=(dataset, path), a different index in each row]
        Clips of all data sets, and any other columns.
    limit_s : float
        Seconds for the comparison of files.

    Returns
    -------
    pd.DataFrame
        `clips` with their `size` and `state`, see `look_at_files`, and `digest`, see
        `compare_files`; the digest is empty where the state is not ``ok``.
    """
    clips = clips.join(look_at_files(clips["path"]))
    is_readable = clips["state"] == "ok"
    digests = compare_files(clips[is_readable], limit_s)
    return clips.assign(digest=digests.reindex(clips.index, fill_value=""))


def look_at_files(paths: Iterable[str]) -> pd.DataFrame:
    """Find the size and state of files, a folder at a time, without opening any.

    Returns
    -------
    pd.DataFrame [columns=(size, state)]
        A row for each path: size in bytes (0 where there is none), state ``ok``, ``missing``,
        ``empty`` or ``unreadable``.
    """
    names_in: defaultdict[str, set[str]] = defaultdict(set)
    parts = [os.path.split(path) for path in paths]
    for folder, name in parts:
        names_in[folder].add(name)
    found = {folder: _look_into(folder, names) for folder, names in names_in.items()}
    return pd.DataFrame(
        [found[folder][name] for folder, name in parts], columns=["size", "state"]
    ).astype({"size": "int64", "state": str})


def compare_files(files: pd.DataFrame, limit_s: float) -> pd.Series:
    """Tell which files have equal contents.

    In case the time is too short for all, sizes that occur in several data sets come first.

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
    found: dict[str, tuple[int, str]] = {}
    try:
        with os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.name in names:
                    found[entry.name] = _look_at(entry.path, entry.stat)
    except OSError:
        pass  # each name is then looked for by its path
    for name in names:
        if name not in found:
            path = os.path.join(folder, name)  # noqa: PTH118 - there may be 100,000 of them
            found[name] = _look_at(path, partial(os.stat, path))
    return found


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
