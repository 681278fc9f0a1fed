"""Which files of many have equal contents."""

import hashlib
import math
import time
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path

PROBE_BYTES = 4096


def find_copies(files: Sequence[Path]) -> dict[Path, Path]:
    """Find files that equal another, byte by byte.

    Returns
    -------
    dict of Path to Path
        Of each copy, the first of `files` that it equals. Empty files, and files that cannot be
        read, are no copies.
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
    """Tell which files have equal contents.

    Files of equal size are compared, at first by some bytes of their middle, and those that agree
    by SHA-256.

    Parameters
    ----------
    paths : sequence of str or Path
    sizes : iterable of int
        In bytes; what has none is compared with nothing. Sizes that come first are compared first.
    limit_s : float
        Seconds after which no further file is opened.

    Returns
    -------
    list of str or None
        Of each path, a text that files of equal contents share, or the empty text for a file that
        is like no other or cannot be read; None where the time did not suffice.
    """
    end_s = time.monotonic() + limit_s
    digests: list[str | None] = [""] * len(paths)
    for size, alike in _group(enumerate(sizes)).items():
        if size == 0 or len(alike) < 2:
            continue
        probes = [(i, _digest_middle(paths[i], size, end_s)) for i in alike]
        for probe, rows in _group(probes).items():
            for i in rows:
                if probe is None:
                    digests[i] = None
                elif probe and len(rows) > 1:
                    digests[i] = _digest(paths[i], end_s)
    return digests


def _group(keys: Iterable[tuple[int, Hashable]]) -> dict[Hashable, list[int]]:
    groups = defaultdict(list)
    for i, key in keys:
        groups[key].append(i)
    return groups


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # it is reported when its sound is read
        return 0


def _digest_middle(path: str | Path, size: int, end_s: float) -> str | None:
    # songs often start alike, with a picture or with silence
    if time.monotonic() >= end_s:
        return None
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - there may be 100,000 of them
            file.seek(max(0, size - PROBE_BYTES) // 2)
            return hashlib.sha256(file.read(PROBE_BYTES)).hexdigest()
    except OSError:
        return ""


def _digest(path: str | Path, end_s: float) -> str | None:
    if time.monotonic() >= end_s:
        return None
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
