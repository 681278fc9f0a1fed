"""Downloading files: they are resumed after an interruption, and checked before they are stored."""

import errno
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import requests
from tqdm import tqdm

from deepartist.downloads.catalogue import RemoteFile, cache_folder
from deepartist.files.digests import digest_file
from deepartist.files.json_files import read_json, write_json
from deepartist.process.disk import CACHE_ADVICE, require_space
from deepartist.process.errors import InputError
from deepartist.process.locks import locking

REACH_S = 2.5  # to find out whether the server can be reached; the answer comes within 5 s in all
TIMEOUT_S = (10, 30)  # to connect; to wait for the next bytes
MAX_TRIES = 5
MAX_UNSTATED_BYTES = 2**30  # limit if neither the server nor the catalogue states the size
PROGRESS_BYTES = 2**24  # tries are counted anew after this much was received
BACK_OFF_S = 1.0  # doubled after each try
SLOW_BYTES = 2**32  # for files this large, a line says that the check takes minutes
LOCK_NAME = ".deepartist-fetch.lock"
_CHUNK_BYTES = 2**16


class _BrokenOff(Exception):
    """A try failed for a reason that may be temporary."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder, so that other processes that download to it wait.

    Raises
    ------
    InputError
        The folder cannot be written to, now or within the block.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        waiting = f"{folder}: waiting for another process that fetches into it"
        with locking(folder / LOCK_NAME, waiting):
            yield
    except OSError as error:
        advice = f"; {CACHE_ADVICE}" if folder == cache_folder() else ""
        raise InputError(f"{folder}: cannot be written to: {error}{advice}") from error


def fetch_file(file: RemoteFile, folder: Path) -> Path:
    """Download a file, unless an intact copy is there.

    An interrupted download is kept as ``<name>.part`` and resumed by the next try, in this call or
    in a later one. Call this function within `locked`.

    Parameters
    ----------
    file : RemoteFile
    folder : Path
        Folder to store the file in. A damaged copy is replaced if the file has a published digest.

    Returns
    -------
    Path
        Where the file is stored.

    Raises
    ------
    InputError
        The file cannot be downloaded, differs from the published one, or does not fit on the disk.
    """
    path = folder / file.name
    if is_intact(file, folder):
        return path
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is not a file, so the download cannot replace it; move it away")
    if path.exists() and file.digest is None:
        raise InputError(
            f"{path}: already exists, and its publisher gives no digest to check it; move it away"
        )
    # A link stays, and what it leads to is replaced, as `replacing` does.
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    _download(file, part)
    if file.digest is None:
        # later calls check the file by this digest
        record = {"url": file.url, "bytes": _size(part), "digest": _digest(part, "sha256")}
        write_json(record, _record_path(path))
    elif not _has_digest(part, file.digest):
        _discard(part)
        raise InputError(
            f"{file.url}: the download does not have the published {file.digest} and was removed; "
            f"try again later, or put a good copy at {path}"
        )
    part.replace(target)
    _discard(part)
    return path


def is_intact(file: RemoteFile, folder: Path) -> bool:
    """Check a file in a folder by its published digest or, without one, by the recorded one.

    `fetch_file` records the digest of a file without a published one. The result is False if there
    is no such file.
    """
    path = folder / file.name
    if not path.is_file():
        return False
    if file.digest is not None:
        return _has_digest(path, file.digest)
    record = _read_record(_record_path(path))
    return record.get("url") == file.url and record.get("digest") == _digest(path, "sha256")


def is_file_of(path: Path, file: RemoteFile) -> bool:
    """Tell whether a file, wherever it is, is the published one, by the published digest."""
    return file.digest is not None and _has_digest(path, file.digest)


def _download(file: RemoteFile, part: Path) -> None:
    """Download a file to `part`; try again after failures that may be temporary."""
    _require_reachable(file.url)
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
            if _is_permanent(error):
                raise InputError(f"{file.url}: cannot be fetched: {_reason(error)}") from error
            if _size(part) - reached >= PROGRESS_BYTES:
                tries, reached = 0, _size(part)
            tries += 1
            if tries >= MAX_TRIES:
                kept = _read_state(file, part)[1]
                advice = f"; {kept:,} bytes are kept; the next call resumes there" if kept else ""
                raise InputError(
                    f"{file.url}: cannot be fetched, after {tries} tries: {_reason(error)}{advice}"
                ) from error
            time.sleep(BACK_OFF_S * 2 ** (tries - 1))
        except (requests.RequestException, ValueError) as error:
            # a malformed answer raises ValueError
            raise InputError(f"{file.url}: cannot be fetched: {_reason(error)}") from error


def _require_reachable(url: str) -> None:
    """Raise InputError within seconds if a server, or the proxy before it, cannot be reached.

    The question is asked in a thread of its own, because the system's search for a server's name
    has no time limit.
    """
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    address = urlsplit(proxy if proxy and "://" in proxy else f"http://{proxy}" if proxy else url)
    port = address.port or {"http": 80, "https": 443}.get(address.scheme, 1080)
    answers: SimpleQueue[OSError | None] = SimpleQueue()

    def connect() -> None:
        try:
            # The server may have two addresses, of which one does not answer.
            socket.create_connection((address.hostname or "", port), REACH_S / 2).close()
        except OSError as error:
            answers.put(error)
        else:
            answers.put(None)

    Thread(target=connect, daemon=True).start()
    try:
        error = answers.get(timeout=REACH_S)
    except Empty:
        error = TimeoutError(errno.ETIMEDOUT, f"no answer within {REACH_S:g} s")
    if error is not None:
        reason = error.strerror or str(error)
        what = f"the proxy {address.netloc.rpartition('@')[2]}" if proxy else "the server"
        raise InputError(
            f"{url}: {what} cannot be reached ({reason}); connect to the internet and run again"
        )


def _is_permanent(error: Exception) -> bool:
    """Tell whether an error of the connection will occur again: no trust, or a proxy's refusal."""
    return isinstance(error, requests.exceptions.ProxyError) or "CERTIFICATE" in str(error)


def _try_once(file: RemoteFile, part: Path) -> None:
    """Request the missing bytes of `part` and append them as they arrive."""
    state, offset = _read_state(file, part)
    if offset and offset == state["bytes"]:
        return  # complete, but the process stopped before the check
    headers = {"Accept-Encoding": "identity"}
    if offset:
        headers |= {"Range": f"bytes={offset}-"}
        headers |= {"If-Range": state["version"]} if state["version"] else {}
    with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        _require_content(file, response)
        if _resumes(response, offset, state):
            total = state["bytes"]
        else:
            _discard(part)  # before the new state is written, which does not describe these bytes
            if response.status_code != 200:
                raise _BrokenOff("the file on the server has changed since the download began")
            offset, total = 0, _read_total(file, response)
        missing = (total or 0) - offset
        require_space(part.parent, missing + file.unpacked_bytes, f"fetching {file.name}")
        if not offset:
            new_state = {"url": file.url, "version": _version(response), "bytes": total}
            write_json(new_state, _state_path(part))
        _receive(file, response, part, offset, total)
    if total is not None and _size(part) < total:
        raise _BrokenOff(f"the connection ended at byte {_size(part):,} of {total:,}")


def _read_state(file: RemoteFile, part: Path) -> tuple[dict[str, Any], int]:
    """Read the state of an interrupted download.

    Returns
    -------
    state : dict
        Keys url, version and bytes (the size of the complete file); each None if unknown.
    offset : int
        How many bytes of `part` can be kept.
    """
    state = {"url": None, "version": None, "bytes": None} | _read_record(_state_path(part))
    # Without the server's version or a published digest, bytes of two versions could be mixed.
    can_resume = state["url"] == file.url and state["bytes"] and (state["version"] or file.digest)
    return state, _size(part) if can_resume else 0


def _require_content(file: RemoteFile, response: requests.Response) -> None:
    """Raise an error if the answer is neither bytes of the file nor 416 (no such range)."""
    status = response.status_code
    if status in (408, 429) or status >= 500:
        raise _BrokenOff(f"the server answers {status}")
    if status not in (200, 206, 416):
        raise InputError(f"{file.url}: cannot be fetched: the server answers {status}")
    if file.url.startswith("https:"):  # a file without a published digest has no other protection
        for hop in (*response.history, response):
            if not hop.url.startswith("https:"):
                raise InputError(
                    f"{file.url}: the server redirects to an address without encryption"
                )
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise InputError(f"{file.url}: the server sends it with an encoding that was not requested")


def _resumes(response: requests.Response, offset: int, state: Mapping[str, Any]) -> bool:
    """Tell whether the answer continues the interrupted download at byte `offset`."""
    span, _, total = response.headers.get("Content-Range", "").partition("/")
    return (
        response.status_code == 206
        and offset > 0
        and span.startswith(f"bytes {offset}-")
        and total == str(state["bytes"])
        and _version(response) in (state["version"], None)  # some servers ignore If-Range
    )


def _read_total(file: RemoteFile, response: requests.Response) -> int | None:
    """Return the file's size from the server or the catalogue; None if neither states it."""
    length = response.headers.get("Content-Length", "")
    total = int(length) if re.fullmatch("[0-9]{1,15}", length) else None
    if total is None:
        # Without a size, only a digest or the end of a chunked body shows that nothing is missing.
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
    """Return the file's version for If-Range: its ETag or, if that is weak, its last change."""
    etag = response.headers.get("ETag", "W/")
    return response.headers.get("Last-Modified") if etag.startswith("W/") else etag


def _record_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.fetched.json")


def _state_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_record(path: Path) -> dict[str, Any]:
    """Read a record in JSON; return an empty one if it is missing or damaged."""
    try:
        record = read_json(path)
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _has_digest(path: Path, digest: str) -> bool:
    return _digest(path, digest.partition(":")[0]) == digest


def _digest(path: Path, algorithm: str) -> str:
    """Compute a file's digest as the catalogue writes it, ``algorithm:hex``."""
    if _size(path) >= SLOW_BYTES:
        print(f"{path}: checking its digest, which takes minutes", file=sys.stderr)
    return f"{algorithm}:{digest_file(path, algorithm)}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _state_path(part).unlink(missing_ok=True)


def _reason(error: BaseException) -> str:
    """Describe an error in one line; of errors within errors, the innermost one."""
    inner = error.args[0] if error.args else None
    inner = getattr(inner, "reason", inner)
    if isinstance(inner, BaseException) and inner is not error:
        return _reason(inner)
    return " ".join(str(error).split())[:300] or type(error).__name__
