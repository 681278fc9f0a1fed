"""A run, shown from records like Snakemake's."""

import io
import logging
import re
import subprocess
import sys
from collections import Counter

import pytest
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

from deepartist.progress.jobs import Jobs
from deepartist.progress.screen import FREE_COLUMNS, Screen
from deepartist.progress.view import LONGEST_SILENCE_S, View

AGAIN = "The same command goes on from here: what is done is kept."
COMMAND_ENDED = (
    'RuleException:\nCalledProcessError in file "rules/a.smk", line 5:\n'
    "Command 'train > {log} 2>&1' {how}."
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Run:
    """A view, and Snakemake's side of it."""

    def __init__(self, stream, shows_logs=True):
        self.stream, self.clock = stream, Clock()
        self.view = View(Screen(stream, coloured=False), shows_logs, self.clock)

    def log(self, message=None, event=None, level=logging.INFO, **fields):
        record = logging.LogRecord("snakemake", level, "", 0, message, (), None)
        record.__dict__.update(fields, **({"event": event} if event else {}))
        self.view.handle(record)

    def plan(self, **stats):
        stats["total"] = sum(stats.values())
        self.log("Job stats: ...", LogEvent.RUN_INFO, stats=stats)

    def start(self, number, rule, log):
        self.log("rule", LogEvent.JOB_INFO, jobid=number, rule_name=rule, log=[str(log)])

    def finish(self, number):
        self.log("Finished", LogEvent.JOB_FINISHED, job_id=number)

    def fail(self, number, rule, *logs, how="", reason=None):
        if how:
            message = COMMAND_ENDED.format(log=logs[0] if logs else "other.log", how=how)
            self.log(message, LogEvent.ERROR, logging.ERROR)
        logs = [str(log) for log in logs]
        about = {"jobid": number, "rule_name": rule, "log": logs, "rule_msg": reason}
        self.log("Error", LogEvent.JOB_ERROR, logging.ERROR, **about)

    def end(self) -> list[str]:
        self.view.close()
        return self.stream.getvalue().splitlines()


@pytest.fixture
def run():
    made = Run(io.StringIO())
    yield made
    made.view.close()


def test_a_line_for_each_stage_and_one_for_the_whole(run, tmp_path):
    run.log("Building DAG of jobs...")
    run.log("host: here")
    run.plan(embed=2, score=1, all=1)
    for number, rule in enumerate(["embed", "embed", "score", "all"]):
        run.clock.now_s = 10 * number
        log = [tmp_path / f"{rule}/{number}.log"] if rule != "all" else []
        run.log("rule", LogEvent.JOB_INFO, jobid=number, rule_name=rule, log=[*map(str, log)])
        run.finish(number)
        run.log(None, LogEvent.PROGRESS, done=number + 1, total=4)
    run.log("Complete log(s): /tmp/a.log")
    assert run.end() == [
        "4 jobs of 3 rules",
        "[2/4]  0:10  embed: 2 jobs done",
        "[3/4]  0:20  score: 1 job done",
        "4 jobs done in 0:30",
    ]
    run.view.close()  # as logging does when the process ends
    assert len(run.end()) == 4


def test_there_is_no_long_silence(run, tmp_path):
    run.log("Building DAG of jobs...")
    run.clock.now_s = LONGEST_SILENCE_S - 1
    run.view.show()
    assert run.stream.getvalue() == ""
    run.clock.now_s = LONGEST_SILENCE_S
    run.view.show()
    assert run.stream.getvalue() == "Building DAG of jobs (0:15)\n"
    run.plan(train=1)
    (tmp_path / "train.log").write_text("epoch 7: train loss 0.5\n")
    run.start(0, "train", tmp_path / "train.log")
    run.clock.now_s = 40
    run.view.show()
    run.view.show()  # not twice
    assert run.end()[2:3] == ["[0/1]  0:40  running: train (0:25, epoch 7: train loss 0.5)"]
    assert run.stream.getvalue().count("running:") == 1


def test_warnings_and_errors_are_shown_but_not_the_command_of_a_failed_job(run, tmp_path):
    log = tmp_path / "train.log"
    log.write_text("error: no songs\n")
    run.log("a warning", level=logging.WARNING)
    run.plan(train=1)
    run.log("Select jobs to execute...")
    run.start(0, "train", log)
    run.fail(0, "train", log, how="returned non-zero exit status 1")
    run.fail(0, "train", log)  # again at the end, as Snakemake does
    run.log("Exiting because a job execution failed. Look above", level=logging.ERROR)
    run.log("another error", level=logging.ERROR)
    assert run.end() == [
        "a warning",
        "1 job of 1 rule",
        "failed: train (exit status 1)",
        "    error: no songs",
        "another error",
        f"train failed: read {log}",
        AGAIN,
    ]


def test_a_job_that_a_cluster_ended_says_why(run, tmp_path):
    of_cluster = tmp_path / "slurm.log"
    of_cluster.write_text("oom-kill\n")
    run.plan(train=1)
    log = tmp_path / "train/a.log"
    run.start(0, "train", log)
    run.log("Job 0 has been submitted with SLURM jobid 77 (log: slurm.log).")
    run.clock.now_s = 20
    run.view.show()
    reason = (
        "SLURM-job '77' failed, SLURM status is: 'OUT_OF_MEMORY'. For further error details see"
    )
    run.fail(0, "train", log, of_cluster, reason=reason)
    assert run.end()[1:] == [
        "[0/1]  0:20  submitted: train a (SLURM 77, 0:20)",
        "failed: train a",
        "    SLURM-job '77' failed, SLURM status is: 'OUT_OF_MEMORY'.",
        "    oom-kill",
        f"train a failed: read {of_cluster}",
        AGAIN,
    ]


def test_a_job_tried_again_says_so_and_how_each_attempt_ended(run, tmp_path):
    run.plan(train=1)
    log = tmp_path / "train.log"
    run.start(0, "train", log)
    run.fail(0, "train", log, how="died with <Signals.SIGKILL: 9>")
    run.start(0, "train", log)
    run.fail(0, "train", log, how="returned non-zero exit status 3")
    run.start(0, "train", log)
    run.finish(0)
    assert run.end()[1:] == [
        "failed: train (SIGKILL)",
        "again: train",
        "failed: train (exit status 3)",
        "again: train",
        "[1/1]  0:00  train: 1 job done",
        "1 job done in 0:00",
    ]


def test_ends_are_not_mixed_up(run, tmp_path):
    run.plan(train=3)
    for number, name in enumerate(["a.log", "xa.log"]):
        run.start(number, "train", tmp_path / name)
    run.start(2, "train", tmp_path / "none.log")
    for name, status in (("xa.log", 5), ("a.log", 4)):
        message = COMMAND_ENDED.format(log=name, how=f"returned non-zero exit status {status}")
        run.log(message, LogEvent.ERROR, logging.ERROR)
    run.fail(0, "train", "a.log")
    run.fail(1, "train", "xa.log")
    run.fail(2, "train", how="returned non-zero exit status 6")  # without a log
    failed = [line for line in run.end() if line.startswith("failed")]
    assert [line.partition("status ")[2] for line in failed] == ["4)", "5)", "6)"]


def test_a_job_without_its_output_has_failed(run, tmp_path):
    run.plan(train=2)
    run.start(7, "train", tmp_path / "train.log")
    message = (
        "MissingOutputException in rule train in file Snakefile, line 3:\n"
        "Job 7 completed successfully, but some output files are missing."
    )
    run.log(message, LogEvent.ERROR, logging.ERROR)
    assert run.end()[1:] == [
        *message.splitlines(),
        f"train failed: read {tmp_path}/train.log",
        AGAIN,
    ]


def test_other_ends_before_all_is_done(run, tmp_path):
    run.plan(train=2)
    run.start(0, "train", tmp_path / "train.log")
    run.finish(0)
    run.log("WorkflowError:\nno room", LogEvent.ERROR, logging.ERROR)
    assert run.end()[-2:] == ["not finished: 1 of 2 jobs done", AGAIN]


def test_sigterm_waits_for_the_running_jobs_which_may_fail(run, tmp_path):
    run.plan(train=2)
    run.start(0, "train", tmp_path / "train.log")
    for _ in range(3):  # as Snakemake does
        run.log("Will exit after finishing currently running jobs (scheduler).")
    run.fail(0, "train", tmp_path / "train.log", how="returned non-zero exit status 1")
    assert run.end()[1:3] == [
        "stopping when the running jobs have ended",
        "failed: train (exit status 1)",
    ]


def test_a_job_that_was_interrupted_alone_has_failed(run, tmp_path):
    run.plan(train=1)
    run.start(0, "train", tmp_path / "train.log")
    run.fail(0, "train", tmp_path / "train.log", how="died with <Signals.SIGINT: 2>")
    assert run.end()[1:] == ["failed: train (interrupted)", "train failed: it has no log", AGAIN]


def test_a_log_that_is_empty_is_named_all_the_same(run, tmp_path):
    log = tmp_path / "train.log"
    log.touch()
    run.plan(train=1)
    run.start(0, "train", log)
    run.fail(0, "train", log, how="died with <Signals.SIGKILL: 9>")
    assert run.end()[1:] == ["failed: train (SIGKILL)", f"train failed: read {log}", AGAIN]


def test_a_signal_is_named(run, tmp_path):
    run.plan(train=1)
    run.start(0, "train", tmp_path / "train.log")
    run.fail(0, "train", tmp_path / "train.log", how="died with <Signals.SIGKILL: 9>")
    assert "failed: train (SIGKILL)" in run.end()


def test_jobs_that_ctrl_c_ended_have_not_failed(run, tmp_path):
    run.plan(train=1, embed=1)
    run.start(0, "train", tmp_path / "train.log")
    run.start(1, "embed", tmp_path / "embed.log")
    run.fail(0, "train", tmp_path / "train.log", how="returned non-zero exit status 130")
    run.fail(1, "embed", tmp_path / "embed.log", how="died with <Signals.SIGINT: 2>")
    run.log("Terminating processes on user request, this might take some time.")
    assert run.end()[1:] == [
        "stopping",
        f"stopped at train: its log is {tmp_path}/train.log",
        AGAIN,
    ]


def test_without_jobs_all_is_said(run):
    run.log("Unlocked working directory.")
    assert run.end() == ["Unlocked working directory."]


def test_a_terminal_gets_a_bar_and_the_running_jobs_below_it(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    run = Run(Terminal())
    run.plan(**{f"train_{number}": 1 for number in range(10)})
    for number in range(10):
        log = tmp_path / f"train_{number}/a[red].log"
        log.parent.mkdir()
        log.write_text(f"epoch {number}: [bold]loss[/bold]\n")
        run.start(number, f"train_{number}", log)
    run.view.show()
    drawn = run.stream.getvalue()
    assert "0 of 10 jobs  0:00" in drawn
    assert "train_7 a[red] (0:00, epoch 7: [bold]loss[/bold])" in drawn
    assert "and 2 more" in drawn
    run.finish(0)
    run.view.show()
    run.view.close()
    assert "[ 1/10]  0:00  train_0: 1 job done" in run.stream.getvalue()
    assert run.stream.getvalue().count("1 of 10 jobs") >= 1


def draw(tmp_path):
    """Draw three jobs, one of them done, on a terminal; return the run."""
    run = Run(Terminal())
    run.plan(train=3)
    for number in range(3):
        run.start(number, "train", tmp_path / f"train/{'long name ' * 9}{number}.log")
    run.finish(0)
    run.view.show()
    return run


def test_a_narrow_terminal_gets_the_numbers_and_no_line_that_is_broken(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for columns, has_bar in ((80, True), (40, True), (25, False)):
        monkeypatch.setenv("COLUMNS", str(columns))
        run = draw(tmp_path)
        shown = run.stream.getvalue().partition("3 jobs of 1 rule")[2]
        assert "1 of 3 jobs  0:00" in shown
        assert ("━" in shown) == has_bar
        rows = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown).splitlines()
        assert max(map(len, rows)) <= columns - FREE_COLUMNS
        run.view.close()


def test_the_bar_knows_of_the_last_job(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    run = draw(tmp_path)
    run.finish(1), run.finish(2)
    run.view.show()
    assert "3 of 3 jobs" in run.stream.getvalue()
    run.view.close()


def test_a_file_gets_lines_whatever_the_variables_say(tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    run = Run(io.StringIO())
    run.plan(train=1)
    run.start(0, "train", tmp_path / "train.log")
    run.clock.now_s = 20
    run.view.show()
    assert run.end()[:2] == ["1 job of 1 rule", "[0/1]  0:20  running: train (0:20)"]


def test_no_color_is_heeded(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    screen = Screen(stream, coloured=True)
    screen.show(Jobs({"train": 2}, Counter(train=1)), 5)
    screen.close()
    assert not re.search(r"\x1b\[[\d;]*m", stream.getvalue().replace("\x1b[0m", ""))


def test_a_dumb_terminal_gets_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    run = Run(Terminal())
    run.plan(train=1)
    run.start(0, "train", tmp_path / "train.log")
    run.clock.now_s = 20
    run.view.show()
    assert run.end()[:2] == ["1 job of 1 rule", "[0/1]  0:20  running: train (0:20)"]


def test_snakemake_finds_the_logger():
    assert LoggerPluginRegistry().is_installed("deepartist")


def test_being_found_needs_nothing_that_only_this_workflow_needs():
    code = "import sys, snakemake_logger_plugin_deepartist; sys.exit('deepartist' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
