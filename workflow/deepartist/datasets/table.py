"""Any collection of clips, listed in a CSV or Parquet table with a header."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.artist_names import common_spelling
from deepartist.datasets.clip_files import join_inside
from deepartist.datasets.manifest import COLUMNS, MAX_NAME_LENGTH, SPLITS, build_manifest
from deepartist.datasets.tags import join_tags
from deepartist.files.csv_rows import CsvError, check_one_line, find_columns, read_rows
from deepartist.process import stage
from deepartist.process.errors import InputError

REQUIRED = ("path",)
# A line break in a name or label is a mistake; titles with one are made tidy.
ONE_LINE = tuple(name for name in COLUMNS if name != "title")
PARQUET_SUFFIX = ".parquet"
MAX_ROWS = 10_000_000  # in a Parquet file: even a small file can claim any number of rows


def load(path: str) -> pd.DataFrame:
    """Turn a table of clips into a manifest.

    Parameters
    ----------
    path : str
        CSV file (UTF-8) with a header, or Parquet file (``.parquet``). The column `path` is
        required; relative paths start from the table's folder and must stay in it. The other
        columns of a manifest are used if present. Names of columns may be in any case, with blanks
        around them. An empty `clip_id` becomes the path without its extension, an empty
        `artist_id` becomes the artist, in the most common spelling of the name
        (`deepartist.datasets.artist_names.common_spelling`). Further columns are ignored, unless
        the name of one is that of a missing column with a letter wrong. In a Parquet file, texts
        may be whole numbers, and tags may be a list of texts.

    Returns
    -------
    pd.DataFrame
        A manifest.

    Raises
    ------
    InputError
        The table is missing or malformed, or has no column `path` or no rows. Or a row has no path,
        a path that leaves the folder, a repeated clip_id, an unknown split, too many fields, a
        line break outside its title, a path or clip_id that is too long, or a value that is not
        text; the message names the row.
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
    spelling = common_spelling(clip["artist"] for clip in clips)
    for clip in clips:
        clip["artist_id"] = clip["artist_id"] or spelling[clip["artist"]]
    return build_manifest(clips)


def _read_csv(table: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the fields of each row."""
    try:
        with table.open("rb") as file:
            rows = read_rows(file, skip_spaces=True)
            _, header = next(rows, (1, []))
            if not header:
                raise CsvError("it is empty; a table has a header with a column path")
            position_of = _find_columns(header)
            one_line = {name: position_of[name] for name in ONE_LINE if name in position_of}
            for line, fields in rows:
                check_one_line(line, fields, one_line)
                fields += [""] * (len(header) - len(fields))
                yield (
                    f"line {line}",
                    dict.fromkeys(COLUMNS, "") | {k: fields[i] for k, i in position_of.items()},
                )
    except CsvError as error:
        raise InputError(f"{table}: cannot be read as a CSV file: {error}") from error


def _find_columns(header: Sequence[str]) -> dict[str, int]:
    """Find the columns of a manifest in the header of a table; raise CsvError if wrong."""
    return find_columns(header, REQUIRED, [name for name in COLUMNS if name not in REQUIRED])


def _read_parquet(table: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the fields of each row."""
    from pyarrow import ArrowException  # takes half a second, which a CSV file does not need
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(table) as file:
            names = file.schema_arrow.names
            name_in_file = {k: names[i] for k, i in _find_columns(names).items()}
            if file.metadata.num_rows > MAX_ROWS:
                raise InputError(f"{table}: more than {MAX_ROWS} rows; divide the table")
            columns = list(name_in_file.values())
            number = 0
            for batch in file.iter_batches(columns=columns, use_threads=False):
                for record in batch.to_pylist():
                    number += 1
                    where = f"{table}, row {number}"
                    texts = dict.fromkeys(COLUMNS, "") | {
                        column: _as_text(record[name], column, where)
                        for column, name in name_in_file.items()
                    }
                    for column in ONE_LINE:
                        if "\n" in texts[column] or "\r" in texts[column]:
                            raise InputError(
                                f"{where}: column '{column}' holds a line break "
                                f"({texts[column][:40]!r}); write it on one line"
                            )
                    yield f"row {number}", texts
    except CsvError as error:
        raise InputError(f"{table}: {error}") from error
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


def _make_clip(fields: Mapping[str, str], folder: Path, where: str) -> dict[str, str]:
    clip = {column: text.strip() for column, text in fields.items()}
    if not clip["path"]:
        raise InputError(f"{where}: no path")
    for column in ("clip_id", "path"):
        length = len(clip[column])
        if length > MAX_NAME_LENGTH:
            raise InputError(
                f"{where}: {column} has {length} characters; shorten it to {MAX_NAME_LENGTH} (it "
                f"begins with {clip[column][:40]!r})"
            )
    clip_path = PurePosixPath(clip["path"])
    # Only relative paths have to stay inside the folder.
    path = clip["path"] if clip_path.is_absolute() else join_inside(folder, clip["path"], where)
    if not clip_path.name:
        raise InputError(f"{where}: path {clip['path']!r} names no file")
    if clip["split"] not in (*SPLITS, ""):
        raise InputError(f"{where}: split is {clip['split'][:40]!r}; use {', '.join(SPLITS)}")
    return clip | {
        "clip_id": clip["clip_id"] or str(clip_path.with_suffix("")),
        "path": path,
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("table", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
