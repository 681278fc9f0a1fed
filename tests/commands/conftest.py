"""A command line, run in the process of the test."""

import sys

import pytest

from deepartist import cli


@pytest.fixture
def run(monkeypatch, capsys):
    """Run ``deepartist`` with the words of a command line; returns code, stdout and stderr."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["deepartist", *map(str, words)])
        code, message = 0, ""
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
            message = ended.code if isinstance(ended.code, str) else ""
        written = capsys.readouterr()
        return code, written.out, written.err + message

    return call
