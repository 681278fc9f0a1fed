"""What it takes to plan the paper's run: a dry run of `configs/paper.yaml` on stand-in data.

`python benchmarks/paper_plan.py` prints Markdown: seconds, peak memory and jobs by rule.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from standin import write_standin  # noqa: E402


def plan_jobs(environment: dict[str, str], workdir: Path) -> tuple[dict[str, int], float, float]:
    """Ask Snakemake which jobs there are to do.

    Returns
    -------
    jobs : dict of str to int
        Number of jobs by rule.
    wall_s, peak_mb : float
        Time and memory of the dry run.
    """
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "rules", "--cores", "2"]
    command += ["--directory", str(workdir), "--configfile", "configs/paper.yaml"]
    with tempfile.TemporaryFile("w+") as output:
        started_s = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")} | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.monotonic() - started_s
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    table = re.search(r"Job stats:\n.*?\n-.*?\n(.*?)\ntotal", said, re.DOTALL)
    if process.returncode or not table:
        sys.exit(said)
    rules = (line.split() for line in table.group(1).splitlines())
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts in KiB
    jobs = {rule: int(number) for rule, number in rules if rule != "all"}
    return jobs, wall_s, usage.ru_maxrss * unit / 1e6


def main() -> None:
    """Measure the dry run and print what it says."""
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1) as pool:
        # In a process of its own: the peak of a new process starts from the memory of its parent.
        environment = pool.submit(write_standin, Path(folder)).result()
        jobs, wall_s, peak_mb = plan_jobs(environment, Path(folder) / "run")
    print(f"Dry run of `configs/paper.yaml`: {wall_s:.1f} s, peak memory {peak_mb:.0f} MB.\n")
    print("| rule | jobs |\n|---|---:|")
    for rule, number in jobs.items():
        print(f"| {rule} | {number} |")
    print(f"| all of them | {sum(jobs.values())} |")


if __name__ == "__main__":
    main()
