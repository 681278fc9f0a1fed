"""What a run says."""

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


def test_the_last_words(jobs, tmp_path):
    again = "The same command goes on from here: what is done is kept."
    stopped = lines.last_words(jobs, 60, interrupted=True)
    assert stopped == [f"stopped at train 0: its log is {tmp_path}/train/0.log", again]
    jobs.fail(3, "train", f"{tmp_path}/train/3.log", 60)
    failed = lines.last_words(jobs, 60, interrupted=False)
    assert failed == [f"train 3 failed: read {tmp_path}/train/3.log", again]
    jobs.fail(4, "train", "", 60)
    assert "(1 more failed)" in lines.last_words(jobs, 60, interrupted=True)[0]
    assert lines.last_words(Jobs(), 60, interrupted=True) == ["stopped", again]
    assert lines.last_words(Jobs(), 60, interrupted=False) == []
    done = Jobs({"train": 1})
    assert lines.last_words(done, 60, interrupted=False) == []
    done.start(1, Job("train", "train.log", 0))
    done.finish(1)
    assert lines.last_words(done, 60, interrupted=False) == ["1 job done in 1:00"]


def test_a_failed_job_shows_the_end_of_its_log(jobs):
    said = lines.failed_lines(jobs.running[2], "exit status 1")
    assert said[0] == "failed: train 2 (exit status 1)"
    assert said[1] == "    epoch 1"
    assert lines.failed_lines(Job("train", "", 0), "") == ["failed: train"]
