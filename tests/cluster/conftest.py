"""A running cluster for the tests that ask for one."""

import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from slurm import reason_to_skip, running_cluster


@pytest.fixture(scope="module")
def cluster():
    """SLURM on this machine, for one run of the tests at a time."""
    if reason := reason_to_skip():
        pytest.skip(reason)
    lock = FileLock(Path(tempfile.gettempdir()) / "deepartist-slurm.lock", timeout=600)
    with lock, running_cluster():
        yield
