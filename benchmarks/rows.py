"""What benchmarks have in common: timing by turns, and a table of ours beside peers and limits."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

REPEATS = 5


class Row(NamedTuple):
    """A row of the table; times in seconds, of what `what` says."""

    what: str
    ours: float
    peer: float | None = None
    limit: float | None = None
    target: str = ""
    note: str = ""


def race(repeats: int = REPEATS, **runs: Callable[[], object]) -> dict[str, float]:
    """Time functions by turns; return the median seconds of each."""
    times = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(repeats):
        for name, run in runs.items():
            started_s = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started_s)
    return {name: float(np.median(values)) for name, values in times.items()}


def print_table(rows: Iterator[Row]) -> None:
    """Print rows as they come."""
    print("| what | ours | peer | limit | peer / ours | ours / limit | target |")
    print("|---|---:|---:|---:|---:|---:|---|")
    for row in rows:
        if row.note == "ratio":
            print(f"| {row.what} | {row.ours:.2f} | | | | | {row.target} |", flush=True)
            continue
        against_peer = f"{row.peer / row.ours:.2f}" if row.peer else ""
        against_limit = f"{row.ours / row.limit:.2f}" if row.limit else ""
        times = [format_s(value) for value in (row.ours, row.peer, row.limit)]
        note = f"{row.target}; {row.note}" if row.note else row.target
        print(
            f"| {row.what} | {' | '.join(times)} | {against_peer} | {against_limit} | {note} |",
            flush=True,
        )


def format_s(seconds: float | None) -> str:
    """Write a time in a unit that suits it."""
    if seconds is None:
        return ""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.2f} ms"
