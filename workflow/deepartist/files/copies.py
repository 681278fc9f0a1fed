"""Finding files with equal contents."""

import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from deepartist.files.digests import digest_file

PROBE_BYTES = 4096

_Key = TypeVar("_Key", bound=Hashable)


def find_copies(files: Sequence[Path]) -> dict[Path, Path]:
    """Find files that are copies of an earlier file, byte by byte.

    Returns
    -------
    dict of Path to Path
        For each copy, the first of `files` with the same contents. Empty files and files that
        cannot be read are never copies.
    """
    first_of: dict[str, Path] = {}
    copies = {}
    for file, digest in zip(files, digest_equal_files(files, map(_size, files)), strict=True):
        if digest and (first := first_of.setdefault(digest, file)) is not file:
            copies[file] = first
    return copies


def digest_equal_files(
    paths: Sequence[str | Path], sizes: Iterable[int], limit_s: float = math.inf
) -> list[str | None]:
    """Find files with equal contents.

    Only files of equal size are compared: first by some bytes from their middle, then, if these
    agree, by SHA-256.

    Parameters
    ----------
    paths : sequence of str or Path
    sizes : iterable of int
        In bytes; a file of size 0 is not compared. Files are compared in the order in which their
        size first occurs.
    limit_s : float
        Time in seconds after which no further file is opened.

    Returns
    -------
    list of str or None
        For each path, a text that is the same for files of equal contents only. Empty if the file
        differs from all others or cannot be read; None if time ran out before it was compared.
    """
    end_s = time.monotonic() + limit_s
    digests: list[str | None] = [""] * len(paths)
    for size, same_size in _group(enumerate(sizes)).items():
        if size == 0 or len(same_size) < 2:
            continue
        probes = [(i, _digest_middle(paths[i], size, end_s)) for i in same_size]
        for probe, same_middle in _group(probes).items():
            for i in same_middle:
                if probe is None:
                    digests[i] = None
                elif probe and len(same_middle) > 1:
                    digests[i] = _digest_whole(paths[i], end_s)
    return digests


def _group(indexed_keys: Iterable[tuple[int, _Key]]) -> dict[_Key, list[int]]:
    groups = defaultdict(list)
    for i, key in indexed_keys:
        groups[key].append(i)
    return groups


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # it is reported later, when the audio is read
        return 0


def _digest_middle(path: str | Path, size: int, end_s: float) -> str | None:
    # the middle, because many files start with the same cover picture or with silence
    if time.monotonic() >= end_s:
        return None
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - there may be 100,000 of them
            file.seek(max(0, size - PROBE_BYTES) // 2)
            return hashlib.sha256(file.read(PROBE_BYTES)).hexdigest()
    except OSError:
        return ""


def _digest_whole(path: str | Path, end_s: float) -> str | None:
    if time.monotonic() >= end_s:
        return None
    try:
        return digest_file(path)
    except OSError:
        return ""
