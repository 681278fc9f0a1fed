"""Digests of files."""

import hashlib
from pathlib import Path


def digest_file(path: str | Path, algorithm: str = "sha256") -> str:
    """Compute a file's digest.

    Parameters
    ----------
    path : str or Path
    algorithm : str
        A name that `hashlib.new` knows: ``"sha256"``, ``"sha1"``, …

    Returns
    -------
    str
        In hexadecimal.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
