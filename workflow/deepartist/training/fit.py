"""The training of models (section 3.3; authors' code): set-up, resume, epochs, bookkeeping."""

import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from tqdm import tqdm

from deepartist.models.encoder import Encoder, initialise
from deepartist.models.precision import set_precision
from deepartist.process.errors import InputError
from deepartist.training.checkpoint import load_checkpoint, save_checkpoint
from deepartist.training.chunks import RunChunk, chunks_of, make_run_chunk
from deepartist.training.epoch import Batches, draw_epoch
from deepartist.training.schedule import Schedule, after_epoch
from deepartist.training.songs import TrainingData
from deepartist.training.state import State, pack, unpack
from deepartist.training.steps import make_optimizer, make_songs, set_training
from deepartist.training.tasks import MakeTask, Task
from deepartist.training.validation import draw_validation, validation_loss

SAVE_EVERY_S = 120.0

# A training yields where it has given the device work and another training may give it some.
Training = Generator[None, None, "Result"]


class Run(NamedTuple):
    """One of several trainings that differ in their seeds.

    Attributes
    ----------
    seed : int
        Seed of the initial weights, the order of songs, crops, samples and dropout.
    state_path : Path, optional
        File that the state is saved to after each epoch, and every two minutes during an epoch. The
        training is resumed from it if it was saved with the same `state_key`.
    state_key : str
        Identifies this training.
    """

    seed: int
    state_path: Path | None = None
    state_key: str = ""


class Result(NamedTuple):
    """The best epoch's weights, the history of all epochs, and the labels of the outputs."""

    weights: dict[str, Tensor]
    history: list[dict[str, float]]
    labels: list[str]


def fit(
    kind: str,
    make_task: MakeTask,
    read_data: Callable[[], TrainingData],
    settings: Mapping[str, Any],
    runs: Sequence[Run],
    device: torch.device,
    initial: Encoder | None = None,
) -> list[Result]:
    """Train models that differ in their seeds, on one copy of the songs.

    On a GPU they are trained at the same time, each on a stream of its own; on a CPU one after the
    other. What becomes of a model does not depend on the others.

    Parameters
    ----------
    kind : str
        Kind of the models; messages name the block ``training.<kind>`` of the config.
    make_task : callable
        See `tasks.MakeTask`.
    read_data : callable
        Returns the `TrainingData`; not called if all runs have ended before.
    settings : mapping
        The block ``train_<kind>`` of the config schema.
    runs : sequence of Run
    device : torch.device
    initial : Encoder, optional
        The encoder that all trainings start from; by default, each draws its own.

    Returns
    -------
    list of Result
        One per run.

    Raises
    ------
    InputError
        There are too few songs for the settings, or a loss is not finite.
    """
    set_precision(settings["precision"])
    results: dict[int, Result] = {}
    trainings: dict[int, Training] = {}
    data: TrainingData | None = None
    for number, run in enumerate(runs):
        name = f"seed {run.seed}, " if len(runs) > 1 else ""
        saved = load_checkpoint(run.state_path, run.state_key) if run.state_path else None
        if saved and not _is_unfinished(Schedule(**saved["schedule"]), settings):
            print(f"{name}had ended before, see {run.state_path}", flush=True)
            results[number] = Result(saved["best_weights"], saved["history"], saved["labels"])
            continue
        data = data or read_data()
        trainings[number] = _train(
            kind, make_task, data, settings, run, saved, device, name, initial
        )
    if device.type == "cuda":
        at_once = {number: _on_own_stream(training) for number, training in trainings.items()}
        results |= _finish_by_turns(at_once)
    else:
        for number, training in trainings.items():
            results |= _finish_by_turns({number: training})
    return [results[number] for number in range(len(runs))]


def _finish_by_turns(trainings: Mapping[int, Training]) -> dict[int, Result]:
    """Give each training a turn until all have ended; return their results."""
    results: dict[int, Result] = {}
    while len(results) < len(trainings):
        for number, training in trainings.items():
            if number not in results:
                try:
                    next(training)
                except StopIteration as end:
                    results[number] = end.value
    return results


def _on_own_stream(training: Training) -> Training:
    """Run a training on a stream of its own, so that a GPU works on several at the same time."""
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]  # PyTorch leaves it untyped
    stream.wait_stream(torch.cuda.current_stream())
    while True:
        with torch.cuda.stream(stream):
            try:
                next(training)
            except StopIteration as end:
                stream.synchronize()
                return end.value  # type: ignore[no-any-return]
        yield


def _train(
    kind: str,
    make_task: MakeTask,
    data: TrainingData,
    settings: Mapping[str, Any],
    run: Run,
    saved: Mapping[str, Any] | None,
    device: torch.device,
    name: str,
    initial: Encoder | None,
) -> Training:
    """Train one model, from a saved state if there is one; `name` starts each line on stdout."""
    labels, task = make_task(data, settings, device)
    generator = torch.Generator(device).manual_seed(run.seed)
    state = _first_state(labels, task, settings, generator, initial)
    songs = make_songs(data, device)
    pool = torch.from_numpy((~data.is_valid).nonzero()[0]).to(device)
    draw, batch_size = task.drawing_from(pool), min(settings["batch_size"], len(pool))
    validation = draw_validation(task, songs, data, settings["valid_crops"], state.generator)
    if saved:
        unpack(saved, state)
        steps = "" if state.epoch_draws is None else f" and {state.steps_done} steps"
        print(
            f"{name}resumed after epoch {state.schedule.epoch}{steps}, from {run.state_path}",
            flush=True,
        )

    def draw_next() -> Batches:
        return draw_epoch(
            task,
            draw,
            len(pool),
            songs.frames,
            batch_size,
            state.generator,
            learning_rate=state.schedule.learning_rate,
            decay=settings["decay"],
            epochs_before=state.schedule.epoch,
        )

    def save() -> None:
        if run.state_path:
            save_checkpoint(pack(state), run.state_path, run.state_key)

    run_chunk: RunChunk | None = None
    while _is_unfinished(state.schedule, settings):
        started_s = time.monotonic()
        epoch = _begin_epoch(state, draw_next)
        set_training(state.model, settings)
        run_chunk = run_chunk or make_run_chunk(state, task, songs, epoch, settings)
        yield from _train_epoch(state, epoch, run_chunk, save, name)
        valid_loss = validation_loss(state.model, task, songs, validation, settings["precision"])
        yield
        losses = torch.stack([state.total_loss / len(epoch.rows), valid_loss]).tolist()
        _end_epoch(state, losses[0] / (batch_size if task.summed else 1), losses[1], settings)
        if not all(map(math.isfinite, losses)):
            raise InputError(
                f"training.{kind}.learning_rate: is {settings['learning_rate']}, and the loss of "
                f"epoch {state.schedule.epoch} is not finite; lower it"
            )
        _print_epoch(state, time.monotonic() - started_s, name)
        save()
    best = state.schedule
    print(f"{name}best epoch {best.best_epoch}, validation loss {best.best_loss:.4f}", flush=True)
    return Result(state.best_weights, state.history, labels)


def _first_state(
    labels: list[str],
    task: Task,
    settings: Mapping[str, Any],
    generator: torch.Generator,
    initial: Encoder | None,
) -> State:
    """Make a model with its initial weights, its optimiser and its schedule."""
    device = generator.device
    encoder = Encoder().to(device)
    model = nn.ModuleDict({"encoder": encoder})
    if task.head:
        model["head"] = task.head
    initialise(model, generator)
    if initial is not None:
        encoder.load_state_dict(initial.state_dict())
    for block in encoder.blocks[: settings["freeze"]]:
        block.requires_grad_(False)
    return State(
        model=model,
        optimizer=make_optimizer(model, settings),
        generator=generator,
        total_loss=torch.zeros((), device=device),
        schedule=Schedule(settings["learning_rate"]),
        labels=labels,
    )


def _is_unfinished(schedule: Schedule, settings: Mapping[str, Any]) -> bool:
    epoch, patience = schedule.epoch, settings["stop_patience"]
    return epoch < settings["max_epochs"] and (epoch == 0 or schedule.since_best < patience)


def _begin_epoch(state: State, draw_next: Callable[[], Batches]) -> Batches:
    """Draw an epoch; one that was interrupted is drawn again as it was."""
    if state.epoch_draws is None:
        state.epoch_draws, state.steps_done = state.generator.get_state(), 0
        state.total_loss.zero_()
        return draw_next()
    now = state.generator.get_state()
    state.generator.set_state(state.epoch_draws)
    epoch = draw_next()
    state.generator.set_state(now)
    return epoch


def _train_epoch(
    state: State, epoch: Batches, run_chunk: RunChunk, save: Callable[[], None], name: str
) -> Generator[None]:
    """Train on the chunks of an epoch that are left, one for each turn."""
    saved_s = time.monotonic()
    with tqdm(
        total=len(epoch.rows),
        initial=state.steps_done,
        desc=f"{name}epoch {state.schedule.epoch + 1}",
        unit="step",
        leave=False,
        disable=None,
    ) as bar:
        for first, n in chunks_of(epoch, state.steps_done):
            run_chunk(epoch, first, n)
            state.steps_done = first + n
            bar.update(n)
            if time.monotonic() - saved_s > SAVE_EVERY_S:
                save()
                saved_s = time.monotonic()
            yield
    state.epoch_draws = None


def _end_epoch(
    state: State, train_loss: float, valid_loss: float, settings: Mapping[str, Any]
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
            "step": state.schedule.epoch * state.steps_done,
            "learning_rate": learning_rate,
            "train_loss": train_loss,
            "valid_loss": valid_loss,
        }
    )
    if state.schedule.since_best == 0:
        weights = state.model.state_dict()
        state.best_weights = {name: tensor.clone() for name, tensor in weights.items()}


def _print_epoch(state: State, seconds: float, name: str) -> None:
    epoch = state.history[-1]
    print(
        f"{name}epoch {epoch['epoch']}: train loss {epoch['train_loss']:.4f}, validation loss "
        f"{epoch['valid_loss']:.4f}{'' if state.schedule.since_best else ' (best)'}, learning rate "
        f"{epoch['learning_rate']:.3g}, {seconds:.1f} s",
        flush=True,
    )
