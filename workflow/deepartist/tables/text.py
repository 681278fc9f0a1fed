"""Tables as text: the same grids of cells in Markdown, in LaTeX and as an HTML page."""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text : str
        Plain text, any characters.
    mark : {"", "bold", "italic"}
        Emphasis of the text.
    details : tuple of str
        Numbers in brackets, written after the text or in small print below it.
    """

    text: str
    mark: Literal["", "bold", "italic"] = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A grid of cells with caption and notes; all texts are plain, and the writers escape them.

    Attributes
    ----------
    number : int or str
        What stands after the word "Table".
    label : str
        Label for references in LaTeX; letters only.
    caption : str
    header : sequence of str
        Headers of the columns; the first column holds the names of the rows.
    rows : sequence of sequence of Cell
        Each as long as the header, the row's name first.
    notes : sequence of str
        Sentences to print below the grid.
    """

    number: int | str
    label: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str]


def to_markdown(*tables: Table) -> str:
    """Write tables, one below the other, as GitHub's Markdown with aligned columns."""
    return "\n".join(map(_markdown_table, tables))


def to_latex(*tables: Table) -> str:
    """Write tables as LaTeX floats of the page's width; they need the package booktabs.

    Columns share the width of the page, and text that is too long for its column is broken into
    several lines. Letters outside the Latin alphabet need XeLaTeX or LuaLaTeX.
    """
    return "\n".join([r"% needs \usepackage{booktabs}", *map(_latex_table, tables)])


def to_html(*tables: Table) -> str:
    """Write tables, one below the other, as a self-contained page of HTML."""
    first = tables[0]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f"<title>{_html_number(first)} {escape_html(first.caption)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            *map(_html_table, tables),
            "</body>",
            "</html>",
            "",
        ]
    )


def _markdown_table(table: Table) -> str:
    lines = [
        [escape_markdown(text) for text in table.header],
        *([_markdown_cell(cell) for cell in row] for row in table.rows),
    ]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    grid = "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)
    number = escape_markdown(str(table.number))
    caption = f"**Table {number}.** {escape_markdown(table.caption)}"
    return "\n\n".join([caption, grid, *map(escape_markdown, table.notes)]) + "\n"


def _latex_table(table: Table) -> str:
    columns = len(table.header) - 1
    width = round(min(0.15, 0.78 / columns), 3)  # rounded as it is written below
    first = _latex_column(min(0.4, 1 - columns * width))
    return "\n".join(
        [
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{escape_latex(table.caption)}}}",
            rf"\label{{tab:{table.label}}}",
            r"\setlength{\tabcolsep}{3pt}",
            r"\small",
            rf"\begin{{tabular}}{{{first}*{{{columns}}}{{{_latex_column(width)}}}}}",
            r"\toprule",
            _latex_row(map(escape_latex, table.header)),
            r"\midrule",
            *(r"\addlinespace[2pt] " + _latex_row(map(_latex_cell, row)) for row in table.rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\par\smallskip",
            r"\begin{minipage}{\textwidth}\footnotesize",
            *map(escape_latex, table.notes),
            r"\end{minipage}",
            r"\end{table*}",
            "",
        ]
    )


def _html_table(table: Table) -> str:
    header = "".join(f'<th scope="col">{escape_html(text)}</th>' for text in table.header)
    rows = [
        f'<tr><th scope="row">{_html_cell(row[0])}</th>'
        + "".join(f"<td>{_html_cell(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    ]
    return "\n".join(
        [
            "<table>",
            f"<caption><b>{_html_number(table)}</b> {escape_html(table.caption)}</caption>",
            f"<thead><tr>{header}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody>",
            "</table>",
            *(f"<p>{escape_html(note)}</p>" for note in table.notes),
        ]
    )


def _html_number(table: Table) -> str:
    return escape_html(f"Table {table.number}.")


STYLE = """
body { font: 15px/1.45 sans-serif; color: #222; background: #fff; margin: 1.5em; }
table { border-collapse: collapse; border-top: 2px solid; border-bottom: 2px solid; }
caption { text-align: left; padding-bottom: .6em; }
thead th { border-bottom: 1px solid; }
th, td { padding: .35em .8em; text-align: center; vertical-align: top; }
th { font-weight: normal; }
tr > :first-child { text-align: left; }
small { color: #555; white-space: nowrap; }
p { max-width: 50em; margin: .6em 0; font-size: 13px; }
"""


def escape_markdown(text: str) -> str:
    """Escape text for Markdown: one line, no markup, nothing that would end the cell."""
    return re.sub(r"([\\|*_~`$\[\]<>&])", r"\\\1", _one_line(text))


def escape_latex(text: str) -> str:
    """Escape text for LaTeX: one line, no commands, the same result in all font encodings."""
    # LaTeX would print pairs of these as one character: -- as a dash, ?` as ¿
    apart = re.sub(r"(?<=[-',`?!])(?=[-',`])", "\0", _one_line(text))
    return "".join(_LATEX.get(sign, sign) for sign in apart)


def escape_html(text: str) -> str:
    """Escape text for HTML: one line, no markup."""
    return html.escape(_one_line(text))


_LATEX = {
    "\0": "{}",
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",  # a command in some languages
    "[": "{[}",  # at the start of a row, these would be arguments of the end of the row above
    "]": "{]}",
    "*": "{*}",
    **{sign: "\\" + sign for sign in "{}$&#%_"},
}


def _one_line(text: str) -> str:
    """Replace white space by single spaces; remove control characters and surrogates."""
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join("".join(kept).split())


def _markdown_cell(cell: Cell) -> str:
    stars = {"": "", "bold": "**", "italic": "*"}[cell.mark]
    return " ".join([f"{stars}{escape_markdown(cell.text)}{stars}", *cell.details])


def _latex_row(texts: Iterable[str]) -> str:
    first, *others = texts
    cells = [rf"\raggedright {first}", *(rf"\centering {text}" for text in others)]
    return " & ".join(cells) + r" \tabularnewline"


def _latex_column(fraction: float) -> str:
    """Make a column with line breaks; its width includes the space beside it."""
    return rf"p{{\dimexpr {fraction:.3f}\textwidth-2\tabcolsep}}"


def _latex_cell(cell: Cell) -> str:
    command = {"": "", "bold": r"\textbf", "italic": r"\textit"}[cell.mark]
    text = escape_latex(cell.text)
    details = "".join(rf"\par\scriptsize {escape_latex(detail)}" for detail in cell.details)
    # allow a line break after the dash of a range, as there may be one after an interval's comma
    return (rf"{command}{{{text}}}" if command else text) + details.replace("–", r"–\allowbreak ")


def _html_cell(cell: Cell) -> str:
    tag = {"": "", "bold": "b", "italic": "i"}[cell.mark]
    text = escape_html(cell.text)
    details = (f"<br><small>{escape_html(detail)}</small>" for detail in cell.details)
    return (f"<{tag}>{text}</{tag}>" if tag else text) + "".join(details)
