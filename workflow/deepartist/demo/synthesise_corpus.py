"""Writing a synthesised corpus in the file format of a kind of data set."""

import argparse
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tqdm import tqdm

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.demo import fma, gtzan, msd, table
from deepartist.demo.clips import Clip, Corpus, by_artist, write_clip
from deepartist.files.json_files import write_json
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing

PLANS = {"fma": fma.plan, "gtzan": gtzan.plan, "msd": msd.plan, "table": table.plan}


def write_corpus(corpus: Corpus, folder: Path, jobs: int = 1) -> None:
    """Write the clips and lists of a corpus; the folder appears only when it is complete.

    Parameters
    ----------
    corpus : Corpus
    folder : Path
        The folder of the corpus; an existing one is replaced.
    jobs : int > 0
        Number of processes.
    """
    with replacing(folder) as partial_folder:
        for name, content in corpus.lists.items():
            path = partial_folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        with (
            ProcessPoolExecutor(jobs) as pool,
            tqdm(total=len(corpus.clips), desc="songs", unit="song", disable=None) as progress,
        ):
            for written in pool.map(
                partial(_write_clips, folder=partial_folder), by_artist(corpus.clips)
            ):
                progress.update(written)


def digest_folder(folder: Path) -> str:
    """Hash the names and contents of all files below a folder."""
    lines = sorted(
        f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in folder.rglob("*")
        if path.is_file()
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def main(argv: Sequence[str] | None = None) -> None:
    """Synthesise the corpus of a data set."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.demo.synthesise_corpus", description=main.__doc__
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="|".join(PLANS))
    for kind in PLANS:
        options = kinds.add_parser(kind, help=f"in the format of the data set kind '{kind}'")
        options.add_argument(
            "--dataset", required=True, help="name of the data set; the seeds are derived from it"
        )
        options.add_argument("--out", type=Path, required=True, help="folder of the corpus")
        options.add_argument("--corpus", type=Path, required=True, help="summary to write, JSON")
        options.add_argument("--jobs", type=int, default=os.cpu_count(), help="number of processes")
        add_settings_option(options, f"dataset_{kind}")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, f"dataset_{args.kind}")
    if "demo_songs" not in settings:
        raise InputError("--set demo_songs: missing; say how many songs to synthesise")
    corpus = PLANS[args.kind](args.dataset, settings)
    write_corpus(corpus, args.out, args.jobs)
    clips = len(corpus.clips)
    write_json(
        {
            "dataset": args.dataset,
            "kind": args.kind,
            "clips": clips,
            "digest": digest_folder(args.out),
        },
        args.corpus,
    )
    print(f"{args.out}: {clips} clips of kind '{args.kind}' synthesised")


def _write_clips(clips: list[Clip], folder: Path) -> int:
    """Write some clips below a folder, and return their number."""
    for clip in clips:
        write_clip(clip, folder)
    return len(clips)


if __name__ == "__main__":
    stage.run(main)
