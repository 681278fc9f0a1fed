"""How commands end: what was printed arrives, and the exit code says how it went."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("body", "code", "out", "err"),
    [
        ("print('done', end='')", 0, "done", ""),
        ("raise InputError('a file: is gone')", 1, "", "error: a file: is gone\n"),
        ("raise OSError(28, 'No space left on device', 'x')", 1, "", "error: x: No space left"),
        ("raise MemoryError", 1, "", "error: out of memory"),
        ("raise KeyboardInterrupt", 130, "", ""),
        ("raise ValueError('a bug')", 1, "", "Traceback"),
    ],
)
def test_a_process_ends_as_its_command_does(body, code, out, err):
    program = f"""
from deepartist.process import stage
from deepartist.process.errors import InputError

def main():
    {body}

stage.run(main)
raise SystemExit("not reached")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (code, out)
    assert ended.stderr.startswith(err) and (err or not ended.stderr)


def test_a_closed_stdout_is_no_fault():
    program = "from deepartist.process import stage; stage.report_errors(lambda: None)"
    command = f'"{sys.executable}" -c "{program}" >&-'
    assert subprocess.run(["bash", "-c", command], check=False).returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_what_could_not_be_printed_is_no_success():
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [
                sys.executable,
                "-c",
                "from deepartist.process import stage; stage.run(lambda: print('x'))",
            ],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode != 0
    assert "No space left" in ended.stderr


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
@pytest.mark.parametrize("text", ["日本", "\udce9"])
def test_text_that_stdout_cannot_express_is_printed_all_the_same(encoding, text):
    program = f"""
from deepartist.process import stage
stage.run(lambda: print({text!a}, "done"))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    can_express = encoding == "utf-8" and text.isprintable()
    expected = text.encode() if can_express else ascii(text)[1:-1].encode()
    assert ended.stdout == expected + b" done\n"
