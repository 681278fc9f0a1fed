"""What the stages train_<kind> share: the command line, reading inputs and writing the model."""

import argparse
import csv
import importlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from torch import Tensor

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.files.json_files import read_json
from deepartist.mels.shard_reader import find_clips
from deepartist.models.device import DEVICES, choose_device
from deepartist.models.encoder import Encoder
from deepartist.models.weights import load_model, save_model
from deepartist.process.locks import locking, trying_to_lock
from deepartist.process.out_of_memory import naming_what_to_lower
from deepartist.process.replacing import replacing
from deepartist.provenance.origin import describe_origin, work_key
from deepartist.training.fit import Run, fit
from deepartist.training.songs import (
    TrainingData,
    input_statistics,
    read_split,
    read_training_data,
)
from deepartist.training.tasks import MakeTask


class Options(NamedTuple):
    """The command line of a training; see `parse_options`."""

    kind: str
    split: Path
    shards: list[Path]
    seed: int
    beside: list[int]
    init: Path | None
    device: str
    states: Path | None
    out: Path
    settings: dict[str, Any]


def parse_options(kind: str, description: str | None, argv: Sequence[str] | None) -> Options:
    """Read the command line of the stage that trains a kind of model.

    Parameters
    ----------
    kind : str
        The stage is ``training.train_<kind>``, its block of the config schema ``train_<kind>``.
    description : str, optional
        Description for ``--help``.
    argv : sequence of str, optional
        The arguments; by default those of this process.

    Raises
    ------
    InputError
        A setting is unknown or has a wrong value.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m deepartist.training.train_{kind}", description=description
    )
    parser.add_argument("--split", type=Path, required=True, help="CSV clip_id,label,split")
    parser.add_argument("--shards", type=Path, nargs="+", required=True, help="shard.json files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--beside",
        type=int,
        nargs="*",
        default=[],
        metavar="SEED",
        help="on a GPU, train these seeds at the same time if their models are missing; their "
        "states are kept for the commands that write the models",
    )
    parser.add_argument(
        "--init",
        type=Path,
        nargs="*",
        default=[],
        help="model.json of the encoder that training starts from; without it, random weights",
    )
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument(
        "--states",
        type=Path,
        help="folder of states to resume from; that of the seed is removed at the end",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the model, seed-N")
    add_settings_option(parser, f"train_{kind}")
    args = parser.parse_args(argv)
    return Options(
        kind=kind,
        split=args.split,
        shards=args.shards,
        seed=args.seed,
        beside=args.beside,
        init=args.init[0].parent if args.init else None,
        device=args.device,
        states=args.states,
        out=args.out,
        settings=parse_settings(args.set, f"train_{kind}"),
    )


def loss_module(settings: Mapping[str, Any]) -> str:
    """Return the module of the loss, without the package's name: ``training.losses.hinge``."""
    return f"training.losses.{settings['loss']}"


def train_model(options: Options, make_task: MakeTask, modules: Sequence[str] = ()) -> None:
    """Train a model and write it; then remove the state to resume from.

    Parameters
    ----------
    options : Options
    make_task : callable
        See `tasks.MakeTask`.
    modules : sequence of str
        Modules that are imported by a name in the settings, for the provenance; see
        `describe_origin`.
    """
    kind, settings = options.kind, options.settings
    device = choose_device(options.device)
    split = read_split(options.split)
    found = find_clips([path.parent for path in options.shards], split.clip_ids)
    mean, std = input_statistics(found, ~split.is_valid)
    initial = load_model(options.init) if options.init else None
    if initial is not None:
        mean, std = initial.input_mean, initial.input_std
    # Imported by name: so an edit of it trains only models again that start from another.
    tune = importlib.import_module("deepartist.training.tune") if initial else None

    origin = describe_origin(
        f"training.train_{kind}",
        inputs=[
            options.split,
            *options.shards,
            *([options.init / "model.json"] if options.init else []),
        ],
        settings=settings,
        seed=options.seed,
        device=str(device),
        modules=[*modules, *(["training.tune"] if initial else [])],
    )

    def run_of(seed: int) -> Run:
        state = options.states / f"seed-{seed}.pt" if options.states else None
        return Run(seed, state, json.dumps(work_key(origin | {"seed": seed}), sort_keys=True))

    @cache
    def read_data() -> TrainingData:
        data = read_training_data(split, found, options.out, device)
        data = data._replace(input_mean=mean, input_std=std)
        print(
            f"{kind}: {(~data.is_valid).sum()} songs to train on, {data.is_valid.sum()} to "
            f"validate on, {data.mels.nbytes / 1e6:.0f} MB, on {device}",
            flush=True,
        )
        return data

    with naming_what_to_lower(kind, settings["batch_size"]), ExitStack() as locks:
        run = run_of(options.seed)
        others: list[Run] = []
        if _trains_at_once(device) and options.states:
            if options.beside:
                options.states.mkdir(parents=True, exist_ok=True)
                waiting = f"seed {run.seed} is being trained by another job; waiting for it"
                locks.enter_context(locking(_lock_of(options.states, run.seed), waiting))
            others = [run_of(seed) for seed in options.beside if seed != run.seed]
            others = [other for other in others if _is_to_be_made(other, options, locks)]
        first = initial.encoder if initial else None
        result = fit(kind, make_task, read_data, settings, [run, *others], device, first)[0]
        tuned: dict[str, Any] = {}
        weights = result.weights
        if initial and tune:
            tuned, weights = _tune(tune, initial.encoder, weights, settings, read_data(), device)
    _write_history(result.history, options.out / "history.csv")
    save_model(
        options.out,
        weights,
        {
            "kind": kind,
            "architecture": "five convolution blocks over 128 mel bands, 256 features",
            "input_mean": mean,
            "input_std": std,
            "labels": result.labels,
            "seed": options.seed,
            "settings": settings,
            **tuned,
            "provenance": origin,
        },
    )
    if options.states and run.state_path:
        run.state_path.unlink(missing_ok=True)
        _lock_of(options.states, run.seed).unlink(missing_ok=True)
        with suppress(OSError):  # states of other seeds are there
            options.states.rmdir()


def _tune(
    tune: ModuleType,
    initial: Encoder,
    weights: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    data: TrainingData,
    device: torch.device,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Choose how much of the tuned weights is kept; return what the model's file says, and them."""
    start = {name: tensor.cpu() for name, tensor in initial.state_dict().items()}
    end = {name: weights[f"encoder.{name}"].cpu() for name in start}
    precisions = tune.score_shares(start, end, sorted(settings["shares"]), data, device)
    share = tune.choose_share(precisions)
    for row in precisions:
        print(
            f"share {row.share:g} of the tuned weights: validation songs have a mean average "
            f"precision of {row.embedding:.4f}, balanced vectors {row.balanced:.4f}; gain "
            f"{row.gain:+.4f} (standard error {row.error:.4f})"
        )
    kept = "the encoder that training started from" if share == 0 else f"a share of {share:g}"
    print(f"kept: {kept}", flush=True)
    mixed = tune.mix_weights(start, end, share)
    about = {"share": share, "precision_of_shares": [row._asdict() for row in precisions]}
    return about, dict(weights) | {f"encoder.{name}": value for name, value in mixed.items()}


def _trains_at_once(device: torch.device) -> bool:
    """Tell whether several seeds gain by one process; on a CPU, each has a job and a core."""
    return device.type == "cuda"


def _is_to_be_made(run: Run, options: Options, locks: ExitStack) -> bool:
    """Tell whether a model is missing and no other job is training it; then hold its lock."""
    description = options.out.parent / f"seed-{run.seed}" / "model.json"
    if description.is_file():
        made = json.dumps(work_key(read_json(description)["provenance"]), sort_keys=True)
        if made == run.state_key:
            return False
    assert options.states
    return locks.enter_context(trying_to_lock(_lock_of(options.states, run.seed)))


def _lock_of(states: Path, seed: int) -> Path:
    return states / f"seed-{seed}.lock"


def _write_history(history: Sequence[dict[str, float]], path: Path) -> None:
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, history[0], lineterminator="\n")
        table.writeheader()
        table.writerows(history)
