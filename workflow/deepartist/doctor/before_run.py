"""The quick look at the data before the first job of a run."""

import sys
from collections.abc import Collection

from deepartist.config.run import Config
from deepartist.doctor.data import check_data
from deepartist.doctor.findings import has_errors, to_table
from deepartist.process.errors import InputError

# Checks of clips as they lie on the disk, not of lists.
FILE_CHECKS = ("loader", "files", "file sizes")


def check_before_run(config: Config, datasets: Collection[str]) -> None:
    """Take a quick look before the first job, and print warnings and errors on stderr.

    Parameters
    ----------
    config : Config
        Resolved, paths starting from the current folder.
    datasets : collection of str
        Those that the run is about to read. Clips of the others were read by an earlier run and
        need not be on the disk any more.

    Raises
    ------
    InputError
        There are errors.
    """
    print("looking at the data (deepartist doctor) ...", file=sys.stderr, flush=True)
    findings = [
        finding
        for finding in check_data(config, deep=False)
        if finding.level in ("warning", "error")
        and (finding.dataset in datasets or finding.check not in FILE_CHECKS)
    ]
    if findings:
        print(to_table(findings), file=sys.stderr, flush=True)
    if has_errors(findings):
        raise InputError(
            "no job was started, for the data has the errors above; mend them (snakemake "
            "--no-hooks goes on all the same)"
        )
