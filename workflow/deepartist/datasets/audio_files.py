"""Finding the audio files in folders, and naming them by clip ids."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from deepartist.process.errors import InputError

SUFFIXES = frozenset(
    (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma")
)


def list_audio_files(root: Path) -> list[Path]:
    """List the audio files below a folder, sorted; hidden ones and linked folders are skipped.

    Raises
    ------
    InputError
        A folder cannot be read.
    """
    files = []
    for folder, folders, names in os.walk(root, onerror=_refuse_folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [
            Path(folder, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
        ]
    return sorted(files)


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

    Parameters
    ----------
    paths : sequence of Path
        Files with any extension, and folders, which are searched at any depth.

    Raises
    ------
    InputError
        A path does not exist, a folder holds no audio files, or two files have the same id.
    """
    clips: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        files = list_audio_files(path) if path.is_dir() else [path]
        if not files:
            raise InputError(
                f"{path}: no audio files there; they end in {', '.join(sorted(SUFFIXES))}"
            )
        for clip_id, file in name_clips(path if path.is_dir() else path.parent, files).items():
            if clip_id in clips:
                raise InputError(
                    f"{clips[clip_id]} and {file} would both be clip '{clip_id}'; "
                    "give a folder that holds both"
                )
            clips[clip_id] = file
    return clips
