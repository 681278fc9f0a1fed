"""The command ``deepartist run``: the workflow, from any folder, by Snakemake."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import deepartist
from deepartist.process.errors import InputError

PACKAGE = Path(deepartist.__file__).parent
# Options of Snakemake that say how many jobs may run.
SAYS_HOW_MANY_JOBS = (
    *("-c", "--cores", "-j", "--jobs", "-e", "--executor"),
    *("--profile", "--workflow-profile"),
)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``run`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "run",
        help="the workflow: from data to tables and figures",
        usage="deepartist run [CONFIG] [TARGET ...] [OPTION OF SNAKEMAKE ...]",
        description="Run the workflow in the current folder, which gets a folder results. CONFIG "
        "is a config file, or the name of one that comes with the package: "
        f"{', '.join(sorted(packaged_configs()))}; without it, the default run on synthesised "
        "music. All else goes to Snakemake as it is, such as -n (say what would run), "
        "--cores 4 (default: all) or results/tables/table1.csv. The command that this stands for "
        "is printed.",
        # All words, options too, are Snakemake's.
        prefix_chars="\0",
        add_help=False,
    )
    command.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    command.set_defaults(function=lambda args: _run(args.words, command))


def workflow_folder() -> Path:
    """Find the folder of the Snakefile: in the installed package, or the checkout around it."""
    installed = PACKAGE / "pipeline"
    return installed if installed.is_dir() else PACKAGE.parents[1]


def packaged_configs() -> dict[str, Path]:
    """Find the configs that come with the package, by name."""
    return {path.stem: path for path in (workflow_folder() / "configs").glob("*.yaml")}


def snakemake_words(words: Sequence[str]) -> list[str]:
    """Write the words of a call of Snakemake, without its own name.

    Parameters
    ----------
    words : sequence of str
        First a config file or the name of a packaged config, or none; then Snakemake's own words.

    Raises
    ------
    InputError
        The first word ends like a config file, and there is none.
    """
    config, others = _split_config(words)
    # The option of configs takes several words: another option ends them.
    call = ["--configfile", str(config)] if config else []
    call += ["--snakefile", str(workflow_folder() / "Snakefile")]
    if not any(word.startswith(SAYS_HOW_MANY_JOBS) for word in others):
        call += ["--cores", "all"]
    return [*call, *others]


def _split_config(words: Sequence[str]) -> tuple[Path | None, list[str]]:
    if not words:
        return None, []
    first, *others = words
    if first.endswith((".yaml", ".yml")):
        if not Path(first).is_file():
            raise InputError(
                f"{first}: no such config file; the package has {', '.join(packaged_configs())}"
            )
        return Path(first), others
    packaged = packaged_configs().get(first)
    return (packaged, others) if packaged else (None, list(words))


def _run(words: Sequence[str], command: argparse.ArgumentParser) -> None:
    if words and words[0] in ("-h", "--help"):
        command.print_help()
        return
    call = snakemake_words(words)
    print(shlex.join(["snakemake", *call]), file=sys.stderr, flush=True)
    # The rules call `python`: that has to be the one which runs this.
    python = Path(sys.executable)
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])
    os.execve(python, [str(python), "-m", "snakemake", *call], os.environ | {"PATH": path})
