import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text

from deepartist.config.model_names import describe_model
from deepartist.figures.draw_genres import MAX_LABELS, draw_genres, main
from deepartist.figures.style import KIND_LOOKS, MAX_NAME_LENGTH
from deepartist.process.errors import InputError
from deepartist.scores.outcomes import Outcome, summarise_outcomes
from drawings import levels_of, note_of, write_labels
from helpers import frame, score

MODELS = ["basic-32", "siamese-32", "tag-32"]
NAMES = [describe_model(model) for model in MODELS]
SONGS = pd.Series(["trot", "trot", "jazz", "ballad"])
KEY = ["task", "dataset", "model", "variant"]
LABELS = {"trot": 7, "jazz": 4, "ballad": 1}


def make_scores(labels=LABELS, models=MODELS, seeds=(0,)):
    """A score of its own for each mark, with an interval that is not symmetric, and others."""
    rng = np.random.default_rng(0)
    rows = []
    for task in ("knn", "softmax"):
        for model in models:
            for seed in seeds:
                for label, n in labels.items():
                    value, (low, high) = rng.uniform(0.4, 0.7), rng.uniform(0.01, 0.3, 2)
                    about = {"dataset": "naver", "model": model, "seed": seed}
                    row = score(task, f"label:{label}", value, **about)
                    rows.append({**row, "ci_low": value - low, "ci_high": value + high, "n": n})
                rows.append(score(task, "test", 0.5, **about))
                rows.append(score(task, "label:other", 0.5, **{**about, "dataset": "fma"}))
                rows.append(score("map", "label:other", 0.5, **about))
                rows.append(score(task, "label:other", 0.5, **{**about, "model": "random"}))
    scores = frame(*rows)
    scores = scores.drop_duplicates(["task", "dataset", "model", "seed", "variant"])
    return scores.sample(frac=1, random_state=0)


def tick_texts(figure):
    return [text.get_text().replace("\n", " ") for text in figure.axes[1].get_xticklabels()]


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 7)])
def test_every_label_has_a_mark_and_interval_per_model(seeds):
    scores = make_scores(seeds=seeds)
    figure = draw_genres(scores, "naver", MODELS, "NAVER", SONGS)
    assert figure.get_suptitle() == "NAVER"
    assert [panel.get_title() for panel in figure.axes] == [
        "k-nearest neighbours",
        "Linear softmax",
    ]
    assert tick_texts(figure) == ["ballad (1)", "jazz (4)", "trot (7)"]
    for panel, task in zip(figure.axes, ("knn", "softmax"), strict=True):
        assert [container.get_label() for container in panel.containers] == NAMES
        for container, model in zip(panel.containers, MODELS, strict=True):
            (bars,) = container[2]
            marks = container[0].get_xydata()
            for label, (x, y), bar in zip(sorted(LABELS), marks, bars.get_segments(), strict=True):
                key = [task, "naver", model, f"label:{label}"]
                rows = scores[(scores[KEY] == key).all(axis=1)]
                assert len(rows) == len(seeds)
                expected = rows[["value", "ci_low", "ci_high"]].mean()
                np.testing.assert_allclose([y, *bar[:, 1]], expected)
                np.testing.assert_array_equal(bar[:, 0], [x, x])
        assert levels_of(panel) == [1 / 3]
        shown = np.array([container[0].get_xdata() for container in panel.containers])
        assert (np.diff(shown, axis=0) > 0.1).all()
        np.testing.assert_allclose(shown.mean(axis=0), figure.axes[1].get_xticks(), atol=1e-9)
        looks = [(to_hex(c[0].get_color()), c[0].get_marker()) for c in panel.containers]
        kinds = ["basic", "siamese", "tag"]
        assert looks == [(KIND_LOOKS[k][0].lower(), KIND_LOOKS[k][1]) for k in kinds]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == NAMES
    assert ("of one training" in note_of(figure)) == (len(seeds) == 1)


@pytest.mark.parametrize("by_artist", [False, True])
def test_no_mark_stands_without_its_interval(by_artist):
    # labels of one to four songs, all right, all wrong or half right in the trials
    labels = {"one": 1, "two": 2, "three": 3, "four": 4}
    outcomes = {
        (task, f"label:{label}"): Outcome(np.arange(n), np.full(n, value))
        for value, task in ((1.0, "knn"), (0.5, "softmax"))
        for label, n in labels.items()
    }
    artists = np.array([0, 0, 1, 1]) if by_artist else None
    rows = summarise_outcomes(outcomes, artists, bootstrap_resamples=100, seed=0)
    about = {"dataset": "naver", "model": "basic-32", "seed": 0, "vectors": "embedding"}
    scores = frame(*({**row, **about, "setting": ""} for row in rows))
    for panel in draw_genres(scores, "naver", ["basic-32"], "", SONGS).axes:
        (container,) = panel.containers
        (bars,) = container[2]
        lengths = np.array([np.ptp(bar[:, 1]) for bar in bars.get_segments()])
        assert (lengths > 0.4).all()  # the widest that is known: four of four right, 0.51 to 1


def test_of_many_labels_those_with_most_test_songs_are_shown():
    # 01 and 02 tie with 03 for the last two places
    labels = {f"genre {i:02}": max(i, 3) for i in range(1, MAX_LABELS + 2)}
    figure = draw_genres(make_scores(labels), "naver", MODELS, "", SONGS)
    kept = [f"{label} ({n})" for label, n in labels.items() if label != "genre 03"]
    assert tick_texts(figure) == kept
    assert figure.axes[1].get_xlabel().startswith("the 20 of 21 labels with most test songs")
    fewer = make_scores(dict(list(labels.items())[1:]))
    few = draw_genres(fewer, "naver", MODELS, "", SONGS)
    assert few.axes[1].get_xlabel() == "label (number of test songs)"
    assert len(tick_texts(few)) == MAX_LABELS


def test_labels_have_room_for_the_marks_of_all_models():
    labels = {f"genre {i:02}": 30 - i for i in range(15)}
    models = [f"variant{n}-32" for n in range(12)]
    scores = make_scores(labels, models)
    figure = draw_genres(scores, "naver", models, "", SONGS)
    assert tick_texts(figure) == [f"genre {i:02} ({30 - i})" for i in range(8)]
    figure.draw_without_rendering()
    for panel in figure.axes:
        marks = np.array([container[0].get_xydata() for container in panel.containers])
        places_pt = panel.transData.transform(marks.reshape(-1, 2))[:, 0] / figure.dpi * 72
        assert np.diff(np.sort(places_pt)).min() > 2
    few = draw_genres(scores, "naver", models[:3], "", SONGS)
    assert len(tick_texts(few)) == 15


def test_texts_of_many_long_names_are_inside_the_figure():
    labels = {f"{'Wi' * 20} {i:02}": 9 for i in range(MAX_LABELS + 1)}
    models = ["basic-32", "authors-basic-10000-epoch-889", "authors-basic-10000-epoch-999"]
    figure = draw_genres(make_scores(labels, models), "naver", models, "W" * 200, SONGS)
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    for text in texts:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, text
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, text
    assert figure.axes[0].bbox.height / figure.dpi > 0.7  # inches; less cannot be read


@pytest.mark.parametrize("task", ["knn", "softmax"])
@pytest.mark.parametrize("model", MODELS)
def test_a_label_that_a_model_lacks_is_named(task, model):
    scores = make_scores()
    gone = (scores[KEY] == [task, "naver", model, "label:jazz"]).all(axis=1)
    message = f"no score of task {task} for {model} on label 'jazz' of naver; score it again"
    with pytest.raises(InputError, match=message):
        draw_genres(scores[~gone], "naver", MODELS, "", SONGS)


def test_a_run_without_scores_per_label_is_told_so():
    with pytest.raises(InputError, match="no scores per label of basic-32 on gtzan; score it"):
        draw_genres(make_scores(), "gtzan", ["basic-32"], "", SONGS)


@pytest.mark.parametrize("column", ["value", "ci_low", "ci_high"])
@pytest.mark.parametrize("bad", ["nan", "inf", "x", ""])
def test_a_score_that_is_not_finite_is_named(column, bad):
    scores = make_scores().astype({column: object})
    is_bad = (scores["model"] == "tag-32") & (scores["variant"] == "label:trot")
    scores.loc[is_bad & (scores["task"] == "softmax"), column] = bad
    with pytest.raises(InputError, match="task softmax for tag-32 on 'trot' of naver is not fin"):
        draw_genres(scores, "naver", MODELS, "", SONGS)


# no font of matplotlib's own has Korean; the SVG does without
@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("more", [0, 12])
def test_the_stage_takes_awkward_names(tmp_path, more):
    labels = {"$x_{": 2, "<b> & _y": 3, "null": 1, "w" * 99: 1, 'a, "b"': 2, "발라드": 1}
    labels |= {f"genre {i}": 9 for i in range(more)}
    make_scores(labels).to_csv(tmp_path / "scores.csv", index=False)
    files = write_labels(tmp_path, {"naver": SONGS})
    pictures = []
    for name in ("one", "two"):
        out = [tmp_path / f"{name}.png", tmp_path / f"{name}.svg"]
        main(
            [
                *("--scores", str(tmp_path / "scores.csv"), "--dataset", "naver", *files),
                *("--models", *MODELS, "--title", "$\\frac{ <i>", "--out", *map(str, out)),
            ]
        )
        pictures.append([path.read_bytes() for path in out])
    assert pictures[0] == pictures[1]
    assert pictures[0][0].startswith(b"\x89PNG")
    svg = pictures[0][1].decode()
    for text in ("$x_{", "발라드", "&lt;b&gt; &amp; _y", "null", "$\\frac{ &lt;i&gt;"):
        assert text in svg
    assert "w" * MAX_NAME_LENGTH not in svg
    if more:
        assert "w" * (MAX_NAME_LENGTH - 1) + "… (1)" in svg
