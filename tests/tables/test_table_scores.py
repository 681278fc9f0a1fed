import pytest

from deepartist.process.errors import InputError
from deepartist.tables.table_scores import (
    SECOND_LINES,
    select_scores,
    select_second_lines,
)
from helpers import frame, score, softmax_scores


def values(scores):
    return [[None if score is None else score.value for score in row] for row in scores]


@pytest.mark.parametrize(
    ("number", "task", "variant"), [(1, "map", "all"), (2, "knn", "test"), (3, "softmax", "test")]
)
def test_each_table_takes_its_own_scores(number, task, variant):
    about = [{"model": "tag-32"}, {"dataset": "fma"}, {"dataset": "fma", "model": "tag-32"}]
    table = frame(
        score("map", "all", 0.1),
        score("map", "test", 0.2),
        score("knn", "test", 0.3),
        score("knn", "label:blues", 0.35),
        *softmax_scores(0.4, 0.4),
        score("softmax", "label:trial-1", 0.45),
        *[score(task, variant, v, **a) for v, a in zip((0.9, 0.8, 0.7), about, strict=True)],
        *[score("softmax", "trial-0", 0.6, **a) for a in about],
    )
    own = {1: 0.1, 2: 0.3, 3: 0.4}[number]
    scores = select_scores(table, number, ["tag-32", "basic-32"], ["fma", "gtzan"])
    assert values(scores) == [[0.7, 0.8], [0.9, own]]


def test_seeds_are_averaged():
    table = frame(
        score("knn", "test", 0.5, seed=0, width=0.1),
        score("knn", "test", 0.6, seed=1, width=0.4),
    )
    [[cell]] = select_scores(table, 2, ["basic-32"], ["gtzan"])
    # low: (0.4 + 0.2) / 2; high: (0.6 + 1.0) / 2
    assert (cell.value, cell.ci_low, cell.ci_high) == pytest.approx((0.55, 0.3, 0.8))
    assert (cell.lowest, cell.highest, cell.trainings, cell.seeds) == (0.5, 0.6, 2, 2)


def test_number_of_songs_and_artists_and_settings_are_kept():
    first, second = score("knn", "test", 0.5, seed=1), score("knn", "test", 0.6, seed=0)
    table = frame(
        first | {"n": 9, "artists": 4, "setting": "k = 3"},
        second | {"n": 8, "artists": 5, "setting": "k = 10"},
        score("knn", "test", 0.6, seed=2) | {"n": 9, "artists": 4, "setting": "k = 3"},
    )
    [[cell]] = select_scores(table, 2, ["basic-32"], ["gtzan"])
    assert (cell.n, cell.artists, cell.settings) == (8, 4, ("k = 10", "k = 3"))
    [[cell]] = select_scores(frame(score("knn", "test", 0.5)), 2, ["basic-32"], ["gtzan"])
    assert cell.settings == ()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_second_lines_are_there_where_they_were_scored(number):
    task, variant = SECOND_LINES[number]
    rows = [score(task, variant, 0.1 * i, model=m) for i, m in enumerate(("a", "b", "c"), 1)]
    table = frame(*rows, score(task, "label:x", 0.9), score(task, variant, 0.8, model="other"))
    lines = select_second_lines(table, number, ["b", "a"], ["fma", "gtzan"])
    assert lines[0] is None
    assert [line.value for line in lines[1]] == pytest.approx([0.2, 0.1])
    # one model has it, so the others need it
    with pytest.raises(InputError, match=f"table {number}: task '{task}'.*'basic-32': no score"):
        select_second_lines(table, number, ["a", "basic-32"], ["gtzan"])
    assert select_second_lines(table, number, ["basic-32"], ["gtzan"]) == [None]


@pytest.mark.parametrize("number", [3, 4])
def test_the_spread_of_the_softmax_is_over_all_trainings_of_all_seeds(number):
    table = frame(
        *softmax_scores(0.5, 0.4, 0.6),
        *softmax_scores(0.7, 0.65, 0.7, 0.75, seed=1),
        score("softmax", "label:blues", 0.1),
        score("softmax", "trial-0", 0.05, model="tag-32"),
        score("knn", "trial-0", 0.9),
    )
    [[cell]] = select_scores(table, number, ["basic-32"], ["gtzan"])
    assert cell.value == pytest.approx(0.6)
    assert (cell.lowest, cell.highest, cell.trainings, cell.seeds) == (0.4, 0.75, 5, 2)


@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.parametrize("trials", [[], [0.5]])
def test_a_softmax_without_its_trainings_is_refused(number, trials):
    table = frame(*softmax_scores(0.5, *trials), *softmax_scores(0.5, seed=1))
    seed = 1 if trials else 0
    with pytest.raises(
        InputError, match=rf"table {number}: task 'softmax'.*'gtzan'.*'basic-32', seed {seed}: no "
    ):
        select_scores(table, number, ["basic-32"], ["gtzan"])


def test_table_4_takes_the_svm_of_librosa_and_the_softmax_of_all_others():
    table = frame(
        *softmax_scores(0.5, 0.5),
        *softmax_scores(0.4, 0.4, model="librosa"),
        score("svm", "test", 0.3, model="librosa"),
        score("svm", "test", 0.2),
    )
    assert values(select_scores(table, 4, ["basic-32", "librosa"], ["gtzan"])) == [[0.5, 0.3]]
    assert values(select_scores(table, 3, ["basic-32", "librosa"], ["gtzan"])) == [[0.5, 0.4]]


@pytest.mark.parametrize("column", ["value", "ci_low", "ci_high"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "", "none"])
def test_scores_that_are_not_finite_are_refused_by_name(column, bad):
    good, other = score("knn", "test", 0.5), score("knn", "test", 0.5, seed=1)
    table = frame(good, {**other, column: bad})
    with pytest.raises(
        InputError, match=r"table 2: task 'knn'.*'gtzan'.*'basic-32'.*seed 1 .*not finite"
    ):
        select_scores(table, 2, ["basic-32"], ["gtzan"])


@pytest.mark.parametrize("task", ["knn", "trial"])
@pytest.mark.parametrize(
    ("value", "low", "high", "fault"),
    [
        (1.1, 0.9, 1.2, "not between 0 and 1"),
        (-0.1, -0.2, 0.1, "not between 0 and 1"),
        (0.9, 0.8, 1.01, "not between 0 and 1"),
        (61.7, 50, 70, "not between 0 and 1"),
        (0.5, 0.6, 0.7, "outside its interval"),
        (0.5, 0.3, 0.4, "outside its interval"),
        (0.5, 0.6, 0.4, "outside its interval"),
        (float("nan"), 0.4, 0.6, "not finite"),
    ],
)
def test_impossible_scores_are_refused_by_name(task, value, low, high, fault):
    wrong = {"value": value, "ci_low": low, "ci_high": high, "seed": 3}
    if task == "knn":
        number, variant, rows = 2, "test", [{**score("knn", "test", 0.5), **wrong}]
    else:
        number, variant = 3, "trial-0"
        rows = softmax_scores(0.5, 0.5, seed=3)
        rows[1] |= wrong
    with pytest.raises(
        InputError,
        match=rf"table {number}: .*'gtzan', model 'basic-32': .*seed 3 \({variant}\), .*{fault}",
    ):
        select_scores(frame(*rows), number, ["basic-32"], ["gtzan"])


@pytest.mark.parametrize(("value", "low", "high"), [(0, 0, 0), (1, 1, 1), (0.3, 0.3, 0.3 - 1e-12)])
def test_scores_at_the_edge_are_taken(value, low, high):
    row = {**score("knn", "test", 0.5), "value": value, "ci_low": low, "ci_high": high}
    assert values(select_scores(frame(row), 2, ["basic-32"], ["gtzan"])) == [[value]]


@pytest.mark.parametrize(
    ("number", "model", "dataset"),
    [
        (1, "basic-32", "gtzan"),
        (2, "tag-32", "gtzan"),
        (2, "basic-32", "fma"),
        (4, "librosa", "gtzan"),
    ],
)
def test_missing_scores_are_refused_by_name(number, model, dataset):
    table = frame(
        score("knn", "test", 0.5),
        score("map", "test", 0.5),
        *softmax_scores(0.5, 0.5, model="librosa"),
    )
    with pytest.raises(
        InputError, match=f"table {number}: .*'{dataset}', model '{model}': no score"
    ):
        select_scores(table, number, [model], [dataset])


def test_only_what_is_left_out_may_be_missing():
    table = frame(score("knn", "test", 0.5, model="clap"), score("knn", "test", 0.4))
    left_out = {("clap", "fma")}
    scores = select_scores(table, 2, ["basic-32", "clap"], ["gtzan"], left_out)
    assert values(scores) == [[0.4, 0.5]]
    assert select_scores(table, 2, ["clap"], ["gtzan", "fma"], left_out)[1] == [None]
    for model, dataset in [("basic-32", "fma"), ("clap", "naver")]:
        with pytest.raises(InputError, match=f"'{dataset}', model '{model}': no score"):
            select_scores(table, 2, [model], [dataset], left_out)
    with pytest.raises(InputError, match=r"'gtzan', model 'clap': there is a score; .*--left-out"):
        select_scores(table, 2, ["clap"], ["gtzan"], {("clap", "gtzan")})
