"""The command ``deepartist``: song vectors, scores of features, data from its publishers."""

import argparse
import json
import sys
from pathlib import Path

from deepartist.commands import doctor, fetch, trace
from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.replacing import replacing


def embed(args: argparse.Namespace) -> None:
    """Embed audio files."""
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
    clip_ids, embeddings, multilevels, left_out = [], [], [], 0
    results = embed_files(trained, list(clips.values()), args.excerpt, device)
    progress = tqdm(results, total=len(clips), desc="embed", unit="file", disable=None)
    for (clip_id, path), result in zip(clips.items(), progress, strict=True):
        if isinstance(result, UnusableClip):
            tqdm.write(f"left out: {path}: {result}", file=sys.stderr)
            left_out += 1
            continue
        clip_ids.append(clip_id)
        embeddings.append(result[0])
        multilevels.append(result[1])
    if not clip_ids:
        raise InputError(f"none of the {len(clips)} files could be used; see above")
    write_features(args.output, clip_ids, np.stack(embeddings), np.stack(multilevels))
    print(f"{args.output}: {len(clip_ids)} songs, {left_out} left out", file=sys.stderr)


def evaluate(args: argparse.Namespace) -> None:
    """Score features against labels; JSON on standard output."""
    from deepartist.embeddings.features import read_features
    from deepartist.scores.score_features import evaluate_features, summary
    from deepartist.splits.labels import join, read_labels

    settings = parse_settings(args.set, "evaluation")
    _, embedding, labels, split = join(*read_features(args.features), read_labels(args.labels))
    scores = summary(evaluate_features(embedding, labels, split, **settings))
    text = json.dumps(scores, indent=1) + "\n"
    if args.output:
        with replacing(args.output) as partial:
            partial.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


def make_parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    parser = argparse.ArgumentParser(
        prog="deepartist", description="Music representations learned from artist labels."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser(
        "embed",
        help="song vectors of audio files",
        description="Write the song vectors of audio files as npz: clip_id (text), embedding "
        "(songs × 256, float32) and multilevel (songs × 768, float32). 30 seconds of "
        "each file count; files that cannot be used are named and left out.",
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files or folders")
    command.add_argument(
        "--model",
        required=True,
        help="folder of a trained model, a Keras .h5 of the authors' encoder, or "
        "authors-siamese-10000 (fetched once)",
    )
    command.add_argument(
        "--excerpt",
        choices=("start", "middle"),
        default="middle",
        help="which 30 seconds of a longer file (default: middle)",
    )
    command.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto"
    )
    command.add_argument("-o", "--output", required=True, type=_output, help="npz to write")
    command.set_defaults(function=embed)

    command = commands.add_parser("evaluate", help="retrieval, k-NN and linear softmax of features")
    add_settings_option(command, "evaluation")
    command.description = (
        "Score any features against labels: mean average precision of retrieval, accuracy of\n"
        "k-NN and of a linear softmax, each with its 95 % interval over songs, as JSON."
    )
    command.add_argument(
        "--features", required=True, type=Path, help="npz with clip_id and embedding (n, d)"
    )
    command.add_argument(
        "--labels", required=True, type=Path, help="CSV clip_id,genre,split (train, valid, test)"
    )
    command.add_argument("-o", "--output", type=_output, help="JSON to write as well")
    command.set_defaults(function=evaluate)

    fetch.add_command(commands)
    doctor.add_command(commands)
    trace.add_command(commands)
    return parser


def _output(text: str) -> Path:
    """Refuse a folder before the work, not after it."""
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder; name a file")
    return Path(text)


def main() -> None:
    """Run the command line."""
    args = make_parser().parse_args()
    stage.keep_freed_memory()
    stage.report_errors(lambda: args.function(args))


if __name__ == "__main__":
    main()
