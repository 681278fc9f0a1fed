"""The command ``deepartist embed``: song vectors of audio files."""

import argparse
import sys
from pathlib import Path

from deepartist.commands.output import features_file
from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.process.counts import counted
from deepartist.process.errors import InputError


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``embed`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "embed",
        help="song vectors of audio files",
        description="Write the song vectors of audio files: clip_id (the path below the folder "
        "that was given), path, embedding (256 numbers a song), and the name and SHA-256 of the "
        "model. A file that ends in .csv is a table; one that ends in .parquet, and any other, "
        "which is npz, also holds multilevel (768 numbers a song), unless --vectors says "
        "otherwise. Files that cannot be used are named and left out.",
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    command.add_argument(
        "--model",
        required=True,
        help="folder of a trained model or its model.safetensors, a Keras .h5 file of the "
        "authors' encoder, or the name of one of theirs, downloaded once: "
        + ", ".join(KNOWN_ENCODERS),
    )
    command.add_argument(
        "--vectors",
        choices=("embedding", "multilevel"),
        help="write only these vectors: the last layer's output, or the maxima of all blocks "
        "(default: embedding in a table, both in npz)",
    )
    command.add_argument(
        "--excerpt",
        choices=("start", "middle", "whole"),
        default="middle",
        help="which 30 seconds of a longer file to use, or all of it, at most 20 minutes "
        "(default: middle)",
    )
    command.add_argument(
        "--device",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="auto takes a GPU if there is one (default: auto)",
    )
    command.add_argument(
        "-o", "--output", required=True, type=features_file, help="npz, Parquet or CSV to write"
    )
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    import numpy as np
    from tqdm import tqdm

    from deepartist.config.vectors import EMBEDDING, MULTILEVEL
    from deepartist.datasets.audio_files import find_clips
    from deepartist.embeddings.embed_files import embed_files
    from deepartist.embeddings.features import (
        write_feature_parquet,
        write_feature_table,
        write_features,
    )
    from deepartist.mels.clip import UnusableClip
    from deepartist.models.device import choose_device
    from deepartist.models.known_models import load_any_model

    clips = find_clips(args.paths)
    device = choose_device(args.device)
    model = load_any_model(args.model)
    model.trained.encoder.to(device)
    clip_ids, n_left_out = [], 0
    vectors: dict[str, list[np.ndarray]] = {EMBEDDING: [], MULTILEVEL: []}
    results = embed_files(model.trained, list(clips.values()), args.excerpt, device)
    progress = tqdm(results, total=len(clips), desc="embed", unit="file", disable=None)
    for (clip_id, path), result in zip(clips.items(), progress, strict=True):
        if isinstance(result, UnusableClip):
            tqdm.write(f"left out: {path}: {result}", file=sys.stderr)
            n_left_out += 1
            continue
        clip_ids.append(clip_id)
        for of_name, values in zip(vectors.values(), result, strict=True):
            of_name.append(values)
    if not clip_ids:
        raise InputError(f"none of the {len(clips)} files could be used; see above")
    about = {
        "path": [str(clips[clip_id].absolute()) for clip_id in clip_ids],
        "model": model.name,
        "model_sha256": model.sha256,
        "excerpt": args.excerpt,
    }
    if args.output.suffix.lower() == ".csv":
        name = args.vectors or EMBEDDING
        write_feature_table(args.output, clip_ids, np.stack(vectors[name]), about, name)
    else:
        arrays = {
            name: np.stack(of_name)
            for name, of_name in vectors.items()
            if args.vectors in (None, name)
        }
        if args.output.suffix.lower() == ".parquet":
            write_feature_parquet(args.output, clip_ids, arrays, about)
        else:
            embedding, multilevel = arrays.get(EMBEDDING), arrays.get(MULTILEVEL)
            write_features(args.output, clip_ids, embedding, multilevel, about)
    print(
        f"{args.output}: {counted(len(clip_ids), 'song')}, {n_left_out} left out", file=sys.stderr
    )
