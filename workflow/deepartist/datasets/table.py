"""Any clips, listed in a CSV table with a header."""

import csv
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pandas as pd

from deepartist import stage
from deepartist.datasets import command
from deepartist.errors import InputError
from deepartist.manifest import COLUMNS, SPLITS, build_manifest


def load(path: str) -> pd.DataFrame:
    """Make a manifest of a table.

    Parameters
    ----------
    path : str
        CSV file (UTF-8) with a header. `path` is required; relative ones start from the table's
        folder and stay in it. The manifest's other columns are used where present, with these
        defaults: `clip_id` the path without its extension, `artist_id` the artist. Further columns
        are ignored.

    Returns
    -------
    pd.DataFrame
        A manifest.

    Raises
    ------
    InputError
        The table is missing, has no column `path` or no rows, or a row (named by its line) has no
        path, leaves the folder, repeats a clip_id, has an unknown split or too many fields.
    """
    table = command.require(Path(path), "table", "a CSV file with a column 'path'")
    rows, line_of = [], {}
    with table.open(encoding="utf-8-sig", newline="") as file:
        try:
            reader = csv.DictReader(file)
            if "path" not in (reader.fieldnames or ()):
                raise InputError(f"{table}: no column 'path' in the header")
            for record in reader:
                where = f"{table}, line {reader.line_num}"
                row = _make_row(record, table.parent, where)
                first_line = line_of.setdefault(row["clip_id"], reader.line_num)
                if first_line != reader.line_num:
                    raise InputError(
                        f"{where}: clip_id '{row['clip_id']}' is that of line {first_line}; "
                        "give each clip its own in a column 'clip_id'"
                    )
                rows.append(row)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f"{table}: not a CSV file in UTF-8 ({error})") from error
    if not rows:
        raise InputError(f"{table}: has no rows below its header")
    return build_manifest(rows)


def _make_row(record: dict, folder: Path, where: str) -> dict:
    if None in record:
        raise InputError(f"{where}: more fields than the header; quote fields that hold commas")
    row = {column: (record.get(column) or "").strip() for column in COLUMNS}
    clip_path = PurePosixPath(row["path"])
    if not row["path"]:
        raise InputError(f"{where}: no path")
    if ".." in clip_path.parts:
        raise InputError(f"{where}: path '{row['path']}' leaves the table's folder")
    if row["split"] not in (*SPLITS, ""):
        raise InputError(f"{where}: split is '{row['split']}'; use {', '.join(SPLITS)}")
    return row | {
        "clip_id": row["clip_id"] or str(clip_path.with_suffix("")),
        "path": (folder / clip_path).as_posix(),
        "artist_id": row["artist_id"] or row["artist"],
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("table", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
