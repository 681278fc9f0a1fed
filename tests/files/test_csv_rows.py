import csv
import gzip
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deepartist.files.csv_rows import CsvError, find_columns, guess_separator, read_rows

SONGS = "path,artist\na.mp3,Björk\nb.mp3,Sigur Rós\n"
# Without commas in texts, and with a name in front, no line inside a row can look like a row.
names = st.text(st.characters(categories=("L", "N")), min_size=1)
texts = st.text(st.characters(exclude_characters=",", exclude_categories=("Cs",)))


def read(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_rows(io.BytesIO(data), **options))


@given(table=st.lists(st.tuples(names, texts, texts), min_size=1, max_size=4))
@example(table=[("a", "b", "c"), ("1", '""', "\r"), ("2", "\r\n", " \ufeff")])
@example(table=[("a", "", ""), ("1", "\0", "x" * 200_000)])
def test_what_a_csv_writer_writes_is_read_as_it_was(table):
    file = io.StringIO(newline="")
    csv.writer(file).writerows(table)
    data = b"\xef\xbb\xbf" + file.getvalue().encode()
    if data[3:].count(0) * 4 < len(data):  # more of them mean UTF-16
        assert [tuple(row) for _, row in read(data)] == table


def test_lines_are_counted_where_rows_begin():
    text = 'a,b\n\n1,"two\nlines"\r\n3\n'
    assert read(text) == [(1, ["a", "b"]), (3, ["1", "two\nlines"]), (5, ["3"])]


def test_spaces_after_a_comma_are_skipped_if_asked_for():
    assert read('a, b\n1, "2, 3"\n', skip_spaces=True)[1] == (2, ["1", "2, 3"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        *((SONGS.encode(code), "in UTF-16") for code in ("utf-16", "utf-16-le", "utf-16-be")),
        (b"\xfe\xff" + SONGS.encode("utf-16-be"), "in UTF-16"),
        (SONGS.encode("utf-32"), "in UTF-32"),
        (
            SONGS.encode("latin-1"),
            "line 2 .* in Windows-1252 .Latin-1., in which it reads 'a.mp3,Björk'",
        ),
        (SONGS.encode("cp1252").replace(b"\xf6", b"o"), "line 3 is not in UTF-8; .*Sigur Rós"),
        (
            "path,artist\na.mp3,椎名林檎\n".encode("shift_jis"),
            "line 2 .*or in another old encoding",
        ),
        (gzip.compress(SONGS.encode()), "gzip: unpack"),
        (b"PK\x03\x04" + bytes(99), "an Excel workbook or a ZIP archive"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99), "an old Excel workbook"),
        (b"PAR1" + bytes(99) + b"PAR1", "a Parquet file: give it the ending .parquet"),
        (bytes(range(256)), "not in UTF-8"),
    ],
)
def test_another_encoding_or_kind_of_file_is_named(data, said):
    with pytest.raises(CsvError, match=said) as caught:
        read(data)
    assert str(caught.value).isprintable()


def test_an_encoding_is_named_wherever_its_first_letter_stands():
    data = ("path\n" + "a.mp3\n" * 50_000 + "ö.mp3\n").encode("latin-1")
    with pytest.raises(CsvError, match="line 50002 is not in UTF-8"):
        read(data)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("a;b;c,d", "semicolons"),
        ("a\tb", "tabs"),
        ("a|b", "vertical bars"),
        ('"a";"b"', "semicolons"),
        ("sep=;", "Excel"),
    ],
)
def test_a_separator_is_guessed_from_the_header(header, name):
    assert name in guess_separator(header)


@pytest.mark.parametrize("header", ["a,b", "a", "a,b;c", ""])
def test_commas_are_no_other_separator(header):
    assert guess_separator(header) == ""


def test_the_line_of_excel_is_named():
    with pytest.raises(CsvError, match="first line is for Excel alone"):
        find_columns(read("sep=;\npath;a\n")[0][1], ["path"])


@pytest.mark.parametrize("line", ["c,d,e", 'c,"",e', "c,,e"])
def test_a_line_in_quotes_that_looks_like_a_row_is_refused(line):
    with pytest.raises(CsvError, match=r"line 2 opens a quote .* line 3, which looks like a row"):
        read(f'x,y,z\na,"b\n{line}\n{line}",z\n')


@pytest.mark.parametrize("line", ["c, d, e", "c", "c,d", "c,d,e,f"])
def test_a_line_in_quotes_that_could_be_no_row_is_part_of_a_text(line):
    assert read(f'x,y,z\na,"b\n{line}\nc",z\n')[1] == (2, ["a", f"b\n{line}\nc", "z"])


def test_a_row_with_spaces_is_refused_where_the_header_has_them():
    with pytest.raises(CsvError, match="line 3, which looks like a row"):
        read('x, y, z\na, "b\nc, d, e\nf", z\n', skip_spaces=True)


@pytest.mark.parametrize("name", ["spilt", "Splitt", "plit", "spli_t", "s p l i t", "splat"])
def test_one_letter_wrong_is_a_misspelling(name):
    with pytest.raises(CsvError, match=f"column '{name}' is not known; did you mean 'split'"):
        find_columns(["path", name], ["path"], ["split"])


@pytest.mark.parametrize("name", ["slip", "splashed", "it", "", "subset", "litsp"])
def test_more_letters_wrong_are_another_name(name):
    assert find_columns(["path", name], ["path"], ["split"]) == {"path": 0}


def test_a_row_broken_by_a_carriage_return_is_refused():
    with pytest.raises(CsvError, match="line 3 is broken by a carriage return"):
        read("a,b,c\n1,2,3\n4,five\rsix,7\n")
    assert len(read("a,b,c\r1,2,3\r4,five,7\r")) == 3  # as old Macs wrote
