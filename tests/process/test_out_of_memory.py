"""A training that memory is too small for says which settings to lower."""

import errno
import os
import subprocess
import sys

import pytest
import torch

from deepartist.process.errors import InputError
from deepartist.process.out_of_memory import naming_what_to_lower

# Trains with what its imports took and a few megabytes more.
TRAINING = """
import resource

import numpy as np
import psutil
import torch
import torch._dynamo  # as the optimiser does: Python may lose an error within an import

from deepartist.process import stage
from deepartist.process.out_of_memory import naming_what_to_lower
from deepartist.config.settings import parse_settings
from deepartist.training.fit import Run, fit
from deepartist.training.songs import TrainingData
from deepartist.training.train_siamese import make_task


def main():
    songs = np.arange(12)
    labels = [f"artist {song // 4}" for song in songs]
    mels = np.random.default_rng(0).random((len(songs), 1291, 128)).astype(np.float16)
    frames = np.full(len(songs), 1291)
    data = TrainingData(torch.from_numpy(mels), frames, labels, songs % 4 == 3, 0.5, 0.3)
    settings = parse_settings(["batch_size=9", "max_epochs=1"], "train_siamese")
    limit = psutil.Process().memory_info().data + 20_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    with naming_what_to_lower("siamese", settings["batch_size"]):
        fit("siamese", make_task, lambda: data, settings, [Run(0)], torch.device("cpu"))


stage.run(main)
"""


def test_a_training_without_memory_says_so_in_one_line():
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    finished = subprocess.run(
        [sys.executable, "-c", TRAINING],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr == (
        "error: training.siamese.batch_size: is 9, and memory is too small for that; lower it, or "
        "artists.count, or run fewer jobs at a time\n"
    )


def allocate_too_much():
    torch.empty(2**60, dtype=torch.uint8)


def refuse(error):
    def raise_it():
        raise error

    return raise_it


@pytest.mark.parametrize(
    "block",
    [
        allocate_too_much,
        refuse(MemoryError()),
        refuse(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")),
        refuse(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate")),
        refuse(RuntimeError("could not create a primitive")),
        refuse(OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))),
    ],
)
def test_however_it_is_said(block):
    with (
        pytest.raises(InputError, match=r"training\.tag\.batch_size: is 15.*artists\.count"),
        naming_what_to_lower("tag", 15),
    ):
        block()


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), OSError(errno.EIO, "io")])
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as raised, naming_what_to_lower("tag", 15):
        raise error
    assert raised.value is error
