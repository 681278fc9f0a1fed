"""The command ``deepartist identify``: the artist of a song, by the artists of a library."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepartist.process.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from deepartist.library.identify import Artists, Threshold

MOST_NAMED = 5


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
        help="say how well this works on the library itself, leaving out one song at a time",
    )
    command.add_argument(
        "--vectors",
        choices=("embedding", "multilevel"),
        default="multilevel",
        help="the last layer's output, or the maxima of all blocks (default: multilevel)",
    )
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
        _evaluate(args, artists, similarity, own, threshold)
    if args.files:
        _identify(args, artists, similarity, own, threshold)


def _evaluate(
    args: argparse.Namespace,
    artists: "Artists",
    similarity: "np.ndarray",
    own: "np.ndarray",
    threshold: "Threshold",
) -> None:
    from deepartist.library.identify import accuracy_left_out

    n = len(artists.names)
    rates = {
        "artists": n,
        "songs": len(own),
        "accuracy_at_1": accuracy_left_out(similarity, own, 1),
        "accuracy_at_5": accuracy_left_out(similarity, own, 5),
        "chance_at_1": 1 / n,
        "chance_at_5": min(1.0, 5 / n),
        "threshold": threshold.similarity,
        "error_rate_of_none": threshold.error_rate,
    }
    if args.json:
        print(json.dumps(rates))
        return
    print(
        f"{rates['songs']} songs, one left out at a time, among {n} artists: the right artist is "
        f"the nearest for {rates['accuracy_at_1']:.0%} (chance {rates['chance_at_1']:.0%}), among "
        f"the five nearest for {rates['accuracy_at_5']:.0%} (chance {rates['chance_at_5']:.0%}). "
        f"'None of them' is wrong for {threshold.error_rate:.0%}, of songs by these artists and by "
        "others alike."
    )


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
