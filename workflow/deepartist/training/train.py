"""Training of the basic, Siamese and tag model (section 3.3; authors' code).

``python -m deepartist.training.train`` trains one model from a split and the shards of its clips.
"""

import argparse
import csv
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from tqdm import tqdm

from deepartist.config.settings import add_settings_option, parse_settings
from deepartist.models.device import DEVICES, choose_device
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.weights import save_model
from deepartist.process import stage
from deepartist.process.errors import InputError
from deepartist.process.out_of_memory import naming_what_to_lower
from deepartist.process.replacing import replacing
from deepartist.provenance.origin import describe_origin, work_key
from deepartist.training.checkpoint import load_checkpoint, save_checkpoint
from deepartist.training.losses import hinge_loss, softmax_loss
from deepartist.training.sampling import random_starts
from deepartist.training.schedule import Schedule, after_epoch, decayed_rate
from deepartist.training.songs import (
    TrainingData,
    artist_targets,
    input_statistics,
    read_training_data,
    tag_targets,
)
from deepartist.training.steps import (
    Songs,
    encode,
    make_optimizer,
    make_step,
    place_songs,
    set_precision,
)
from deepartist.training.tasks import Task, basic_task, siamese_task, tag_task

KINDS = ("basic", "siamese", "tag")
SAVE_EVERY_S = 120.0


class Result(NamedTuple):
    """The best epoch's weights, the history of all epochs, and the labels of the outputs."""

    weights: dict[str, Tensor]
    history: list[dict]
    labels: list[str]
    input_mean: float
    input_std: float


def train(
    kind: str,
    data: TrainingData,
    settings: dict,
    *,
    seed: int,
    device: torch.device,
    state_path: Path | None = None,
    state_key: str = "",
) -> Result:
    """Train one model.

    Parameters
    ----------
    kind : str
        ``basic``, ``siamese`` or ``tag``.
    data : TrainingData
    settings : dict
        The block ``train_<kind>`` of the config schema.
    seed : int
        Of initialisation, order, crops, samples and dropout.
    device : torch.device
    state_path : Path, optional
        File that is written after each epoch, and every two minutes within one, and that training
        goes on from if it is there and was written under the same `state_key`.

    Raises
    ------
    InputError
        Too few songs for the settings, or a loss that is not finite.
    """
    torch.manual_seed(seed)  # dropout draws from the global generator
    torch.backends.cudnn.deterministic = True
    generator = torch.Generator(device).manual_seed(seed)
    labels, task = _make_task(kind, data, settings, device)
    encoder = Encoder(settings["dropout"]).to(device)
    model = nn.ModuleDict({"encoder": encoder} | ({"head": task.head} if task.head else {}))
    initialise(model, generator)
    optimizer = make_optimizer(model, settings, device)

    is_valid = torch.from_numpy(data.is_valid)
    mean, std = input_statistics(data)
    songs = place_songs(data.mels, data.frames, mean, std, device)
    train_pool = (~is_valid).nonzero().squeeze(1).to(device)
    draw = task.drawing_from(train_pool)
    validation = _draw_validation(task, songs, data, settings["valid_crops"], generator)

    schedule, history, best = Schedule(settings["learning_rate"]), [], {}
    total = torch.zeros((), device=device)  # of the epoch's losses
    order, done = None, 0  # of the epoch's anchors; batches that were trained on
    state = load_checkpoint(state_path, state_key) if state_path else None
    if state:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"])
        _set_global_rng(state["dropout"], device)
        schedule, history, best = Schedule(**state["schedule"]), state["history"], state["best"]
        order, done = state["order"], state["done"]
        total.fill_(state["total"])
        within = "" if order is None else f" and {done} steps"
        print(f"going on after epoch {schedule.epoch}{within}, from {state_path}", flush=True)

    def save(order: Tensor | None, done: int) -> None:
        if not state_path:
            return
        state = {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "generator": generator.get_state(),
            "dropout": _global_rng(device),
            "schedule": schedule._asdict(),
            "history": history,
            "best": best,
            "order": order,
            "done": done,
            "total": float(total),
        }
        save_checkpoint(state, state_path, state_key)

    size = min(settings["batch_size"], len(train_pool))
    steps_per_epoch = math.ceil(len(train_pool) / size)
    model.train()
    precision = settings["precision"]
    set_precision(precision)
    step = make_step(model, task, draw, songs, optimizer, size, generator, total, precision)
    saved_s = time.monotonic()
    while schedule.epoch < settings["max_epochs"] and (
        schedule.since_best < settings["stop_patience"] or schedule.epoch == 0
    ):
        started_s = time.monotonic()
        if order is None:
            order, done = _draw_order(len(train_pool), size, generator), 0
            total.zero_()
        model.train()
        batches = order.to(device).split(size)
        title = f"epoch {schedule.epoch + 1}"
        for number in tqdm(range(done, steps_per_epoch), title, leave=False, disable=None):
            n_before = schedule.epoch * steps_per_epoch + number
            step(batches[number], decayed_rate(schedule.learning_rate, settings["decay"], n_before))
            if time.monotonic() - saved_s > SAVE_EVERY_S:
                save(order, number + 1)
                saved_s = time.monotonic()
        order = None
        train_loss = float(total) / steps_per_epoch / (size if task.summed else 1)
        valid_loss = _validation_loss(model, task, songs, validation, settings)
        if not (math.isfinite(train_loss) and math.isfinite(valid_loss)):
            raise InputError(
                f"training.{kind}.learning_rate: is {settings['learning_rate']}, and the loss of "
                f"epoch {schedule.epoch + 1} is not finite; lower it"
            )
        rate = schedule.learning_rate
        schedule = after_epoch(
            schedule,
            valid_loss,
            factor=settings["plateau_factor"],
            patience=settings["plateau_patience"],
            floor=settings["learning_rate_floor"],
        )
        history.append(
            {
                "epoch": schedule.epoch,
                "step": schedule.epoch * steps_per_epoch,
                "learning_rate": rate,
                "train_loss": train_loss,
                "valid_loss": valid_loss,
            }
        )
        is_best = schedule.since_best == 0
        if is_best:
            best = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        print(
            f"epoch {schedule.epoch}: train loss {train_loss:.4f}, validation loss "
            f"{valid_loss:.4f}{' (best)' if is_best else ''}, learning rate {rate:.3g}, "
            f"{time.monotonic() - started_s:.1f} s",
            flush=True,
        )
        save(order, done)
        saved_s = time.monotonic()
    print(f"best epoch {schedule.best_epoch}, validation loss {schedule.best_loss:.4f}")
    return Result(best, history, labels, mean, std)


def _make_task(
    kind: str, data: TrainingData, settings: dict, device: torch.device
) -> tuple[list[str], Task]:
    if kind == "tag":
        labels, tags = tag_targets(data.song_labels)
        return labels, tag_task(torch.from_numpy(tags).to(device))
    labels, artists = artist_targets(data.song_labels)
    artists = torch.from_numpy(artists).to(device)
    if kind == "basic":
        return labels, basic_task(artists)
    hinge = partial(hinge_loss, margin=settings["margin"])
    loss = {"hinge": hinge, "softmax": softmax_loss}[settings["loss"]]
    return labels, siamese_task(artists, settings["negatives"], loss)


def _draw_order(songs: int, batch_size: int, generator: torch.Generator) -> Tensor:
    """Draw the order in which every song is an anchor once: whole batches of int64."""
    order = torch.randperm(songs, generator=generator, device=generator.device)
    # The last batch is filled up from the start: batch norm and the summed loss want full batches.
    return torch.cat([order, order[: -songs % batch_size]])


def _draw_validation(
    task: Task, songs: Songs, data: TrainingData, crops: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the fixed songs (V, M) and segments (V, M) that all epochs are validated on.

    Every validation song is an anchor as often as there are crops, each time with its own draw.

    Positives and negatives come from the validation songs. Artists with a single one (10,000
    artists: all of them) bring their training songs along, for a positive.
    """
    n_valid = Counter(
        label for label, is_valid in zip(data.song_labels, data.is_valid, strict=True) if is_valid
    )
    in_pool = data.is_valid | [n_valid[label] == 1 for label in data.song_labels]
    pool = torch.from_numpy(in_pool.nonzero()[0])
    anchors = torch.from_numpy(data.is_valid[in_pool].nonzero()[0]).repeat(crops)
    device = songs.frames.device
    drawn = task.drawing_from(pool.to(device))(anchors.to(device), generator)
    return drawn, random_starts(songs.frames[drawn], generator)


@torch.inference_mode()
def _validation_loss(
    model: nn.ModuleDict,
    task: Task,
    songs: Songs,
    validation: tuple[Tensor, Tensor],
    settings: dict,
) -> float:
    model.eval()
    total = 0.0
    batches = (part.split(settings["batch_size"]) for part in validation)
    for drawn, starts in zip(*batches, strict=True):
        features = encode(model["encoder"], songs, drawn, starts, settings["precision"])
        loss = float(task.loss(features, drawn[:, 0]))
        total += loss if task.summed else loss * len(drawn)
    return total / len(validation[0])


def _global_rng(device: torch.device) -> Tensor:
    return torch.cuda.get_rng_state() if device.type == "cuda" else torch.get_rng_state()


def _set_global_rng(state: Tensor, device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state)
    else:
        torch.set_rng_state(state)


def main(argv: Sequence[str] | None = None) -> None:
    """Train one model from a split and the shards of its clips."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.training.train", description=main.__doc__
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="|".join(KINDS))
    for kind in KINDS:
        options = kinds.add_parser(kind, help=f"train a {kind} model")
        options.add_argument("--split", type=Path, required=True, help="CSV clip_id,label,split")
        options.add_argument(
            "--shards", type=Path, nargs="+", required=True, help="shard.json files"
        )
        options.add_argument("--seed", type=int, default=0)
        options.add_argument("--device", choices=DEVICES, default="auto")
        options.add_argument("--state", type=Path, help="file to resume from, removed at the end")
        options.add_argument("--out", type=Path, required=True, help="folder of the model")
        add_settings_option(options, f"train_{kind}")
    args = parser.parse_args(argv)
    settings = parse_settings(args.set, f"train_{args.kind}")
    device = choose_device(args.device)
    with naming_what_to_lower(args.kind, settings["batch_size"]):
        data = read_training_data(args.split, [path.parent for path in args.shards], args.out)
        provenance = describe_origin(
            "training.train",
            inputs=[args.split, *args.shards],
            settings=settings,
            seed=args.seed,
            device=str(device),
        )
        print(
            f"{args.kind}: {(~data.is_valid).sum()} songs to train on, {data.is_valid.sum()} to "
            f"validate on, {data.mels.nbytes / 1e6:.0f} MB, on {device}",
            flush=True,
        )
        key = json.dumps([args.kind, work_key(provenance)], sort_keys=True)
        result = train(
            args.kind,
            data,
            settings,
            seed=args.seed,
            device=device,
            state_path=args.state,
            state_key=key,
        )
    with (
        replacing(args.out / "history.csv") as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.DictWriter(file, result.history[0], lineterminator="\n")
        table.writeheader()
        table.writerows(result.history)
    save_model(
        args.out,
        result.weights,
        {
            "kind": args.kind,
            "architecture": "five convolution blocks over 128 mel bands, 256 features",
            "input_mean": result.input_mean,
            "input_std": result.input_std,
            "labels": result.labels,
            "seed": args.seed,
            "settings": settings,
            "provenance": provenance,
        },
    )
    if args.state:
        args.state.unlink(missing_ok=True)


if __name__ == "__main__":
    stage.run(main)
