import json
import re

import pytest

from deepartist.process.errors import InputError
from deepartist.tables.layout import CAPTIONS
from deepartist.tables.published import read_published
from deepartist.tables.table_scores import TABLES
from deepartist.tables.write_table import main, parse_kinds
from helpers import frame, score, softmax_scores

AWKWARD = "{mine} | <all> $x$ 'of' \"it\" \\ _ % & # ~ ^ é"
MODELS = ["basic-32", "siamese-32", "random"]


def split_rows(markdown):
    """Read the table out of Markdown: pipes without a backslash divide cells."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[cell.strip() for cell in row] for row in cells]


def run_stage(folder, titles, *options, number=2, models=MODELS, suffixes=("csv", "md")):
    main(
        [
            *("--number", str(number), "--scores", str(folder / "scores.csv"), "--models", *models),
            *("--titles", *titles, *options),
            *("--out", *(str(folder / f"table{number}.{suffix}") for suffix in suffixes)),
        ]
    )


def write_scores(folder, *rows):
    frame(*rows).to_csv(folder / "scores.csv", index=False)


def test_stage_writes_the_forms_that_it_is_asked_for(tmp_path, capsys):
    rows = [
        score("knn", "test", v, model=m, dataset=d)
        for d in ("gtzan", "null")
        for m, v in zip(MODELS, (0.5, 0.625, 0.125), strict=True)
    ]
    write_scores(tmp_path, *rows)
    paper_row = "GTZAN (fault-filtered)"
    words = ["null={}", "gtzan=" + json.dumps({"title": "G|T", "paper_row": paper_row})]
    run_stage(tmp_path, words)
    assert {path.name for path in tmp_path.iterdir()} == {"scores.csv", "table2.csv", "table2.md"}
    assert (tmp_path / "table2.csv").read_text() == (
        "dataset,vectors,basic-32,siamese-32,random\n"
        "null,embedding,0.5000,0.6250,0.1250\n"
        "gtzan,embedding,0.5000,0.6250,0.1250\n"
    )
    markdown = (tmp_path / "table2.md").read_text(encoding="utf-8")
    assert [row[0] for row in split_rows(markdown)[2:]] == [
        "null",
        r"G\|T",
        f"*paper: {paper_row}*",
    ]
    assert split_rows(markdown)[-1][1:] == ["*0.6655*", "*0.6966*", "–"]
    assert markdown in capsys.readouterr().out


@pytest.mark.parametrize("number", TABLES)
def test_published_figures_never_stand_beside_synthesised_music(tmp_path, number):
    task, variant = TABLES[number]
    rows = ["GTZAN (fault-filtered)", "FMA small"]
    words = [
        f"{dataset}=" + json.dumps({"title": dataset.upper(), "paper_row": row})
        for dataset, row in zip(("gtzan", "fma"), rows, strict=True)
    ]
    write_scores(
        tmp_path,
        *(score(task, variant, 0.5, dataset=d) for d in ("gtzan", "fma")),
        *(score("softmax", "trial-0", 0.5, dataset=d) for d in ("gtzan", "fma")),
    )
    run_stage(
        tmp_path,
        words,
        *("--synthesised", "gtzan"),
        number=number,
        models=["basic-32"],
        suffixes=("csv", "md", "tex", "html"),
    )
    text = {
        suffix: (tmp_path / f"table{number}.{suffix}").read_text(encoding="utf-8")
        for suffix in ("csv", "md", "tex", "html")
    }
    published = read_published()
    of_gtzan = published[(published["table"] == number) & (published["row"] == rows[0])]
    figures = [f"{value:.4f}" for value in of_gtzan["value"]]
    upper, lower = text["md"].split(f"**Table {number} (published).**")
    for figure in figures:
        assert figure not in upper and figure in lower
        assert figure not in text["csv"]
        assert text["tex"].count(figure) == text["html"].count(figure) == 1
    assert rows[0] not in upper and rows[0] in lower
    # figures of the data set that is real stay where they were
    of_fma = published[(published["table"] == number) & (published["row"] == rows[1])]
    assert f"{of_fma['value'].iloc[0]:.4f}" in upper
    assert text["html"].count("<table>") == text["tex"].count(r"\begin{table*}") == 2
    assert text["html"].count("<html") == text["tex"].count("booktabs") == 1


def test_stage_writes_second_lines_but_not_in_the_csv(tmp_path):
    rows = [score("map", variant, 0.5, model=m) for m in MODELS for variant in ("all", "test")]
    others = [score("map", "other-artists", 0.25, model=m) for m in MODELS]
    write_scores(tmp_path, *rows, *others)
    run_stage(tmp_path, ["gtzan={}"], number=1)
    markdown = (tmp_path / "table1.md").read_text(encoding="utf-8")
    names = [row[0] for row in split_rows(markdown)[2:]]
    assert names == ["gtzan", "other artists only"]
    assert (tmp_path / "table1.csv").read_text() == (
        "dataset,vectors,basic-32,siamese-32,random\ngtzan,embedding,0.5000,0.5000,0.5000\n"
    )


@pytest.mark.parametrize("number", TABLES)
def test_stage_escapes_awkward_titles_in_every_form(tmp_path, number):
    (task, variant), (label, _) = TABLES[number], CAPTIONS[number]
    models = ["basic-32", "my_clap", *(["librosa"] if number == 4 else [])]
    write_scores(
        tmp_path,
        score(task, variant, 0.5, dataset="mine"),
        score("softmax", "trial-0", 0.5, dataset="mine"),
        score("svm", "test", 0.25, dataset="mine", model="librosa"),
    )
    run_stage(
        tmp_path,
        ["mine=" + json.dumps({"title": AWKWARD})],
        *("--left-out", "my_clap:mine"),
        number=number,
        models=models,
        suffixes=("csv", "md", "tex", "html"),
    )
    csv, markdown, latex, page = (
        (tmp_path / f"table{number}.{suffix}").read_text(encoding="utf-8")
        for suffix in ("csv", "md", "tex", "html")
    )
    if number == 4:
        assert csv == (
            "method,source,mine\n"
            "basic-32,this run,0.5000\n"
            "my_clap,this run,NA\n"
            "SVM on librosa statistics,this run,0.2500\n"
        )
    else:
        assert csv == "dataset,vectors,basic-32,my_clap\nmine,embedding,0.5000,NA\n"
    # once in the grid and once in the note on what is left out
    written = "{mine} \\| \\<all\\> \\$x\\$ 'of' \"it\" \\\\ \\_ % \\& # \\~ ^ é"
    assert markdown.count(written) == 2
    assert markdown.startswith(f"**Table {number}.** ")
    written = (
        r"\{mine\} \textbar{} \textless{}all\textgreater{} \$x\$ 'of' \char34{}it\char34{} "
        r"\textbackslash{} \_ \% \& \# \textasciitilde{} \textasciicircum{} é"
    )
    assert latex.count(written) == 2
    assert rf"\label{{tab:{label}}}" in latex
    assert r"my\_clap" in latex and "my_clap" not in latex
    written = "{mine} | &lt;all&gt; $x$ &#x27;of&#x27; &quot;it&quot; \\ _ % &amp; # ~ ^ é"
    assert page.count(written) == 2
    assert "<all>" not in page


def test_stage_writes_nothing_when_a_score_is_missing(tmp_path):
    write_scores(tmp_path, score("knn", "test", 0.5))
    with pytest.raises(InputError, match="'siamese-32': no score"):
        run_stage(tmp_path, ["gtzan={}"])
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_stage_writes_nothing_when_it_does_not_know_a_form(tmp_path):
    write_scores(tmp_path, score("knn", "test", 0.5))
    with pytest.raises(InputError, match=r"--out .*table2\.pdf: end it in \.csv, \.md, \.tex"):
        run_stage(tmp_path, ["gtzan={}"], models=["basic-32"], suffixes=("csv", "pdf"))
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_stage_takes_left_out_without_words(tmp_path):
    write_scores(tmp_path, score("knn", "test", 0.5))
    run_stage(tmp_path, ["gtzan={}"], "--left-out", models=["basic-32"], suffixes=("csv",))
    assert (
        tmp_path / "table2.csv"
    ).read_text() == "dataset,vectors,basic-32\ngtzan,embedding,0.5000\n"


def test_stage_refuses_rows_that_the_paper_does_not_have(tmp_path):
    write_scores(tmp_path, score("knn", "test", 0.5))
    with pytest.raises(InputError, match="paper_row 'GTZAN'"):
        run_stage(tmp_path, ['gtzan={"paper_row": "GTZAN"}'], models=["basic-32"])
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_encoders_from_elsewhere_have_the_papers_figures_of_their_kind(tmp_path):
    rows = [score("map", "all", 0.5, model=model) for model in ("theirs", "mfcc")]
    write_scores(tmp_path, *rows)
    words = ['gtzan={"title": "G", "paper_row": "GTZAN (fault-filtered)"}']
    main(
        [
            *("--number", "1", "--scores", str(tmp_path / "scores.csv")),
            *("--models", "theirs", "mfcc", "--kinds", "theirs=siamese"),
            *("--titles", *words, "--out", str(tmp_path / "table1.md")),
        ]
    )
    text = (tmp_path / "table1.md").read_text()
    paper_line = next(line for line in text.splitlines() if "paper: GTZAN" in line)
    assert [cell.strip() for cell in paper_line.split("|")[2:4]] == ["*0.5510*", "–"]
    assert "theirs: an encoder that was trained elsewhere" in text


@pytest.mark.parametrize("word", ["theirs", "theirs=", "=basic", "theirs=mfcc"])
def test_wrong_kinds_are_refused(word):
    with pytest.raises(InputError, match=f"--kinds {word}: write MODEL=KIND"):
        parse_kinds([word])


def test_each_kind_of_vectors_has_its_row(tmp_path):
    rows = [
        score("map", variant, value, model=model, vectors=vectors)
        for model, vectors, value in (
            ("basic-32", "embedding", 0.5),
            ("mfcc", "embedding", 0.4),
            ("basic-32", "multilevel", 0.6),
        )
        for variant in ("all", "other-artists")
    ]
    write_scores(tmp_path, *rows)
    main(
        [
            *("--number", "1", "--scores", str(tmp_path / "scores.csv")),
            *("--models", "basic-32", "mfcc", "--vectors", "embedding", "multilevel"),
            *("--titles", 'gtzan={"title": "G"}', "--out"),
            *(str(tmp_path / f"table1.{suffix}") for suffix in ("csv", "md")),
        ]
    )
    assert (tmp_path / "table1.csv").read_text() == (
        "dataset,vectors,basic-32,mfcc\ngtzan,embedding,0.5000,0.4000\ngtzan,multilevel,0.6000,NA\n"
    )
    text = (tmp_path / "table1.md").read_text()
    names = [row[0] for row in split_rows(text)[2:]]
    assert names == ["G", "other artists only", "G, multilevel", "other artists only"]
    assert "Multilevel: the same songs" in text


def test_table_4_has_a_row_for_each_kind_of_vectors(tmp_path):
    rows = [
        row
        for vectors, value in (("embedding", 0.5), ("multilevel", 0.6))
        for row in softmax_scores(value, value, model="basic-32", vectors=vectors)
    ]
    write_scores(tmp_path, *rows, score("svm", "test", 0.4, model="librosa"))
    main(
        [
            *("--number", "4", "--scores", str(tmp_path / "scores.csv")),
            *("--models", "basic-32", "librosa", "--vectors", "embedding", "multilevel"),
            *("--titles", 'gtzan={"title": "G"}', "--out", str(tmp_path / "table4.csv")),
        ]
    )
    assert (tmp_path / "table4.csv").read_text().splitlines()[1:] == [
        "basic-32,this run,0.5000",
        '"basic-32, multilevel",this run,0.6000',
        "SVM on librosa statistics,this run,0.4000",
    ]
