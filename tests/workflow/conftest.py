"""Runs of the workflow in a copy of the checkout, so that tests may edit it."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Checkout:
    """A copy of the project's files, and Snakemake run there on the copy's own code."""

    folder: Path
    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    printed: str = ""  # by the run that made the results

    @property
    def results(self) -> Path:
        if "--directory" in self.arguments:
            return Path(self.arguments[self.arguments.index("--directory") + 1]) / "results"
        return self.folder / "results"

    def start(self, *arguments: str, **options) -> subprocess.Popen:
        """Start Snakemake; the options are those of `subprocess.Popen`."""
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.folder / "workflow"),
            **self.environment,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments, "--cores", "2", *self.arguments],
            cwd=self.folder,
            env=environment,
            text=True,
            stderr=subprocess.STDOUT,
            **options,
        )

    def snakemake(self, *arguments: str) -> subprocess.CompletedProcess:
        process = self.start(*arguments, stdout=subprocess.PIPE)
        output, _ = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def run(self, *targets: str) -> str:
        finished = self.snakemake(*targets)
        assert finished.returncode == 0, finished.stdout[-5000:]
        return finished.stdout

    def planned(self) -> dict[str, int]:
        """Ask a dry run which rules would run, and how often each."""
        return self.plan()[0]

    def plan(self) -> tuple[dict[str, int], set[str]]:
        """Ask a dry run which rules would run, how often each, and which params changed.

        Of the params, Snakemake prints those that are not the same before and now; they come out
        as ``before → now``, several in order.
        """
        output = self.run("--dry-run")
        if "Nothing to be done" in output:
            return {}, set()
        changes = re.findall(
            r"across all output: before: (.*?) now: (.*?) *(?:;.*)?$", output, re.M
        )
        changed = {" → ".join(map(_in_order, change)) for change in changes}
        table = re.search(r"Job stats:\n.*?\n-.*?\n(.*?)\ntotal", output, re.DOTALL)
        rules = (line.split() for line in table.group(1).splitlines())
        return {rule: int(count) for rule, count in rules if rule != "all"}, changed

    def pretend(self) -> None:
        """Let every result count as made, of nothing but its name, by the code and data there."""
        for path in re.findall(r"^(results/\S+)\t", self.run("--summary"), re.MULTILINE):
            made = self.results.parent / path
            if made.suffix in ("", ".zarr"):
                made.mkdir(parents=True)
            else:
                made.parent.mkdir(parents=True, exist_ok=True)
                made.write_text(path)
        self.run("--touch", "--forceall", "--no-hooks")


def _in_order(params: str) -> str:
    """Sort the params that Snakemake prints as a set of Python literals."""
    return ", ".join(sorted(re.split(r"(?<=['\"\])]),(?=['\"\[(])", params)))


def copy_checkout(folder: Path) -> Path:
    """Copy what git tracks, and what it would track, to an empty folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def make_checkout():
    """Copy the project to an empty folder."""
    return lambda folder: Checkout(copy_checkout(folder))


@pytest.fixture
def checkout(tmp_path) -> Checkout:
    """A fresh copy of the project."""
    (tmp_path / "check out").mkdir()  # a space, as in many a home folder
    return Checkout(copy_checkout(tmp_path / "check out"))


@pytest.fixture(scope="session")
def default_run(tmp_path_factory) -> Checkout:
    """The default config, run to its end once for all tests that look at it."""
    run = Checkout(copy_checkout(tmp_path_factory.mktemp("default")))
    run.printed = run.run()
    return run
