"""GTZAN with its fault-filtered split, in which no artist is in two parts."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from deepartist.datasets import command
from deepartist.datasets.manifest import SPLITS, build_manifest
from deepartist.process import stage
from deepartist.process.errors import InputError

SUFFIXES = (".wav", ".au")
DEPTH = 2  # levels of folders to search: genres/<genre>/
RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
MAX_CLIPS = 100_000  # in a user's own lists

# Clip numbers by split and genre: 443, 197 and 290 clips (section 3.2, reference [17]).
FAULT_FILTERED = {
    "train": {
        "blues": "29-49,73-97",
        "classical": "30-33,43-48,50-67,80-99",
        "country": "19-26,28-29,65-99",
        "disco": "5,15-20,22-37,39-45,47,49,53-54,56-57,59,61,70,73-74,89",
        "hiphop": "2-25,28-29,31-38,41-42,55-61,77-80",
        "jazz": "0-1,11-24,41,47-72",
        "metal": "2-3,5,21,24,35,46-57,59-66,69,71-72,79-80,84,86,89-99",
        "pop": "2-9,11-12,16-20,23-29,31-36,38-42,44,46,49-50,80,97-99",
        "reggae": "0-2,4,6,9,11-12,14-32,42-45,49-51,54-60,63,69",
        "rock": "0-9,16-26,57-70,91-99",
    },
    "valid": {
        "blues": "0-11,50-60",
        "classical": "0-10,68-76",
        "country": "0-7,9-18,27,41-42,45,49",
        "disco": "0,2-4,6-14,46,48,52,67-68,72,75,90,95",
        "hiphop": "81-98",
        "jazz": "2-10,25-32",
        "metal": "0-1,6-11,16-20,36-37,68,76-77,81-82",
        "pop": "10,53,55,58-62,81,83-86",
        "reggae": "61-62,70,72,74,76-78,85,92-99",
        "rock": "38,49-56,71-85",
    },
    "test": {
        "blues": "12-28,61-72,98-99",
        "classical": "11-29,34-41,49,77-79",
        "country": "30-40,43-44,46-48,50-51,53-64",
        "disco": "1,21,58,62-66,69,76-88,91-94,96-97,99",
        "hiphop": "0,26-27,30,40,43-45,51-54,62-75,99",
        "jazz": "73-99",
        "metal": "12-15,22-23,25-33,38-39,67,70,73-75,78,83,85,87-88",
        "pop": "0-1,13-14,43,63-66,69-79,82,88-96",
        "reggae": "34-40,46-48,52-53,64-68,71,79,82-84,87-90",
        "rock": "10-15,27-37,39-48,86-90",
    },
}


def load(path: str, lists: str | None = None) -> pd.DataFrame:
    """List the clips of a split of GTZAN.

    Parameters
    ----------
    path : str
        Folder that holds ``genres/<genre>/<genre>.NNNNN.wav`` (or ``.au``), or the genre folders,
        or the clips themselves; names may be in upper or lower case. If there are several files of
        a clip, a ``.wav`` is preferred to an ``.au``, and then the least nested one.
    lists : str or None
        YAML file in the form of `FAULT_FILTERED`; None: use `FAULT_FILTERED`.

    Returns
    -------
    pd.DataFrame
        A manifest: `clip_id` such as ``blues.00029``; the artists are unknown. A listed clip
        without a file is kept, with the path where its ``.wav`` is expected, and reported on
        stderr.

    Raises
    ------
    InputError
        The folder or YAML file is missing, the YAML file is malformed, or no clip has a file.
    """
    root = command.require(Path(path), "gtzan", "genres/<genre>/<genre>.NNNNN.wav (or .au)")
    file_of = _find_files(root)
    folder_of = {stem.split(".")[0]: file.parent for stem, file in reversed(file_of.items())}
    genres = root / "genres" if (root / "genres").is_dir() else root
    clips, missing = [], []
    for split, genre, number in list_clips(_read_lists(lists) if lists else FAULT_FILTERED):
        clip_id = f"{genre}.{number:05d}"
        file = file_of.get(clip_id.casefold())
        if file is None:
            missing.append(clip_id)
            file = folder_of.get(genre.casefold(), genres / genre) / f"{clip_id}{SUFFIXES[0]}"
        clips.append({"clip_id": clip_id, "path": file.as_posix(), "genre": genre, "split": split})
    if len(missing) == len(clips):
        raise InputError(
            f"{root}: holds none of the {len(clips)} listed clips; the data set kind 'gtzan' "
            "expects genres/<genre>/<genre>.NNNNN.wav (or .au) there"
        )
    command.report("listed clip", "without a file", missing)
    return build_manifest(clips)


def _find_files(root: Path) -> dict[str, Path]:
    """Find the preferred file of each clip; keys are file names in lower case without suffix."""
    candidates = []
    for file in _walk(root, DEPTH):
        stem, suffix = os.path.splitext(file.name.casefold())  # noqa: PTH122
        if suffix in SUFFIXES:
            candidates.append((SUFFIXES.index(suffix), len(file.parts), file, stem))
    file_of: dict[str, Path] = {}
    for _, _, file, stem in sorted(candidates):
        file_of.setdefault(stem, file)
    return file_of


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the files of a folder and of `depth` levels of folders below it."""
    try:
        with os.scandir(folder) as entries:
            listed = [(folder / entry.name, entry.is_dir()) for entry in entries]
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be read as a folder ({error.strerror}); "
            "give permission to read it, or move it"
        ) from error
    for path, is_folder in listed:
        if not is_folder:
            yield path
        elif depth:
            yield from _walk(path, depth - 1)


def list_clips(lists: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str, int]]:
    """Expand lists of clip numbers by split and genre.

    Parameters
    ----------
    lists : mapping of str to mapping of str to str
        In the form of `FAULT_FILTERED`.

    Returns
    -------
    list of (split, genre, clip number)

    Raises
    ------
    InputError
        The lists have another form or other splits, or hold a malformed range.
    """
    if not isinstance(lists, Mapping) or set(lists) != set(SPLITS):
        raise InputError(f"gtzan lists: the keys must be {', '.join(SPLITS)}")
    clips = []
    for split, genres in lists.items():
        if not isinstance(genres, Mapping):
            raise InputError(f"gtzan lists: {split} must map genres to ranges of clip numbers")
        for genre, ranges in genres.items():
            if not isinstance(genre, str) or "/" in genre or not genre.strip("."):
                raise InputError(f"gtzan lists: {split}: {genre!r} is not the name of a genre")
            clips += [(split, genre, number) for number in parse_ranges(ranges)]
            if len(clips) > MAX_CLIPS:
                raise InputError(f"gtzan lists: more than {MAX_CLIPS} clips; GTZAN has 1000")
    return clips


def parse_ranges(text: str | int) -> list[int]:
    """Expand ranges such as ``2-4,7`` to ``[2, 3, 4, 7]``; raise InputError if malformed."""
    if not isinstance(text, str | int):
        raise InputError(f"gtzan lists: a {type(text).__name__} is not ranges such as '2-4,7'")
    numbers: list[int] = []
    for part in str(text).split(","):
        match = RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise InputError(f"gtzan lists: {part!r} is not a range of clip numbers such as 2-4")
        numbers += range(first, last + 1)
        if len(numbers) > MAX_CLIPS:
            raise InputError(f"gtzan lists: more than {MAX_CLIPS} clips; GTZAN has 1000")
    return numbers


def _read_lists(path: str) -> Any:
    """Read a YAML file of lists; `list_clips` checks what it holds."""
    file = command.require_file(Path(path), "gtzan", "clip numbers by split and genre")
    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: not UTF-8, a date
        raise InputError(f"{path}: not YAML ({' '.join(str(error).split())})") from error


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("gtzan", argv)
    command.save(load(settings["path"], settings["lists"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
