"""The command ``deepartist identify``: the artist of a song, by the artists of a library."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepartist.commands.vectors import add_vectors_option
from deepartist.process.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from deepartist.library.identify import Artists, Threshold

MOST_NAMED = 5
RATES = ("at_1", "at_5", "error_rate")


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``identify`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "identify",
        help="the likeliest artists of audio files",
        description="Name the likeliest artists of audio files among those of a library, or none "
        "of them where the nearest is not near enough. Nothing is trained: an artist is known by "
        "the mean of his or her songs, so artists are added by indexing their files.",
    )
    command.add_argument("files", nargs="*", type=Path, metavar="FILE", help="audio files")
    command.add_argument("-l", "--library", required=True, type=Path, help="folder of the library")
    command.add_argument(
        "--evaluate",
        action="store_true",
        help="say how well this works on the library itself, by the number of songs known of each "
        "artist",
    )
    add_vectors_option(command, with_adapted=False)
    command.add_argument("--json", action="store_true", help="print JSON instead of text")
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    from deepartist.library.identify import find_artists, find_threshold, similarities_left_out
    from deepartist.library.store import read_songs

    if not args.files and not args.evaluate:
        raise InputError("FILE: name audio files, or ask for --evaluate")
    songs, vectors = read_songs(args.library, [args.vectors])
    units = vectors[args.vectors]
    artists = find_artists(songs, units)
    similarity, own = similarities_left_out(units, artists)
    if len(artists.names) < 2 or not len(own):
        raise InputError(
            f"{args.library}: has {len(artists.names)} artists; two are needed, and one of them "
            "with two songs"
        )
    threshold = find_threshold(similarity, own)
    if args.evaluate:
        _evaluate(args, units, artists, similarity, own, threshold)
    if args.files:
        _identify(args, artists, similarity, own, threshold)


def _evaluate(
    args: argparse.Namespace,
    units: "np.ndarray",
    artists: "Artists",
    similarity: "np.ndarray",
    own: "np.ndarray",
    threshold: "Threshold",
) -> None:
    from tqdm import tqdm

    from deepartist.library.evaluate import DRAWS, evaluate_identification

    trained = _trained_artists(args.library)
    with tqdm(total=DRAWS, desc="evaluate", unit="draw", disable=None) as progress:
        found = evaluate_identification(units, artists, similarity, own, trained, progress.update)
    if args.json:
        rows = [
            row._asdict() | {name: getattr(row, name)._asdict() for name in RATES} for row in found
        ]
        print(json.dumps({"threshold": threshold.similarity, "rows": rows}))
        return
    lines = [["known songs", "group", "songs", "artists", "right", "among 5", "none: wrong"]]
    for row in found:
        rates = [
            f"{rate.value:.0%} ({100 * rate.low:.0f} to {100 * rate.high:.0f})"
            for rate in (getattr(row, name) for name in RATES)
        ]
        known = str(row.known) if row.known else "all others"
        lines.append(
            [known, row.group, str(row.songs), f"{row.artists} of {row.candidates}", *rates]
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        padded = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        print("  ".join(padded).rstrip())
    print(
        "Chance: 1 and 5 by the number of artists that can be named, which is the last one of each "
        "row; 'none of them' by chance is wrong for half. 95 % intervals, artists resampled."
    )


def _trained_artists(library: Path) -> set[str]:
    """Name the artists that the model of a library was trained on, as far as it tells."""
    from deepartist.library.store import read_about
    from deepartist.models.weights import read_labels

    about = read_about(library)
    return set(read_labels(Path(about.model))) if about else set()


def _identify(
    args: argparse.Namespace,
    artists: "Artists",
    similarity: "np.ndarray",
    own: "np.ndarray",
    threshold: "Threshold",
) -> None:
    import numpy as np

    from deepartist.commands.similar import embed_outside
    from deepartist.library.identify import likelihood
    from deepartist.library.search import unit_vectors

    slope, offset = likelihood(similarity, own)
    means = unit_vectors(artists.sums)
    units = unit_vectors(np.stack(embed_outside(args.files, args.library, args.vectors)))
    answers: list[dict[str, Any]] = []
    for path, unit in zip(args.files, units, strict=True):
        cosines = means @ unit
        nearest = np.argsort(-cosines, kind="stable")[:MOST_NAMED]
        found = [
            {
                "artist": artists.names[number],
                "likelihood": 1 / (1 + math.exp(-(slope * float(cosines[number]) + offset))),
                "similarity": float(cosines[number]),
            }
            for number in nearest
        ]
        is_none = float(cosines[nearest[0]]) < threshold.similarity
        answers.append({"path": str(path), "is_none_of_them": is_none, "artists": found})
    if args.json:
        print(json.dumps(answers, ensure_ascii=False))
        return
    for answer in answers:
        listed = ", ".join(f"{a['artist']} {a['likelihood']:.0%}" for a in answer["artists"])
        none = "none of them; nearest: " if answer["is_none_of_them"] else ""
        text = f"{answer['path']}: {none}{listed}"
        sys.stdout.write("".join(c for c in text if c.isprintable()) + "\n")
