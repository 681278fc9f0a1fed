"""The command lines of README and documentation are right: commands, options, targets, configs."""

import itertools
import re
import shlex
from pathlib import Path

import pytest

from deepartist.cli import make_parser

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts),
]


def command_lines():
    """The lines of the pages' sh blocks, with the page; a backslash joins it to the next."""
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):  # variables of the command
                    words = words[1:]
                if words:
                    yield pytest.param(words, id=f"{page.name}: {' '.join(words)[:60]}")


LINES = list(command_lines())


def lines_of(program):
    return [line for line in LINES if line.values[0][0] == program]


@pytest.mark.parametrize("words", lines_of("deepartist"))
def test_commands_of_deepartist_are_understood(words):
    make_parser().parse_args(words[1:])


@pytest.mark.parametrize("words", lines_of("snakemake"))
def test_configs_of_snakemake_are_there(words):
    for option, value in itertools.pairwise(words):
        if option == "--configfile" and value.startswith("configs/"):
            assert (ROOT / value).is_file()


def test_there_are_commands():
    assert len(lines_of("deepartist")) > 20
    assert len(lines_of("snakemake")) > 8
