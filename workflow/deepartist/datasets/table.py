"""Any clips, listed in a CSV or Parquet table with a header."""

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
MAX_ROWS = 10_000_000  # of a Parquet file, of which a small one can claim to hold any number


def load(path: str) -> pd.DataFrame:
    """Make a manifest of a table.

    Parameters
    ----------
    path : str
        CSV file (UTF-8) with a header, or Parquet file (``.parquet``). `path` is required;
        relative ones start from the table's folder and stay in it. The manifest's other columns
        are used where present, with these defaults: `clip_id` the path without its extension,
        `artist_id` the artist. Further columns are ignored. In a Parquet file, texts may be whole
        numbers, and tags a list of texts.

    Returns
    -------
    pd.DataFrame
        A manifest.

    Raises
    ------
    InputError
        The table is missing or not a table, has no column `path` or no rows, or a row (named by
        its line) has no path, leaves the folder, repeats a clip_id, has an unknown split, too many
        fields or what is no text.
    """
    table = command.require_file(Path(path), "table", "a CSV or Parquet file with a column 'path'")
    is_parquet = table.suffix.lower() == PARQUET_SUFFIX
    rows, where_of = [], {}
    for place, record in (_read_parquet if is_parquet else _read_csv)(table):
        where = f"{table}, {place}"
        row = _make_row(record, table.parent, where)
        if row["clip_id"] in where_of:
            raise InputError(
                f"{where}: clip_id {row['clip_id']!r} is that of {where_of[row['clip_id']]}; "
                "give each clip its own in a column 'clip_id'"
            )
        where_of[row["clip_id"]] = place
        rows.append(row)
    if not rows:
        raise InputError(f"{table}: has no rows below its header")
    return build_manifest(rows)


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
    from pyarrow import ArrowException  # half a second that a CSV file does not need
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
    except (ArrowException, OSError, ValueError) as error:  # of a damaged file, any of them
        raise InputError(f"{table}: not a Parquet file ({' '.join(str(error).split())})") from error


def _as_text(value, column: str, where: str) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():  # ids, where some row has none
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


def _make_row(record: Mapping[str, str], folder: Path, where: str) -> dict:
    row = {column: text.strip() for column, text in record.items()}
    if not row["path"]:
        raise InputError(f"{where}: no path")
    clip_path = PurePosixPath(row["path"])
    # an absolute path is meant to leave the folder
    path = row["path"] if clip_path.is_absolute() else join_inside(folder, row["path"], where)
    if not clip_path.name:
        raise InputError(f"{where}: path {row['path']!r} names no file")
    if row["split"] not in (*SPLITS, ""):
        raise InputError(f"{where}: split is {row['split']!r}; use {', '.join(SPLITS)}")
    return row | {
        "clip_id": row["clip_id"] or str(clip_path.with_suffix("")),
        "path": path,
        "artist_id": row["artist_id"] or row["artist"],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("table", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
