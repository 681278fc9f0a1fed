import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist import tables
from deepartist.errors import InputError
from deepartist.rows import parse_rows
from deepartist.tables import (
    format_csv,
    format_markdown,
    make_table,
    read_published,
)
from helpers import frame, score


def split_rows(markdown):
    """Read the table out of Markdown: pipes without a backslash divide cells."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[cell.strip() for cell in row] for row in cells]


# picking the cells


@pytest.mark.parametrize(
    ("number", "task", "variant"), [(1, "map", "all"), (2, "knn", "test"), (3, "softmax", "test")]
)
def test_each_table_takes_its_own_scores(number, task, variant):
    table = frame(
        score("map", "all", 0.1),
        score("map", "test", 0.2),
        score("knn", "test", 0.3),
        score("softmax", "test", 0.4),
        score(task, variant, 0.9, model="tag-32"),
        score(task, variant, 0.8, dataset="fma"),
        score(task, variant, 0.7, dataset="fma", model="tag-32"),
    )
    own = {1: 0.1, 2: 0.3, 3: 0.4}[number]
    cells = make_table(table, number, ["tag-32", "basic-32"], ["fma", "gtzan"])
    assert [[cell.value for cell in row] for row in cells] == [[0.7, 0.8], [0.9, own]]


def test_seeds_are_averaged():
    table = frame(
        score("knn", "test", 0.5, seed=0, width=0.1),
        score("knn", "test", 0.8, seed=1, width=0.4),
    )
    [[cell]] = make_table(table, 2, ["basic-32"], ["gtzan"])
    # low: (0.4 + 0.4) / 2; high: (0.6 + 1.2) / 2
    assert (cell.value, cell.ci_low, cell.ci_high) == pytest.approx((0.65, 0.4, 0.9))
    assert (cell.lowest, cell.highest, cell.seeds) == (0.5, 0.8, 2)


@pytest.mark.parametrize("column", ["value", "ci_low", "ci_high"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "", "none"])
def test_scores_that_are_not_finite_are_refused_by_name(column, bad):
    good, other = score("knn", "test", 0.5), score("knn", "test", 0.5, seed=1)
    table = frame(good, {**other, column: bad})
    with pytest.raises(InputError, match=r"table 2: task 'knn'.*'gtzan'.*'basic-32'.*not finite"):
        make_table(table, 2, ["basic-32"], ["gtzan"])


@pytest.mark.parametrize(
    ("number", "model", "dataset"),
    [(1, "basic-32", "gtzan"), (2, "tag-32", "gtzan"), (2, "basic-32", "fma")],
)
def test_missing_scores_are_refused_by_name(number, model, dataset):
    table = frame(score("knn", "test", 0.5), score("map", "test", 0.5))
    with pytest.raises(
        InputError, match=f"table {number}: .*'{dataset}', model '{model}': no score"
    ):
        make_table(table, number, [model], [dataset])


# the paper's figures

PAPER = {
    1: """
        GTZAN (fault-filtered)  .4968  .5510  .5508
        FMA small               .2441  .3203  .3019
        NAVER Korean            .3152  .3577  .3576""",
    2: """
        GTZAN (fault-filtered)  .6655  .6966  .6759
        FMA small               .5269  .5732  .5332
        NAVER Korean            .6671  .6393  .6898""",
    3: """
        GTZAN (fault-filtered)  .6721  .6993  .7072
        FMA small               .5791  .5483  .5641
        NAVER Korean            .6696  .6623  .6755""",
}


@pytest.mark.parametrize("number", PAPER)
def test_published_figures_are_the_papers(number):
    expected = {}
    for line in PAPER[number].strip().splitlines():
        row, *values = re.split(r"\s{2,}", line.strip())
        expected |= {
            (row, kind): float(v)
            for kind, v in zip(("basic", "siamese", "tag"), values, strict=True)
        }
    assert len(expected) == 9
    assert read_published(number) == expected


# layout


MODELS = ["basic-32", "siamese-32", "random"]


def example_cells(*values, number=2):
    task, variant, _ = tables.TABLES[number]
    rows = [score(task, variant, v, model=m) for m, v in zip(MODELS, values, strict=True)]
    return make_table(frame(*rows), number, MODELS, ["gtzan"])


def test_csv_has_a_row_per_dataset_and_a_column_per_model():
    cells = example_cells(0.5, 0.61238, 0.1) + example_cells(1.0, 0.0, 0.25)
    text = format_csv(cells, MODELS, ["gtzan", "a,b"])
    assert text == (
        "dataset,basic-32,siamese-32,random\n"
        "gtzan,0.5000,0.6124,0.1000\n"
        '"a,b",1.0000,0.0000,0.2500\n'
    )


def test_markdown_by_hand():
    markdown = format_markdown(
        example_cells(0.5, 0.61238, 0.1),
        2,
        MODELS,
        ["GTZAN"],
        ["FMA small"],
        {("FMA small", "basic"): 0.5269, ("FMA small", "siamese"): 0.5732},
    )
    assert markdown == (
        "**Table 2.** Classification accuracy of the k nearest neighbours.\n"
        "\n"
        "|                    | basic-32                | siamese-32                  "
        "| random                  |\n"
        "| ------------------ | ----------------------- | --------------------------- "
        "| ----------------------- |\n"
        "| GTZAN              | 0.5000 [0.4500, 0.5500] | **0.6124** [0.5624, 0.6624] "
        "| 0.1000 [0.0500, 0.1500] |\n"
        "| *paper: FMA small* | *0.5269*                | *0.5732*                    "
        "| –                       |\n"
        "\n"
        f"{tables.INTERVALS}\n"
        "\n"
        f"{tables.PAPER}\n"
    )


def test_the_papers_figures_are_never_the_best_and_are_left_out_where_not_asked_for():
    cells = example_cells(0.1, 0.2, 0.3)
    with_paper = format_markdown(cells, 2, MODELS, ["x"], ["FMA small"], read_published(2))
    without = format_markdown(cells, 2, MODELS, ["x"], [None], read_published(2))
    assert [re.findall(r"\*\*(0\.\d+)\*\*", text) for text in (with_paper, without)] == [
        ["0.3000"]
    ] * 2
    assert len(split_rows(with_paper)) == len(split_rows(without)) + 1
    assert "paper" not in without


def test_values_that_print_alike_are_all_best():
    markdown = format_markdown(example_cells(0.50001, 0.49999, 0.4), 2, MODELS, ["x"], [None], {})
    assert re.findall(r"\*\*(0\.\d+)\*\*", markdown) == ["0.5000", "0.5000"]


def test_spread_over_seeds_is_printed_and_explained():
    table = frame(score("knn", "test", 0.5, seed=0), score("knn", "test", 0.8, seed=1))
    cells = make_table(table, 2, ["basic-32"], ["gtzan"])
    markdown = format_markdown(cells, 2, ["basic-32"], ["GTZAN"], [None], {})
    assert split_rows(markdown)[2] == ["GTZAN", "**0.6500** [0.6000, 0.7000] (0.5000–0.8000)"]
    assert tables.SEEDS in markdown
    one_seed = format_markdown(example_cells(0.1, 0.2, 0.3), 2, MODELS, ["x"], [None], {})
    assert tables.SEEDS not in one_seed


def test_unknown_row_of_the_paper_is_refused_with_those_there_are():
    with pytest.raises(InputError, match=r"'GTZAN': .*GTZAN \(fault-filtered\), FMA small, NAVER"):
        format_markdown(
            example_cells(0.1, 0.2, 0.3), 2, MODELS, ["x"], ["GTZAN"], read_published(2)
        )


@pytest.mark.parametrize(
    ("title", "printed"),
    [
        ("a|b", r"a\|b"),
        ("a\nb\r\n\tc", "a b c"),
        ("a\\", r"a\\"),
        ("**x** `y` <b>&amp; [z](u)", r"\*\*x\*\* \`y\` \<b\>\&amp; \[z\](u)"),
        ("GTZAN (fault-filtered)", "GTZAN (fault-filtered)"),
    ],
)
def test_titles_are_escaped(title, printed):
    markdown = format_markdown(example_cells(0.1, 0.2, 0.3), 2, MODELS, [title], [None], {})
    assert f"| {printed} " in markdown


@given(st.text())
def test_no_title_breaks_the_table(title):
    cells = example_cells(0.1, 0.2, 0.3)
    markdown = format_markdown(cells, 2, MODELS, [title], ["FMA small"], read_published(2))
    plain = format_markdown(cells, 2, MODELS, ["x"], ["FMA small"], read_published(2))
    assert len(markdown.splitlines()) == len(plain.splitlines())
    table = [line for line in markdown.split("\n") if line.startswith("|")]
    assert len({len(line) for line in table}) == 1  # aligned
    # an escaped backslash before a pipe leaves the pipe a divider
    divided = [re.findall(r"(?:\\.|[^|\\])+|\|", line) for line in table]
    assert {pieces.count("|") for pieces in divided} == {5}


# the words of --rows and the stage


def test_rows_have_defaults_and_keep_their_order():
    assert parse_rows(
        ['b={"title": "B = b", "paper_row": "FMA small"}', 'a={"title": null}', "c={}"]
    ) == {
        "b": {"title": "B = b", "paper_row": "FMA small"},
        "a": {"title": "a", "paper_row": None},
        "c": {"title": "c", "paper_row": None},
    }


@pytest.mark.parametrize(
    "words",
    [
        ["gtzan"],
        ["={}"],
        ["a=x"],
        ["a=[]"],
        ['a={"titel": "A"}'],
        ['a={"title": 3}'],
        ["a={}", "a={}"],
    ],
)
def test_wrong_rows_are_refused(words):
    with pytest.raises(InputError, match="--rows"):
        parse_rows(words)


def run_stage(folder, rows, models=MODELS):
    tables.main(
        [
            *("--number", "2", "--scores", str(folder / "scores.csv"), "--models", *models),
            *("--rows", *rows, "--csv", str(folder / "table2.csv")),
            *("--markdown", str(folder / "table2.md")),
        ]
    )


def test_stage_writes_both_files(tmp_path, capsys):
    rows = [
        score("knn", "test", v, model=m, dataset=d)
        for d in ("gtzan", "null")
        for m, v in zip(MODELS, (0.5, 0.625, 0.125), strict=True)
    ]
    frame(*rows).to_csv(tmp_path / "scores.csv", index=False)
    paper_row = "GTZAN (fault-filtered)"
    run_stage(
        tmp_path, ["null={}", "gtzan=" + json.dumps({"title": "G|T", "paper_row": paper_row})]
    )
    assert (tmp_path / "table2.csv").read_text() == (
        "dataset,basic-32,siamese-32,random\n"
        "null,0.5000,0.6250,0.1250\n"
        "gtzan,0.5000,0.6250,0.1250\n"
    )
    markdown = (tmp_path / "table2.md").read_text(encoding="utf-8")
    assert [row[0] for row in split_rows(markdown)[2:]] == [
        "null",
        r"G\|T",
        f"*paper: {paper_row}*",
    ]
    assert split_rows(markdown)[-1][1:] == ["*0.6655*", "*0.6966*", "–"]
    assert markdown in capsys.readouterr().out


def test_stage_writes_nothing_when_a_score_is_missing(tmp_path):
    frame(score("knn", "test", 0.5)).to_csv(tmp_path / "scores.csv", index=False)
    with pytest.raises(InputError, match="'siamese-32': no score"):
        run_stage(tmp_path, ["gtzan={}"])
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
