"""The pages of README and documentation, and the commands in them."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "config/README.md")),
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts),
]
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>.*?) -->\n+)?```sh\n(?P<text>.*?)```", re.DOTALL)


class Block(NamedTuple):
    """Commands of a page."""

    text: str
    reason: str | None  # why no test runs them


def blocks_of(page: Path) -> list[Block]:
    """Read the sh blocks of a page."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(block["text"], block["reason"]) for block in found]
