"""Taking up new and changed files into a library, and letting go of those that are gone."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from deepartist.datasets.audio_tags import read_tags
from deepartist.embeddings.embed_clips import CLIPS_PER_BATCH, embed_clips
from deepartist.files.digests import digest_file
from deepartist.library.search import unit_vectors
from deepartist.library.store import SIZES, Entry, Song
from deepartist.mels.clip import UnusableClip, read_clip
from deepartist.models.weights import TrainedEncoder

T = TypeVar("T")
R = TypeVar("R")


class Changes(NamedTuple):
    """What is to be done with the files of some folders.

    Attributes
    ----------
    kept : list of Entry
        Files that are as they were, and all that lie outside of the folders.
    to_read : list of str
        Paths of new and changed files.
    gone : list of str
        Paths of files that are not there any more.
    """

    kept: list[Entry]
    to_read: list[str]
    gone: list[str]


class FileRead(NamedTuple):
    """A file that was read; `frames` is None if it cannot be used or its content is known."""

    song: Song
    frames: npt.NDArray[np.float16] | None


def find_changes(
    files: Mapping[str, str], folders: Collection[str], known: Mapping[str, Entry]
) -> Changes:
    """Compare the files that are there with the entries of a library.

    A file is as it was if its size and its time of change are.

    Parameters
    ----------
    files : mapping of str to str
        The folder of each file that is there, by path; all absolute.
    folders : collection of str
        The folders, or files, that were searched. What lies elsewhere is kept.
    known : mapping of str to Entry
        By path.
    """
    kept = [known[path] for path in known if path not in files and not _is_below(path, folders)]
    gone = [path for path in known if path not in files and _is_below(path, folders)]
    to_read = []
    for path in files:
        if path in known and _has_stayed(known[path].song):
            kept.append(known[path])
        else:
            to_read.append(path)
    return Changes(kept, to_read, gone)


def _is_below(path: str, folders: Collection[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _has_stayed(song: Song) -> bool:
    try:
        status = Path(song.path).stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (song.size_bytes, song.modified_ns)


def read_entries(
    trained: TrainedEncoder,
    files: Mapping[str, str],
    excerpt: str,
    device: torch.device,
    by_digest: Mapping[str, Entry],
    jobs: int | None = None,
) -> Iterator[Entry]:
    """Read files and embed them, several at a time.

    Parameters
    ----------
    trained : TrainedEncoder
        On `device`.
    files : mapping of str to str
        The folder of each file, by path.
    excerpt : str
        ``start``, ``middle`` or ``whole``, as in `read_clip`.
    device : torch.device
    by_digest : mapping of str to Entry
        Entries by the digest of their content. A file with the content of one of them is not
        decoded: it takes its vectors.
    jobs : int > 0, optional
        Number of threads that decode. Default: four more than there are cores, but at most 32.

    Yields
    ------
    Entry
        In the order of `files`.
    """
    zeros = {name: np.zeros(size, np.float32) for name, size in SIZES.items()}
    read = partial(_read_file, excerpt=excerpt, known=by_digest.keys())
    with ThreadPoolExecutor(jobs) as pool:
        results = _map_ahead(pool, read, files.items(), 2 * CLIPS_PER_BATCH)
        for batch in _in_batches(results, CLIPS_PER_BATCH):
            clips = [file.frames for file in batch if file.frames is not None]
            embedded = map(unit_vectors, embed_clips(trained, clips, device)) if clips else ()
            vectors = zip(*embedded, strict=True)
            for song, frames in batch:
                if frames is not None:
                    yield Entry(song, dict(zip(SIZES, next(vectors), strict=True)))
                elif song.sha256 in by_digest:
                    yield Entry(song, by_digest[song.sha256].vectors)
                else:
                    yield Entry(song, zeros)


def _read_file(named: tuple[str, str], excerpt: str, known: Collection[str]) -> FileRead:
    """Read tags, digest and, if the content is not known, the log-mel frames of a file."""
    path, folder = named
    song = Song(path, folder, "", "", Path(path).stem, "", 0.0, 0, 0, "", "")
    try:
        status = Path(path).stat()  # before the content, so that a later change is noticed
        song = song._replace(size_bytes=status.st_size, modified_ns=status.st_mtime_ns)
        song = song._replace(sha256=digest_file(path))
    except OSError as error:
        return FileRead(song._replace(left_out=f"cannot be read ({error.strerror})"), None)
    tags, duration_s = read_tags(Path(path)) or ({}, None)
    song = song._replace(
        artist="; ".join(tags.get("artist") or tags.get("album_artist") or []),
        album="; ".join(tags.get("album", [])),
        title="; ".join(tags.get("title", [])) or song.title,
        genre="; ".join(tags.get("genre", [])),
        duration_s=duration_s or 0.0,
    )
    if song.sha256 in known:
        return FileRead(song, None)
    try:
        return FileRead(song, read_clip(Path(path), excerpt))
    except UnusableClip as reason:
        return FileRead(song._replace(left_out=str(reason)), None)


def _map_ahead(
    pool: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T], ahead: int
) -> Iterator[R]:
    """Map in order, with up to `ahead` calls running or done before their results are taken."""
    futures: deque[Future[R]] = deque()
    for item in items:
        futures.append(pool.submit(function, item))
        if len(futures) > ahead:
            yield futures.popleft().result()
    while futures:
        yield futures.popleft().result()


def _in_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
