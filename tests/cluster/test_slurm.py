"""The workflow through a real SLURM: one training is cancelled, and a second run mends it."""

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import soundfile
import yaml

from slurm import ask, wait_for

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONFIG = {
    "datasets": {"library": {"kind": "library", "path": "my music"}},
    "source": "library",
    "targets": {
        "library": {
            "held_out": True,
            "label": "artist",
            "train_fraction": 0.5,
            "valid_fraction": 0.25,
        }
    },
    "models": ["basic"],
    "artists": {"count": 2, "songs_train": 2, "songs_valid": 1, "songs_test": 0},
    "device": "cpu",
    # enough epochs, of enough work, for the training to be cancelled on its way
    "training": {
        "basic": {"max_epochs": 60, "stop_patience": 60, "batch_size": 4, "valid_crops": 60}
    },
    "evaluation": {"softmax_trials": 1, "bootstrap_resamples": 100},
}
# The GPU is only declared, so the training asks the cluster for it and does without. Snakemake
# looks 2, 14 and 36 seconds after the last job that it saw ended.
ON_CLUSTER = ["--workflow-profile", "slurm", "--set-resources", "train_basic:gpu=1"]
ON_CLUSTER += ["--slurm-init-seconds-before-status-checks", "2"]
ON_THE_SPOT = ["--workflow-profile", "default", "--cores", "2"]
WITHOUT_TRAINING = Counter(
    write_manifest=1,
    make_shard=1,
    make_random=1,
    describe_mels=2,
    describe_librosa=1,
    embed_songs=1,
    score_features=3,
    score_svm=1,
)
AFTER_TRAINING = Counter(embed_songs=1, score_features=1, compare_models=1)
STATE = "results/states/basic-2/seed-0.pt"


class Job(NamedTuple):
    """What SLURM says of a job."""

    rule: str
    state: str
    partition: str
    gpus: str
    memory: str
    time_limit: str


class Story(NamedTuple):
    """What happened: a local run, one on the cluster that was cut short, and the same again."""

    local: Path
    remote: Path
    state_was_kept: bool
    jobs_of_first: list[Job]
    jobs_of_second: list[Job]
    output_of_second: str


@contextmanager
def snakemake(folder: Path, *options: str) -> Iterator[subprocess.Popen]:
    """Run Snakemake for all tables in a folder; it writes to a file and never outlives this."""
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-m", "snakemake", "tables"]
    command += ["--directory", str(folder), "--configfile", str(folder.parent / "config.yaml")]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with output_of(folder).open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=os.environ | {"PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def output_of(folder: Path) -> Path:
    return folder.with_suffix(".txt")


def run(folder: Path, *options: str) -> str:
    """Run Snakemake to its end and return its output."""
    with snakemake(folder, *options) as process:
        code = process.wait(timeout=600)
    output = output_of(folder).read_text()
    assert code == 0, output[-5000:]
    return output


def jobs() -> dict[str, Job]:
    """Ask SLURM for all jobs, the finished ones too, by id."""
    columns = "jobid,comment,state,partition,tres-per-job,minmemory,timelimit"
    widths = ",".join(f"{column}:100" for column in columns.split(","))
    table = ask("squeue", "--states=all", "--noheader", "--sort=i", f"--Format={widths}")
    rows = [line.split() for line in table.splitlines()]
    return {
        number: Job(re.match("rule_(.*?)(_wildcards|$)", comment).group(1), *others)
        for number, comment, *others in rows
    }


def cancel_training(folder: Path) -> None:
    """Run on the cluster, and cancel the training once it has saved an epoch."""
    with snakemake(folder, *ON_CLUSTER, "--retries", "0") as process:
        wait_for(
            "a saved epoch",
            lambda: (folder / STATE).exists() or process.poll() is not None,
            timeout_s=300,
        )
        for number, job in jobs().items():
            if job.rule == "train_basic":
                ask("scancel", number)
        code = process.wait(timeout=600)
    assert code == 1, output_of(folder).read_text()[-5000:]


@pytest.fixture(scope="module")
def story(cluster, tmp_path_factory) -> Story:
    folder = tmp_path_factory.mktemp("cluster")
    rng = np.random.default_rng(0)
    for artist in ("One", "Two"):
        (folder / "my music" / artist).mkdir(parents=True)
        for song in range(7):
            path = folder / "my music" / artist / f"song {song}.wav"
            soundfile.write(path, 0.1 * rng.standard_normal(80_000), 22_050)
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    local, remote = folder / "local", folder / "remote"
    run(local, *ON_THE_SPOT)

    cancel_training(remote)
    state_was_kept = (remote / STATE).exists()
    before = jobs()
    output = run(remote, *ON_CLUSTER)
    after = [job for number, job in jobs().items() if number not in before]
    return Story(local, remote, state_was_kept, list(before.values()), after, output)


def count(some_jobs: list[Job]) -> Counter:
    return Counter(job.rule for job in some_jobs)


def test_a_cancelled_training_stops_nothing_but_what_needs_it(story):
    cancelled = [job for job in story.jobs_of_first if job.state == "CANCELLED"]
    assert count(cancelled) == {"train_basic": 1}
    finished = [job for job in story.jobs_of_first if job.state == "COMPLETED"]
    assert count(finished) == WITHOUT_TRAINING
    assert story.state_was_kept


def test_a_second_run_submits_only_what_is_missing(story):
    assert {job.state for job in story.jobs_of_second} == {"COMPLETED"}
    assert count(story.jobs_of_second) == AFTER_TRAINING + Counter(train_basic=1)
    assert "write_table: 4 jobs done" in story.output_of_second  # where Snakemake runs
    assert "Nothing to be done" in run(story.remote, *ON_THE_SPOT, "--dry-run")


def test_the_training_goes_on_after_its_last_epoch(story):
    log = (story.remote / "results/logs/train_basic/basic-2-seed-0.log").read_text()
    done = int(re.search(r"resumed after epoch (\d+)", log).group(1))
    assert done >= 1
    epochs = [int(epoch) for epoch in re.findall(r"^epoch (\d+):", log, re.MULTILINE)]
    assert epochs == list(range(done + 1, 61))


def test_the_tables_are_those_of_a_local_run(story):
    local, remote = (
        {path.name: path.read_bytes() for path in (folder / "results/tables").iterdir()}
        for folder in (story.local, story.remote)
    )
    assert len(local) == 4 * 4 + 4
    assert local == remote


def test_jobs_ask_for_what_their_rules_say(story):
    everything = [*story.jobs_of_first, *story.jobs_of_second]
    training = {job[2:] for job in everything if job.rule == "train_basic"}
    assert training == {("gpu", "gres:gpu:1", "4002M", "2-00:00:00")}
    others = [job for job in everything if job.rule != "train_basic"]
    assert {(job.partition, job.gpus) for job in others} == {("cpu", "N/A")}
    librosa = next(job for job in others if job.rule == "describe_librosa")
    assert (librosa.memory, librosa.time_limit) == ("4000M", "4:00:00")
