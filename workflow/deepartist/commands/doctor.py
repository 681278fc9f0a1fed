"""The command ``deepartist doctor``: checks the data that a config names, before a run reads it.

Nothing is written. By default, lists, names and file sizes are checked; ``--deep`` also decodes
every clip.
"""

import argparse
import sys
from pathlib import Path

import yaml

from deepartist.config.run import Config, resolve_config
from deepartist.doctor.findings import Finding, has_errors, to_json, to_table
from deepartist.process.errors import InputError

DESCRIPTION = (
    "Check the data that a config names: missing, broken and duplicate files, artists in both the "
    "training and the test part, labels with too few songs. The exit code is 1 if there is an "
    "error. Nothing is written."
)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``doctor`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "doctor", help="check the data that a config names", description=DESCRIPTION
    )
    command.add_argument("config", type=Path, metavar="CONFIG", help="config file of the run")
    command.add_argument(
        "--deep", action="store_true", help="also decode every clip; as slow as making the log-mels"
    )
    command.add_argument("--json", action="store_true", help="print JSON, not a table")
    command.set_defaults(function=_run)


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
        Sorted by data set, in the order of the config.

    Raises
    ------
    InputError
        The config is wrong. The message names the first fault, as the workflow does.
    """
    try:
        config = resolve_config(_read_config(config_path), config_path.parent, Path.cwd())
    except InputError as error:
        raise InputError(f"config: {error}") from error
    # Imported here, so that --help and a wrong config answer at once.
    from deepartist.doctor.data import check_data

    return check_data(config, deep)


def _read_config(path: Path) -> Config:
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise InputError(f"{path}: not a config file ({reason})") from error
    if not isinstance(config, dict):
        raise InputError(f"{path}: not a config file; it needs datasets, source and targets")
    return config


def _run(args: argparse.Namespace) -> None:
    findings = check_run(args.config, args.deep)
    print(to_json(findings) if args.json else to_table(findings))
    if has_errors(findings):
        sys.exit(1)
