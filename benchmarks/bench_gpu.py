"""A training step on a GPU beside an eager loop and beside the network alone: `make bench-gpu`.

Prints one table in Markdown with the GPU's name: steps of each kind in each precision, three seeds
at the same time, a whole training of 1,000 artists, and the paper's 33 trainings multiplied out.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

import numpy as np
import torch
from rows import Row, print_table, race
from steps_in_memory import (
    SONGS_IN_MEMORY,
    load_batches,
    make_chunk,
    make_plain_step,
    make_songs_in_memory,
    settings_of,
    write_files,
)

from deepartist.models.precision import set_precision
from deepartist.process.errors import InputError
from deepartist.training import train_basic, train_siamese
from deepartist.training.chunks import STEPS_OF_CHUNK
from deepartist.training.fit import Run, fit
from deepartist.training.recording import record
from deepartist.training.songs import TrainingData

KINDS = {"basic": train_basic, "siamese": train_siamese}
AIM_MS = {"basic": 0.10, "siamese": 0.20}  # in tf32, on an H100 or H200
WORKERS = 8
SEEDS = 3
# The paper's sets, and training songs of each artist; the tag model has as many songs as 5,000
# artists. The authors' released Siamese model of 10,000 artists took 46 epochs.
SETS, TAG_SET, EPOCHS = {500: 15, 1000: 15, 2000: 15, 5000: 15, 10_000: 17}, 5000, 46


def wait_for(device: torch.device) -> None:
    """Wait until the device has done all work."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def waiting(device: torch.device, run: Callable[[], object]) -> Callable[[], None]:
    """Make a function that runs another one and waits for the device."""

    def run_and_wait() -> None:
        run()
        wait_for(device)

    return run_and_wait


def bench_steps(folder: Path, device: torch.device, songs: int, workers: int) -> Iterator[Row]:
    """Measure a step of each kind.

    The peer is an eager loop behind a DataLoader, the limit the recorded step of the network on
    input that stays the same.
    """
    files = write_files(folder)
    for kind in KINDS:
        set_precision("float32")
        eager = make_plain_step(kind, songs, device)
        batches = load_batches(kind, files, songs, workers, device)
        fixed = torch.randn_like(next(batches))
        alone = make_plain_step(kind, songs, device)
        replay = record(
            lambda step=alone, x=fixed: [step(x) for _ in range(STEPS_OF_CHUNK)],
            lambda step=alone, x=fixed: [step(x) for _ in range(3)],
            [],  # nothing has to be restored
            device,
        )
        others = {
            "peer": lambda step=eager, b=batches: [step(next(b)) for _ in range(STEPS_OF_CHUNK)],
            "limit": replay,
            "fixed": lambda step=eager, x=fixed: [step(x) for _ in range(STEPS_OF_CHUNK)],
        }
        for precision in ("float32", "tf32", "bfloat16"):
            runs = {"ours": make_chunk(kind, songs, device, precision=precision)}
            if precision == "float32":
                runs |= others
            set_precision(precision)
            times = race(**{name: waiting(device, run) for name, run in runs.items()})
            of_step = {name: seconds / STEPS_OF_CHUNK for name, seconds in times.items()}
            on_fixed = of_step.pop("fixed", None)
            target = "≥ 5 × peer" if precision == "float32" else ""
            if precision == "tf32":
                target = f"≤ {AIM_MS[kind]:.2f} ms"
            note = f"eager on fixed input: {on_fixed * 1e3:.3f} ms" if on_fixed else ""
            yield Row(
                f"{kind} step, {songs:,} songs, {precision}", **of_step, target=target, note=note
            )


def bench_compiled(device: torch.device, songs: int) -> Iterator[Row]:
    """Measure a step whose encoder is compiled, beside one whose encoder is not."""
    for kind in KINDS:
        for precision in ("float32", "tf32"):
            try:
                compiled = make_chunk(kind, songs, device, precision=precision, compiled=True)
                plain = make_chunk(kind, songs, device, precision=precision)
                times = race(ours=waiting(device, compiled), peer=waiting(device, plain))
            except Exception as error:  # the compiler raises errors of many classes
                print(f"{kind}, {precision}: not compiled: {error}", file=sys.stderr)
                continue
            of_step = {name: seconds / STEPS_OF_CHUNK for name, seconds in times.items()}
            yield Row(f"{kind} step, {precision}, compiled (peer: not)", **of_step)


def epoch_s(
    kind: str, data: TrainingData, device: torch.device, seeds: int, precision: str
) -> float:
    """Measure an epoch of training and validation, in seconds; all seeds are trained at once."""
    ends = []
    for epochs in (1, 3):  # the first has the recording
        settings = settings_of(kind, max_epochs=epochs, precision=precision)
        runs = [Run(seed) for seed in range(seeds)]
        started_s = time.perf_counter()
        with redirect_stdout(StringIO()):
            fit(kind, KINDS[kind].make_task, lambda: data, settings, runs, device)
        wait_for(device)
        ends.append(time.perf_counter() - started_s)
    return (ends[1] - ends[0]) / 2


def bench_trainings(device: torch.device, artists: int, precision: str) -> Iterator[Row]:
    """Measure an epoch of each kind and three seeds at once; multiply out the paper's models."""
    songs = artists * 18  # 15 to train on, 3 to validate on
    data = make_songs_in_memory(songs, device)
    data = data._replace(
        song_labels=[f"{song // 18:05d}" for song in range(songs)],
        is_valid=np.arange(songs) % 18 >= 15,
    )
    steps = math.ceil(artists * 15 / settings_of("basic")["batch_size"])
    step_s = {}
    for kind in KINDS:
        one = epoch_s(kind, data, device, 1, precision)
        step_s[kind] = one / steps
        yield Row(f"an epoch of {kind}-{artists}, {precision}", one)
        together = epoch_s(kind, data, device, SEEDS, precision)
        what = f"the same, {SEEDS} seeds at once (peer: one after the other)"
        yield Row(what, together, peer=SEEDS * one)
        step_s[f"{kind}, at once"] = together / SEEDS / steps
    for name in ("", ", at once"):
        hours = paper_s(step_s[f"basic{name}"], step_s[f"siamese{name}"]) / 3600
        what = f"the paper's {SEEDS * (2 * len(SETS) + 1)} trainings{name}, {precision}, in hours"
        yield Row(what, hours, target="≤ 1 h", note="ratio")


def paper_s(basic_s: float, siamese_s: float) -> float:
    """Multiply the seconds of a step out to all models of the paper; a tag step is a basic one."""
    batch_size = settings_of("basic")["batch_size"]
    steps = {n: math.ceil(n * of_artist / batch_size) for n, of_artist in SETS.items()}
    of_artists = sum(steps.values()) * (basic_s + siamese_s)
    return SEEDS * EPOCHS * (of_artists + steps[TAG_SET] * basic_s)


def main() -> None:
    """Measure all rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("error: the benchmark needs a CUDA GPU, and none can be used here")
    device = torch.device("cuda")
    print(f"{date.today()}, {torch.cuda.get_device_name(device)}, torch {torch.__version__}\n")
    with tempfile.TemporaryDirectory() as folder:

        def rows() -> Iterator[Row]:
            yield from bench_steps(Path(folder), device, SONGS_IN_MEMORY, WORKERS)
            yield from bench_compiled(device, SONGS_IN_MEMORY)
            for precision in ("float32", "tf32"):
                yield from bench_trainings(device, 1000, precision)

        print_table(rows())


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        sys.exit(f"error: {error}")
