"""The command ``deepartist run``: runs the workflow with Snakemake, from any folder."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import platformdirs

import deepartist
from deepartist.process.disk import require_cache
from deepartist.process.errors import InputError

PACKAGE = Path(deepartist.__file__).parent
# Options of Snakemake that set how many jobs may run at a time. A profile may set it, too.
JOB_COUNT_OPTIONS = (
    *("-c", "--cores", "-j", "--jobs", "-e", "--executor"),
    *("--profile", "--workflow-profile"),
)


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``run`` to the subcommands of ``deepartist``."""
    command = commands.add_parser(
        "run",
        help="run the workflow: from data to tables and figures",
        usage="deepartist run [CONFIG] [TARGET ...] [OPTION OF SNAKEMAKE ...]",
        description="Run the workflow in the current folder and write its files to the folder "
        "results there. CONFIG is a config file, or the name of one that comes with the package: "
        f"{', '.join(sorted(packaged_configs()))}. Without it, the default run on synthesised "
        "music starts. All other words are passed on to Snakemake, such as -n (list the jobs "
        "without running them), --cores 4 (default: all) or results/tables/table1.csv. The "
        "Snakemake command is printed first.",
        # No word is an option of this parser: options are passed on to Snakemake, too.
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
    """Turn the arguments of ``deepartist run`` into those of ``snakemake``.

    Parameters
    ----------
    words : sequence of str
        A config file or the name of a packaged config (may be left out), then arguments of
        Snakemake.

    Raises
    ------
    InputError
        The first word has the ending of a config file, but there is no such file. Or another
        config file is given by Snakemake's option, which would silently replace the first.
    """
    config, others = _split_config(words)
    if config and any(word.startswith("--configf") for word in others):
        raise InputError(
            f"{config} and --configfile: two config files are given; give one that holds everything"
        )
    # --configfile takes any number of files, so another option has to follow it.
    call = ["--configfile", str(config)] if config else []
    call += ["--snakefile", str(workflow_folder() / "Snakefile")]
    if not any(word.startswith(JOB_COUNT_OPTIONS) for word in others):
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
    if find_spec("snakemake") is None:
        raise ModuleNotFoundError(name="snakemake")
    require_cache(platformdirs.user_cache_path("snakemake"))  # it would end with a traceback
    print(shlex.join(["snakemake", *call]), file=sys.stderr, flush=True)
    # The rules call `python`, which has to be the interpreter that runs this command.
    python = Path(sys.executable)
    path = os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)])
    os.execve(python, [str(python), "-m", "snakemake", *call], os.environ | {"PATH": path})
