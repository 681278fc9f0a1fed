"""Finding the audio files in folders, and naming them by clip ids."""

import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from deepartist.files.audio_folder import (
    APPLE_DOUBLE,
    SUFFIXES,
    is_audio_name,
    is_system_folder,
)
from deepartist.process.errors import InputError

SUFFIX = re.compile(r"\.\w{1,10}")
MOST_NAMED = 10  # reasons in a line about what was passed over


class AudioFolder(NamedTuple):
    """The audio files below a folder, and what else lies there.

    Attributes
    ----------
    files : list of Path
        Sorted.
    files_passed_over : mapping of str to int
        Number of other files, by suffix (in lower case) or by what they are.
    folders_passed_over : mapping of str to int
        Number of folders that were not searched, by what they are.
    """

    files: list[Path]
    files_passed_over: Mapping[str, int]
    folders_passed_over: Mapping[str, int]

    def report_passed_over(self) -> None:
        """Say on stderr how many files and folders were passed over, and why."""
        for what, numbers in (
            ("files", self.files_passed_over),
            ("folders", self.folders_passed_over),
        ):
            by_number = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
            reasons = [f"{reason} {n}" for reason, n in by_number[:MOST_NAMED]]
            reasons += ["…"] * (len(by_number) > MOST_NAMED)
            if reasons:
                total = sum(numbers.values())
                print(f"{total} {what} passed over: {', '.join(reasons)}", file=sys.stderr)


def list_audio_files(root: Path) -> AudioFolder:
    """List the audio files below a folder, at any depth.

    Files are audio files by their suffix (`deepartist.files.audio_folder.SUFFIXES`). Names that
    start with a point count as others do. AppleDouble files, folders of systems
    (`deepartist.files.audio_folder.SYSTEM_FOLDERS`) and links to folders are passed over.

    Raises
    ------
    InputError
        A folder cannot be read.
    """
    files: list[Path] = []
    other_files: Counter[str] = Counter()
    other_folders: Counter[str] = Counter()
    for folder, folders, names in os.walk(root, onerror=_refuse_folder):
        reason_of = {name: _why_not_searched(folder, name) for name in folders}
        other_folders.update(filter(None, reason_of.values()))
        folders[:] = [name for name, reason in reason_of.items() if not reason]
        for name in names:
            if is_audio_name(name):
                files.append(Path(folder, name))
            else:
                other_files[_describe_other(name)] += 1
    return AudioFolder(sorted(files), other_files, other_folders)


def _why_not_searched(parent: str, name: str) -> str:
    """Return why a folder is not searched; an empty text if it is."""
    if is_system_folder(name):
        return "of a system"
    return "links" if Path(parent, name).is_symlink() else ""


def _describe_other(name: str) -> str:
    """Describe a file that is no audio file: by its suffix, if it has one of usual length."""
    if name.startswith(APPLE_DOUBLE):
        return "AppleDouble"
    suffix = Path(name).suffix.lower()
    return suffix if SUFFIX.fullmatch(suffix) else "without a suffix"


def _refuse_folder(error: OSError) -> NoReturn:
    # By default, os.walk skips such a folder silently, and its songs would be missing.
    raise InputError(
        f"{error.filename}: cannot be read as a folder ({error.strerror}); "
        "give permission to read it, or move it"
    ) from error


def name_clips(root: Path, files: Sequence[Path]) -> dict[str, Path]:
    """Give files their clip ids: the path below `root` without its extension.

    The extension is kept if the id would otherwise equal the id or the name of another file.
    """
    # Names with and without extension are counted together, because there may be x.wav, x.mp3 and
    # x.wav.mp3.
    n_alike = Counter([*files, *(file.with_suffix("") for file in files)])
    named = {}
    for file in files:
        relative = file.relative_to(root)
        is_unique = n_alike[file.with_suffix("")] == 1
        named[(relative.with_suffix("") if is_unique else relative).as_posix()] = file
    return named


def find_clips(paths: Sequence[Path]) -> dict[str, Path]:
    """Find the audio files that a user names, by clip id.

    The id of a file is its path below the folder that was given, or its name if the file itself was
    given. Unlike those of `name_clips`, the ids have the extension, so that they do not depend on
    which other files are there.

    Parameters
    ----------
    paths : sequence of Path
        Files with any extension, and folders, which are searched at any depth
        (`list_audio_files`). What is passed over in each folder is counted on stderr.

    Raises
    ------
    InputError
        A path does not exist, a folder holds no audio files, or two files have the same id.
    """
    clips: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        files = [path]
        if path.is_dir():
            folder = list_audio_files(path)
            folder.report_passed_over()
            files = folder.files
        if not files:
            raise InputError(
                f"{path}: no audio files there; they end in {', '.join(sorted(SUFFIXES))}"
            )
        for file in files:
            clip_id = file.relative_to(path).as_posix() if path.is_dir() else file.name
            if clip_id in clips:
                raise InputError(
                    f"{clips[clip_id]} and {file} would both be clip '{clip_id}'; "
                    "give a folder that holds both"
                )
            clips[clip_id] = file
    return clips
