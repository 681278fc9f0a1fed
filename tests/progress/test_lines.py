"""What a run says."""

from dataclasses import replace

import pytest

from deepartist.progress import lines
from deepartist.progress.jobs import Job, Jobs


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3723, "1:02:03")]
)
def test_durations(seconds, shown):
    assert lines.shown_time(seconds) == shown


@pytest.fixture
def jobs(tmp_path):
    jobs = Jobs({"train": 2, "embed": 100})
    for number in range(5):
        log = tmp_path / f"train/{number}.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(f"epoch 1\nepoch {number}: {'loss ' * 30}\n")
        jobs.start(number, Job("train", str(log), 10 * number))
    jobs.done["embed"] = 7
    return jobs


def test_what_runs_is_said_with_its_last_epoch_and_the_longest_first(jobs):
    line = lines.running_line(jobs, 60, "")
    assert line.startswith("[  7/102]  1:00  running: train 0 (1:00, epoch 0: loss ")
    assert "; train 1 (0:50, epoch 1: " in line
    assert line.endswith("; 2 more")
    assert len(line) < 400
    assert lines.running_line(Jobs({"train": 1}), 60, "waits") == "waits"


def test_what_a_cluster_has_is_submitted(jobs):
    jobs.submit(0, "77")
    line = lines.running_line(jobs, 60, "")
    assert "  submitted: train 0 (SLURM 77, 1:00, epoch 0: " in line


AGAIN = "The same command goes on from here: what is done is kept."


def test_the_last_words(jobs, tmp_path):
    stopped = lines.last_words(jobs, 60, stopped=True)
    assert stopped == [f"stopped at train 0: its log is {tmp_path}/train/0.log", AGAIN]
    unfinished = lines.last_words(jobs, 60, stopped=False)
    assert unfinished == ["not finished: 7 of 102 jobs done", AGAIN]
    jobs.fail(3, replace(jobs.running[3], to_read="slurm.log"))
    failed = lines.last_words(jobs, 60, stopped=False)
    assert failed == ["train 3 failed: read slurm.log", AGAIN]
    jobs.fail(4, jobs.running[4])
    assert "(1 more failed)" in lines.last_words(jobs, 60, stopped=True)[0]
    assert lines.last_words(Jobs(), 60, stopped=True) == ["stopped", AGAIN]
    assert lines.last_words(Jobs(), 60, stopped=False) == []
    done = Jobs({"train": 1})
    assert lines.last_words(done, 60, stopped=False) == []  # the data had faults
    done.start(1, Job("train", "train.log", 0))
    done.finish(1)
    assert lines.last_words(done, 60, stopped=True) == ["1 job done in 1:00"]


def test_a_failed_job_shows_why_and_the_ends_of_its_logs(jobs, tmp_path):
    (tmp_path / "slurm.log").write_text("oom-kill\n")
    job = jobs.running[2]
    logs = [job.log, str(tmp_path / "slurm.log")]
    said = lines.failed_lines(job, "exit status 1", "SLURM-job '7' failed", logs)
    assert said[:3] == [
        "failed: train 2 (exit status 1)",
        "    SLURM-job '7' failed",
        "    epoch 1",
    ]
    assert said[-1] == "    oom-kill"
    assert lines.failed_lines(Job("train", "", 0), "", "", []) == ["failed: train"]
