"""Reading CSV files, with errors that say what is wrong with a file."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.process.errors import InputError


def read_csv(
    path: Path,
    columns: Sequence[str],
    what: str,
    *,
    text: Sequence[str] | None = None,
    exact: bool = True,
) -> pd.DataFrame:
    """Read a CSV file (UTF-8, with a header) and check its columns.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        Columns that the file must have.
    what : str
        What messages call such a file: "a manifest", or "labels" in the plural.
    text : sequence of str, optional
        The columns that are read as text; by default all columns of the file. The others are
        numbers, or text if a field is not a number.
    exact : bool
        Whether the file must have exactly `columns`, in this order. Otherwise it may have more
        columns, in any order.

    Returns
    -------
    pd.DataFrame
        All columns of the file. A field that is empty, or missing at the end of a row, is the empty
        string; names such as "NA" and "null" stay text.

    Raises
    ------
    InputError
        The file cannot be read as CSV, or has wrong columns.
    """
    dtype = str if text is None else dict.fromkeys(text, str)
    try:
        table = pd.read_csv(path, dtype=dtype, keep_default_na=False)
    except (OSError, ValueError) as error:  # pandas' own errors are ValueErrors
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: cannot be read as a CSV file: {reason}") from error
    wanted = f"{what} {'has' if what.startswith('a ') else 'have'} {', '.join(columns)}"
    if exact and list(table.columns) != list(columns):
        raise InputError(f"{path}: columns are {', '.join(table.columns)}; {wanted}")
    for column in columns:
        if column not in table.columns:
            has = ", ".join(table.columns)
            raise InputError(f"{path}: no column {column}; it has {has}; {wanted}")
    return table
