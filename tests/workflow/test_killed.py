"""Runs that are killed, and two at once in one folder: nothing half-written counts."""

import os
import random
import re
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import yaml

KILLS = 20
SEED = 1
EPOCHS = 60
CONFIG = {
    "datasets": {"songs": {"kind": "msd", "demo_artists": 5, "demo_songs": 6, "shards": 2}},
    "source": "songs",
    "targets": {
        "songs": {"label": "artist", "held_out": True, "train_fraction": 0.4, "valid_fraction": 0.3}
    },
    "artists": {"count": 3, "songs_train": 2, "songs_valid": 1, "songs_test": 3},
    "models": ["basic"],
    "training": {"basic": {"max_epochs": EPOCHS, "stop_patience": EPOCHS, "batch_size": 4}},
    "evaluation": {"bootstrap_resamples": 100, "softmax_trials": 2, "softmax_max_epochs": 20},
    "device": "cpu",
}
TRAINING = "train_basic/basic-3-seed-0"


class Job(NamedTuple):
    """A job that Snakemake's output tells of: its rule, and its log below results/logs."""

    rule: str
    name: str


@pytest.fixture
def run_in(checkout, tmp_path):
    """Make Snakemake run the config in a folder of the name given."""
    (checkout.folder / "small.yaml").write_text(yaml.safe_dump(CONFIG))

    def choose(name):
        arguments = ["--directory", str(tmp_path / name), "--configfile", "small.yaml"]
        arguments += ["--printshellcmds"]  # Snakemake's own output, which names each job
        return replace(checkout, arguments=arguments)

    return choose


def read_jobs(output: str) -> tuple[set[Job], set[Job]]:
    """Jobs that were started, and those of them that were not finished."""
    started = re.findall(
        r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    log: results/logs/(.*)\.log\n"
        r"(?:    .*\n)*?    jobid: (\d+)\n",
        output,
        re.MULTILINE,
    )
    finished = set(re.findall(r"^Finished jobid: (\d+) ", output, re.MULTILINE))
    return (
        {Job(rule, name) for rule, name, _ in started},
        {Job(rule, name) for rule, name, number in started if number not in finished},
    )


def read_seconds(results: Path) -> dict[str, float]:
    """How long each job took, by its name."""
    folder = results / "benchmarks"
    return {
        path.relative_to(folder).with_suffix("").as_posix(): float(
            path.read_text().splitlines()[1].split("\t")[0]
        )
        for path in folder.rglob("*.tsv")
    }


def read_text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def made(results: Path) -> dict[str, bytes]:
    """All that a run made, but for logs, times, and shards, whose bytes come in any order.

    What shards hold is in the digest of `shard.json`.
    """
    return {
        path.relative_to(results).as_posix(): path.read_bytes()
        for path in results.rglob("*")
        if path.is_file()
        and path.relative_to(results).parts[0] not in ("logs", "benchmarks")
        and not path.match("mel.zarr/mel/c/0/0/0")
    }


def kill_group(process) -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for child in children:
        with suppress(psutil.NoSuchProcess):
            while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)  # for ever where one of them was not killed


def run_and_kill(run, output_path: Path, is_time) -> set[Job]:
    """Kill Snakemake when a function of the jobs so far and now says so; return those then."""
    with output_path.open("w") as output:
        process = run.start(stdout=output, start_new_session=True)
    while process.poll() is None and not is_time(*read_jobs(output_path.read_text())):
        time.sleep(0.05)
    ended = process.poll() is not None
    if not ended:
        kill_group(process)
    output = output_path.read_text()
    assert not ended, f"ended by itself: {output[-5000:]}"
    return read_jobs(output)[1]


@pytest.mark.slow
def test_a_run_killed_twenty_times_makes_the_same_as_one_never_killed(run_in, tmp_path):
    calm, run, draw = run_in("calm"), run_in("killed"), random.Random(SEED)
    rules = {job.rule for job in read_jobs(calm.run())[0]}
    seconds = read_seconds(calm.results)
    training_log = run.results / f"logs/{TRAINING}.log"
    seen, hits, logs_of_training = set(), Counter(), []
    for kill in range(KILLS):
        # the kills are spread over the whole run, and some jobs are left for the last one
        enough = 1 + kill * (len(seconds) - 8) // KILLS
        share, epoch = draw.random(), draw.randint(2, EPOCHS // 3)
        kill_at_s = None

        def is_time(started, running, *, enough=enough, share=share, epoch=epoch):
            nonlocal kill_at_s
            seen.update(started)
            if not logs_of_training and any(job.name == TRAINING for job in running):
                return f"epoch {epoch}:" in read_text(training_log)
            fresh = [job for job in running if hits[job] < 2]
            if kill_at_s is None and fresh and len(seen) >= enough:
                shortest_s = min(seconds[job.name] for job in fresh)
                kill_at_s = time.monotonic() + share * shortest_s
            return kill_at_s is not None and time.monotonic() > kill_at_s

        print(f"seed {SEED}, kill {kill}, of {len(seen)} jobs started so far:", end=" ")
        killed = run_and_kill(run, tmp_path / "output.txt", is_time)
        print(*(job.name for job in killed))
        hits.update(killed)
        if any(job.name == TRAINING for job in killed):
            logs_of_training.append(read_text(training_log))
        run.run("--unlock")
    run.run()

    files = made(run.results)
    assert files == made(calm.results)
    assert not [name for name in files if name.endswith(".partial") or name.startswith("states")]
    assert run.planned() == {}
    assert len({job.rule for job in hits}) > len(rules) / 2
    later = [*logs_of_training[1:], read_text(training_log)]
    assert any(re.search(r"^resumed after epoch \d+, from", log, re.MULTILINE) for log in later)


def test_a_second_run_in_the_same_folder_says_so_and_changes_nothing(run_in, tmp_path):
    run = run_in("run")
    first = run.start(stdout=subprocess.DEVNULL, start_new_session=True)
    while not list((tmp_path / "run").glob(".snakemake/locks/*.output.lock")):
        assert first.poll() is None
        time.sleep(0.01)
    os.killpg(first.pid, signal.SIGSTOP)
    try:
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
        second = run.snakemake()
        log = tmp_path / "run/.snakemake/log"
        after = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    finally:
        kill_group(first)
    assert second.returncode != 0
    assert "Traceback" not in second.stdout
    assert "Directory cannot be locked" in second.stdout
    changed = {path for path in after if after[path] != before.get(path)}
    assert not {path for path in changed if path != log and path.parent != log}
    assert before.keys() <= after.keys()
