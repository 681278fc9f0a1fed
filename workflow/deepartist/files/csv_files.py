"""Reading CSV files, with errors that say what is wrong with a file."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deepartist.files.csv_rows import CsvError, check_one_line, find_columns, read_rows
from deepartist.process.errors import InputError


def read_csv(
    path: Path,
    columns: Sequence[str],
    what: str,
    *,
    optional: Sequence[str] = (),
    text: Sequence[str] | None = None,
    exact: bool = True,
    former_names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read a CSV file (UTF-8, with a header), strictly, and check its columns.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        Columns that the file must have.
    what : str
        What messages call such a file: "a manifest", or "labels" in the plural.
    optional : sequence of str
        Columns that the file may have, where it need not have exactly `columns`.
    text : sequence of str, optional
        The columns that are read as text; by default all columns of the file. The others are
        numbers, or text if a field is not a number.
    exact : bool
        Whether the file must have exactly `columns`, in this order. Otherwise it may have more
        columns, in any order, and the names of `columns` and `optional` may be in any case and have
        blanks around them.
    former_names : mapping of str to str, optional
        The names that columns had in earlier versions: a message says to rename them.

    Returns
    -------
    pd.DataFrame
        All columns of the file; those of `columns` and `optional` have these names. A field that is
        empty, or missing at the end of a row, is the empty string; names such as "NA" and "null"
        stay text.

    Raises
    ------
    InputError
        The file cannot be read as CSV (`read_rows` says what is refused), has wrong columns, or has
        a line break in one of `columns` or `optional`.
    """
    wanted = f"{what} {'has' if what.startswith('a ') else 'have'} {', '.join(columns)}"
    try:
        data = path.read_bytes()  # at once, because a pipe can be read only once
        rows = read_rows(io.BytesIO(data))
        _, header = next(rows, (1, []))
        if not header:
            raise CsvError(f"it is empty; {wanted}")
        position_of = {name: i for i, name in enumerate(header)}
        if not exact:
            position_of = _find_columns(path, header, columns, optional, wanted, former_names or {})
        elif header != list(columns):
            raise InputError(f"{path}: columns are {', '.join(header)}; {wanted}")
        for line, fields in rows:
            check_one_line(line, fields, position_of)
        name_in_file = {name: header[position] for name, position in position_of.items()}
        dtype = str if text is None else {name_in_file.get(name, name): str for name in text}
        table = pd.read_csv(io.BytesIO(data), dtype=dtype, keep_default_na=False, index_col=False)
    except (OSError, ValueError) as error:  # CsvError and pandas' own errors are ValueErrors
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as a CSV file: {reason}") from error
    name_at = {position: name for name, position in position_of.items()}
    table.columns = pd.Index([name_at.get(i, name) for i, name in enumerate(table.columns)])
    return table


def _find_columns(
    path: Path,
    header: Sequence[str],
    columns: Sequence[str],
    optional: Sequence[str],
    wanted: str,
    former_names: Mapping[str, str],
) -> dict[str, int]:
    try:
        return find_columns(header, columns, optional)
    except CsvError as error:
        advice = "".join(
            f"; rename the column {former} to {name}"
            for name, former in former_names.items()
            if former in header and name not in header
        )
        raise InputError(f"{path}: {error}; {wanted}{advice}") from error
