import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.tables.text import (
    Cell,
    Table,
    escape_html,
    escape_latex,
    escape_markdown,
    to_html,
    to_latex,
    to_markdown,
)

AWKWARD = "{mine} | <all> $x$ 'of' \"it\" \\ _ % & # ~ ^ é"


def small_table(name="a|b", header="x_1", note="100 % & more"):
    rows = [
        [Cell(name), Cell("0.5", "bold", ("[0.4, 0.6]", "(0.3–0.7)")), Cell("0.25")],
        [Cell("paper: P", "italic"), Cell("0.1", "italic"), Cell("–")],
    ]
    return Table(2, "knn", "How <good>.", ["", header, "y"], rows, [note, "Second."])


def test_markdown_by_hand():
    assert to_markdown(small_table()) == (
        "**Table 2.** How \\<good\\>.\n"
        "\n"
        "|            | x\\_1                         | y    |\n"
        "| ---------- | ---------------------------- | ---- |\n"
        "| a\\|b       | **0.5** [0.4, 0.6] (0.3–0.7) | 0.25 |\n"
        "| *paper: P* | *0.1*                        | –    |\n"
        "\n"
        "100 % \\& more\n"
        "\n"
        "Second.\n"
    )


def test_tables_stand_one_below_the_other():
    second = replace(small_table(), number="2 <b>", label="other")
    assert to_markdown(small_table(), second) == (
        to_markdown(small_table()) + "\n" + to_markdown(second)
    )
    assert "**Table 2 \\<b\\>.**" in to_markdown(second)
    latex = to_latex(small_table(), second).splitlines()
    one, other = to_latex(small_table()).splitlines(), to_latex(second).splitlines()
    assert latex == [*one, "", *other[1:]]
    one, page = (to_html(*tables) for tables in ([small_table()], [small_table(), second]))
    assert page.count("</table>") == 2 and one.count("</table>") == 1
    assert page.count("<html") == page.count("</body>") == page.count("<title>") == 1
    assert "<b>Table 2 &lt;b&gt;.</b>" in page


def test_latex_by_hand():
    lines = to_latex(small_table()).splitlines()
    # columns: 0.15 of the page each; names: at most 0.4
    names, values = (
        rf"p{{\dimexpr {width}\textwidth-2\tabcolsep}}" for width in ("0.400", "0.150")
    )
    assert lines == [
        r"% needs \usepackage{booktabs}",
        r"\begin{table*}",
        r"\centering",
        r"\caption{How \textless{}good\textgreater{}.}",
        r"\label{tab:knn}",
        r"\setlength{\tabcolsep}{3pt}",
        r"\small",
        rf"\begin{{tabular}}{{{names}*{{2}}{{{values}}}}}",
        r"\toprule",
        r"\raggedright  & \centering x\_1 & \centering y \tabularnewline",
        r"\midrule",
        r"\addlinespace[2pt] \raggedright a\textbar{}b & \centering \textbf{0.5}"
        r"\par\scriptsize {[}0.4, 0.6{]}\par\scriptsize (0.3–\allowbreak 0.7) "
        r"& \centering 0.25 \tabularnewline",
        r"\addlinespace[2pt] \raggedright \textit{paper: P} & \centering \textit{0.1} "
        r"& \centering – \tabularnewline",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip",
        r"\begin{minipage}{\textwidth}\footnotesize",
        r"100 \% \& more",
        "Second.",
        r"\end{minipage}",
        r"\end{table*}",
    ]


@pytest.mark.parametrize("columns", range(1, 20))
def test_latex_columns_fill_the_page_and_no_more(columns):
    cells = [Cell("0.5")] * columns
    table = Table(1, "map", "c", ["", *["m"] * columns], [[Cell("t"), *cells]], [])
    first, count, width = re.search(
        r"p\{\\dimexpr ([\d.]+)\\textwidth.*?\*\{(\d+)\}\{p\{\\dimexpr ([\d.]+)\\textwidth",
        to_latex(table),
    ).groups()
    assert int(count) == columns
    assert 0.2 <= float(first) <= 0.4
    assert float(first) + columns * float(width) <= 1.0001
    assert float(width) == (0.15 if columns <= 5 else pytest.approx(0.78 / columns, abs=1e-3))


def test_html_by_hand():
    page = to_html(small_table(name='<i>"a"</i>'))
    assert page.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n')
    assert "<title>Table 2. How &lt;good&gt;.</title>" in page
    assert page[page.index("<table>") :] == (
        "<table>\n"
        "<caption><b>Table 2.</b> How &lt;good&gt;.</caption>\n"
        '<thead><tr><th scope="col"></th><th scope="col">x_1</th><th scope="col">y</th></tr>'
        "</thead>\n"
        "<tbody>\n"
        '<tr><th scope="row">&lt;i&gt;&quot;a&quot;&lt;/i&gt;</th>'
        "<td><b>0.5</b><br><small>[0.4, 0.6]</small><br><small>(0.3–0.7)</small></td>"
        "<td>0.25</td></tr>\n"
        '<tr><th scope="row"><i>paper: P</i></th><td><i>0.1</i></td><td>–</td></tr>\n'
        "</tbody>\n"
        "</table>\n"
        "<p>100 % &amp; more</p>\n"
        "<p>Second.</p>\n"
        "</body>\n"
        "</html>\n"
    )
    assert "script" not in page


# escaping


@pytest.mark.parametrize(
    ("text", "markdown", "latex", "page"),
    [
        (
            AWKWARD,
            "{mine} \\| \\<all\\> \\$x\\$ 'of' \"it\" \\\\ \\_ % \\& # \\~ ^ é",
            r"\{mine\} \textbar{} \textless{}all\textgreater{} \$x\$ 'of' \char34{}it\char34{} "
            r"\textbackslash{} \_ \% \& \# \textasciitilde{} \textasciicircum{} é",
            "{mine} | &lt;all&gt; $x$ &#x27;of&#x27; &quot;it&quot; \\ _ % &amp; # ~ ^ é",
        ),
        ("a\nb\r\n\tc\x07 \x1b", *["a b c"] * 3),
        ("\ud800x", "x", "x", "x"),
        ("a\\", "a\\\\", r"a\textbackslash{}", "a\\"),
        (
            "**x** `y` <b>&amp; [z](u)",
            r"\*\*x\*\* \`y\` \<b\>\&amp; \[z\](u)",
            r"{*}{*}x{*}{*} `y` \textless{}b\textgreater{}\&amp; {[}z{]}(u)",
            "**x** `y` &lt;b&gt;&amp;amp; [z](u)",
        ),
        ("---?`''", "---?\\`''", "-{}-{}-?{}`{}'{}'", "---?`&#x27;&#x27;"),
        *[
            (text, text, text, text)
            for text in ("GTZAN (fault-filtered)", "siamese-5000", "한국어")
        ],
    ],
)
def test_texts_are_escaped(text, markdown, latex, page):
    assert escape_markdown(text) == markdown
    assert escape_latex(text) == latex
    assert escape_html(text) == page


def plain(text):
    """The text that a reader should see."""
    return " ".join(re.sub("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]", "", text).split())


@given(st.text())
def test_nothing_in_a_name_breaks_markdown(name):
    lines = to_markdown(small_table(name, header=name, note=name)).split("\n")
    assert len(lines) == 11
    grid = [line for line in lines if line.startswith("| ")]
    assert len(grid) == 4
    assert len({len(line) for line in grid}) == 1  # aligned
    # an escaped backslash before a pipe leaves the pipe a divider
    divided = [re.findall(r"(?:\\.|[^|\\])+|\|", line) for line in grid]
    assert {pieces.count("|") for pieces in divided} == {4}
    assert re.sub(r"\\(.)", r"\1", divided[2][1]).strip() == plain(name).strip()


LATEX_SIGNS = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    r"\char34{}": '"',
    "{[}": "[",
    "{]}": "]",
    "{*}": "*",
    "{}": "",
    **{"\\" + sign: sign for sign in "{}$&#%_"},
}


def read_latex(text):
    """Read escaped text back; a special sign that is not escaped is an error."""
    seen = ""
    while text:
        for written, sign in LATEX_SIGNS.items():
            if text.startswith(written):
                seen, text = seen + sign, text[len(written) :]
                break
        else:
            assert text[0] not in '\\{}$&#%_~^<>|"[]*', text
            seen, text = seen + text[0], text[1:]
    return seen


@given(st.one_of(st.text(), st.text(alphabet="\\{}$&#%_~^<>|\"'`[]*-?!, a")))
def test_no_name_is_a_command_of_latex(name):
    escaped = escape_latex(name)
    assert read_latex(escaped) == plain(name)
    assert not re.search(r"--|''|``|,,|\?`|!`", escaped)
    table = to_latex(small_table(name, header=name, note=name))
    assert table.count("\n") == to_latex(small_table()).count("\n")
    assert rf"\addlinespace[2pt] \raggedright {escaped} & " in table


class Reader(HTMLParser):
    """Collects tags, and the text of each cell, header, caption and paragraph."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th", "p", "title", "caption", "style"):
            self.texts.append("")

    def handle_data(self, data):
        if self.texts:
            self.texts[-1] += data


@given(st.text())
def test_no_name_is_a_tag_of_html(name):
    reader, other = Reader(), Reader()
    reader.feed(to_html(small_table(name, header=name, note=name)))
    other.feed(to_html(small_table()))
    assert reader.tags == other.tags
    texts = [text.rstrip("\n") for text in reader.texts]
    assert texts.count(plain(name)) >= 3
    assert len(texts) == len(other.texts)


# as LaTeX sees it


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("columns", [1, 5, 8])
def test_latex_compiles_with_awkward_names_and_fits_the_page(tmp_path, columns):
    name = AWKWARD + " [x](y) *a* -- ?` ''"
    score = Cell("0.6413", "bold", ("[0.5940, 0.6896]", "(0.5939–0.6593)"))
    rows = [
        [Cell(text), *[score] * columns] for text in (name, "[1pt]", "*", "GTZAN (synthesised)")
    ]
    rows.append([Cell(f"paper: {name}", "italic"), *[Cell("–")] * columns])
    header = ["", *[name, "siamese-5000", "my_clap", *["mfcc"] * 9][:columns]]
    table = to_latex(Table(1, "map", name, header, rows, [name, "Second."]))
    (tmp_path / "table.tex").write_text(table, encoding="utf-8")
    (tmp_path / "page.tex").write_text(
        r"\documentclass{article}\usepackage{booktabs}\textwidth=17cm\hoffset=-2cm"
        r"\begin{document}\input{table}\end{document}"
    )
    finished = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert finished.returncode == 0, finished.stdout
    assert "Overfull" not in finished.stdout
    assert (tmp_path / "page.pdf").stat().st_size
