"""What a run of the workflow has done and is doing: its jobs, by the numbers of Snakemake."""

from collections import Counter
from dataclasses import dataclass, field, replace
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
    cluster_number : str
        The number that a cluster has given it, where it may wait or run; "" without one.
    to_read : str
        Of a job that failed, the log that says why; "" without one.
    """

    rule: str
    log: str
    started_s: float
    cluster_number: str = ""
    to_read: str = ""

    @property
    def name(self) -> str:
        """The rule and what tells the job from others of the rule, which is the name of its log.

        A log lies in a folder of its rule's name. In a module, only the rule has a prefix.
        """
        parts = PurePosixPath(self.log.removesuffix(".log")).parts
        folders = [part for part in parts[:-1] if self.rule.endswith(part)]
        if not folders:
            return self.rule
        own = max(folders, key=len)
        return f"{self.rule} {'/'.join(parts[parts.index(own) + 1 :])}"


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

    @property
    def total(self) -> int:
        """How many jobs there are."""
        return sum(self.planned.values())

    @property
    def finished(self) -> int:
        """How many jobs are done."""
        return sum(self.done.values())

    def longest_running(self, most: int) -> tuple[list[Job], int]:
        """Return the jobs that have run for longest, and how many run beside them."""
        jobs = sorted(self.running.values(), key=lambda job: job.started_s)
        return jobs[:most], len(jobs[most:])

    def start(self, number: int, job: Job) -> bool:
        """Count a job as running; return whether it had failed, and is tried again."""
        self.running[number] = job
        return self.failed.pop(number, None) is not None

    def submit(self, number: int, cluster_number: str) -> None:
        """Keep the number that a cluster has given to a job."""
        if number in self.running:
            self.running[number] = replace(self.running[number], cluster_number=cluster_number)

    def fail(self, number: int, job: Job) -> bool:
        """Count a job as failed; False if it was counted already, for Snakemake says it twice."""
        self.running.pop(number, None)
        is_new = number not in self.failed
        self.failed.setdefault(number, job)
        return is_new

    def finish(self, number: int) -> str | None:
        """Count a job as done; the rule if this was the last of its jobs."""
        job = self.running.pop(number, None)
        if job is None:
            return None
        self.done[job.rule] += 1
        # A rule without a log makes no file: it only names targets.
        whole = job.log and self.done[job.rule] == self.planned.get(job.rule)
        return job.rule if whole else None
