"""What benchmarks of steps share: our chunks, and a plain loop with the authors' loader."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from deepartist.config.settings import parse_settings
from deepartist.constants import CLIP_FRAMES, MEL_BANDS, SEGMENT_FRAMES
from deepartist.models.encoder import Encoder, initialise
from deepartist.models.precision import set_precision
from deepartist.training.chunks import STEPS_OF_CHUNK, make_run_chunk
from deepartist.training.epoch import draw_epoch
from deepartist.training.losses import cross_entropy, hinge
from deepartist.training.schedule import Schedule
from deepartist.training.songs import TrainingData
from deepartist.training.state import State
from deepartist.training.steps import make_optimizer, make_songs
from deepartist.training.tasks import Task
from deepartist.training.train_basic import basic_task
from deepartist.training.train_siamese import siamese_task

SONGS_OF_ARTIST = 15
MEAN, STD = 0.226, 0.258
SONGS_IN_MEMORY = 1_005  # songs beyond these share their log-mels, so that many can be drawn from


def settings_of(kind: str, **changes: object) -> dict[str, Any]:
    """Give the paper's settings of a kind of model."""
    return parse_settings([f"{key}={value}" for key, value in changes.items()], f"train_{kind}")


def make_task(kind: str, songs: int, device: torch.device) -> Task:
    """Make a task on songs by artists with 15 songs each."""
    artists = torch.arange(songs, device=device) // SONGS_OF_ARTIST
    settings = settings_of(kind)
    if kind == "basic":
        return basic_task(artists, cross_entropy.make_loss(settings))
    return siamese_task(artists, settings["negatives"], hinge.make_loss(settings))


def make_model(task: Task, device: torch.device) -> nn.ModuleDict:
    """Make the model of a task."""
    model = nn.ModuleDict({"encoder": Encoder().to(device)})
    if task.head:
        model["head"] = task.head
    initialise(model, torch.Generator(device).manual_seed(0))
    return model.train()


def make_songs_in_memory(songs: int, device: torch.device) -> TrainingData:
    """Make noise in the place of songs."""
    generator = torch.Generator(device).manual_seed(0)
    shape = (songs, CLIP_FRAMES, MEL_BANDS)
    mels = torch.empty(shape, dtype=torch.float16, device=device)
    for mel in mels:  # one by one: noise of all songs in float32 would take twice the memory
        mel.copy_(torch.rand(shape[1:], generator=generator, device=device))
    frames = np.full(songs, CLIP_FRAMES)
    labels = [f"{song // SONGS_OF_ARTIST:05d}" for song in range(songs)]
    return TrainingData(mels, frames, labels, np.zeros(songs, bool), MEAN, STD)


def make_chunk(
    kind: str,
    songs: int,
    device: torch.device,
    *,
    precision: str = "float32",
    compiled: bool = False,
) -> Callable[[], None]:
    """Make the function that trains on the next chunk of an epoch of `songs` songs."""
    set_precision(precision)
    settings = settings_of(kind, precision=precision)
    task = make_task(kind, songs, device)
    model = make_model(task, device)
    optimizer = make_optimizer(model, settings)
    if compiled:
        model["encoder"] = torch.compile(model["encoder"])
    in_memory = min(songs, SONGS_IN_MEMORY)
    placed = make_songs(make_songs_in_memory(in_memory, device), device)
    state = State(
        model,
        optimizer,
        torch.Generator(device).manual_seed(0),
        torch.zeros((), device=device),
        Schedule(settings["learning_rate"]),
        [],
    )
    draw = task.drawing_from(torch.arange(songs, device=device))
    epoch = draw_epoch(
        task,
        lambda anchors, generator: draw(anchors, generator) % in_memory,
        songs,
        placed.frames,
        settings["batch_size"],
        state.generator,
        learning_rate=1e-3,
        decay=settings["decay"],
        epochs_before=0,
    )
    # The anchors keep their own artists, whichever log-mels they share.
    run_chunk = make_run_chunk(state, task, placed, epoch, settings)
    firsts = range(0, len(epoch.rows) - STEPS_OF_CHUNK + 1, STEPS_OF_CHUNK)
    chunks = (first for _ in range(10**9) for first in firsts)
    return lambda: run_chunk(epoch, next(chunks), STEPS_OF_CHUNK)


def make_plain_step(kind: str, songs: int, device: torch.device) -> Callable[[torch.Tensor], None]:
    """Make the eager step of a plain loop: segments (B · M, 129, 128) float32 on the device."""
    settings = settings_of(kind)
    task = make_task(kind, songs, device)
    model = make_model(task, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, nesterov=True)
    batch_size = settings["batch_size"]
    targets = task.targets(
        (torch.arange(batch_size, device=device) * SONGS_OF_ARTIST % songs)[:, None]
    )

    def step(segments: torch.Tensor) -> None:
        features = model["encoder"](segments).unflatten(0, (batch_size, -1))
        features = nn.functional.dropout(features, settings["dropout"])
        loss = task.loss(features, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


class Files(Dataset):
    """Anchors with their positives and negatives, loaded as the authors do: a file for each song.

    Negatives are drawn from the difference of the sets of all songs and of the artist's.
    """

    def __init__(self, kind: str, files: list[Path], songs: int) -> None:
        self.negatives = settings_of(kind)["negatives"] if kind == "siamese" else 0
        self.files, self.every = files, set(range(songs))

    def __len__(self) -> int:
        return len(self.every)

    def __getitem__(self, anchor: int) -> np.ndarray:
        rng = np.random.default_rng()
        first = anchor - anchor % SONGS_OF_ARTIST
        own = list(range(first, first + SONGS_OF_ARTIST))
        drawn = [anchor]
        if self.negatives:
            drawn.append(rng.choice([song for song in own if song != anchor]))
            others = list(self.every - set(own))
            drawn += rng.choice(others, self.negatives, replace=False).tolist()
        segments = []
        for song in drawn:
            mel = np.load(self.files[song % len(self.files)])
            start = rng.integers(CLIP_FRAMES - SEGMENT_FRAMES + 1)
            segments.append((mel[start : start + SEGMENT_FRAMES] - MEAN) / STD)
        return np.stack(segments).astype(np.float32)


def load_batches(
    kind: str, files: list[Path], songs: int, workers: int, device: torch.device
) -> Iterator[torch.Tensor]:
    """Load batches (B · M, 129, 128) without end, by a DataLoader, and copy them to the device."""
    loader = DataLoader(
        Files(kind, files, songs),
        settings_of(kind)["batch_size"],
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        persistent_workers=workers > 0,
    )
    while True:
        for batch in loader:
            yield batch.to(device, non_blocking=True).flatten(0, 1)


def write_files(folder: Path, files: int = 200) -> list[Path]:
    """Write log-mels of clips, a file each."""
    clip = np.random.default_rng(0).random((CLIP_FRAMES, MEL_BANDS)).astype(np.float16)
    paths = [folder / f"{number}.npy" for number in range(files)]
    for path in paths:
        np.save(path, clip)
    return paths
