"""Any collection of clips, listed in a CSV or Parquet table with a header."""

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.clip_files import join_inside
from deepartist.datasets.manifest import COLUMNS, SPLITS, build_manifest
from deepartist.datasets.tags import join_tags
from deepartist.process import stage
from deepartist.process.errors import InputError

PARQUET_SUFFIX = ".parquet"
MAX_ROWS = 10_000_000  # in a Parquet file: even a small file can claim any number of rows


def load(path: str) -> pd.DataFrame:
    """Turn a table of clips into a manifest.

    Parameters
    ----------
    path : str
        CSV file (UTF-8) with a header, or Parquet file (``.parquet``). The column `path` is
        required; relative paths start from the table's folder and must stay in it. The other
        columns of a manifest are used if present. An empty `clip_id` becomes the path without its
        extension, an empty `artist_id` becomes the artist. Further columns are ignored. In a
        Parquet file, texts may be whole numbers, and tags may be a list of texts.

    Returns
    -------
    pd.DataFrame
        A manifest.

    Raises
    ------
    InputError
        The table is missing or malformed, or has no column `path` or no rows. Or a row has no path,
        a path that leaves the folder, a repeated clip_id, an unknown split, too many fields, or a
        value that is not text; the message names the row.
    """
    table = command.require_file(Path(path), "table", "a CSV or Parquet file with a column 'path'")
    is_parquet = table.suffix.lower() == PARQUET_SUFFIX
    clips: list[dict[str, str]] = []
    place_of: dict[str, str] = {}
    for place, fields in (_read_parquet if is_parquet else _read_csv)(table):
        where = f"{table}, {place}"
        clip = _make_clip(fields, table.parent, where)
        clip_id = clip["clip_id"]
        if clip_id in place_of:
            raise InputError(
                f"{where}: clip_id {clip_id!r} is used by {place_of[clip_id]}, too; "
                "give each clip its own in a column 'clip_id'"
            )
        place_of[clip_id] = place
        clips.append(clip)
    if not clips:
        raise InputError(f"{table}: has no rows below its header")
    return build_manifest(clips)


def _read_csv(table: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the fields of each row."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.DictReader(file)
            _require_path(reader.fieldnames or (), table)
            for record in reader:
                if None in record:
                    raise InputError(
                        f"{table}, line {reader.line_num}: more fields than the header; "
                        "quote fields that hold commas"
                    )
                yield f"line {reader.line_num}", {k: record.get(k) or "" for k in COLUMNS}
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f"{table}: not a CSV file in UTF-8 ({error})") from error


def _read_parquet(table: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the fields of each row."""
    from pyarrow import ArrowException  # takes half a second, which a CSV file does not need
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(table) as file:
            names = file.schema_arrow.names
            _require_path(names, table)
            if file.metadata.num_rows > MAX_ROWS:
                raise InputError(f"{table}: more than {MAX_ROWS} rows; divide the table")
            columns = [name for name in COLUMNS if name in names]
            number = 0
            for batch in file.iter_batches(columns=columns, use_threads=False):
                for record in batch.to_pylist():
                    number += 1
                    where = f"{table}, row {number}"
                    yield (
                        f"row {number}",
                        {name: _as_text(record.get(name), name, where) for name in COLUMNS},
                    )
    except (ArrowException, OSError, ValueError) as error:  # a damaged file raises any of these
        raise InputError(f"{table}: not a Parquet file ({' '.join(str(error).split())})") from error


def _as_text(value: object, column: str, where: str) -> str:
    """Turn a value of a Parquet file into text; a missing one becomes empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():  # ids become floats if one is missing
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if column == "tags" and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return join_tags(value)
    if not isinstance(value, str):
        raise InputError(f"{where}: column '{column}' holds a {type(value).__name__}, not text")
    return value


def _require_path(columns: Sequence[str], table: Path) -> None:
    if "path" not in columns:
        raise InputError(f"{table}: no column 'path' in the header")


def _make_clip(fields: Mapping[str, str], folder: Path, where: str) -> dict[str, str]:
    clip = {column: text.strip() for column, text in fields.items()}
    if not clip["path"]:
        raise InputError(f"{where}: no path")
    clip_path = PurePosixPath(clip["path"])
    # Only relative paths have to stay inside the folder.
    path = clip["path"] if clip_path.is_absolute() else join_inside(folder, clip["path"], where)
    if not clip_path.name:
        raise InputError(f"{where}: path {clip['path']!r} names no file")
    if clip["split"] not in (*SPLITS, ""):
        raise InputError(f"{where}: split is {clip['split']!r}; use {', '.join(SPLITS)}")
    return clip | {
        "clip_id": clip["clip_id"] or str(clip_path.with_suffix("")),
        "path": path,
        "artist_id": clip["artist_id"] or clip["artist"],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("table", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
