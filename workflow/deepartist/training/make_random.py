"""The baseline `random`: an encoder with its initial weights, not trained."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from deepartist.constants import AUTHORS_INPUT_MEAN, AUTHORS_INPUT_STD
from deepartist.mels.shard_reader import find_clips
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.weights import save_model
from deepartist.process import stage
from deepartist.provenance.origin import describe_origin
from deepartist.training.songs import input_statistics, read_split


def main(argv: Sequence[str] | None = None) -> None:
    """Write an untrained encoder; its input is standardised like that of a trained one."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.training.make_random", description=main.__doc__
    )
    parser.add_argument(
        "--split",
        type=Path,
        nargs="*",  # none in a run that only evaluates
        default=[],
        help="CSV clip_id,label,split; without it, the input is standardised as the authors' is",
    )
    parser.add_argument("--shards", type=Path, nargs="*", default=[], help="shard.json files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    args = parser.parse_args(argv)
    mean, std = AUTHORS_INPUT_MEAN, AUTHORS_INPUT_STD
    for split in args.split:
        songs = read_split(split)
        found = find_clips([path.parent for path in args.shards], songs.clip_ids)
        mean, std = input_statistics(found, ~songs.is_valid)
    model = nn.ModuleDict({"encoder": Encoder()})
    initialise(model, torch.Generator().manual_seed(args.seed))
    inputs = [*args.split, *args.shards]
    origin = describe_origin("training.make_random", inputs=inputs, settings={}, seed=args.seed)
    description = {"kind": "random", "input_mean": mean, "input_std": std, "seed": args.seed}
    save_model(args.out, model.state_dict(), description | {"provenance": origin})
    print(f"{args.out}: input mean {mean:.5f}, standard deviation {std:.5f}")


if __name__ == "__main__":
    stage.run(main)
