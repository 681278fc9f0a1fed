"""The command ``deepartist explore``: a map of a library in one HTML file."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from deepartist.commands.output import file_ending_in
from deepartist.commands.vectors import add_vectors_option
from deepartist.process.counts import counted
from deepartist.process.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from deepartist.library.store import Song

NEIGHBOURS = 12


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``explore`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "explore",
        help="a map of a library, to look at and to listen to",
        description="Write one HTML file that shows each song of a library as a point of a map, "
        "similar ones near each other. It works without a network: hover, search and zoom; a click "
        "plays a song and lists the nearest; a lasso makes a playlist to save. Songs stay where "
        "they are when others are added.",
    )
    command.add_argument("library", type=Path, metavar="LIBRARY", help="folder of the library")
    command.add_argument(
        "-o",
        "--output",
        type=file_ending_in(".html", ".htm"),
        help="HTML to write (default: map.html in the library)",
    )
    command.add_argument(
        "--max-per-artist",
        type=int,
        default=2,
        help="most songs by one artist among the nearest; 0: no limit (default: 2)",
    )
    add_vectors_option(command)
    command.add_argument(
        "--new-map", action="store_true", help="draw the map anew, so that all songs may move"
    )
    command.add_argument(
        "--serve",
        action="store_true",
        help="show the map and play the songs at an address of this machine, until Ctrl-C; for "
        "browsers that do not play files",
    )
    command.add_argument(
        "--port", type=int, default=0, help="of --serve (default: any that is free)"
    )
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    import numpy as np
    from tqdm import tqdm

    from deepartist.explorer.neighbours import find_neighbours
    from deepartist.explorer.page import make_page
    from deepartist.explorer.places_file import places_path
    from deepartist.library.store import absolute, read_songs
    from deepartist.process.replacing import replacing

    if args.max_per_artist < 0 or not 0 <= args.port < 65536:
        raise InputError("--max-per-artist must be at least 0, and --port within 0 and 65535")
    every_song, vectors = read_songs(args.library, [args.vectors])
    usable = [row for row, song in enumerate(every_song) if not song.left_out]
    if not usable:
        raise InputError(f"{args.library}: none of its {len(every_song)} files could be used")
    songs = [every_song[row] for row in usable]
    units = np.asarray(vectors[args.vectors][usable])
    path = places_path(args.library, args.vectors)
    places = _place(path, songs, units, args.new_map)
    with tqdm(total=len(songs), desc="neighbours", unit="song", disable=None) as progress:
        neighbours = find_neighbours(
            songs, units, NEIGHBOURS, args.max_per_artist or None, progress.update
        )
    title = args.library.resolve().name
    if args.serve:
        _serve(make_page(title, songs, places, neighbours, None), songs, args.port)
        return
    output = absolute(args.output or args.library / "map.html")
    page = make_page(title, songs, places, neighbours, output.parent)
    with replacing(output) as partial:
        partial.write_text(page, encoding="utf-8")
    left_out = len(every_song) - len(songs)
    print(
        f"{output}: {counted(len(songs), 'song')}"
        + (f"; {counted(left_out, 'file')} left out" if left_out else ""),
        file=sys.stderr,
    )


def _place(
    path: Path, songs: "list[Song]", units: "npt.NDArray[np.float32]", is_new: bool
) -> "npt.NDArray[np.float32]":
    """Place songs (n, 2): where they were, or else among the others; keep the places.

    If most songs are new, the map is drawn anew.
    """
    import numpy as np
    from tqdm import tqdm

    from deepartist.explorer.place import ALL_ITERATIONS, FEWEST_SONGS, place_among, place_songs
    from deepartist.explorer.places_file import read_places, write_places

    row_of = {song.sha256: row for row, song in enumerate(songs)}  # copies share a place
    digests, of_digests = list(row_of), units[list(row_of.values())]
    known = (None if is_new else read_places(path)) or {}
    is_there = np.array([digest in known for digest in digests])
    n_new = int((~is_there).sum())
    if n_new == 0 or n_new <= is_there.sum() >= FEWEST_SONGS:
        places = np.zeros((len(digests), 2), np.float32)
        places[is_there] = [known[digest] for digest in digests if digest in known]
        if n_new:
            places[~is_there] = place_among(
                of_digests[is_there], places[is_there], of_digests[~is_there]
            )
            print(f"new songs: {n_new}; the others stay where they are", file=sys.stderr)
    else:
        if known:
            print(f"{n_new} of {len(digests)} songs are new: a new map is drawn", file=sys.stderr)
        with tqdm(total=ALL_ITERATIONS, desc="map", unit="iteration", disable=None) as progress:
            places = place_songs(of_digests, progress.update)
    write_places(path, digests, places)
    place_of = {digest: row for row, digest in enumerate(digests)}
    return places[[place_of[song.sha256] for song in songs]]


def _serve(page: str, songs: "list[Song]", port: int) -> None:
    from deepartist.explorer.serve import LOOPBACK, make_local_server

    server = make_local_server(page, [song.path for song in songs], port)
    print(f"http://{LOOPBACK}:{server.server_port}/ shows the map; Ctrl-C ends it", file=sys.stderr)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
