"""What the stages train_<kind> share: the command line, reading inputs and writing the model."""

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.models.device import DEVICES, choose_device
from deepartist.models.weights import save_model
from deepartist.process.out_of_memory import naming_what_to_lower
from deepartist.process.replacing import replacing
from deepartist.provenance.origin import describe_origin, work_key
from deepartist.training.fit import fit
from deepartist.training.songs import read_training_data
from deepartist.training.tasks import MakeTask


class Options(NamedTuple):
    """The command line of a training; see `parse_options`."""

    kind: str
    split: Path
    shards: list[Path]
    seed: int
    device: str
    state: Path | None
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
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument(
        "--state", type=Path, help="file of the state to resume from; removed at the end"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    add_settings_option(parser, f"train_{kind}")
    args = parser.parse_args(argv)
    return Options(
        kind=kind,
        split=args.split,
        shards=args.shards,
        seed=args.seed,
        device=args.device,
        state=args.state,
        out=args.out,
        settings=parse_settings(args.set, f"train_{kind}"),
    )


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
    with naming_what_to_lower(kind, settings["batch_size"]):
        folders = [path.parent for path in options.shards]
        data = read_training_data(options.split, folders, options.out)
        provenance = describe_origin(
            f"training.train_{kind}",
            inputs=[options.split, *options.shards],
            settings=settings,
            seed=options.seed,
            device=str(device),
            modules=modules,
        )
        print(
            f"{kind}: {(~data.is_valid).sum()} songs to train on, {data.is_valid.sum()} to "
            f"validate on, {data.mels.nbytes / 1e6:.0f} MB, on {device}",
            flush=True,
        )
        result = fit(
            kind,
            make_task,
            data,
            settings,
            seed=options.seed,
            device=device,
            state_path=options.state,
            state_key=json.dumps(work_key(provenance), sort_keys=True),
        )
    _write_history(result.history, options.out / "history.csv")
    save_model(
        options.out,
        result.weights,
        {
            "kind": kind,
            "architecture": "five convolution blocks over 128 mel bands, 256 features",
            "input_mean": result.input_mean,
            "input_std": result.input_std,
            "labels": result.labels,
            "seed": options.seed,
            "settings": settings,
            "provenance": provenance,
        },
    )
    if options.state:
        options.state.unlink(missing_ok=True)


def _write_history(history: Sequence[dict[str, float]], path: Path) -> None:
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, history[0], lineterminator="\n")
        table.writeheader()
        table.writerows(history)
