"""An encoder that is there already, stored like a trained model, so that all that follows is alike.

``python -m deepartist.models.import_encoder`` imports one.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deepartist.config.encoders import KNOWN_ENCODERS
from deepartist.files.json_files import read_json
from deepartist.models.known_models import MODEL_FILES, load_any_model
from deepartist.models.weights import save_model
from deepartist.process import stage
from deepartist.provenance.origin import describe_origin


def main(argv: Sequence[str] | None = None) -> None:
    """Store an encoder that is there already as a model's folder; the authors' are fetched."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.models.import_encoder", description=main.__doc__
    )
    parser.add_argument(
        "--model",
        required=True,
        help="folder of a trained model, a Keras .h5 file, or one of " + ", ".join(KNOWN_ENCODERS),
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the model to write")
    args = parser.parse_args(argv)
    model = load_any_model(args.model)
    about: dict[str, Any] = {"source": model.name, "source_sha256": model.sha256}
    inputs = []
    if Path(args.model).is_dir():
        inputs = [Path(args.model, name) for name in MODEL_FILES]
        about["imported"] = read_json(inputs[0])
    elif Path(args.model).is_file():
        inputs = [Path(args.model)]
    if model.name in KNOWN_ENCODERS:
        known = KNOWN_ENCODERS[model.name]
        about |= {"source_kind": known.kind, "source_artists": known.artists}
    origin = describe_origin("models.import_encoder", inputs=inputs, settings={}, seed=0)
    trained = model.trained
    description = {
        "kind": "pretrained",
        "input_mean": trained.input_mean,
        "input_std": trained.input_std,
        **about,
        "provenance": origin,
    }
    weights = {f"encoder.{key}": value for key, value in trained.encoder.state_dict().items()}
    save_model(args.out, weights, description)
    print(f"{args.out}: {model.name}, sha256 {model.sha256[:12]}")


if __name__ == "__main__":
    stage.run(main)
