"""The command ``deepartist similar``: songs of a library that are similar to others."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepartist.commands.vectors import add_vectors_option
from deepartist.process.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from deepartist.library.search import Match
    from deepartist.library.store import Song

MOST_LISTED = 10


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``similar`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "similar",
        help="songs of a library that are similar to a song",
        description="Find the songs of a library that are most similar to one or several songs, "
        "or a path of songs from one to another. The library is made by deepartist index.",
    )
    command.add_argument(
        "songs",
        nargs="+",
        metavar="SONG",
        help="an audio file, in the library or not, or words of artist, title, album or path; of "
        "several songs, the mean of their vectors is taken",
    )
    command.add_argument("-l", "--library", required=True, type=Path, help="folder of the library")
    command.add_argument("-n", type=int, default=20, help="number of songs (default: 20)")
    command.add_argument(
        "--to", metavar="SONG", help="make a path of songs to this one, with even steps"
    )
    command.add_argument(
        "--max-per-artist",
        type=int,
        default=2,
        help="most songs by one artist; 0: no limit (default: 2, because vectors learned from "
        "artists find the same artist first)",
    )
    command.add_argument(
        "--exclude-same-album", action="store_true", help="leave out the albums of the songs"
    )
    add_vectors_option(command)
    command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    command.add_argument("--playlist", type=Path, help="playlist to write (.m3u8)")
    command.add_argument(
        "--absolute", action="store_true", help="absolute paths in the playlist (default: relative)"
    )
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    import numpy as np

    from deepartist.library.playlist import write_playlist
    from deepartist.library.search import album_of, find_path, find_similar, unit_vectors
    from deepartist.library.store import read_songs

    if args.n < 1 or args.max_per_artist < 0:
        raise InputError("-n: must be at least 1, and --max-per-artist at least 0")
    songs, vectors = read_songs(args.library, [args.vectors])
    units = vectors[args.vectors]
    limit = args.max_per_artist or None
    rows, outside = _find(args.songs, songs, args)
    if args.to is not None:
        ends, outside_ends = _find([args.to], songs, args)
        if len(rows) != 1 or outside or outside_ends or rows == ends or args.n < 2:
            raise InputError("--to: needs two different songs of the library, and -n at least 2")
        matches = find_path(songs, units, rows[0], ends[0], args.n, limit)
    else:
        queries = [*units[rows], *(unit_vectors(vector[None])[0] for vector in outside)]
        albums = {album_of(songs[row]) for row in rows} if args.exclude_same_album else set()
        matches = find_similar(
            songs,
            units,
            np.mean(queries, axis=0, dtype=np.float32),
            args.n,
            without=rows,
            max_per_artist=limit,
            without_albums=albums,
        )
    if args.playlist:
        first = rows if args.to is None else []
        listed = [songs[row] for row in [*first, *(match.row for match in matches)]]
        write_playlist(args.playlist, listed, args.absolute)
    if args.json:
        print(json.dumps([_describe(songs[m.row], m) for m in matches], ensure_ascii=False))
    else:
        _print_table(songs, matches)


def _find(
    given: list[str], songs: "list[Song]", args: argparse.Namespace
) -> "tuple[list[int], list[np.ndarray]]":
    """Find the rows of songs in the library, and the vectors of files that are not in it."""
    from deepartist.library.search import find_by_words
    from deepartist.library.store import absolute

    row_of = {song.path: row for row, song in enumerate(songs) if not song.left_out}
    rows, files = [], []
    for text in given:
        path = str(absolute(Path(text)))
        if path in row_of:
            rows.append(row_of[path])
        elif Path(text).is_file():
            files.append(Path(text))
        else:
            rows.append(_choose(text, find_by_words(songs, text), songs))
    return rows, embed_outside(files, args.library, args.vectors) if files else []


def _choose(text: str, found: list[int], songs: "list[Song]") -> int:
    if not found:
        raise InputError(f"'{text}': no such file, and no song of the library has these words")
    if len(found) > 1:
        names = "; ".join(
            f"{songs[row].artist or '?'} – {songs[row].title} ({songs[row].path})"
            for row in found[:MOST_LISTED]
        )
        more = f"; and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
        raise InputError(f"'{text}': {len(found)} songs have these words: {names}{more}")
    return found[0]


def embed_outside(files: list[Path], library: Path, vectors: str) -> "list[np.ndarray]":
    """Embed files by the model of a library; return the vectors (d,) of each.

    Raises
    ------
    InputError
        A file cannot be used, or the model has changed.
    """
    import numpy as np

    from deepartist.config.vectors import MULTILEVEL
    from deepartist.embeddings.embed_files import embed_files
    from deepartist.library.derived import derive
    from deepartist.library.store import SIZES, read_about, read_common
    from deepartist.mels.clip import UnusableClip
    from deepartist.models.device import choose_device
    from deepartist.models.known_models import load_any_model

    about = read_about(library)
    if about is None:
        raise InputError(f"{library}: no library there; make one with deepartist index")
    model = load_any_model(about.model)
    if model.sha256 != about.model_sha256:
        raise InputError(
            f"{about.model}: has changed since {library} was made; index again, into another folder"
        )
    names = list(SIZES)
    stored = vectors if vectors in SIZES else MULTILEVEL
    embedded = []
    results = embed_files(model.trained, files, about.excerpt, choose_device("cpu"))
    for path, result in zip(files, results, strict=True):
        if isinstance(result, UnusableClip):
            raise InputError(f"{path}: {result}")
        embedded.append(result[names.index(stored)])
    if vectors in SIZES:
        return embedded
    return list(derive(np.stack(embedded), read_common(library))[vectors])


def _describe(song: "Song", match: "Match") -> dict[str, Any]:
    names = ("artist", "title", "album", "genre", "duration_s", "path")
    return {"similarity": match.similarity} | {name: getattr(song, name) for name in names}


def _print_table(songs: "list[Song]", matches: "list[Match]") -> None:
    """Print a table; what could move the cursor of a terminal is not printed."""
    header = ("similarity", "artist", "title", "album")
    lines = [header] + [
        (f"{m.similarity:.3f}", songs[m.row].artist, songs[m.row].title, songs[m.row].album)
        for m in matches
    ]
    shown = [["".join(c for c in text if c.isprintable())[:40] for text in line] for line in lines]
    widths = [max(len(line[column]) for line in shown) for column in range(len(header))]
    for line in shown:
        row = "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
        print(row.rstrip())
    if not matches:
        print("no song of the library is left to be found", file=sys.stderr)
