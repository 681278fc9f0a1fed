"""The quick checks of the data before the first job of a run."""

import sys
from collections.abc import Collection

from deepartist.config.kinds import JOINED
from deepartist.config.run import Config
from deepartist.doctor.data import check_data
from deepartist.doctor.findings import has_errors, to_table
from deepartist.process.errors import InputError

# Checks of the files on the disk, as opposed to checks of lists.
FILE_CHECKS = ("loader", "files", "file sizes")


def check_before_run(config: Config, datasets: Collection[str]) -> None:
    """Check the data quickly before the first job, and print warnings and errors on stderr.

    Parameters
    ----------
    config : Config
        A resolved config; paths start from the current folder.
    datasets : collection of str
        The data sets that the run is about to read. The clips of the others were read by an earlier
        run and need not be on the disk any more.

    Raises
    ------
    InputError
        The data have errors.
    """
    if JOINED in datasets:  # its clips are those of its parts
        datasets = {*datasets, *config["datasets"][JOINED]["parts"]}
    print("checking the data (deepartist doctor) ...", file=sys.stderr, flush=True)
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
            "no job was started, because the data have the errors above; correct them (snakemake "
            "--no-hooks starts the run without these checks)"
        )
