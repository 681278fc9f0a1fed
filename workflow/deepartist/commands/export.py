"""The command ``deepartist export``: a model as ONNX, for other languages and devices."""

import argparse

from deepartist.commands.output import file_ending_in
from deepartist.config.encoders import KNOWN_ENCODERS


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``export`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "export",
        help="a model as ONNX, for other languages and devices",
        description="Write a model as ONNX: from samples (mono, 22,050 Hz, full scale 1) or from "
        "log-mel frames to the vectors of songs, as deepartist embed computes them. Any number of "
        "songs of the same length, at least 3 seconds, can be given at once.",
    )
    command.add_argument(
        "model",
        metavar="MODEL",
        help="folder of a trained model, a Keras .h5 file of the authors' encoder, or the name of "
        "one of theirs, downloaded once: " + ", ".join(KNOWN_ENCODERS),
    )
    command.add_argument(
        "--input",
        choices=("samples", "log-mel"),
        default="samples",
        help="what the network takes: samples (songs, n), or log-mel frames (songs, n, 128) that "
        "are not standardised (default: samples)",
    )
    command.add_argument(
        "-o", "--output", required=True, type=file_ending_in(".onnx"), help="ONNX to write"
    )
    command.set_defaults(function=_run)


def _run(args: argparse.Namespace) -> None:
    # Imported here, so that --help and wrong arguments answer at once.
    from deepartist.embeddings.export_onnx import make_onnx
    from deepartist.models.known_models import load_any_model
    from deepartist.process.replacing import replacing

    model = load_any_model(args.model)
    written = make_onnx(model, takes_samples=args.input == "samples")
    with replacing(args.output) as partial:
        partial.write_bytes(written)
    print(f"{args.output}: {model.name}, {len(written) / 1e6:.1f} MB")
