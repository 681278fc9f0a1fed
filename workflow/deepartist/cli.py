"""The command ``deepartist``: its subcommands are the modules of `deepartist.commands`."""

import argparse
from importlib.metadata import version

from deepartist.commands import (
    doctor,
    embed,
    evaluate,
    explore,
    export,
    fetch,
    identify,
    index,
    run,
    similar,
    trace,
)
from deepartist.process import stage
from deepartist.process.extras import explain_missing
from deepartist.process.utf8 import ensure_utf8

COMMANDS = (index, similar, explore, identify, embed, export, evaluate, run, doctor, fetch, trace)


def make_parser() -> argparse.ArgumentParser:
    """Build the argument parser with all commands."""
    parser = argparse.ArgumentParser(
        prog="deepartist", description="Music representations learned from artist labels."
    )
    parser.add_argument("--version", action="version", version=version("deepartist"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_command(commands)
    return parser


def main() -> None:
    """Parse the command line and run the command that it names."""
    ensure_utf8()
    args = make_parser().parse_args()
    stage.keep_freed_memory()
    stage.report_errors(lambda: _call(args))


def _call(args: argparse.Namespace) -> None:
    try:
        args.function(args)
    except ModuleNotFoundError as error:
        raise explain_missing(error, args.command) from error


if __name__ == "__main__":
    main()
