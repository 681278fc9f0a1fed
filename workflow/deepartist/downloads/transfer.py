"""Files from their publishers: whole and as published, or not there at all."""

import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pooch
import requests
import yaml
from filelock import FileLock, Timeout
from tqdm import tqdm

from deepartist.files.json_files import read_json, write_json
from deepartist.process.disk import require_space
from deepartist.process.errors import InputError

TABLE_PATH = Path(__file__).with_name("downloads.yaml")
TIMEOUT_S = (10, 30)  # for the connection; for each next piece, else it counts as stalled
MAX_TRIES = 5
MAX_UNSTATED_BYTES = 2**30  # of a file whose size neither the server nor the table states
PROGRESS_BYTES = 2**24  # a try that brings as much does not count
BACK_OFF_S = 1.0  # doubled from try to try
SLOW_BYTES = 2**32  # of a file whose check is announced
LOCK_NAME = ".deepartist-fetch.lock"
_CHUNK_BYTES = 2**16


class RemoteFile(NamedTuple):
    """A file that can be downloaded."""

    url: str
    name: str
    """Path to give it, within the folder that it goes to."""
    digest: str | None
    """``sha1:…`` or ``sha256:…``; None where its publisher gives none."""
    n_bytes: int | None
    unpack_to: str | None
    """Folder to unpack it to; None: it stays as it is."""
    unpacked_bytes: int
    """Estimate of its size unpacked; 0: it stays as it is."""


class Download(NamedTuple):
    """What a user can name: a data set, lists or weights."""

    what: str
    licence: str
    size: str
    files: tuple[RemoteFile, ...]


class _BrokenOff(Exception):
    """A try that ended early, for a reason that may pass."""


def read_table() -> dict[str, Download]:
    """Read what can be downloaded, by name."""
    table = yaml.safe_load(TABLE_PATH.read_text(encoding="utf-8"))
    return {
        name: Download(
            what=entry["what"],
            licence=entry["licence"],
            size=entry["size"],
            files=tuple(_describe(file, entry.get("folder", "")) for file in entry["files"]),
        )
        for name, entry in table.items()
    }


def cache_folder() -> Path:
    """Return the folder that downloads go to where the user names none."""
    return Path(pooch.os_cache("deepartist"))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make other processes that fetch into the same folder wait."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK_NAME)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            print(f"{folder}: waiting for another process that fetches into it", file=sys.stderr)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise InputError(f"{folder}: cannot be written to: {error}") from error


def fetch_file(file: RemoteFile, folder: Path) -> Path:
    """Download a file, unless it is there and whole.

    What came before a break stays as ``<name>.part`` and is gone on from, within the tries of a
    call and by later calls. Call it within `locked`.

    Parameters
    ----------
    file : RemoteFile
    folder : Path
        Where to; a damaged copy there of a file with a digest is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        It cannot be reached, is not what it should be, or does not fit on the disk.
    """
    path = folder / file.name
    if is_whole(file, folder):
        return path
    if path.exists() and file.digest is None:
        raise InputError(
            f"{path}: is there, but its publisher gives no digest to check it by; move it away"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    _download(file, part)
    if file.digest is None:
        record = {"url": file.url, "bytes": _size(part), "digest": _digest(part, "sha256")}
        write_json(record, _record_path(path))
    elif not _has_digest(part, file.digest):
        _discard(part)
        raise InputError(
            f"{file.url}: what came does not have the published {file.digest} and was removed; "
            f"try again later, or put a good copy at {path}"
        )
    part.replace(path)
    _discard(part)
    return path


def is_whole(file: RemoteFile, folder: Path) -> bool:
    """Tell whether a file is there, with its digest, or else the one it had when it came."""
    path = folder / file.name
    if not path.is_file():
        return False
    if file.digest is not None:
        return _has_digest(path, file.digest)
    record = _read_record(_record_path(path))
    return record.get("url") == file.url and record.get("digest") == _digest(path, "sha256")


def _describe(file: Mapping, folder: str) -> RemoteFile:
    name = file.get("name", urlsplit(file["url"]).path.rpartition("/")[2])
    return RemoteFile(
        url=file["url"],
        name=f"{folder}/{name}" if folder else name,
        digest=file["digest"],
        n_bytes=file.get("bytes"),
        unpack_to=file.get("unpack_to"),
        unpacked_bytes=file.get("unpacked_bytes", 0),
    )


def _download(file: RemoteFile, part: Path) -> None:
    """Fill `part`, trying again where a try breaks off."""
    tries, reached = 0, _size(part)
    while True:
        try:
            _try_once(file, part)
            return
        except (
            _BrokenOff,
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ) as error:
            if _size(part) - reached >= PROGRESS_BYTES:
                tries, reached = 0, _size(part)
            tries += 1
            if tries >= MAX_TRIES:
                kept = _read_begun(file, part)[1]
                advice = f"; {kept:,} bytes are kept to go on from" if kept else ""
                raise InputError(
                    f"{file.url}: cannot be fetched, after {tries} tries: {_reason(error)}{advice}"
                ) from error
            time.sleep(BACK_OFF_S * 2 ** (tries - 1))
        except (requests.RequestException, ValueError) as error:
            # ValueError: of a malformed answer
            raise InputError(f"{file.url}: cannot be fetched: {_reason(error)}") from error


def _try_once(file: RemoteFile, part: Path) -> None:
    """Ask for what is missing of `part` and write it down as it comes."""
    begun, offset = _read_begun(file, part)
    if offset and offset == begun["bytes"]:
        return  # stopped between its last byte and the check
    headers = {"Accept-Encoding": "identity"}
    if offset:
        headers |= {"Range": f"bytes={offset}-"}
        headers |= {"If-Range": begun["version"]} if begun["version"] else {}
    with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        _require_content(file, response)
        if _goes_on(response, offset, begun):
            total = begun["bytes"]
        else:
            _discard(part)  # before the new state is written: it is not of what lies there
            if response.status_code != 200:
                raise _BrokenOff("the server's file is no longer the one begun")
            offset, total = 0, _read_total(file, response)
        missing = (total or 0) - offset
        require_space(part.parent, missing + file.unpacked_bytes, f"fetching {file.name}")
        if not offset:
            state = {"url": file.url, "version": _version(response), "bytes": total}
            write_json(state, _state_path(part))
        _receive(file, response, part, offset, total)
    if total is not None and _size(part) < total:
        raise _BrokenOff(f"the connection ended at byte {_size(part):,} of {total:,}")


def _read_begun(file: RemoteFile, part: Path) -> tuple[dict, int]:
    """Return what is known of the file begun, and how many bytes of it can be gone on from."""
    begun = {"url": None, "version": None, "bytes": None} | _read_record(_state_path(part))
    # Without a mark of the version, or a digest to check it all by, two versions could be mixed.
    usable = begun["url"] == file.url and begun["bytes"] and (begun["version"] or file.digest)
    return begun, _size(part) if usable else 0


def _require_content(file: RemoteFile, response: requests.Response) -> None:
    """Raise where a server answers neither with the file's own bytes nor that there are no more."""
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise _BrokenOff(f"the server answers {status}")
    if status not in (200, 206, 416):
        raise InputError(f"{file.url}: cannot be fetched: the server answers {status}")
    if file.url.startswith("https:"):  # where no digest is published, all depends on it
        for hop in (*response.history, response):
            if not hop.url.startswith("https:"):
                raise InputError(f"{file.url}: the server leads to an address without encryption")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise InputError(f"{file.url}: the server sends it encoded, which was not asked for")


def _goes_on(response: requests.Response, offset: int, begun: Mapping) -> bool:
    """Tell whether the answer goes on from byte `offset` of the file that was begun."""
    span, _, total = response.headers.get("Content-Range", "").partition("/")
    return (
        response.status_code == 206
        and offset > 0
        and span.startswith(f"bytes {offset}-")
        and total == str(begun["bytes"])
        and _version(response) in (begun["version"], None)  # not every server heeds If-Range
    )


def _read_total(file: RemoteFile, response: requests.Response) -> int | None:
    """Return how many bytes the file has by what the server says; None: it does not say."""
    length = response.headers.get("Content-Length", "")
    total = int(length) if re.fullmatch("[0-9]{1,15}", length) else None
    if total is None:
        # then only its digest, or the mark at the end of the last chunk, tells that it came whole
        if file.digest is None and not response.raw.chunked:
            raise InputError(f"{file.url}: the server does not say how large the file is")
        return file.n_bytes
    if file.n_bytes not in (total, None):
        raise InputError(
            f"{file.url}: the server offers {total:,} bytes; the published file has "
            f"{file.n_bytes:,}"
        )
    return total


def _receive(
    file: RemoteFile, response: requests.Response, part: Path, offset: int, total: int | None
) -> None:
    limit = MAX_UNSTATED_BYTES if total is None else total
    with (
        part.open("ab") as target,
        tqdm(
            desc=part.stem,
            initial=offset,
            total=total,
            unit="B",
            unit_scale=True,
            disable=None,
        ) as progress,
    ):
        for chunk in response.iter_content(_CHUNK_BYTES):
            offset += len(chunk)
            if offset > limit:
                _discard(part)
                raise InputError(f"{file.url}: the server sends more than {limit:,} bytes")
            target.write(chunk)
            progress.update(len(chunk))


def _version(response: requests.Response) -> str | None:
    """Return the server's mark of the file's version, fit for If-Range, which weak ones are not."""
    etag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if etag.startswith("W/") else etag


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.fetched.json")


def _state_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_record(path: Path) -> dict:
    try:
        record = read_json(path)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _has_digest(path: Path, digest: str) -> bool:
    return _digest(path, digest.partition(":")[0]) == digest


def _digest(path: Path, algorithm: str) -> str:
    if _size(path) >= SLOW_BYTES:
        print(f"{path}: checking all of it, which takes minutes", file=sys.stderr)
    return f"{algorithm}:{pooch.file_hash(str(path), alg=algorithm)}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _state_path(part).unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
