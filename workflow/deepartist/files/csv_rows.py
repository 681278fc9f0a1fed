"""The rows of a CSV file, read strictly: what would be read wrongly in silence is an error."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# What other files begin with. UTF-32 stands before UTF-16, whose mark is a part of its own.
OTHER_FILES = {
    b"PK\x03\x04": "an Excel workbook or a ZIP archive: save it as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV in UTF-8",
    b"PAR1": "a Parquet file: give it the ending .parquet",
    b"\x1f\x8b": "compressed by gzip: unpack it",
    b"\xff\xfe\x00\x00": "in UTF-32: save it in UTF-8",
    b"\x00\x00\xfe\xff": "in UTF-32: save it in UTF-8",
    b"\xff\xfe": "in UTF-16: save it in UTF-8",
    b"\xfe\xff": "in UTF-16: save it in UTF-8",
}
HEAD_BYTES = 4096
LONGEST_FIELD = 2**31 - 1  # characters; a long text is for the caller to cut or to refuse
SHORTEST_MISSPELT = 4  # letters: every two names of one letter differ by one


class CsvError(ValueError):
    """A file that is no sound CSV file; the message is one line that does not name the file."""


def read_rows(file: BinaryIO, *, skip_spaces: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield the header and the rows of a CSV file (UTF-8), each with the number of its line.

    Python's own reader and pandas accept much that is a mistake: a quote that is never closed
    takes the following rows into its field, and a row with a comma too many moves all its fields.

    Parameters
    ----------
    file : binary file
        It must be seekable, and be at its beginning. It is closed at the end.
    skip_spaces : bool
        Whether spaces after a comma are left out, so that ``a, "b, c"`` has two fields.

    Yields
    ------
    line : int
        Where the row begins, from 1.
    fields : list of str
        No more than the header has; a row may have fewer. A field may be of any length, and hold
        line breaks. Empty lines are left out.

    Raises
    ------
    CsvError
        The file is of another kind or in another encoding; a quote is not closed, or text follows
        a closing quote; a row has more fields than the header; a line inside a quoted field looks
        like a row; a carriage return alone ends a line whose header ends otherwise.
    """
    _check_beginning(file)
    # The limit belongs to the whole process; the default of 131,072 is less than some tables hold.
    csv.field_size_limit(LONGEST_FIELD)
    lines: list[str] = []  # those of the present row
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.reader(_keep(text, lines), strict=True, skipinitialspace=skip_spaces)
    header: list[str] = []
    header_line = ""
    while True:
        lines.clear()
        first = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            raise CsvError(_explain_quotes(first, lines, str(error))) from error
        except UnicodeDecodeError as error:
            raise CsvError(_explain_encoding(file)) from error
        if fields is None:
            return
        if not fields:
            continue
        if not header:
            header, header_line = fields, lines[0]
        if lines[-1].endswith("\r") and header_line.endswith("\n"):
            raise CsvError(
                f"line {first} is broken by a carriage return, while the header ends in a line "
                "feed; put the field in quotes, or write it on one line"
            )
        _check_number(first, fields, header)
        if len(lines) > 1 and len(header) > 1:
            _check_lines(first, lines, len(header), ", " in header_line)
        yield first, fields


def find_columns(
    header: Sequence[str], required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, int]:
    """Find the known columns in a header: blanks around a name and its case do not count.

    Returns
    -------
    dict of str to int
        The positions of the columns of `required`, and of those of `optional` that are there.

    Raises
    ------
    CsvError
        A known column is there twice, a column of `required` is missing, or a column of `optional`
        is missing and another column's name differs from it by one letter.
    """
    known = (*required, *optional)
    names = [name.replace("\ufeff", "").strip().casefold() for name in header]
    for name in known:
        if names.count(name) > 1:
            raise CsvError(f"the header has the column '{name}' more than once; keep one of them")
    unknown = [
        (shown.strip(), name)
        for shown, name in zip(header, names, strict=True)
        if name not in known
    ]
    for name in known:
        if name in names:
            continue
        near = next((shown for shown, other in unknown if _is_misspelt(other, name)), None)
        if near is not None:
            raise CsvError(f"column '{near[:60]}' is not known; did you mean '{name}'? rename it")
        if name in required:
            separator = guess_separator(",".join(header))
            hint = f"; {separator}" if separator else f"; it has {', '.join(header)[:200]}"
            raise CsvError(f"no column {name}{hint}")
    return {name: names.index(name) for name in known if name in names}


def check_one_line(line: int, fields: Sequence[str], columns: dict[str, int]) -> None:
    """Raise CsvError if a field of `columns` (name to position) holds a line break."""
    for name, position in columns.items():
        text = fields[position] if position < len(fields) else ""
        if "\n" in text or "\r" in text:
            raise CsvError(
                f"line {line}: the field of column '{name}' goes on in the next line; close the "
                f"quote that it opens, or write it on one line (it begins with {text[:40]!r})"
            )


def guess_separator(header: str) -> str:
    """Say which separator the line of a header seems to have in place of commas; empty: none."""
    if header.casefold().startswith("sep="):
        return "its first line is for Excel alone: remove it, and separate the fields by commas"
    n_fields = len(_split(header, ","))
    for separator, name in SEPARATORS.items():
        if len(_split(header, separator)) > n_fields:
            return f"its fields seem to be separated by {name}: save it with commas"
    return ""


def _keep(text: Iterable[str], lines: list[str]) -> Iterator[str]:
    for line in text:
        lines.append(line)
        yield line


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator), [])


def _check_beginning(file: BinaryIO) -> None:
    head = file.read(HEAD_BYTES)
    file.seek(0)
    for mark, what in OTHER_FILES.items():
        if head.startswith(mark):
            raise CsvError(f"it seems to be {what}")
    # Without its mark, UTF-16 has a null byte beside each Latin letter.
    if head.count(0) * 4 > len(head):
        raise CsvError("it seems to be in UTF-16, or no text: save it in UTF-8")


def _explain_encoding(file: BinaryIO) -> str:
    file.seek(0)
    for number, line in enumerate(file, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            # A guess from a few bytes (charset-normalizer) is wrong more often than this one.
            start = max(error.start - 10, 0)
            text = line[start : error.start + 10].decode("cp1252", "replace").strip()
            return (
                f"line {number} is not in UTF-8; the file seems to be in Windows-1252 (Latin-1), "
                f"in which it reads {text!r}, or in another old encoding: save it in UTF-8"
            )
    return "it is not in UTF-8; save it in UTF-8"


def _explain_quotes(first: int, lines: Sequence[str], error: str) -> str:
    if first == 1 and lines and (separator := guess_separator(lines[0])):
        return separator
    if "unexpected end" in error:
        return f"line {first} opens a quote that is never closed; close it or remove it"
    last = first + len(lines) - 1
    if last == first:
        return (
            f"line {first} has text after a closing quote; put the whole field between quotes, and "
            "write a quote inside it twice"
        )
    return (
        f"line {first} opens a quote whose field goes on to line {last}, where text follows its "
        "end; close the quote or remove it"
    )


def _check_number(line: int, fields: Sequence[str], header: Sequence[str]) -> None:
    counts = (
        f"line {line} has {len(fields)} field{'s'[: len(fields) != 1]}, the header {len(header)}"
    )
    if len(fields) > len(header):
        is_trailing = not any(fields[len(header) :])
        hint = (
            "remove the commas at its end" if is_trailing else "put a field with a comma in quotes"
        )
        raise CsvError(f"{counts}; {hint}")
    if len(fields) == 1 < len(header):
        for separator, name in SEPARATORS.items():
            if fields[0].count(separator) >= len(header) - 1:
                raise CsvError(f"{counts}; its fields seem to be separated by {name}: use commas")


def _check_lines(first: int, lines: Sequence[str], width: int, is_spaced: bool) -> None:
    """Refuse a row over several lines, one of which could be a row: a quote may be misplaced.

    A line could be a row if it has as many fields as the header (`width`). The commas of prose have
    a space behind them, and do not count unless those of the header have one, too (`is_spaced`).
    """
    for number, line in enumerate(lines[1:], start=first + 1):
        if line.count(",") < width - 1:  # far quicker than to split each line of long texts
            continue
        fields = _split(line, ",")
        is_prose = any(field.startswith(" ") for field in fields[1:])
        if len(fields) == width and (is_spaced or not is_prose):
            raise CsvError(
                f"line {first} opens a quote whose field takes in line {number}, which looks like "
                "a row; close the quote, or write the field on one line"
            )


def _is_misspelt(name: str, known: str) -> bool:
    """Tell whether two names are equal but for separators and one letter, or two swapped ones.

    `difflib` would find "artist_uri" as near to "artist_id" as "spilt" to "split".
    """
    name, known = ("".join(filter(str.isalnum, text)) for text in (name, known))
    if len(known) < SHORTEST_MISSPELT:
        return name == known
    start = next((i for i, (a, b) in enumerate(zip(name, known, strict=False)) if a != b), None)
    if start is None:  # one begins with the other
        return abs(len(name) - len(known)) <= 1
    one, other = name[start:], known[start:]
    is_swapped = one[:2] == other[:2][::-1] and one[2:] == other[2:]
    return is_swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]
