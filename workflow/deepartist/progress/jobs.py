"""What a run of the workflow has done and is doing: its jobs, by the numbers of Snakemake."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Job:
    """A job that was started.

    Attributes
    ----------
    rule : str
        Its rule.
    log : str
        The path of its log; "" without one.
    started_s : float
        When it was started, on the clock of the run.
    """

    rule: str
    log: str
    started_s: float

    @property
    def name(self) -> str:
        """The rule and what tells the job from others of the rule, which is the name of its log."""
        parts = PurePosixPath(self.log.removesuffix(".log")).parts
        if self.rule not in parts:
            return self.rule
        return " ".join([self.rule, "/".join(parts[parts.index(self.rule) + 1 :])]).strip()


@dataclass
class Jobs:
    """The jobs of a run.

    Attributes
    ----------
    planned : dict of str to int
        How many jobs of each rule there are.
    done : Counter of str
        How many of them have finished, by rule.
    running, failed : dict of int to Job
        By the number that Snakemake gives them. A job that is tried again is not a failed one.
    """

    planned: dict[str, int] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    running: dict[int, Job] = field(default_factory=dict)
    failed: dict[int, Job] = field(default_factory=dict)

    def start(self, number: int, job: Job) -> None:
        """Count a job as running."""
        self.failed.pop(number, None)
        self.running[number] = job

    def fail(self, number: int, rule: str, log: str, now_s: float) -> Job | None:
        """Count a job as failed; None if it was counted already, for Snakemake says it twice."""
        if number in self.failed:
            return None
        started = self.running.pop(number, None)
        job = Job(rule, log, started.started_s if started else now_s)
        self.failed[number] = job
        return job

    def finish(self, number: int) -> str | None:
        """Count a job as done; the rule if this was the last of its jobs."""
        job = self.running.pop(number, None)
        if job is None:
            return None
        self.done[job.rule] += 1
        # A rule without a log makes no file: it only names targets.
        whole = job.log and self.done[job.rule] == self.planned.get(job.rule)
        return job.rule if whole else None
