"""A run, shown from the records that Snakemake logs: a line for each stage, and what runs now."""

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from deepartist.progress import lines
from deepartist.progress.jobs import Job, Jobs
from deepartist.progress.logs import last_lines
from deepartist.progress.screen import Screen

TICK_S = 0.5
LONGEST_SILENCE_S = 15
# How Snakemake's messages begin that say nothing to somebody who waits for results.
UNSAID = (
    "Adding ",
    "Building DAG of jobs",
    "Using shell",
    "Assuming unrestricted shared filesystem",
    "Complete log",
    "Conda environments: ignored",
    "host: ",
)
# Its errors that the last two lines say better.
REPEATED = (
    "WorkflowError:\nAt least one job did not complete successfully",
    "At least one job did not complete successfully",
    "Exiting because a job execution failed",
)
# How a job ended is taken from what Snakemake says of its whole command, which names its log.
ENDED = re.compile(
    r"^RuleException:\nCalledProcessError.*"
    r"(?:returned non-zero (exit status \d+)|died with <Signals\.(\w+): \d+>)\.",
    re.DOTALL,
)
INTERRUPTED = ("exit status 130", "SIGINT")  # as jobs are by Ctrl-C
# How the messages begin of Ctrl-C, which ends all jobs, and of SIGTERM, which lets them end.
CANCELLED = ("Terminating processes on user request", "Cancelling snakemake on user request")
DRAINING = "Will exit after finishing currently running jobs"
MISSING_OUTPUT = re.compile(
    r"in rule (\w+)\b.*?\bJob (\d+)\s+completed successfully, but", re.DOTALL
)
SUBMITTED = re.compile(r"Job (\d+) has been submitted with SLURM jobid (\w+)")
# What the plugin of SLURM says after the reason for which a job failed.
FURTHER = re.compile(r"\s*For further error details.*", re.DOTALL)


class View(logging.Handler):
    """Shows a run.

    Parameters
    ----------
    screen : Screen
        Where.
    shows_logs : bool
        Whether the end of a failed job's log is printed.
    clock : function
        Returns seconds.
    """

    def __init__(
        self, screen: Screen, shows_logs: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._screen = screen
        self._shows_logs = shows_logs
        self._clock = clock
        self._started_s = self._said_s = clock()
        self._jobs = Jobs()
        self._waits_for = "Snakemake starts"
        self._cancelled = self._draining = False
        self._ends: list[re.Match[str]] = []  # of jobs whose failure was not told yet
        self._interruptions: dict[int, dict[str, Any]] = {}  # records of jobs, by their number
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ticker.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Show what has changed."""
        try:
            self._take(record.__dict__, str(getattr(record, "event", None) or ""))
        except Exception:
            self.handleError(record)

    def _take(self, record: dict[str, Any], event: str) -> None:
        now_s = self._now_s()
        match event:
            case "run_info":
                planned = {rule: n for rule, n in record["stats"].items() if rule != "total"}
                self._jobs.planned = planned
                self._waits_for = "no job runs"
                self._say(lines.planned_line(self._jobs))
            case "job_info":
                job = Job(record["rule_name"], _own_log(record), now_s)
                if self._jobs.start(record["jobid"], job):
                    self._say(f"again: {job.name}")
            case "job_finished":
                if rule := self._jobs.finish(record["job_id"]):
                    self._say(lines.stage_line(self._jobs, rule, now_s))
            case "job_error":
                how = self._find_end(_own_log(record))
                if how in INTERRUPTED or self._cancelled:
                    self._interruptions[record["jobid"]] = record
                else:
                    self._fail(record, how)
            case "" | "error" | "group_error":
                self._take_message(record["levelno"], str(record["msg"] or ""))

    def _find_end(self, log: str) -> str:
        """Find how a job ended, by its log; without one, it was the job that ended last."""
        path = re.compile(rf"(?<![\w./-]){re.escape(log)}(?![\w./-])")
        of_job = [end for end in self._ends if log and path.search(end.string)]
        last = next(reversed(of_job or self._ends), None)
        if last is None:
            return ""
        self._ends.remove(last)
        return last[1] or last[2]

    def _fail(self, record: dict[str, Any], how: str) -> None:
        logs = [path for path in record["log"] if last_lines(path, 1)]
        own = _own_log(record)
        to_read = next(iter(logs), own if Path(own).is_file() else "")
        job = Job(record["rule_name"], own, self._now_s(), to_read=to_read)
        if self._jobs.fail(record["jobid"], job):
            reason = FURTHER.sub("", str(record.get("rule_msg") or ""))
            self._say(*lines.failed_lines(job, how, reason, logs if self._shows_logs else []))

    def _take_message(self, level: int, message: str) -> None:
        if message.startswith(CANCELLED):
            self._cancelled = True
            self._say("stopping")
        elif message.startswith(DRAINING):
            if not self._draining:  # Snakemake repeats it while it waits
                self._say("stopping when the running jobs have ended")
            self._draining = True
        elif end := ENDED.match(message):
            self._ends.append(end)
        elif level >= logging.WARNING:
            if not message.startswith(REPEATED):
                self._say(message)
            if missing := MISSING_OUTPUT.search(message):
                number = int(missing[2])
                job = self._jobs.running.get(number, Job(missing[1], "", self._now_s()))
                self._jobs.fail(number, replace(job, to_read=job.log))
        elif submitted := SUBMITTED.search(message):
            self._jobs.submit(int(submitted[1]), submitted[2])
        elif not self._jobs.planned and message not in ("", "None"):
            # Before the first job, such as what --unlock and --report say.
            if message.startswith(UNSAID):
                self._waits_for = message.rstrip(". ")
            else:
                self._say(message)

    def _tick(self) -> None:
        while not self._ended.wait(TICK_S):
            self.acquire()
            try:
                self.show()
            except OSError:  # nobody reads the output any more
                return
            finally:
                self.release()

    def show(self) -> None:
        """Draw what runs now, or say it where nothing was said for a while."""
        now_s = self._now_s()
        is_active = self._jobs.running or self._screen.is_drawn
        if is_active and self._screen.show(self._jobs, now_s):
            return
        if self._clock() - self._said_s >= LONGEST_SILENCE_S:
            waiting = f"{self._waits_for} ({lines.shown_time(now_s)})"
            self._say(lines.running_line(self._jobs, now_s, waiting))

    def close(self) -> None:
        """Say how the run ended."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._ticker.join(timeout=4 * TICK_S)
        self._screen.close()
        if not self._cancelled:  # the jobs were interrupted by somebody else
            for record in self._interruptions.values():
                self._fail(record, "interrupted")
        stopped = self._cancelled or self._draining
        self._say(*lines.last_words(self._jobs, self._now_s(), stopped))
        super().close()

    def _say(self, *said: str) -> None:
        self._screen.say(*said)
        self._said_s = self._clock()

    def _now_s(self) -> float:
        return self._clock() - self._started_s


def _own_log(record: dict[str, Any]) -> str:
    """Return the log of a job's rule; those of a cluster come after it."""
    return next(iter(record["log"]), "")
