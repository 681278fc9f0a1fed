import pytest

from deepartist.process.errors import InputError
from deepartist.tables.identification import NOTHING, format_csv, lay_out, select_blocks
from deepartist.tables.layout import SEED_SPREAD, SEEDS, TWO_DECIMALS, VECTORS_NOTES
from helpers import frame, score

MODELS = ["basic-32", "random"]
TITLES = {
    "new": {"title": "New music", "paper_row": None},
    "few": {"title": "Few artists", "paper_row": None},
}


def identified(values, *, n=290, artists=20, number=20, **about):
    """Scores of a model: a value for k = 1 and 5, then the equal error rate."""
    lines = [("identify", "k=1"), ("identify", "k=5"), ("verify", "eer")]
    rows = [score(*line, value, **about) for line, value in zip(lines, values, strict=True)]
    return [{**row, "n": n, "artists": artists, "setting": f"N = {number}"} for row in rows]


def table_of(*rows, models=MODELS, titles=TITLES, left_out=(), vectors=("embedding", "multilevel")):
    blocks = select_blocks(frame(*rows), models, titles, left_out, vectors)
    return lay_out(blocks, models), format_csv(blocks, models)


def grid(table):
    return [[(cell.text, cell.mark) for cell in row] for row in table.rows]


def test_a_block_for_each_of_the_vectors_and_a_row_where_there_is_nothing():
    table, csv = table_of(
        *identified([0.3, 0.5, 0.25], model="basic-32", dataset="new"),
        *identified([0.1, 0.5, 0.125], model="random", dataset="new"),
        *identified([0.4, 0.6, 0.2], model="basic-32", dataset="new", vectors="multilevel"),
    )
    assert table.header == ["", *MODELS]
    assert grid(table) == [
        [("New music", ""), ("", ""), ("", "")],
        [("k = 1", ""), ("0.3000", "bold"), ("0.1000", "")],
        [("k = 5", ""), ("0.5000", "bold"), ("0.5000", "bold")],
        [("equal error rate", ""), ("0.2500", ""), ("0.1250", "bold")],  # the lowest is best
        [("New music, multilevel", ""), ("", ""), ("", "")],
        [("k = 1", ""), ("0.4000", "bold"), ("–", "")],
        [("k = 5", ""), ("0.6000", "bold"), ("–", "")],
        [("equal error rate", ""), ("0.2000", "bold"), ("–", "")],
        [("Few artists", ""), ("–", ""), ("–", "")],
    ]
    assert table.rows[1][1].details == ("[0.2500, 0.3500]",)
    assert table.rows[-1][0].details == (f"({NOTHING})",)
    assert "New music: 20 artists, 290 songs, chance 0.050." in table.notes
    assert VECTORS_NOTES["multilevel"] in table.notes
    assert not {SEEDS, SEED_SPREAD, TWO_DECIMALS} & set(table.notes)
    assert not any("Not measured" in note for note in table.notes)
    assert csv == (
        "dataset,vectors,score,artists,songs,chance,basic-32,random\n"
        "new,embedding,k=1,20,290,0.0500,0.3000,0.1000\n"
        "new,embedding,k=5,20,290,0.0500,0.5000,0.5000\n"
        "new,embedding,eer,20,290,0.5000,0.2500,0.1250\n"
        "new,multilevel,k=1,20,290,0.0500,0.4000,NA\n"
        "new,multilevel,k=5,20,290,0.0500,0.6000,NA\n"
        "new,multilevel,eer,20,290,0.5000,0.2000,NA\n"
        "few,NA,NA,NA,NA,NA,NA,NA\n"
    )


def test_only_the_vectors_asked_for():
    rows = identified([0.3, 0.5, 0.25], model="basic-32", dataset="new")
    more = identified([0.3, 0.5, 0.25], model="basic-32", dataset="new", vectors="multilevel")
    for vectors in (["embedding"], ["embedding", "multilevel"]):
        table, _ = table_of(
            *rows, *(more if len(vectors) == 1 else []), models=["basic-32"], vectors=vectors
        )
        assert len(table.rows) == 5 and VECTORS_NOTES["multilevel"] not in table.notes


def test_nothing_at_all():
    table, csv = table_of(score("map", "all", 0.5, model="basic-32", dataset="new"))
    assert [row[0].text for row in table.rows] == ["New music", "Few artists"]
    assert csv.count("\n") == 3
    assert not any("In brackets" in note for note in table.notes)


def test_seeds_are_averaged_and_their_spread_is_given():
    rows = [
        row
        for seed, value in enumerate((0.2, 0.4))
        for row in identified([value] * 3, model="basic-32", dataset="new", seed=seed)
    ]
    table, _ = table_of(*rows, models=["basic-32"])
    cell = table.rows[1][1]
    assert (cell.text, cell.details) == ("0.3000", ("[0.2500, 0.3500]", "(0.2000–0.4000)"))
    assert SEEDS in table.notes and SEED_SPREAD in table.notes


@pytest.mark.parametrize("by_artist", [True, False])
def test_few_songs_have_two_decimals_and_the_notes_say_what_is_resampled(by_artist):
    rows = identified([0.333, 0.5, 0.25], n=120, model="random", dataset="new")
    if not by_artist:
        rows = [{**row, "artists": 0 if row["task"] == "identify" else 20} for row in rows]
    table, _ = table_of(*rows, models=["random"])
    assert table.rows[1][1].text == "0.33" and TWO_DECIMALS in table.notes
    (note,) = [note for note in table.notes if "In brackets" in note]
    what = "over artists and their songs (" if by_artist else "over songs ("
    assert f"{what}equal error rate: artists)." in note


def test_features_without_a_file_are_named():
    rows = identified([0.3, 0.5, 0.25], model="basic-32", dataset="new")
    table, _ = table_of(*rows, left_out={("random", "new")})
    assert grid(table)[1] == [("k = 1", ""), ("0.3000", "bold"), ("–", "")]
    assert "Not measured, because there are no features: random on New music." in table.notes


def test_a_missing_score_is_named():
    rows = identified([0.3, 0.5, 0.25], model="basic-32", dataset="new")
    more = identified([0.3, 0.5, 0.25], model="random", dataset="new")
    with pytest.raises(InputError, match=r"table 5: task 'identify' \(k=1\).*'random': no score"):
        table_of(*rows)
    with pytest.raises(InputError, match=r"table 5: task 'verify' \(eer\).*'random': no score"):
        table_of(*rows, *more[:2])
    with pytest.raises(InputError, match="take it out of --left-out"):
        table_of(*rows, *more, left_out={("random", "new")})


def test_models_name_the_same_artists():
    rows = identified([0.3, 0.5, 0.25], model="basic-32", dataset="new")
    more = identified([0.3, 0.5, 0.25], model="random", dataset="new", number=19)
    with pytest.raises(InputError, match="different artists"):
        table_of(*rows, *more)
