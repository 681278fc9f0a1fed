"""The command ``deepartist fetch``: data sets, lists and weights from their publishers."""

import argparse
import difflib
import sys
from pathlib import Path

from deepartist.files.json_files import read_json, write_json
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

RECORD_NAME = "fetched.json"


def add_command(commands) -> None:
    """Describe the command.

    Parameters
    ----------
    commands : argparse subparsers
        As `argparse.ArgumentParser.add_subparsers` returns them.
    """
    command = commands.add_parser(
        "fetch",
        help="data sets, lists and weights from their publishers",
        description="Download what is named, check it by its published digest and unpack it. What "
        "is there and whole stays as it is; what was interrupted goes on. Without a name: list "
        "what can be fetched.",
    )
    command.add_argument("names", nargs="*", metavar="NAME", help="such as fma-small fma-metadata")
    command.add_argument(
        "--to", type=Path, metavar="DIR", help="folder to put it in (default: the user's cache)"
    )
    command.set_defaults(function=fetch_command)


def fetch_command(args: argparse.Namespace) -> None:
    """Fetch what the arguments name, or list what there is."""
    # Imported here, so that --help and other commands answer at once.
    from deepartist.downloads.transfer import cache_folder, read_table

    table, folder = read_table(), args.to or cache_folder()
    for name in args.names:
        if name not in table:
            near = difflib.get_close_matches(name.lower(), table, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InputError(f"{name}: not known; there are {', '.join(table)}{hint}")
    try:
        for name in dict.fromkeys(args.names):
            fetch(name, folder)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        raise
    if not args.names:
        print(list_downloads())
        print(f"Each goes to {folder}, or where --to says.")


def fetch(name: str, folder: Path) -> None:
    """Download what the table has under a name, unpack it, and say where it is.

    Raises
    ------
    InputError
        It cannot be had; or something else is where it would go.
    """
    from deepartist.downloads.transfer import fetch_file, is_whole, locked, read_table

    download = read_table()[name]
    with locked(folder):
        for file in download.files:
            if file.unpack_to is not None:
                place = folder / file.unpack_to
                new = _fetch_unpacked(file, folder, place)
            else:
                place = folder / file.name
                new = not is_whole(file, folder)
                fetch_file(file, folder)
            print(f"{name}: {place}" + ("" if new else ": already there and whole"))
    print(f"{name}: licence: {download.licence}")


def list_downloads() -> str:
    """Describe what can be fetched, three lines each."""
    from deepartist.downloads.transfer import read_table

    return "\n".join(
        f"{name} ({download.size})\n    {download.what}\n    licence: {download.licence}"
        for name, download in read_table().items()
    )


def _fetch_unpacked(file, folder: Path, target: Path) -> bool:
    """Download an archive, unpack it and remove it; False where it is unpacked already.

    An archive that was there before may be the user's own, and stays.
    """
    from deepartist.downloads.archives import unpack
    from deepartist.downloads.transfer import fetch_file

    if target.exists():
        _require_whole(file, target)
        return False
    found = (folder / file.name).exists()
    archive = fetch_file(file, folder)
    with replacing(target) as partial:
        n_files, n_bytes = unpack(archive, partial)
        record = {"url": file.url, "digest": file.digest, "files": n_files, "bytes": n_bytes}
        write_json(record, partial / RECORD_NAME)
    if found:
        print(f"{archive}: was there before and is kept; no longer needed", file=sys.stderr)
    else:
        archive.unlink()
    return True


def _require_whole(file, target: Path) -> None:
    """Raise InputError where a folder is not, or no longer, what was unpacked there."""
    advice = "move it away, or give another folder by --to"
    record_path = target / RECORD_NAME
    try:
        record = read_json(record_path)
        expected = record["digest"], record["files"], record["bytes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{target}: is there, but was not unpacked by this command; {advice}"
        ) from error
    sizes = [
        path.stat().st_size for path in target.rglob("*") if path.is_file() and path != record_path
    ]
    if expected != (file.digest, len(sizes), sum(sizes)):
        raise InputError(
            f"{target}: has {len(sizes)} files of {sum(sizes)} bytes; unpacked were {expected[1]} "
            f"of {expected[2]}, or it is another version; {advice}"
        )
