import pytest

from deepartist.process.errors import InputError
from deepartist.tables.layout import SEED_SPREAD, SEEDS, TWO_DECIMALS, VECTORS_NOTES
from deepartist.tables.tagging import PENALTY, format_csv, lay_out, select_blocks
from helpers import frame, score

MODELS = ["basic-32", "random"]
TITLES = {"mtat": {"title": "MTAT", "paper_row": None}, "own": {"title": "Own", "paper_row": None}}


def tagged(auc, ap, *, dataset="mtat", c=0.1, n=290, artists=0, **about):
    """Scores of a model: over both tags, which 29 and 87 of the songs have, and of each of them."""
    rows = []
    for task, value in (("auc", auc), ("ap", ap)):
        lines = {"test": f"C = {c}, tags = 2"}
        lines |= {"tag:a": f"C = {c}, tagged = {n // 10}", "tag:b|c": f"C = {c}, tagged = {87}"}
        rows += [
            {**score(task, variant, value, dataset=dataset, **about), "setting": setting}
            for variant, setting in lines.items()
        ]
    return [{**row, "n": n, "artists": artists} for row in rows]


def table_of(*rows, titles=("mtat",), left_out=(), vectors=("embedding", "multilevel")):
    named = {name: TITLES[name] for name in titles}
    blocks = select_blocks(frame(*rows), MODELS, named, left_out, vectors)
    return lay_out(blocks, MODELS), format_csv(blocks, MODELS)


def grid(table):
    return [[(cell.text, cell.mark) for cell in row] for row in table.rows]


def test_two_rows_for_each_of_the_vectors():
    table, csv = table_of(
        *tagged(0.875, 0.25, model="basic-32"),
        *tagged(0.75, 0.25, model="random"),
        *tagged(0.9, 0.3, model="basic-32", vectors="multilevel"),
        score("map", "all", 0.5, dataset="mtat"),
    )
    assert table.header == ["", *MODELS]
    assert grid(table) == [
        [("MTAT", ""), ("", ""), ("", "")],
        [("ROC-AUC", ""), ("0.8750", "bold"), ("0.7500", "")],
        [("average precision", ""), ("0.2500", "bold"), ("0.2500", "bold")],
        [("MTAT, multilevel", ""), ("", ""), ("", "")],
        [("ROC-AUC", ""), ("0.9000", "bold"), ("–", "")],
        [("average precision", ""), ("0.3000", "bold"), ("–", "")],
    ]
    assert table.rows[1][1].details == ("[0.8250, 0.9250]",)
    assert "MTAT: 2 tags, 290 test songs, chance 0.5 and 0.200." in table.notes
    assert f"{PENALTY}: 0.1 throughout." in table.notes
    assert VECTORS_NOTES["multilevel"] in table.notes
    assert not {SEEDS, SEED_SPREAD, TWO_DECIMALS} & set(table.notes)
    assert not any("Not measured" in note for note in table.notes)
    assert csv == (
        "dataset,vectors,score,tags,songs,chance,basic-32,random\n"
        "mtat,embedding,auc,2,290,0.5000,0.8750,0.7500\n"
        "mtat,embedding,ap,2,290,0.2000,0.2500,0.2500\n"
        "mtat,multilevel,auc,2,290,0.5000,0.9000,NA\n"
        "mtat,multilevel,ap,2,290,0.2000,0.3000,NA\n"
    )


def test_penalties_stand_with_the_values_where_they_differ():
    table, _ = table_of(
        *tagged(0.8, 0.3, model="basic-32", c=0.1),
        *tagged(0.9, 0.3, model="basic-32", c=10, seed=1),
        *tagged(0.7, 0.2, model="random", c=0.001),
    )
    cells = table.rows[1][1:]
    assert [cell.text for cell in cells] == ["0.8500", "0.7000"]
    assert cells[0].details == ("[0.8000, 0.9000]", "(0.8000–0.9000)", "C = 0.1, C = 10")
    assert cells[1].details == ("[0.6500, 0.7500]", "C = 0.001")
    assert {SEEDS, SEED_SPREAD} <= set(table.notes)
    assert f"{PENALTY} stands with each value." in table.notes


def test_notes_say_what_was_resampled_and_what_is_missing():
    table, csv = table_of(
        *tagged(0.8, 0.3, model="basic-32", artists=20),
        *tagged(0.7, 0.2, model="random", artists=20),
        *tagged(0.7, 0.2, model="random", dataset="own", n=100),
        titles=("mtat", "own"),
        left_out=[("basic-32", "own")],
    )
    text = " ".join(table.notes)
    assert "over songs (on MTAT: over artists and their songs), moved" in text
    assert "Not measured, because there are no features: basic-32 on Own." in table.notes
    assert TWO_DECIMALS in table.notes
    assert table.rows[4][2].text == "0.70"
    assert "own,embedding,auc,2,100,0.5000,NA,0.7000\n" in csv


def test_a_missing_score_or_an_unknown_setting_is_refused():
    rows = [*tagged(0.8, 0.3, model="basic-32"), *tagged(0.7, 0.2, model="random")]
    with pytest.raises(InputError, match=r"table 6: task 'auc' \(test\), .* 'random': no score"):
        table_of(*rows[:6])
    with pytest.raises(InputError, match=r"'C = 0.1', not a C and a number of tags"):
        table_of({**rows[0], "setting": "C = 0.1"}, *rows[1:])
    with pytest.raises(InputError, match="MTAT: a tag has no number of songs"):
        table_of(*[row for row in rows if row["variant"] == "test"])
    with pytest.raises(InputError, match="take it out of --left-out"):
        table_of(*rows, left_out=[("random", "mtat")])
