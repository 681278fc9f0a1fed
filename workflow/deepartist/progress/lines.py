"""The lines that a run prints: what has finished, what runs, how it ended."""

from collections.abc import Sequence

from deepartist.process.counts import counted
from deepartist.progress.jobs import Job, Jobs
from deepartist.progress.logs import cut, last_lines

LISTED = 3  # jobs that a line names
SAID = 70  # characters of a log's last line
SHOWN_LOG_LINES = 10


def shown_time(seconds: float) -> str:
    """Write a duration as minutes and seconds, from an hour on with hours: ``1:02:03``."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def planned_line(jobs: Jobs) -> str:
    """Say how many jobs there are."""
    return f"{counted(jobs.total, 'job')} of {counted(len(jobs.planned), 'rule')}"


def stage_line(jobs: Jobs, rule: str, now_s: float) -> str:
    """Say that all jobs of a rule have finished."""
    return f"{_place(jobs, now_s)}  {rule}: {counted(jobs.planned[rule], 'job')} done"


def running_line(jobs: Jobs, now_s: float, waiting: str) -> str:
    """Say what runs, for how long, and what the logs of it say last.

    `waiting` is what is said when nothing runs.
    """
    longest, others = jobs.longest_running(LISTED)
    named = [running_job(job, now_s) for job in longest]
    if others:
        named.append(f"{others} more")
    state = "submitted" if any(job.cluster_number for job in jobs.running.values()) else "running"
    return f"{_place(jobs, now_s)}  {state}: {'; '.join(named)}" if named else waiting


def running_job(job: Job, now_s: float) -> str:
    """Name a job that runs, for how long it has run, and what its log says last."""
    said = "".join(last_lines(job.log, 1)) if job.log else ""
    about = [f"SLURM {job.cluster_number}"] if job.cluster_number else []
    about.append(shown_time(now_s - job.started_s))
    return f"{job.name} ({', '.join([*about, *([cut(said, SAID)] if said else [])])})"


def failed_lines(job: Job, how: str, reason: str, logs: Sequence[str]) -> list[str]:
    """Say that a job failed.

    Parameters
    ----------
    job : Job
    how : str
        How it ended, such as ``exit status 1``; "" if that is not known.
    reason : str
        What a cluster said of it; "" without one.
    logs : sequence of str
        The logs whose ends are shown: its own, and that of a cluster.
    """
    ended = f" ({how})" if how else ""
    said = [*reason.splitlines(), *(x for log in logs for x in last_lines(log, SHOWN_LOG_LINES))]
    return [f"failed: {job.name}{ended}", *(f"    {line}" for line in said)]


def last_words(jobs: Jobs, now_s: float, stopped: bool) -> list[str]:
    """Say how the run ended: two lines if it was stopped or not all is done, else one."""
    again = "The same command goes on from here: what is done is kept."
    if jobs.failed:
        first, *others = jobs.failed.values()
        more = f" ({len(others)} more failed)" if others else ""
        read = f"read {first.to_read}" if first.to_read else "it has no log"
        return [f"{first.name} failed{more}: {read}", again]
    if jobs.total and jobs.finished >= jobs.total:
        return [f"{counted(jobs.total, 'job')} done in {shown_time(now_s)}"]
    if stopped:
        at = next(iter(jobs.running.values()), None)
        read = f" at {at.name}: its log is {at.log}" if at and at.log else ""
        return [f"stopped{read}", again]
    if jobs.finished or jobs.running:
        return [f"not finished: {jobs.finished} of {counted(jobs.total, 'job')} done", again]
    return []


def _place(jobs: Jobs, now_s: float) -> str:
    total = str(jobs.total)
    return f"[{jobs.finished:>{len(total)}}/{total}] {shown_time(now_s):>5}"
