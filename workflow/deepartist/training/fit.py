"""The training of one model (section 3.3; authors' code): set-up, resume, epochs, bookkeeping."""

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from tqdm import tqdm

from deepartist.models.encoder import Encoder, initialise
from deepartist.process.errors import InputError
from deepartist.training.checkpoint import load_checkpoint, save_checkpoint
from deepartist.training.schedule import Schedule, after_epoch, decayed_rate
from deepartist.training.songs import TrainingData, input_statistics
from deepartist.training.state import State, pack, unpack
from deepartist.training.steps import (
    Step,
    make_optimizer,
    make_step,
    place_songs,
    set_precision,
)
from deepartist.training.tasks import MakeTask, Task
from deepartist.training.validation import draw_validation, validation_loss

SAVE_EVERY_S = 120.0


class Result(NamedTuple):
    """The best epoch's weights, the history of all epochs, and the labels of the outputs."""

    weights: dict[str, Tensor]
    history: list[dict[str, float]]
    labels: list[str]
    input_mean: float
    input_std: float


def fit(
    kind: str,
    make_task: MakeTask,
    data: TrainingData,
    settings: Mapping[str, Any],
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
        Kind of the model; messages name the block ``training.<kind>`` of the config.
    make_task : callable
        See `tasks.MakeTask`.
    data : TrainingData
    settings : mapping
        The block ``train_<kind>`` of the config schema.
    seed : int
        Seed of the initial weights, the order of songs, crops, samples and dropout.
    device : torch.device
    state_path : Path, optional
        File that the state is saved to after each epoch, and every two minutes during an epoch. The
        training is resumed from it if it was saved with the same `state_key`.
    state_key : str
        Identifies this training.

    Raises
    ------
    InputError
        There are too few songs for the settings, or a loss is not finite.
    """
    torch.manual_seed(seed)  # dropout draws from the global generator
    torch.backends.cudnn.deterministic = True
    labels, task = make_task(data.song_labels, settings, device)
    state = _first_state(task, settings, torch.Generator(device).manual_seed(seed))

    mean, std = input_statistics(data)
    songs = place_songs(data.mels, data.frames, mean, std, device)
    pool = torch.from_numpy((~data.is_valid).nonzero()[0]).to(device)
    draw = task.drawing_from(pool)
    validation = draw_validation(task, songs, data, settings["valid_crops"], state.generator)
    if state_path:
        _resume(state, state_path, state_key)

    def save() -> None:
        if state_path:
            save_checkpoint(pack(state), state_path, state_key)

    batch_size = min(settings["batch_size"], len(pool))
    precision = settings["precision"]
    set_precision(precision)
    state.model.train()
    step = make_step(
        state.model,
        task,
        draw,
        songs,
        state.optimizer,
        batch_size,
        state.generator,
        state.total_loss,
        precision,
    )
    while _is_unfinished(state.schedule, settings):
        started_s = time.monotonic()
        step_loss = _train_epoch(state, step, len(pool), batch_size, settings["decay"], save)
        train_loss = step_loss / (batch_size if task.summed else 1)
        valid_loss = validation_loss(state.model, task, songs, validation, settings)
        if not (math.isfinite(train_loss) and math.isfinite(valid_loss)):
            raise InputError(
                f"training.{kind}.learning_rate: is {settings['learning_rate']}, and the loss of "
                f"epoch {state.schedule.epoch + 1} is not finite; lower it"
            )
        _end_epoch(state, train_loss, valid_loss, math.ceil(len(pool) / batch_size), settings)
        _print_epoch(state, time.monotonic() - started_s)
        save()
    best = state.schedule
    print(f"best epoch {best.best_epoch}, validation loss {best.best_loss:.4f}")
    return Result(state.best_weights, state.history, labels, mean, std)


def _first_state(task: Task, settings: Mapping[str, Any], generator: torch.Generator) -> State:
    """Make a model with random initial weights, its optimiser and its schedule."""
    device = generator.device
    model = nn.ModuleDict({"encoder": Encoder(settings["dropout"]).to(device)})
    if task.head:
        model["head"] = task.head
    initialise(model, generator)
    return State(
        model=model,
        optimizer=make_optimizer(model, settings, device),
        generator=generator,
        schedule=Schedule(settings["learning_rate"]),
        total_loss=torch.zeros((), device=device),
    )


def _is_unfinished(schedule: Schedule, settings: Mapping[str, Any]) -> bool:
    epoch, patience = schedule.epoch, settings["stop_patience"]
    return epoch < settings["max_epochs"] and (epoch == 0 or schedule.since_best < patience)


def _train_epoch(
    state: State, step: Step, songs: int, batch_size: int, decay: float, save: Callable[[], None]
) -> float:
    """Train on every song once; return the mean loss of the steps.

    An interrupted epoch is resumed after the last step that was saved.
    """
    if state.order is None:
        state.order, state.steps_done = _draw_order(songs, batch_size, state.generator), 0
        state.total_loss.zero_()
    state.model.train()
    epochs_before = state.schedule.epoch
    batches = torch.split(state.order.to(state.generator.device), batch_size)
    saved_s = time.monotonic()
    steps = range(state.steps_done, len(batches))
    for number in tqdm(steps, f"epoch {epochs_before + 1}", leave=False, disable=None):
        steps_before = epochs_before * len(batches) + number
        step(batches[number], decayed_rate(state.schedule.learning_rate, decay, steps_before))
        state.steps_done = number + 1
        if time.monotonic() - saved_s > SAVE_EVERY_S:
            save()
            saved_s = time.monotonic()
    state.order, state.steps_done = None, 0
    return float(state.total_loss) / len(batches)


def _end_epoch(
    state: State, train_loss: float, valid_loss: float, steps: int, settings: Mapping[str, Any]
) -> None:
    """Add the losses of an epoch to schedule and history; keep its weights if they are the best."""
    learning_rate = state.schedule.learning_rate
    state.schedule = after_epoch(
        state.schedule,
        valid_loss,
        factor=settings["plateau_factor"],
        patience=settings["plateau_patience"],
        floor=settings["learning_rate_floor"],
    )
    state.history.append(
        {
            "epoch": state.schedule.epoch,
            "step": state.schedule.epoch * steps,
            "learning_rate": learning_rate,
            "train_loss": train_loss,
            "valid_loss": valid_loss,
        }
    )
    if state.schedule.since_best == 0:
        weights = state.model.state_dict()
        state.best_weights = {name: tensor.clone() for name, tensor in weights.items()}


def _print_epoch(state: State, seconds: float) -> None:
    epoch = state.history[-1]
    print(
        f"epoch {epoch['epoch']}: train loss {epoch['train_loss']:.4f}, validation loss "
        f"{epoch['valid_loss']:.4f}{'' if state.schedule.since_best else ' (best)'}, learning rate "
        f"{epoch['learning_rate']:.3g}, {seconds:.1f} s",
        flush=True,
    )


def _draw_order(songs: int, batch_size: int, generator: torch.Generator) -> Tensor:
    """Draw the order of the anchors of an epoch: every song once, filled up to whole batches."""
    order = torch.randperm(songs, generator=generator, device=generator.device)
    # The first songs fill up the last batch, because batch norm and a summed loss need full ones.
    return torch.cat([order, order[: -songs % batch_size]])


def _resume(state: State, path: Path, key: str) -> None:
    """Replace the initial state by the one that was saved with this key, if there is one."""
    saved = load_checkpoint(path, key)
    if not saved:
        return
    unpack(saved, state)
    steps = "" if state.order is None else f" and {state.steps_done} steps"
    print(f"resumed after epoch {state.schedule.epoch}{steps}, from {path}", flush=True)
