"""The argument type of commands that write to a file named by the user."""

import argparse
from pathlib import Path


def output_file(text: str) -> Path:
    """Parse the path of an output file; a folder is refused here, before any work is done."""
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder; name a file")
    return Path(text)
