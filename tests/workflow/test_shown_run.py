"""What a run prints: a line for each stage, and at its end how to go on."""

import os
import re
import signal
import time
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TARGET = "results/models/basic-3/seed-0/model.json"
CONFIG = {
    "datasets": {"songs": {"kind": "msd", "demo_artists": 5, "demo_songs": 6}},
    "source": "songs",
    "targets": {"songs": {"label": "artist", "held_out": True}},
    "artists": {"count": 3, "songs_train": 2, "songs_valid": 1, "songs_test": 1},
    "models": ["basic"],
    "training": {"basic": {"max_epochs": 100_000, "stop_patience": 100_000}},
    "device": "cpu",
}
GOES_ON = "The same command goes on from here: what is done is kept."


def test_the_default_run_prints_a_line_for_each_stage(default_run):
    lines = default_run.printed.splitlines()
    waiting = [line for line in lines if "  running: " in line]  # more on a slow machine
    assert len(lines) - len(waiting) <= 50
    stages = re.findall(
        r"^\[ *\d+/\d+\] +\d+:\d\d  (\w+): \d+ jobs? done$", default_run.printed, re.M
    )
    rules = {path.stem for path in (default_run.results / "logs").iterdir()}
    assert sorted(stages) == sorted(rules)
    assert re.fullmatch(r"\d+ jobs done in \d+:\d\d", lines[-1])


def test_the_documentation_shows_what_it_prints(default_run):
    page = (ROOT / "docs/default_run.md").read_text(encoding="utf-8")
    shown = page.partition("<!-- printed: begin -->")[2].partition("<!-- printed: end -->")[0]
    lines = shown.strip().splitlines()[1:-1]
    assert len(lines) <= 60

    def stages(text):
        return sorted(re.findall(r"^\[ *\d+/(\d+)\].*?  (\w+: \d+ jobs? done)$", text, re.M))

    assert stages(shown) == stages(default_run.printed)
    ours = [line for line in lines if "nothing was trained for" in line]
    assert ours
    assert re.fullmatch(r"\d+ jobs done in \d+:\d\d", lines[-1])


def wait_for(is_so, process):
    while not is_so():
        assert process.poll() is None, "ended by itself"
        time.sleep(0.1)


def test_ctrl_c_a_failed_job_and_verbose(checkout, tmp_path):
    (checkout.folder / "small.yaml").write_text(yaml.safe_dump(CONFIG))
    checkout.arguments = ["--directory", str(tmp_path / "run"), "--configfile", "small.yaml"]
    log = checkout.results / "logs/train_basic/basic-3-seed-0.log"
    printed = tmp_path / "printed"
    with printed.open("w") as stdout:
        process = checkout.start(TARGET, stdout=stdout, start_new_session=True)
    wait_for(lambda: log.exists() and "epoch 3:" in log.read_text(), process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.wait() == 1
    lines = printed.read_text().splitlines()
    assert lines[-2:] == [
        "stopped at train_basic basic-3-seed-0: "
        "its log is results/logs/train_basic/basic-3-seed-0.log",
        GOES_ON,
    ]
    assert "Traceback" not in printed.read_text()
    assert not any(line.startswith("failed") for line in lines)

    (split,) = checkout.results.glob("splits/songs/artists-3.csv")
    whole = split.read_text()
    split.write_text(whole.replace("train", "trian"))
    finished = checkout.snakemake(TARGET)
    assert finished.returncode == 1
    lines = finished.stdout.splitlines()
    assert "failed: train_basic basic-3-seed-0 (exit status 1)" in lines
    assert any(line.startswith("    error: ") for line in lines)
    assert "CalledProcessError" not in finished.stdout
    assert lines[-2:] == [
        "train_basic basic-3-seed-0 failed: read results/logs/train_basic/basic-3-seed-0.log",
        GOES_ON,
    ]

    verbose = checkout.snakemake(TARGET, "--verbose").stdout
    assert "rule train_basic:" in verbose
    assert GOES_ON not in verbose
