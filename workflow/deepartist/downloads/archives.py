"""Unpacking zip and tar archives from the web without writing outside the folder."""

import re
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from lzma import LZMAError
from pathlib import Path
from typing import IO, NamedTuple

from tqdm import tqdm

from deepartist.process.disk import require_space
from deepartist.process.errors import InputError

MAX_MEMBERS = 2_000_000  # FMA large has 107,000
_CHUNK_BYTES = 2**20


class Member(NamedTuple):
    """A file of an archive."""

    parts: tuple[str, ...]
    """The parts of its path."""
    n_bytes: int
    """Its unpacked size, as stated in the archive."""
    open: Callable[[], IO[bytes]]
    """Opens the file to read its contents."""


def unpack(archive: Path, folder: Path) -> tuple[int, int]:
    """Unpack an archive into a folder.

    If everything in the archive is in one folder, the contents are unpacked without that folder.
    Every member is checked before anything is written. Permissions, owners and times are not
    restored.

    Parameters
    ----------
    archive : Path
        A zip file, or a tar file, compressed or not.
    folder : Path
        Folder to unpack to; made if missing.

    Returns
    -------
    n_files, n_bytes : int
        How many files were written, and their total size.

    Raises
    ------
    InputError
        The file is not an archive, or is damaged or encrypted. A member would be written elsewhere
        (an absolute path, ``..``, a Windows drive), or is a link or a device. The disk has too
        little free space.
    """
    try:
        with _open(archive) as listed:
            folder.parent.mkdir(parents=True, exist_ok=True)
            members = _check(archive, listed, folder.parent)
            n_bytes = sum(member.n_bytes for member in members)
            _write(members, folder, n_bytes)
    except (
        *(zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError, EOFError),
        *(OSError, NotImplementedError, RuntimeError, ValueError),  # if the archive is damaged
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{archive}: cannot be unpacked: {reason}") from error
    return len(members), n_bytes


@contextmanager
def _open(archive: Path) -> Iterator[Iterator[Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            yield _list_zip(archive, file)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as file:
            yield _list_tar(archive, file)
    else:
        raise InputError(f"{archive}: neither a zip nor a tar archive")


def _list_zip(archive: Path, file: zipfile.ZipFile) -> Iterator[Member]:
    for info in file.infolist():
        # the type of file, as Unix programs write it; other programs write zero
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refusal(archive, info.filename, "is a link or a device")
        if info.flag_bits & 1:
            raise _refusal(archive, info.filename, "is encrypted")
        parts = _split(archive, info.filename)
        if not info.is_dir():
            yield Member(parts, info.file_size, partial(file.open, info))


def _list_tar(archive: Path, file: tarfile.TarFile) -> Iterator[Member]:
    for info in file:
        if not (info.isfile() or info.isdir()):
            raise _refusal(archive, info.name, "is a link or a device")
        parts = _split(archive, info.name)
        if info.isfile():
            yield Member(parts, info.size, partial(_open_tar_member, file, info))


def _open_tar_member(file: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    opened = file.extractfile(info)
    assert opened is not None  # it is None only for folders and devices
    return opened


def _split(archive: Path, name: str) -> tuple[str, ...]:
    """Split a member's path at slashes and, for archives made on Windows, at backslashes."""
    parts = re.split(r"[/\\]", name)
    if not parts[0] or re.match("[A-Za-z]:", name):  # /etc, \\server, C:\Windows
        raise _refusal(archive, name, "has an absolute path")
    if ".." in parts:
        raise _refusal(archive, name, "leads out of its folder by '..'")
    if re.search(r"[\x00-\x1f\x7f]", name):
        raise _refusal(archive, name, "has control characters in its name")
    return tuple(part for part in parts if part not in ("", "."))


def _refusal(archive: Path, name: str, why: str) -> InputError:
    shown = ascii(name if len(name) <= 100 else name[:100] + "…")
    return InputError(f"{archive}: refused, nothing was unpacked: member {shown} {why}")


def _check(archive: Path, listed: Iterator[Member], existing: Path) -> list[Member]:
    """Check all members; if one folder holds them all, remove it from their paths.

    `existing` is an existing folder on the disk that the archive is unpacked to.
    """
    members: list[Member] = []
    n_bytes = 0
    for member in listed:
        members.append(member)
        if not member.parts or len(members) > MAX_MEMBERS:
            raise InputError(
                f"{archive}: refused: a file without a name, or over {MAX_MEMBERS:,} files"
            )
        n_bytes += member.n_bytes
        # checked for each member, because listing a compressed tar means decompressing it
        require_space(existing, n_bytes, f"unpacking {archive.name}")
    if not members:
        raise InputError(f"{archive}: holds no files")
    tops = {member.parts[0] for member in members}
    if len(tops) == 1 and all(len(member.parts) > 1 for member in members):
        members = [member._replace(parts=member.parts[1:]) for member in members]
    return members


def _write(members: list[Member], folder: Path, n_bytes: int) -> None:
    with tqdm(total=n_bytes, desc="unpack", unit="B", unit_scale=True, disable=None) as progress:
        for member in members:
            path = folder.joinpath(*member.parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            with member.open() as source, path.open("xb") as target:  # x: fails on a second copy
                shutil.copyfileobj(source, target, _CHUNK_BYTES)
                written = target.tell()
            if written != member.n_bytes:
                raise ValueError(
                    f"{'/'.join(member.parts)} has {written} bytes, not {member.n_bytes} as listed"
                )
            progress.update(written)
