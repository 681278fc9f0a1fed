"""The command ``deepartist embed``: song vectors of audio files."""

import argparse
import sys
from pathlib import Path

from deepartist.commands.output import output_file
from deepartist.process.errors import InputError


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``embed`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "embed",
        help="song vectors of audio files",
        description="Write the song vectors of audio files as npz: clip_id (text), embedding "
        "(songs × 256, float32) and multilevel (songs × 768, float32). 30 seconds of "
        "each file are used. Files that cannot be used are named and left out.",
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    command.add_argument(
        "--model",
        required=True,
        help="folder of a trained model, a Keras .h5 file of the authors' encoder, or "
        "authors-siamese-10000 (downloaded once)",
    )
    command.add_argument(
        "--excerpt",
        choices=("start", "middle"),
        default="middle",
        help="which 30 seconds of a longer file to use (default: middle)",
    )
    command.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto takes a GPU if there is one (default: auto)",
    )
    command.add_argument("-o", "--output", required=True, type=output_file, help="npz to write")
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    import numpy as np
    from tqdm import tqdm

    from deepartist.datasets.audio_files import find_clips
    from deepartist.embeddings.embed_files import embed_files
    from deepartist.embeddings.features import write_features
    from deepartist.mels.clip import UnusableClip
    from deepartist.models.device import choose_device
    from deepartist.models.known_models import load_any_model

    clips = find_clips(args.paths)
    device = choose_device(args.device)
    trained = load_any_model(args.model)
    trained.encoder.to(device)
    clip_ids, embeddings, multilevels, n_left_out = [], [], [], 0
    results = embed_files(trained, list(clips.values()), args.excerpt, device)
    progress = tqdm(results, total=len(clips), desc="embed", unit="file", disable=None)
    for (clip_id, path), result in zip(clips.items(), progress, strict=True):
        if isinstance(result, UnusableClip):
            tqdm.write(f"left out: {path}: {result}", file=sys.stderr)
            n_left_out += 1
            continue
        clip_ids.append(clip_id)
        embeddings.append(result[0])
        multilevels.append(result[1])
    if not clip_ids:
        raise InputError(f"none of the {len(clips)} files could be used; see above")
    write_features(args.output, clip_ids, np.stack(embeddings), np.stack(multilevels))
    print(f"{args.output}: {len(clip_ids)} songs, {n_left_out} left out", file=sys.stderr)
