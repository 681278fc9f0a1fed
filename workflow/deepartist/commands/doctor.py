"""``deepartist doctor``: a look at the data that a config names, before a run does.

Nothing is written. The quick look is at lists, names and sizes; ``--deep`` decodes every clip.
"""

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import yaml

from deepartist.config.run import resolve_config
from deepartist.doctor.findings import Finding, has_errors, to_json, to_table
from deepartist.process import stage
from deepartist.process.errors import InputError

DESCRIPTION = (
    "Look for what is wrong with the data that a config names: missing, broken and doubled files, "
    "artists on both sides of a test, labels with too few songs. The exit code is 1 where there "
    "is an error. Nothing is written."
)


def check_run(config_path: Path, deep: bool = False) -> list[Finding]:
    """Check the data sets of a config.

    Parameters
    ----------
    config_path : Path
        A config file; relative data paths in it start from its folder.
    deep : bool
        Decode every clip too.

    Returns
    -------
    list of Finding
        Data set by data set, in the order of the config.

    Raises
    ------
    InputError
        The config is wrong: the first thing that is, in the words of the workflow.
    """
    try:
        config = resolve_config(_read_config(config_path), config_path.parent, Path.cwd())
    except InputError as error:
        raise InputError(f"config: {error}") from error
    # Imported here, so that --help and a wrong config answer at once.
    from deepartist.doctor.data import check_data

    return check_data(config, deep)


def check_before_run(config: dict, datasets: Collection[str]) -> None:
    """Take a quick look before the first job, and print warnings and errors on stderr.

    Parameters
    ----------
    config : dict
        Resolved, paths starting from the current folder.
    datasets : collection of str
        Those that the run is about to read. Clips of others were read by an earlier run, and may
        lie here no more.

    Raises
    ------
    InputError
        There are errors.
    """
    from deepartist.doctor.data import FILE_CHECKS, check_data

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


def add_command(commands) -> None:
    """Add ``doctor`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "doctor", help="what is wrong with the data of a config", description=DESCRIPTION
    )
    _add_arguments(command)
    command.set_defaults(function=_report)


def _read_config(path: Path) -> dict:
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise InputError(f"{path}: not a config file ({reason})") from error
    if not isinstance(config, dict):
        raise InputError(f"{path}: not a config file; it needs datasets, source and targets")
    return config


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", type=Path, metavar="CONFIG", help="config file of the run")
    parser.add_argument(
        "--deep", action="store_true", help="decode every clip: as long as making the log-mels"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")


def _report(args: argparse.Namespace) -> None:
    findings = check_run(args.config, args.deep)
    print(to_json(findings) if args.json else to_table(findings))
    if has_errors(findings):
        sys.exit(1)


def main(argv: Sequence[str] | None = None) -> None:
    """Check the data sets of a config."""
    parser = argparse.ArgumentParser(
        prog="python -m deepartist.commands.doctor", description=DESCRIPTION
    )
    _add_arguments(parser)
    _report(parser.parse_args(argv))


if __name__ == "__main__":
    stage.run(main)
