import numpy as np
import pytest

from deepartist.config.model_names import describe_model
from deepartist.figures.draw_identification import NOTHING, draw_identification, main
from deepartist.process.errors import InputError
from drawings import mean_score, note_of, svg_texts
from helpers import frame, score

MODELS = ["siamese-32", "random", "mfcc"]
NAMES = [describe_model(model) for model in MODELS]
TITLES = {"new": "New music", "more": "More"}
KNOWN = (1, 2, 5)


def make_scores(models=MODELS, datasets=("new",), vectors=("embedding",), seeds=(0,), known=KNOWN):
    """A score of its own for each mark, with an interval that is not symmetric."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset in datasets:
        for name in vectors:
            for model in models:
                for seed in seeds:
                    about = {"dataset": dataset, "vectors": name, "model": model, "seed": seed}
                    rows.append(score("verify", "eer", 0.3, **about))
                    for k in known:
                        row = score("identify", f"k={k}", rng.uniform(0.3, 0.7), **about)
                        low, high = rng.uniform(0.01, 0.1, size=2)
                        ends = {"ci_low": row["value"] - low, "ci_high": row["value"] + high}
                        rows.append({**row, **ends})
    return frame(*rows).assign(setting="N = 8").sample(frac=1, random_state=0)


def lines_of(panel):
    return {container.get_label(): container for container in panel.containers}


def test_a_line_per_model_over_the_known_songs_and_chance():
    scores = make_scores(datasets=TITLES, vectors=("embedding", "multilevel"), seeds=(0, 1))
    vectors = ["embedding", "multilevel"]
    figure = draw_identification(scores, MODELS, TITLES, vectors=vectors)
    titles = ["New music", "New music, multilevel", "More", "More, multilevel"]
    assert [panel.get_title() for panel in figure.axes] == titles
    places = [(dataset, name) for dataset in TITLES for name in vectors]
    for panel, (dataset, name) in zip(figure.axes, places, strict=True):
        of_vectors = scores[scores["vectors"] == name]
        assert list(lines_of(panel)) == NAMES
        for model, container in zip(MODELS, panel.containers, strict=True):
            (bars,) = container[2]
            marks = container[0].get_xydata()
            for k, (x, y), bar in zip(KNOWN, marks, bars.get_segments(), strict=True):
                assert x == pytest.approx(k, rel=0.1)
                expected = mean_score(of_vectors, "identify", f"k={k}", dataset, model)
                np.testing.assert_allclose([y, *bar[:, 1]], expected)
        chance = [line for line in panel.lines if line.get_linestyle() == "--"]
        assert [line.get_ydata()[0] for line in chance] == [1 / 8]
        assert [text.get_text() for text in panel.texts] == ["chance"]
        assert panel.get_xscale() == "log" and panel.get_ylim()[0] == 0
        assert panel.get_xticks().tolist() == list(KNOWN)
        assert [text.get_text() for text in panel.get_xticklabels()] == ["1", "2", "5"]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == NAMES
    assert note_of(figure).endswith("pale bars: range of 2 trainings")


def test_vectors_that_no_model_has_are_no_column():
    figure = draw_identification(
        make_scores(), MODELS, {"new": "New"}, vectors=["embedding", "multilevel"]
    )
    assert [panel.get_title() for panel in figure.axes] == ["New"]


def test_a_model_without_multilevel_or_features_has_no_line():
    scores = make_scores(datasets=TITLES, vectors=("embedding", "multilevel"))
    no_multilevel = (scores["model"] == "mfcc") & (scores["vectors"] == "multilevel")
    left_out = (scores["model"] == "random") & (scores["dataset"] == "more")
    figure = draw_identification(
        scores[~no_multilevel & ~left_out],
        MODELS,
        TITLES,
        {("random", "more")},
        ["embedding", "multilevel"],
    )
    shown = [list(lines_of(panel)) for panel in figure.axes]
    siamese, untrained, mfcc = NAMES
    assert shown == [NAMES, [siamese, untrained], [siamese, mfcc], [siamese]]
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == NAMES
    assert note_of(figure).endswith("of one training")


def test_many_models_leave_the_panel_its_room():
    models = [f"variant{n}-32" for n in range(15)]
    figure = draw_identification(make_scores(models), models, {"new": "New"})
    figure.draw_without_rendering()
    ((panel,), (legend,)) = figure.axes, figure.legends
    assert panel.bbox.height / figure.dpi > 1.2  # inches
    assert not panel.get_tightbbox().overlaps(legend.get_window_extent())
    x = np.array([container[0].get_xdata() for container in panel.containers])
    assert panel.get_xlim()[0] < x.min() and x.max() < panel.get_xlim()[1]
    by_number = np.sort(x, axis=0)
    assert (by_number[-1, :-1] < by_number[0, 1:]).all()  # numbers stand apart


def test_too_few_artists_are_said():
    figure = draw_identification(make_scores(), MODELS, TITLES)
    filled, empty = figure.axes
    assert list(lines_of(filled)) == NAMES
    assert not lines_of(empty) and [text.get_text() for text in empty.texts] == [NOTHING]
    figure = draw_identification(make_scores(datasets=()), MODELS, TITLES)
    assert [[text.get_text() for text in panel.texts] for panel in figure.axes] == [[NOTHING]] * 2
    assert not figure.legends
    figure.draw_without_rendering()


def test_a_single_number_of_known_songs_is_drawn():
    figure = draw_identification(make_scores(known=(3,)), MODELS, {"new": "New"})
    figure.draw_without_rendering()
    low, high = figure.axes[0].get_xlim()
    assert low < 2.5 and high > 3.5


def test_a_missing_score_is_named():
    scores = make_scores(models=MODELS[:2])
    with pytest.raises(InputError, match="no score of task identify for mfcc on new"):
        draw_identification(scores, MODELS, TITLES)


def test_stage_writes_the_same_file_again_with_awkward_titles(tmp_path):
    make_scores(vectors=("embedding", "multilevel")).to_csv(tmp_path / "scores.csv", index=False)
    out = [str(tmp_path / "figure8.png"), str(tmp_path / "figure8.svg")]
    command = ["--scores", str(tmp_path / "scores.csv"), "--models", *MODELS]
    command += ["--titles", "new=" + '{"title": "a $x$ <b> & _y^"}', "--left-out"]
    command += ["--vectors", "embedding", "multilevel", "--out", *out]
    main(command)
    png, svg = ((tmp_path / f"figure8.{kind}").read_bytes() for kind in ("png", "svg"))
    assert png.startswith(b"\x89PNG")
    assert {"a $x$ <b> & _y^", "a $x$ <b> & _y^, multilevel", "chance"} <= set(svg_texts(svg))
    main(command)
    assert (tmp_path / "figure8.svg").read_bytes() == svg
