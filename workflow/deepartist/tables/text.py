"""A table as text: the same grid of cells as Markdown, as LaTeX and as a page of HTML."""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Cell:
    """What stands in a table.

    Attributes
    ----------
    text : str
        Plain, of any signs.
    mark : {"", "bold", "italic"}
        How the text is set off.
    details : tuple of str
        Numbers in brackets, to stand behind it or below it in small print.
    """

    text: str
    mark: Literal["", "bold", "italic"] = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A grid of cells and the words around it; all texts are plain, the writers escape them.

    Attributes
    ----------
    number : int
    label : str
        Letters only, for references.
    caption : str
    header : sequence of str
        Of each column, that of the rows' names first.
    rows : sequence of sequence of Cell
        As many cells each as the header has, the row's name first.
    notes : sequence of str
        Sentences to print below the grid.
    """

    number: int
    label: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str]


def to_markdown(table: Table) -> str:
    """Write a table as GitHub's Markdown, its columns aligned."""
    lines = [
        [escape_markdown(text) for text in table.header],
        *([_markdown_cell(cell) for cell in row] for row in table.rows),
    ]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    grid = "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)
    caption = f"**Table {table.number}.** {escape_markdown(table.caption)}"
    return "\n\n".join([caption, grid, *map(escape_markdown, table.notes)]) + "\n"


def to_latex(table: Table) -> str:
    """Write a table as a LaTeX float as wide as the page; it needs the package booktabs.

    Columns share the width of the page, and what is too long for its column goes over several
    lines. Letters outside the Latin alphabet need XeLaTeX or LuaLaTeX.
    """
    columns = len(table.header) - 1
    width = round(min(0.15, 0.78 / columns), 3)  # as it is written
    first = _latex_column(min(0.4, 1 - columns * width))
    return "\n".join(
        [
            r"% needs \usepackage{booktabs}",
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


def to_html(table: Table) -> str:
    """Write a table as a page of HTML that stands alone."""
    title = f"Table {table.number}."
    header = "".join(f'<th scope="col">{escape_html(text)}</th>' for text in table.header)
    rows = [
        f'<tr><th scope="row">{_html_cell(row[0])}</th>'
        + "".join(f"<td>{_html_cell(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    ]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f"<title>{title} {escape_html(table.caption)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            "<table>",
            f"<caption><b>{title}</b> {escape_html(table.caption)}</caption>",
            f"<thead><tr>{header}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody>",
            "</table>",
            *(f"<p>{escape_html(note)}</p>" for note in table.notes),
            "</body>",
            "</html>",
            "",
        ]
    )


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
    """Keep text on one line, within its cell and without markup."""
    return re.sub(r"([\\|*_~`$\[\]<>&])", r"\\\1", _one_line(text))


def escape_latex(text: str) -> str:
    """Keep text on one line and without commands, whatever the font's encoding."""
    # two of these in a row would be drawn as one sign: -- as a dash, ?` as ¿
    apart = re.sub(r"(?<=[-',`?!])(?=[-',`])", "\0", _one_line(text))
    return "".join(_LATEX.get(sign, sign) for sign in apart)


def escape_html(text: str) -> str:
    """Keep text on one line and without markup."""
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
    "[": "{[}",  # at the start of a row, the end of the last would take these as its arguments
    "]": "{]}",
    "*": "{*}",
    **{sign: "\\" + sign for sign in "{}$&#%_"},
}


def _one_line(text: str) -> str:
    """Make any white space one blank; leave out control signs and what cannot be encoded."""
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
    """Make a column of lines that break, so wide with the space beside it."""
    return rf"p{{\dimexpr {fraction:.3f}\textwidth-2\tabcolsep}}"


def _latex_cell(cell: Cell) -> str:
    command = {"": "", "bold": r"\textbf", "italic": r"\textit"}[cell.mark]
    text = escape_latex(cell.text)
    details = "".join(rf"\par\scriptsize {escape_latex(detail)}" for detail in cell.details)
    # a range may go over two lines, as an interval may at its blank
    return (rf"{command}{{{text}}}" if command else text) + details.replace("–", r"–\allowbreak ")


def _html_cell(cell: Cell) -> str:
    tag = {"": "", "bold": "b", "italic": "i"}[cell.mark]
    text = escape_html(cell.text)
    details = (f"<br><small>{escape_html(detail)}</small>" for detail in cell.details)
    return (f"<{tag}>{text}</{tag}>" if tag else text) + "".join(details)
