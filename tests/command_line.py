"""A command line, run in the process of the test."""

import sys
from typing import NamedTuple


class Result(NamedTuple):
    code: int
    out: str
    err: str


def run_command(words, monkeypatch, capsys) -> Result:
    """Run ``deepartist`` with the words of a command line."""
    from deepartist import cli

    monkeypatch.setattr(sys, "argv", ["deepartist", *map(str, words)])
    code, message = 0, ""
    try:
        cli.main()
    except SystemExit as ended:
        # as the interpreter does: a text goes to stderr, and the code is 1
        code = ended.code if isinstance(ended.code, int) else 1
        message = ended.code if isinstance(ended.code, str) else ""
    written = capsys.readouterr()
    return Result(code, written.out, written.err + message)
