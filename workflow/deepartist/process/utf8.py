"""Text as UTF-8 whatever the locale: names of files, files of text, and what is printed."""

import io
import os
import sys
from pathlib import Path


def ensure_utf8(folder: Path | None = None) -> None:
    """Start this process again in Python's UTF-8 mode if its locale has another encoding.

    The interpreter fixes the encoding of file names at its start, so nothing less is enough. In a
    Latin-1 locale, it could not name a file ``日本.mp3``. The environment variable that is set here
    reaches all processes that this one starts, such as the jobs of a run.

    Parameters
    ----------
    folder : Path, optional
        The folder that this process was started in, if it has changed to another one.
    """
    if sys.getfilesystemencoding() == "utf-8" or sys.flags.ignore_environment:
        return
    os.environ["PYTHONUTF8"] = "1"
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if folder is not None:
        os.chdir(folder)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def print_any_text() -> None:
    """Let stdout take any text; what its encoding cannot express is written as ``\\\\u65e5``.

    A name of a file may hold bytes that are not UTF-8, and PYTHONIOENCODING may ask for Latin-1.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
