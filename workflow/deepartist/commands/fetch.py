"""The command ``deepartist fetch``: data sets, lists and weights from their publishers."""

import argparse
import difflib
import sys
from pathlib import Path

from deepartist.downloads.catalogue import RemoteFile, cache_folder, read_catalogue
from deepartist.files.json_files import read_json, write_json
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

RECORD_NAME = "fetched.json"


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``fetch`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "fetch",
        help="data sets, lists and weights from their publishers",
        description="Download the named entries, check them against their published digests and "
        "unpack them. Files that are already there and intact are not downloaded again; an "
        "interrupted download is resumed. Without a name, list what can be downloaded.",
    )
    command.add_argument(
        "names", nargs="*", metavar="NAME", help="what to download, such as fma-small fma-metadata"
    )
    command.add_argument(
        "--to", type=Path, metavar="DIR", help="folder to store it in (default: your cache folder)"
    )
    command.set_defaults(function=_run)


def fetch(name: str, folder: Path) -> None:
    """Download and unpack an entry of the catalogue, and print where its files are.

    Parameters
    ----------
    name : str
        A name in the catalogue.
    folder : Path
        Folder to store it in; made if missing.

    Raises
    ------
    InputError
        It cannot be downloaded, or something else has the name of its file or folder.
    """
    # Imported here, so that --help and other commands answer at once.
    from deepartist.downloads.transfer import fetch_file, is_intact, locked

    download = read_catalogue()[name]
    with locked(folder):
        for file in download.files:
            if file.unpack_to is not None:
                place = folder / file.unpack_to
                is_new = _fetch_unpacked(file, folder, place)
            else:
                place = folder / file.name
                is_new = not is_intact(file, folder)
                fetch_file(file, folder)
            print(f"{name}: {place}" + ("" if is_new else ": already there and intact"))
    print(f"{name}: licence: {download.licence}")


def list_downloads() -> str:
    """Describe the entries of the catalogue, in three lines each."""
    return "\n".join(
        f"{name} ({download.size})\n    {download.what}\n    licence: {download.licence}"
        for name, download in read_catalogue().items()
    )


def _run(args: argparse.Namespace) -> None:
    """Fetch the entries that the arguments name; list the catalogue if they name none."""
    catalogue, folder = read_catalogue(), args.to or cache_folder()
    for name in args.names:
        if name not in catalogue:
            nearest = difflib.get_close_matches(name.lower(), catalogue, n=1)
            hint = f"; did you mean {nearest[0]}?" if nearest else ""
            raise InputError(f"{name}: not known; the names are {', '.join(catalogue)}{hint}")
    try:
        for name in dict.fromkeys(args.names):
            fetch(name, folder)
    except KeyboardInterrupt:
        print("stopped; run the same command again to resume", file=sys.stderr)
        raise
    if not args.names:
        print(list_downloads())
        print(f"Each is stored in {folder}, or in the folder given by --to.")


def _fetch_unpacked(file: RemoteFile, folder: Path, target: Path) -> bool:
    """Download an archive, unpack it and remove it; return False if it is already unpacked.

    An archive that was in the folder before this call may belong to the user, so it is kept.
    """
    from deepartist.downloads.archives import unpack
    from deepartist.downloads.transfer import fetch_file

    if target.exists():
        _require_intact(file, target)
        return False
    existed = (folder / file.name).exists()
    archive = fetch_file(file, folder)
    with replacing(target) as partial:
        n_files, n_bytes = unpack(archive, partial)
        record = {"url": file.url, "digest": file.digest, "files": n_files, "bytes": n_bytes}
        write_json(record, partial / RECORD_NAME)
    if existed:
        print(f"{archive}: was there before and is kept; no longer needed", file=sys.stderr)
    else:
        archive.unlink()
    return True


def _require_intact(file: RemoteFile, target: Path) -> None:
    """Raise InputError if a folder does not hold the files that this command unpacked there."""
    advice = "move it away, or give another folder by --to"
    record_path = target / RECORD_NAME
    try:
        record = read_json(record_path)
        expected = record["digest"], record["files"], record["bytes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{target}: already exists, but was not unpacked by this command; {advice}"
        ) from error
    sizes = [
        path.stat().st_size for path in target.rglob("*") if path.is_file() and path != record_path
    ]
    if expected != (file.digest, len(sizes), sum(sizes)):
        raise InputError(
            f"{target}: has {len(sizes)} files of {sum(sizes)} bytes in total; {expected[1]} of "
            f"{expected[2]} were unpacked, or it is another version; {advice}"
        )
