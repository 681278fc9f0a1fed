import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.tables import layout
from deepartist.tables.layout import (
    format_csv_by_dataset,
    format_csv_by_method,
    lay_out_by_dataset,
    lay_out_by_method,
    lay_out_published,
    left_out_notes,
)
from deepartist.tables.published import read_published
from deepartist.tables.table_scores import (
    SECOND_LINES,
    TABLES,
    select_scores,
    select_second_lines,
)
from deepartist.tables.text import Cell, to_html, to_latex, to_markdown
from helpers import frame, score, softmax_scores
from paper_tables import METHODS, ROWS

# tables 1 to 3


MODELS = ["basic-32", "siamese-32", "random"]


def example_scores(*numbers, number=2, models=MODELS):
    task, variant = TABLES[number]
    rows = [score(task, variant, v, model=m) for m, v in zip(models, numbers, strict=True)]
    return select_scores(frame(*rows), number, models, ["gtzan"])


def table_2(*numbers, titles=("x",), paper_rows=(None,), models=MODELS):
    return lay_out_by_dataset(
        example_scores(*numbers, models=models), 2, models, titles, paper_rows, read_published()
    )


def test_csv_has_a_row_per_dataset_and_a_column_per_model():
    scores = [*example_scores(0.5, 0.61238, 0.1), [*example_scores(0.9, 0.05, 0.25)[0][:2], None]]
    text = format_csv_by_dataset(scores, MODELS, ["gtzan", "a,b"], ["embedding", "multilevel"])
    assert text == (
        "dataset,vectors,basic-32,siamese-32,random\n"
        "gtzan,embedding,0.5000,0.6124,0.1000\n"
        '"a,b",multilevel,0.9000,0.0500,NA\n'
    )


def test_table_by_hand():
    table = table_2(0.5, 0.61238, 0.1, titles=["GTZAN"], paper_rows=["FMA small"])
    assert (table.number, table.label) == (2, "knn")
    assert table.caption == "Classification accuracy of the k nearest neighbours."
    assert table.header == ["", *MODELS]
    assert table.rows == [
        [
            Cell("GTZAN"),
            Cell("0.5000", "", ("[0.4500, 0.5500]",)),
            Cell("0.6124", "bold", ("[0.5624, 0.6624]",)),
            Cell("0.1000", "", ("[0.0500, 0.1500]",)),
        ],
        [
            Cell("paper: FMA small", "italic"),
            Cell("0.5269", "italic"),
            Cell("0.5732", "italic"),
            Cell("–"),
        ],
    ]
    intervals = layout.INTERVALS.format(resampled="songs")
    assert table.notes == [intervals, "Bold: highest of the row.", layout.PAPER]


def best_of(table):
    return [cell.text for row in table.rows for cell in row if cell.mark == "bold"]


def test_the_papers_figures_are_never_the_best_and_are_left_out_where_not_asked_for():
    with_paper = table_2(0.1, 0.2, 0.3, paper_rows=["FMA small"])
    without = table_2(0.1, 0.2, 0.3)
    assert best_of(with_paper) == best_of(without) == ["0.3000"]
    assert len(with_paper.rows) == len(without.rows) + 1
    assert "paper" not in to_markdown(without)


def test_values_that_print_alike_are_all_best():
    assert best_of(table_2(0.50001, 0.49999, 0.4)) == ["0.5000", "0.5000"]


def test_spread_over_seeds_is_printed_and_explained():
    rows = frame(score("knn", "test", 0.5, seed=0), score("knn", "test", 0.8, seed=1))
    scores = select_scores(rows, 2, ["basic-32"], ["gtzan"])
    table = lay_out_by_dataset(scores, 2, ["basic-32"], ["x"], [None], read_published())
    assert table.rows[0][1] == Cell("0.6500", "bold", ("[0.6000, 0.7000]", "(0.5000–0.8000)"))
    assert {layout.SEEDS, layout.SEED_SPREAD} <= set(table.notes)
    one_seed = table_2(0.1, 0.2, 0.3)
    assert not {layout.SEEDS, layout.SEED_SPREAD} & set(one_seed.notes)


def test_spread_over_trainings_is_printed_and_explained():
    scores = select_scores(frame(*softmax_scores(0.5, 0.4, 0.6)), 3, ["basic-32"], ["gtzan"])
    table = lay_out_by_dataset(scores, 3, ["basic-32"], ["x"], [None], read_published())
    assert table.rows[0][1] == Cell("0.5000", "bold", ("[0.4500, 0.5500]", "(0.4000–0.6000)"))
    assert layout.TRAINING_SPREAD in table.notes
    assert not {layout.SEEDS, layout.SEED_SPREAD} & set(table.notes)


def test_what_is_left_out_is_a_dash_and_is_named():
    scores = [[*example_scores(0.5, 0.6, 0.1)[0][:2], None], [None] * 3]
    table = lay_out_by_dataset(scores, 2, MODELS, ["A", "B"], [None, None], read_published())
    assert [cell.text for cell in table.rows[0][1:]] == ["0.5000", "0.6000", "–"]
    assert table.rows[1][1:] == [Cell("–")] * 3
    assert best_of(table) == ["0.6000"]
    assert (
        "Not measured, because there are no features: random on A; basic-32 on B; siamese-32 on B; "
        "random on B."
    ) in table.notes


# second lines


def with_second_lines(number, own, other, datasets=("gtzan",), **changes):
    """A table with the scores of two models on data sets, of which the first has second lines."""
    rows = []
    for dataset in datasets:
        for model, value, second in zip(MODELS[:2], own, other, strict=True):
            about = {"dataset": dataset, "model": model}
            task, variant = TABLES[number]
            first = softmax_scores(value, value, **about) if number == 3 else []
            rows += first or [score(task, variant, value, **about)]
            if dataset == datasets[0]:
                rows.append(score(*SECOND_LINES[number], second, **about))
    rows = [{**row, **changes} for row in rows]
    selection = (frame(*rows), number, MODELS[:2], datasets)
    return lay_out_by_dataset(
        *(select_scores(*selection), number, MODELS[:2], [d.upper() for d in datasets]),
        *([None] * len(datasets), read_published(), select_second_lines(*selection)),
    )


@pytest.mark.parametrize(
    ("number", "name"),
    [(1, "other artists only"), (2, "other artists only"), (3, "logistic regression")],
)
def test_second_lines_stand_below_the_first_and_are_never_bold(number, name):
    table = with_second_lines(number, (0.3, 0.5), (0.9, 0.8), datasets=("gtzan", "fma"))
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["GTZAN", "0.3000", "0.5000"],
        [name, "0.9000", "0.8000"],
        ["FMA", "0.3000", "0.5000"],
    ]
    assert best_of(table) == ["0.5000", "0.5000"]
    assert table.rows[1][1].details == ("[0.8500, 0.9500]",)
    assert layout.SECOND_NOTES[number] in table.notes


def test_without_second_lines_nothing_is_said_of_them():
    table = table_2(0.1, 0.2, 0.3)
    assert len(table.rows) == 1
    assert not set(layout.SECOND_NOTES.values()) & set(table.notes)


# what the numbers mean


def test_scores_of_few_songs_have_two_decimals():
    few = with_second_lines(2, (0.61238, 0.125), (0.5, 0.25), n=199)
    assert few.rows[0][1] == Cell("0.61", "bold", ("[0.56, 0.66]",))
    assert few.rows[1][1] == Cell("0.50", "", ("[0.45, 0.55]",))
    assert layout.TWO_DECIMALS in few.notes
    many = with_second_lines(2, (0.61238, 0.125), (0.5, 0.25), n=200)
    assert many.rows[0][1] == Cell("0.6124", "bold", ("[0.5624, 0.6624]",))
    assert layout.TWO_DECIMALS not in many.notes


def test_scores_of_few_songs_that_print_alike_are_all_best():
    table = with_second_lines(2, (0.612, 0.608), (0.5, 0.25), n=30)
    assert best_of(table) == ["0.61", "0.61"]


def test_csv_keeps_four_decimals_of_few_songs():
    rows = [{**score("knn", "test", 0.61238), "n": 8}]
    scores = select_scores(frame(*rows), 2, ["basic-32"], ["gtzan"])
    text = format_csv_by_dataset(scores, ["basic-32"], ["gtzan"], ["embedding"])
    assert text.endswith("\ngtzan,embedding,0.6124\n")


def k_table(*settings, models=("basic-32", "siamese-32"), seeds=(0, 0)):
    rows = [
        score("knn", "test", 0.5, model=model, seed=seed) | {"setting": setting}
        for model, setting, seed in zip(models, settings, seeds, strict=True)
    ]
    models = list(dict.fromkeys(row["model"] for row in rows))
    scores = select_scores(frame(*rows), 2, models, ["gtzan"])
    return lay_out_by_dataset(scores, 2, models, ["GTZAN"], [None], read_published())


def test_the_k_that_was_used_stands_in_table_2():
    same = k_table("k = 5", "k = 5")
    assert "k-NN: k = 5 throughout." in same.notes
    assert same.rows[0][1].details == ("[0.4500, 0.5500]",)
    different = k_table("k = 5", "k = 20")
    assert "k-NN: the number of neighbours, k, stands with each value." in different.notes
    assert [cell.details[-1] for cell in different.rows[0][1:]] == ["k = 5", "k = 20"]
    of_seeds = k_table("k = 20", "k = 3", models=["basic-32"] * 2, seeds=(1, 0))
    assert of_seeds.rows[0][1].details[-1] == "k = 3, k = 20"


@pytest.mark.parametrize(
    ("artists", "resampled"),
    [
        ((0, 0), "over songs:"),
        ((9, 9), "over artists and their songs:"),
        ((0, 9), "over songs (on B: over artists and their songs):"),
    ],
)
def test_notes_say_what_intervals_resample(artists, resampled):
    rows = [
        score("map", "all", 0.5, dataset=dataset) | {"artists": n}
        for dataset, n in zip("ab", artists, strict=True)
    ]
    scores = select_scores(frame(*rows), 1, ["basic-32"], ["a", "b"])
    paper_rows = [None, None]
    table = lay_out_by_dataset(scores, 1, ["basic-32"], ["A", "B"], paper_rows, read_published())
    assert resampled in table.notes[0]


# the paper's figures alone


@pytest.mark.parametrize("number", [1, 2, 3])
def test_figures_of_the_paper_have_a_table_of_their_own(number):
    table = lay_out_published(number, ["FMA small", "GTZAN (fault-filtered)"], read_published())
    figures = read_published().set_index(["table", "row", "model"])["value"]
    assert table.header == ["", "basic", "siamese", "tag"]
    assert [[cell.text for cell in row] for row in table.rows] == [
        [row, *(f"{figures[number, row, kind]:.4f}" for kind in table.header[1:])]
        for row in ("FMA small", "GTZAN (fault-filtered)")
    ]
    assert table.number == f"{number} (published)"
    assert table.caption.endswith("not measured on this run's synthesised music.")
    assert layout.PAPER in table.notes


def test_methods_of_the_paper_have_a_table_of_their_own():
    table = lay_out_published(4, ROWS, read_published())
    assert table.header == ["method", "GTZAN (fault-filtered)", "FMA small"]
    assert [[cell.text for cell in row] for row in table.rows] == [
        [method, *(f"{figure:.4f}" if figure else "–" for figure in (gtzan, fma))]
        for method, (gtzan, fma, _, _) in METHODS.items()
    ]
    italics, sources = table.notes
    assert "measured on GTZAN (fault-filtered) and FMA small; the artist-label models" in italics
    assert sources.startswith("Sources: ")


@pytest.mark.parametrize(("number", "rows"), [(1, []), (4, ["NAVER Korean"]), (4, [])])
def test_no_figures_make_no_table(number, rows):
    assert lay_out_published(number, rows, read_published()) is None


# table 4

COMPARED = ["basic-32", "random", "clap", "librosa"]
TITLES = ["GTZAN (synthesised)", "Mine", "FMA small (synthesised)"]
COLUMNS = ["gtzan", "mine", "fma"]
COLUMN_ROWS = ["GTZAN (fault-filtered)", None, "FMA small"]


def compared_scores():
    rows = []
    for dataset, (basic, random, clap, svm) in zip(
        COLUMNS, [(0.5, 0.1, 0.3, 0.6), (0.5, 0.2, 0.7, 0.4), (0.5, 0.4, None, 0.3)], strict=True
    ):
        rows += softmax_scores(basic, basic - 0.1, basic + 0.1, dataset=dataset)
        rows += softmax_scores(random, random, dataset=dataset, model="random")
        rows += [score("svm", "test", svm, dataset=dataset, model="librosa")]
        rows += [] if clap is None else softmax_scores(clap, clap, dataset=dataset, model="clap")
    return select_scores(frame(*rows), 4, COMPARED, COLUMNS, {("clap", "fma")})


def test_table_4_has_published_methods_first_and_then_ours():
    table = lay_out_by_method(compared_scores(), COMPARED, TITLES, COLUMN_ROWS, read_published())
    assert (table.number, table.label) == (4, "comparison")
    assert table.header == ["method", *TITLES]
    expected = [
        [method, gtzan and f"{gtzan:.4f}", None, fma and f"{fma:.4f}"]
        for method, (gtzan, fma, _, _) in METHODS.items()
    ]
    expected += [
        ["basic-32", "0.5000", "0.5000", "0.5000"],
        ["random (untrained)", "0.1000", "0.2000", "0.4000"],
        ["clap", "0.3000", "0.7000", None],
        ["SVM on librosa statistics", "0.6000", "0.4000", "0.3000"],
    ]
    assert [[cell.text for cell in row] for row in table.rows] == [
        [text or "–" for text in row] for row in expected
    ]
    italic = {cell.text for row in table.rows for cell in row if cell.mark == "italic"}
    assert italic == {text for row in expected[:6] for text in row if text}
    # the paper's 0.7203 and 0.5687 are higher, and are not ours
    assert best_of(table) == ["0.5000", "0.7000", "0.6000"]
    assert table.rows[6][1].details == ("[0.4500, 0.5500]", "(0.4000–0.6000)")
    assert table.rows[9][1] == Cell("0.6000", "bold", ("[0.5500, 0.6500]",))


def test_table_4_says_what_the_published_figures_are():
    table = lay_out_by_method(compared_scores(), COMPARED, TITLES, COLUMN_ROWS, read_published())
    [italics] = [note for note in table.notes if note.startswith("In italics")]
    assert "published figures, measured on GTZAN (fault-filtered) and FMA small, even if" in italics
    assert "10,000 artists" in italics
    [sources] = [note for note in table.notes if note.startswith("Sources: ")]
    for method, (_, _, authors, _) in METHODS.items():
        assert f"{method}: {authors}" in sources
    assert "Bold: highest of this run's values in the column." in table.notes
    note = "Not measured, because there are no features: clap on FMA small (synthesised)."
    assert note in table.notes


@pytest.mark.parametrize(
    ("paper_row", "methods"),
    [
        ("FMA small", ["SVM", "Artist-label basic model", "Artist-label Siamese model"]),
        ("NAVER Korean", []),
        (None, []),
    ],
)
def test_methods_without_a_figure_for_any_column_are_not_listed(paper_row, methods):
    scores = select_scores(frame(*softmax_scores(0.5, 0.5)), 4, ["basic-32"], ["gtzan"])
    table = lay_out_by_method(scores, ["basic-32"], ["x"], [paper_row], read_published())
    assert [row[0].text for row in table.rows] == [*methods, "basic-32"]
    assert any(note.startswith(("In italics", "Sources")) for note in table.notes) == bool(methods)
    csv = format_csv_by_method(scores, ["basic-32"], ["gtzan"], [paper_row], read_published())
    assert [line.split(",")[0] for line in csv.splitlines()] == ["method", *methods, "basic-32"]


def test_csv_of_table_4_has_sources_and_na(tmp_path):
    path = tmp_path / "table4.csv"
    text = format_csv_by_method(compared_scores(), COMPARED, COLUMNS, COLUMN_ROWS, read_published())
    path.write_text(text, encoding="utf-8")
    table = pd.read_csv(path, index_col="method")
    assert list(table.columns) == ["source", *COLUMNS]
    assert list(table.index) == [
        *METHODS,
        "basic-32",
        "random (untrained)",
        "clap",
        "SVM on librosa statistics",
    ]
    assert table["source"].iloc[0].startswith("Kereliuk, Sturm and Larsen (IEEE")
    assert list(table["source"].iloc[6:]) == ["this run"] * 4
    assert table.loc["SVM", COLUMNS].isna().tolist() == [True, True, False]
    assert table.loc["clap", COLUMNS].isna().tolist() == [False, False, True]
    assert table["mine"].isna().sum() == len(METHODS)
    assert "clap,this run,0.3000,0.7000,NA\n" in text
    assert table.loc["Artist-label basic model", "fma"] == 0.5687


# names


@given(st.text())
def test_no_title_changes_the_shape_of_a_table(title):
    for write in (to_markdown, to_latex, to_html):
        written = write(table_2(0.1, 0.2, 0.3, titles=[title], paper_rows=["FMA small"]))
        simple = write(table_2(0.1, 0.2, 0.3, titles=["x"], paper_rows=["FMA small"]))
        assert written.count("\n") == simple.count("\n")


def test_why_a_model_is_left_out_is_said():
    pairs = [("clap", "A"), ("tag-32", "New"), ("mine", "B")]
    assert left_out_notes(pairs) == [
        "Not measured, because there are no features: clap on A; mine on B.",
        "Not measured, because a tag model learns from songs by any artist: tag-32 on New.",
    ]
    assert left_out_notes([]) == []
