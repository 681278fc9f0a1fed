"""Writing files and folders so that nothing half-written counts as finished."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` to write a file or folder to; rename it to `path` at the end.

    When the block raises, what it wrote is removed and `path` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    _remove(partial)  # of a process that was killed
    try:
        yield partial
        _remove(path if partial.is_dir() else None)
        partial.replace(path)
    finally:
        _remove(partial)


def write_json(value, path: Path) -> None:
    """Write JSON, indented, keys in the order given."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path):
    """Read JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _remove(path: Path | None) -> None:
    if path is not None and path.is_dir():
        shutil.rmtree(path)
    elif path is not None:
        path.unlink(missing_ok=True)
