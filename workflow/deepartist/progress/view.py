"""A run, shown from the records that Snakemake logs: a line for each stage, and what runs now."""

import logging
import re
import threading
import time
from collections.abc import Callable
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
INTERRUPTED = "exit status 130"
STOPPED = ("Terminating processes on user request", "Cancelling snakemake on user request")


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
        self._interrupted = False
        self._ends: list[re.Match[str]] = []
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
                if not self._jobs.planned:
                    self._jobs.planned = planned
                    self._say(lines.planned_line(self._jobs))
                self._jobs.planned = planned
            case "job_info":
                log = next(iter(record["log"]), "")
                self._jobs.start(record["jobid"], Job(record["rule_name"], log, now_s))
            case "job_finished":
                if rule := self._jobs.finish(record["job_id"]):
                    self._say(lines.stage_line(self._jobs, rule, now_s))
            case "job_error":
                log = next(filter(_has_text, record["log"]), next(iter(record["log"]), ""))
                of_job = (end for end in self._ends if log and log in end.string)
                how = next((end[1] or end[2] for end in of_job), "")
                if how == INTERRUPTED:  # as all jobs are by Ctrl-C
                    self._interrupted = True
                elif job := self._jobs.fail(record["jobid"], record["rule_name"], log, now_s):
                    said = lines.failed_lines(job, how)
                    self._say(*(said if self._shows_logs else said[:1]))
            case "" | "error" | "group_error":
                self._take_message(record["levelno"], str(record["msg"] or ""))

    def _take_message(self, level: int, message: str) -> None:
        if message.startswith(STOPPED):
            self._interrupted = True
        elif end := ENDED.match(message):
            self._ends.append(end)
        elif level >= logging.WARNING:
            if not message.startswith(REPEATED):
                self._say(message)
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
        if self._jobs.running and self._screen.show(self._jobs, now_s):
            return
        if self._clock() - self._said_s >= LONGEST_SILENCE_S:
            waiting = f"{self._waits_for} ({lines.shown_time(now_s)})"
            self._say(lines.running_line(self._jobs, now_s, waiting))

    def close(self) -> None:
        """Say how the run ended."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._ticker.join()
        self._screen.close()
        self._say(*lines.last_words(self._jobs, self._now_s(), self._interrupted))
        super().close()

    def _say(self, *said: str) -> None:
        self._screen.say(*said)
        self._said_s = self._clock()

    def _now_s(self) -> float:
        return self._clock() - self._started_s


def _has_text(path: str) -> bool:
    return bool(last_lines(path, 1))
