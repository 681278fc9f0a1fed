"""Where the time of a finished run went: `python benchmarks/run_profile.py`, in its folder.

Sums what Snakemake measured of each job (`results/benchmarks`), by rule, as a table in Markdown.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

ROWS = 12


def main() -> None:
    """Print seconds of jobs by rule, the most first; they are of several jobs at a time."""
    folder = Path("results/benchmarks")
    seconds = defaultdict(list)
    for path in folder.rglob("*.tsv"):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        with path.open(encoding="utf-8", newline="") as file:
            seconds[rule] += [float(row["s"]) for row in csv.DictReader(file, delimiter="\t")]
    if not seconds:
        sys.exit(f"error: {folder.resolve()}: no measurements; run this in the folder of a run")
    ranked = sorted(seconds.items(), key=lambda item: -sum(item[1]))
    rest = [second for _, jobs in ranked[ROWS:] for second in jobs]
    print("| rule | jobs | seconds of all | of one |")
    print("|---|---:|---:|---:|")
    for rule, jobs in [*((f"`{rule}`", jobs) for rule, jobs in ranked[:ROWS]), ("others", rest)]:
        if jobs:
            print(f"| {rule} | {len(jobs)} | {sum(jobs):.0f} | {sum(jobs) / len(jobs):.1f} |")


if __name__ == "__main__":
    main()
