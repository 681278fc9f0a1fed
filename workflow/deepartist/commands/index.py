"""The command ``deepartist index``: a library of songs and their vectors, which grows."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.process.counts import counted
from deepartist.process.errors import InputError

if TYPE_CHECKING:
    from deepartist.library.store import About, Entry
    from deepartist.models.known_models import NamedModel

SAVE_EVERY_SONGS = 64
MOST_NAMED = 10  # files that cannot be used, on the screen; the library has all


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``index`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "index",
        help="make a library of a collection, or bring it up to date",
        description="Read the tags of audio files, compute their vectors and keep both in a "
        "library, for deepartist similar. Run again, it decodes only new and changed files: one "
        "that was moved is known by its content, one that is gone leaves. After an interruption "
        "the same command goes on. Files that cannot be used are kept with the reason.",
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folders or files")
    command.add_argument("-o", "--library", required=True, type=Path, help="folder of the library")
    command.add_argument(
        "--model",
        help="folder of a trained model, a Keras .h5 file of the authors' encoder, or the name of "
        "one of theirs, downloaded once: "
        + ", ".join(KNOWN_ENCODERS)
        + " (default: that of the library, if there is one)",
    )
    command.add_argument(
        "--excerpt",
        choices=("start", "middle", "whole"),
        help="which 30 seconds of a longer file to use, or all of it, at most 20 minutes "
        "(default: that of the library, or middle)",
    )
    command.add_argument(
        "--whole",
        dest="excerpt",
        action="store_const",
        const="whole",
        help="the same as --excerpt whole",
    )
    command.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto takes a GPU if there is one (default: auto)",
    )
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    from tqdm import tqdm

    from deepartist.library.store import (
        SIZES,
        Entry,
        count_parts,
        read_about,
        read_songs,
        write_part,
        write_whole,
    )
    from deepartist.library.update import find_changes, read_entries
    from deepartist.models.device import choose_device
    from deepartist.models.known_models import load_any_model
    from deepartist.process.locks import locking

    files = _list_files(args.paths)
    earlier = read_about(args.library)
    model_name = args.model or (earlier.model if earlier else None)
    if model_name is None:
        raise InputError(f"--model is missing, and {args.library} is no library yet")
    model = load_any_model(model_name)
    args.library.mkdir(parents=True, exist_ok=True)
    waiting = f"{args.library}: is being indexed by another process; waiting for it"
    with locking(args.library / ".lock", waiting):
        about = _describe(model_name, model, args.excerpt, args.library)
        known: dict[str, Entry] = {}
        if count_parts(args.library):
            songs, vectors = read_songs(args.library, SIZES)
            rows = zip(*vectors.values(), strict=True)
            known = {
                song.path: Entry(song, dict(zip(vectors, row, strict=True)))
                for song, row in zip(songs, rows, strict=True)
            }
        changes = find_changes(files, [str(_given(path)) for path in args.paths], known)
        by_digest = {e.song.sha256: e for e in known.values() if not e.song.left_out}
        device = choose_device(args.device)
        model.trained.encoder.to(device)
        to_read = {path: files[path] for path in changes.to_read}
        results = read_entries(model.trained, to_read, about.excerpt, device, by_digest)
        entries, unsaved = list(changes.kept), []
        n_decoded = 0
        for entry in tqdm(results, total=len(to_read), desc="index", unit="file", disable=None):
            n_decoded += entry.song.sha256 not in by_digest
            entries.append(entry)
            unsaved.append(entry)
            if len(unsaved) == SAVE_EVERY_SONGS:
                write_part(args.library, about, unsaved)
                unsaved = []
        if to_read or changes.gone or count_parts(args.library) != 1:
            write_whole(args.library, about, entries)
    _report(args.library, entries, [len(to_read), n_decoded, len(changes.gone)])


def _list_files(paths: list[Path]) -> dict[str, str]:
    """List audio files with the folder that was given, by path; all absolute."""
    from deepartist.datasets.audio_files import find_clips

    files: dict[str, str] = {}
    for path in paths:
        folder = _given(path)
        for file in find_clips([folder]).values():
            try:
                str(file).encode()
            except UnicodeEncodeError:
                print(f"passed over, its name is not UTF-8: {str(file)!a}", file=sys.stderr)
                continue
            files.setdefault(str(file), str(folder if folder.is_dir() else folder.parent))
    return files


def _given(path: Path) -> Path:
    """Make a path that the user gave absolute."""
    from deepartist.library.store import absolute

    return path.resolve() if path.is_dir() else absolute(path)


def _describe(given: str, model: "NamedModel", excerpt: str | None, library: Path) -> "About":
    """Say what makes the vectors of a library.

    Raises
    ------
    InputError
        The library holds vectors of something else.
    """
    from deepartist.library.store import About, read_about

    path = Path(given)
    about = About(
        model=str(path.resolve()) if path.exists() else given,
        model_name=model.name,
        model_sha256=model.sha256,
        excerpt=excerpt or "middle",
    )
    known = read_about(library)
    if known is None:
        return about
    if model.sha256 != known.model_sha256:
        raise InputError(
            f"{library}: holds vectors of {known.model_name}, not of {model.name}, and they cannot "
            "be compared; name another folder for the library"
        )
    if excerpt not in (None, known.excerpt):
        raise InputError(
            f"{library}: holds vectors of the excerpt '{known.excerpt}' of the files, not of "
            f"'{excerpt}'; name another folder for the library"
        )
    return known


def _report(library: Path, entries: "list[Entry]", numbers: list[int]) -> None:
    left_out = [entry.song for entry in entries if entry.song.left_out]
    for song in left_out[:MOST_NAMED]:
        print(f"left out: {song.path}: {song.left_out}", file=sys.stderr)
    if len(left_out) > MOST_NAMED:
        print(f"… and {len(left_out) - MOST_NAMED} more", file=sys.stderr)
    n_new, n_decoded, n_gone = numbers
    print(
        f"{library}: {counted(len(entries) - len(left_out), 'song')}, "
        f"{counted(len(left_out), 'file')} left out; "
        f"{n_new} new or changed, {n_decoded} of them decoded, {n_gone} gone",
        file=sys.stderr,
    )
