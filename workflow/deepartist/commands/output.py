"""The option of commands that write a file of the user's choosing."""

import argparse
from pathlib import Path


def output_file(text: str) -> Path:
    """Read the path of a file to write; a folder is refused before the work, not after it."""
    if Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder; name a file")
    return Path(text)
