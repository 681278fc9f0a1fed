"""An encoder that is there already, stored like a trained model."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from deepartist.models.known_models import load_any_model
from deepartist.models.weights import save_model
from deepartist.process import stage


def main(argv: Sequence[str] | None = None) -> None:
    """Store."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    model = load_any_model(args.model)
    weights = {f"encoder.{k}": v for k, v in model.trained.encoder.state_dict().items()}
    save_model(
        args.out,
        weights,
        {
            "kind": "imported",
            "input_mean": model.trained.input_mean,
            "input_std": model.trained.input_std,
        },
    )


if __name__ == "__main__":
    stage.run(main)
