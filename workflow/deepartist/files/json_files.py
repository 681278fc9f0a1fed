"""Writing and reading JSON files."""

import json
from pathlib import Path
from typing import Any

from deepartist.process.replacing import replacing


def write_json(value: object, path: Path) -> None:
    """Write a value as indented JSON, with keys in their order."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read the value in a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
