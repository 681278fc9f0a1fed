import pandas as pd
import pytest

from deepartist.process.errors import InputError
from deepartist.tables.published import read_published
from deepartist.tables.readings import Reproduced, compare_readings, parse_reproduced
from deepartist.tables.write_reproduction import lay_out, main
from helpers import frame, score, softmax_scores

TITLES = {
    "gtzan": {"title": "GTZAN", "paper_row": "GTZAN (fault-filtered)"},
    "fma": {"title": "FMA", "paper_row": "FMA small"},
    "mine": {"title": "Mine", "paper_row": None},
}
READINGS = {
    ("map", "all"): 0.50,
    ("map", "test-in-all"): 0.51,
    ("map", "test"): 0.55,
    ("map", "test-in-test"): 0.60,
    ("knn", "test"): 0.70,
    ("knn", "train-and-valid"): 0.68,
    ("logistic", "test"): 0.74,
}


def scores_of(model, dataset, **about):
    rows = [
        score(task, variant, value, model=model, dataset=dataset, **about)
        for (task, variant), value in READINGS.items()
    ]
    return [*rows, *softmax_scores(0.7, 0.66, 0.72, 0.71, model=model, dataset=dataset, **about)]


def compare(rows, *models, titles=TITLES):
    return compare_readings(frame(*rows), models, titles, read_published())


def test_each_reading_stands_beside_the_papers_figure():
    siamese = Reproduced("released", "siamese", 5000)
    rows = [*scores_of("released", "gtzan"), *scores_of("released", "fma")]
    compared = compare(rows, siamese)
    of_gtzan = compared[compared["dataset"] == "gtzan"]
    assert of_gtzan["table"].tolist() == [1] * 4 + [2] * 2 + [3] * 3
    assert of_gtzan["ours"].tolist() == [0.50, 0.51, 0.55, 0.60, 0.70, 0.68, 0.70, 0.72, 0.74]
    # the paper's tables 1 to 3, by hand
    assert of_gtzan["paper"].tolist() == [0.5510] * 4 + [0.6966] * 2 + [0.6993] * 3
    assert set(compared.loc[compared["dataset"] == "fma", "paper"]) == {0.3203, 0.5732, 0.5483}
    assert compared["difference"].tolist() == pytest.approx(
        (compared["ours"] - compared["paper"]).tolist()
    )
    # intervals of 0.05 to both sides
    assert of_gtzan["inside"].tolist() == [
        *(False, True, True, True),
        *(True, True),
        *(True, True, True),
    ]


def test_models_of_10000_artists_stand_in_table_4_and_others_nowhere():
    rows = [
        *(row for model in ("a", "b", "c") for row in scores_of(model, "gtzan")),
        score("svm", "test", 0.5, model="librosa", dataset="fma"),
        score("svm", "test", 0.5, model="librosa", dataset="gtzan"),
    ]
    titles = {"gtzan": TITLES["gtzan"]}
    compared = compare(
        rows,
        *(Reproduced("a", "basic", 10_000), Reproduced("b", "siamese", 10_000)),
        *(Reproduced("c", "basic", 400), Reproduced("librosa", "svm", None)),
        titles=titles,
    )
    # the SVM has a figure of FMA small alone
    assert compared.drop_duplicates("model")[["table", "model", "paper"]].to_numpy().tolist() == [
        [4, "a", 0.7076],
        [4, "b", 0.7203],
    ]
    machine = compare(rows, Reproduced("librosa", "svm", None), titles={"fma": TITLES["fma"]})
    assert machine[["table", "paper", "ours"]].to_numpy().tolist() == [[4, 0.5482, 0.5]]


def test_seeds_are_averaged_and_the_best_training_is_that_of_each_seed():
    rows = [
        *softmax_scores(0.6, 0.5, 0.7, model="m", seed=0),
        *softmax_scores(0.4, 0.3, 0.5, model="m", seed=1),
    ]
    compared = compare(rows, Reproduced("m", "basic", 10_000), titles={"gtzan": TITLES["gtzan"]})
    assert compared["ours"].tolist() == pytest.approx([0.5, 0.6])


def test_only_the_embedding_is_the_papers():
    rows = scores_of("m", "gtzan", vectors="multilevel")
    with pytest.raises(InputError, match=r"no score of task 'map' \(all\) for m on gtzan"):
        compare(rows, Reproduced("m", "basic", 5000))


def test_a_reading_without_a_score_is_left_out_but_never_ours():
    rows = [r for r in scores_of("m", "gtzan") if r["variant"] != "test-in-test"]
    titles = {"gtzan": TITLES["gtzan"]}
    compared = compare(rows, Reproduced("m", "tag", 5000), titles=titles)
    assert len(compared[compared["table"] == 1]) == 3
    rows = [r for r in rows if (r["task"], r["variant"]) != ("knn", "test")]
    with pytest.raises(InputError, match=r"no score of task 'knn' \(test\) for m on gtzan"):
        compare(rows, Reproduced("m", "tag", 5000), titles=titles)


def test_the_closest_reading_is_bold_and_ours_is_upright():
    compared = compare(scores_of("m", "gtzan"), Reproduced("m", "siamese", 5000),
                       titles={"gtzan": TITLES["gtzan"]})  # fmt: skip
    table = lay_out(compared)
    retrieval = table.rows[:4]
    assert [row[3].mark for row in retrieval] == ["", "italic", "italic", "italic"]
    assert [row[5].mark for row in retrieval] == ["", "", "bold", ""]  # 0.55 of 0.5510
    assert [row[0].text for row in retrieval] == ["Table 1", "", "", ""]
    assert [row[6].text for row in retrieval] == ["-0.0510", "-0.0410", "-0.0010", "+0.0490"]
    assert [row[7].text for row in retrieval] == ["no", "yes", "yes", "yes"]


def test_stage_writes_every_form(tmp_path, capsys):
    frame(*scores_of("m", "gtzan")).to_csv(tmp_path / "scores.csv", index=False)
    outs = [str(tmp_path / f"reproduction.{suffix}") for suffix in ("csv", "md", "html")]
    titles = ['gtzan={"title": "G|T", "paper_row": "GTZAN (fault-filtered)"}']
    main(["--scores", str(tmp_path / "scores.csv"), "--models", "m=siamese:5000", "librosa=svm",
          "--out", *outs, "--titles", *titles])  # fmt: skip
    written = pd.read_csv(outs[0])
    assert len(written) == 9
    assert written["inside"].dtype == bool
    for path in outs[1:]:
        text = (tmp_path / path).read_text()
        assert "0.5510" in text
        assert "authors have not said so" in text
    assert "3 figures of the paper, 2 of them within" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["m", "m=", "=basic:5000", "m=basic", "m=basic:", "m=basic:x"])
def test_wrong_models_are_refused(word):
    with pytest.raises(InputError, match=f"--models {word}: write MODEL=KIND:ARTISTS"):
        parse_reproduced([word])
