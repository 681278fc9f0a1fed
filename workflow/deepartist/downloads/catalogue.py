"""The catalogue of downloads: what can be downloaded, from where, and where it is stored."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import platformdirs
import yaml

CATALOGUE_PATH = Path(__file__).with_name("downloads.yaml")


class RemoteFile(NamedTuple):
    """A file that can be downloaded."""

    url: str
    name: str
    """Path to store the file at, relative to the folder of the downloads."""
    digest: str | None
    """``sha1:…``, ``sha256:…`` or ``git:…``; None if the publisher gives none."""
    n_bytes: int | None
    """Size that the server must announce; None if unknown."""
    unpack_to: str | None
    """Folder to unpack the file to; None if it is not an archive."""
    unpacked_bytes: int
    """Estimated size after unpacking; 0 if it is not an archive."""


class Download(NamedTuple):
    """An entry of the catalogue: a data set, lists or weights."""

    what: str
    licence: str
    size: str
    files: tuple[RemoteFile, ...]


def read_catalogue() -> dict[str, Download]:
    """Read what can be downloaded, by name."""
    catalogue = yaml.safe_load(CATALOGUE_PATH.read_text(encoding="utf-8"))
    return {
        name: Download(
            what=entry["what"],
            licence=entry["licence"],
            size=entry["size"],
            files=tuple(_describe(file, entry.get("folder", "")) for file in entry["files"]),
        )
        for name, entry in catalogue.items()
    }


def cache_folder() -> Path:
    """Return the default folder for downloads."""
    return platformdirs.user_cache_path("deepartist")


def _describe(file: Mapping[str, Any], folder: str) -> RemoteFile:
    name = file.get("name", urlsplit(file["url"]).path.rpartition("/")[2])
    return RemoteFile(
        url=file["url"],
        name=f"{folder}/{name}" if folder else name,
        digest=file["digest"],
        n_bytes=file.get("bytes"),
        unpack_to=file.get("unpack_to"),
        unpacked_bytes=file.get("unpacked_bytes", 0),
    )
