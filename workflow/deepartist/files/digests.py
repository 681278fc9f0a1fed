"""Digests of files."""

import hashlib
import os
from pathlib import Path

GIT = "git"


def digest_file(path: str | Path, algorithm: str = "sha256") -> str:
    """Compute a file's digest.

    Parameters
    ----------
    path : str or Path
    algorithm : str
        A name that `hashlib.new` knows: ``"sha256"``, ``"sha1"``, …; or ``"git"``, the digest that
        git has of the file: SHA-1 of ``blob <size>``, a zero byte and the content.

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
        if algorithm != GIT:
            return hashlib.file_digest(file, algorithm).hexdigest()
        n_bytes = os.fstat(file.fileno()).st_size
        header = f"blob {n_bytes}\0".encode()
        return hashlib.file_digest(file, lambda: hashlib.sha1(header)).hexdigest()
