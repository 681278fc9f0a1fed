"""Figures show what they are given: the data of what is drawn is compared, not its looks."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.figures import draw_curves as figure_curves
from deepartist.figures import draw_scores as figure_scores
from deepartist.figures import draw_spectrograms as figure_spectrograms
from deepartist.figures.draw_scores import PANELS, draw_scores
from deepartist.figures.draw_spectrograms import MAX_LABELS, choose_songs, draw_spectrograms
from deepartist.figures.style import COLOURS, MARKERS, save_figure
from deepartist.mels.shard_writer import save_shard
from deepartist.process.errors import InputError
from helpers import frame, score

MODELS = ["basic-32", "siamese-32", "tag-32", "random", "mfcc"]
TITLES = {"gtzan": "GTZAN", "fma": "FMA small", "naver": "NAVER Korean"}
AWKWARD = "a $x$ <b> & $100 \\frac{ é 100 % _y^"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def make_scores(models=MODELS, datasets=tuple(TITLES), seeds=(0,)):
    """A score of its own for each mark, with an interval that is not symmetric."""
    rng = np.random.default_rng(0)
    rows = []
    for task, variant, _, _ in (*PANELS, ("map", "test", "", "")):
        for dataset in datasets:
            for model in models:
                for seed in seeds:
                    value = rng.uniform(0.2, 0.8)
                    row = score(task, variant, value, dataset=dataset, model=model, seed=seed)
                    low, high = rng.uniform(0.01, 0.1, size=2)
                    rows.append({**row, "ci_low": value - low, "ci_high": value + high})
    return frame(*rows).sample(frac=1, random_state=0)


def of(scores, task, variant, dataset, model):
    """Value and interval of one mark: means over seeds."""
    rows = scores[
        (scores.task == task)
        & (scores.variant == variant)
        & (scores.dataset == dataset)
        & (scores.model == model)
    ]
    return [sum(rows[column]) / len(rows) for column in ("value", "ci_low", "ci_high")]


# scores


@pytest.mark.parametrize("seeds", [(0,), (0, 1, 7)])
def test_every_score_is_drawn_with_its_interval(seeds):
    scores = make_scores(seeds=seeds)
    figure = draw_scores(scores, MODELS, TITLES)
    assert len(figure.axes) == 3
    for panel, (task, variant, title, unit) in zip(figure.axes, PANELS, strict=True):
        assert panel.get_title() == f"{title} ({unit})"
        assert panel.get_ylim() == (0, 1)
        assert [container.get_label() for container in panel.containers] == MODELS
        shown = np.array([container[0].get_xydata() for container in panel.containers])
        for container, model, marks in zip(panel.containers, MODELS, shown, strict=True):
            (bars,) = container[2]
            for dataset, (x, y), bar in zip(TITLES, marks, bars.get_segments(), strict=True):
                expected = of(scores, task, variant, dataset, model)
                np.testing.assert_allclose([y, *bar[:, 1]], expected)
                np.testing.assert_array_equal(bar[:, 0], [x, x])
        # the marks of a data set stand apart, in the order of the models, around its tick
        assert (np.diff(shown[:, :, 0], axis=0) > 0.1).all()
        np.testing.assert_allclose(shown[:, :, 0].mean(axis=0), panel.get_xticks(), atol=1e-9)
        assert (np.abs(shown[:, :, 0] - panel.get_xticks()) < 0.5).all()
        names = [text.get_text().replace("\n", " ") for text in panel.get_xticklabels()]
        assert names == list(TITLES.values())
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == MODELS


def test_models_look_different_and_alike_in_all_panels():
    figure = draw_scores(make_scores(), MODELS, TITLES)
    looks = [
        [(to_hex(c[0].get_color()), c[0].get_marker()) for c in panel.containers]
        for panel in figure.axes
    ]
    assert looks[0] == looks[1] == looks[2]
    assert len({colour for colour, _ in looks[0]}) == len({mark for _, mark in looks[0]}) == 5
    assert COLOURS.keys() == MARKERS.keys()


@pytest.mark.parametrize("number", range(3))
def test_a_missing_score_is_named(number):
    task, variant, _, _ = PANELS[number]
    scores = make_scores()
    gone = (
        scores[["task", "variant", "dataset", "model"]] == [task, variant, "fma", "random"]
    ).all(axis=1)
    assert gone.sum() == 1
    with pytest.raises(InputError, match=f"no score of task {task} for random on fma"):
        draw_scores(scores[~gone], MODELS, TITLES)


def test_a_mean_may_lie_a_rounding_error_outside_its_interval():
    value = np.full(6, 1 / 5).mean()
    assert value < 1 / 5
    rows = [
        {**score(task, variant, value), "ci_low": 1 / 5, "ci_high": 1 / 5}
        for task, variant, _, _ in PANELS
    ]
    figure = draw_scores(frame(*rows), ["basic-32"], {"gtzan": "GTZAN"})
    (segment,) = figure.axes[0].containers[0][2][0].get_segments()
    np.testing.assert_allclose(segment[:, 1], 1 / 5)


# curves

CURVE_MODELS = ["basic-500", "siamese-500", "siamese-10000", "basic-10000", "basic-2000"]


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_line_per_kind_of_model_over_the_numbers_of_artists(number):
    task, variant, unit = figure_curves.FIGURES[number]
    scores = make_scores(models=CURVE_MODELS)
    figure = figure_curves.draw_curves(scores, number, CURVE_MODELS, TITLES)
    assert [panel.get_title() for panel in figure.axes] == list(TITLES.values())
    assert figure.get_supylabel() == unit
    ticks = [text.get_text() for text in figure.axes[-1].get_xticklabels()]
    assert ticks == ["500", "2,000", "10,000"]
    for panel, dataset in zip(figure.axes, TITLES, strict=True):
        assert panel.get_xticks().tolist() == [500, 2000, 10000]
        counts_of = {"basic": (500, 2000, 10000), "siamese": (500, 10000)}
        assert [container.get_label() for container in panel.containers] == list(counts_of)
        for container, (kind, counts) in zip(panel.containers, counts_of.items(), strict=True):
            (bars,) = container[2]
            marks = container[0].get_xydata()
            for n, (x, y), bar in zip(counts, marks, bars.get_segments(), strict=True):
                assert x == pytest.approx(n, rel=0.03)
                expected = of(scores, task, variant, dataset, f"{kind}-{n}")
                np.testing.assert_allclose([y, *bar[:, 1]], expected)


def test_a_missing_point_of_a_curve_is_named():
    scores = make_scores(models=CURVE_MODELS[:-1])
    with pytest.raises(InputError, match="no score of task map for basic-2000 on "):
        figure_curves.draw_curves(scores, 2, CURVE_MODELS, TITLES)


def run_scores(folder, titles, scores):
    scores.to_csv(folder / "scores.csv", index=False)
    figure_scores.main(
        [
            *("--scores", str(folder / "scores.csv"), "--models", *MODELS),
            *("--rows", *titles, "--out", str(folder / "a" / "s.png"), str(folder / "a" / "s.svg")),
        ]
    )


def svg_texts(path):
    return ["".join(e.itertext()) for e in ElementTree.parse(path).iter() if e.tag.endswith("text")]


def test_the_stage_takes_awkward_titles_and_names(tmp_path):
    # `nan` is a name like any other
    scores = make_scores(datasets=("nan", "fma"))
    run_scores(tmp_path, ["nan=" + json.dumps({"title": AWKWARD}), "fma={}"], scores)
    assert {path.name for path in (tmp_path / "a").iterdir()} == {"s.png", "s.svg"}
    texts = " ".join(svg_texts(tmp_path / "a" / "s.svg"))
    for word in AWKWARD.split():
        assert f" {word} " in f" {texts} "
    assert " fma " in texts


def test_the_same_scores_give_the_same_files(tmp_path):
    pictures = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        run_scores(tmp_path / name, ["gtzan={}", "fma={}"], make_scores())
        files = sorted((tmp_path / name / "a").iterdir())
        pictures.append([path.read_bytes() for path in files])
    assert pictures[0] == pictures[1]
    assert pictures[0][0].startswith(b"\x89PNG")
    assert b"<dc:date>" not in pictures[0][1]


# spectrograms


def choose(songs):
    """Choose from rows clip_id, genre, artist_id."""
    labels = pd.DataFrame(
        [(c, g, "train") for c, g, _ in songs], columns=["clip_id", "genre", "split"]
    )
    clips = pd.DataFrame([(c, a) for c, _, a in songs], columns=["clip_id", "artist_id"])
    return choose_songs(labels, clips.sample(frac=1, random_state=0))


def test_two_songs_of_each_label_by_two_artists():
    songs = [
        *[("c1", "jazz", "x"), ("c2", "jazz", "x"), ("c3", "jazz", "y"), ("c4", "jazz", "y")],
        *[("c5", "folk", "x"), ("c6", "folk", "x"), ("c7", "folk", "x")],
        ("c8", "polka", "z"),
    ]
    expected = [("folk", ["c5", "c7"]), ("jazz", ["c1", "c3"]), ("polka", ["c8"])]
    assert choose(songs) == expected
    assert choose(songs[::-1]) == expected


def test_songs_without_an_artist_are_far_apart():
    assert choose([(f"c{i}", "jazz", "") for i in range(9)]) == [("jazz", ["c0", "c8"])]


def test_songs_that_have_no_clip_are_not_chosen():
    labels = pd.DataFrame({"clip_id": ["a", "b"], "genre": ["jazz", "folk"], "split": "train"})
    clips = pd.DataFrame({"clip_id": ["a"], "artist_id": ["x"]})
    assert choose_songs(labels, clips) == [("jazz", ["a"])]


def test_a_picture_has_a_limit_of_labels():
    chosen = choose([(f"c{i:02}", f"genre {i:02}", "x") for i in range(30)])
    assert [label for label, _ in chosen] == [f"genre {i:02}" for i in range(MAX_LABELS)]


def test_spectrograms_show_the_frames_of_each_song(rng):
    long, short = rng.random((1291, 128)), rng.random((129, 128))
    figure = draw_spectrograms([("jazz", [long, short]), (AWKWARD, [short])])
    panels = figure.axes
    assert len(panels) == 4
    for panel, frames in zip(panels[:3], (long[:517], short, short), strict=True):
        (image,) = panel.get_images()
        np.testing.assert_allclose(image.get_array(), frames.T, rtol=1e-6)
        assert image.origin == "lower"  # low bands below
        # a short song ends early; it is not stretched to the width of the panel
        assert image.get_extent() == pytest.approx([0, len(frames) * 512 / 22050, 0, 128])
        assert panel.get_xlim() == (0, 12)
    assert not panels[3].axison
    assert not panels[3].get_images()
    assert panels[0].get_ylabel() == "jazz\nmel band"
    assert panels[2].get_xlabel() == "time (s)"


def test_the_stage_draws_the_same_files_again(tmp_path, rng):
    songs = [("c1", "a<b", "x"), ("c2", "a<b", "y"), ("c3", "$x_{", "x")]
    mels = rng.random((3, 1291, 128)).astype(np.float16)
    index = [{"clip_id": c, "frames": 300 if c == "c2" else 1291} for c, _, _ in songs]
    manifest = build_manifest({"clip_id": c, "path": "-", "artist_id": a} for c, _, a in songs)
    write_manifest(manifest, tmp_path / "clips.csv")
    labels = "".join(f"{c},{g},train\n" for c, g, _ in songs)
    (tmp_path / "labels.csv").write_text(f"clip_id,genre,split\n{labels}")
    pictures = []
    for name, beyond in (("one", 0), ("two", 5)):
        mels[1, 300:] = beyond  # the last frame, which shows nowhere
        save_shard(tmp_path / "shard", mels, index, [])
        figure_spectrograms.main(
            [
                *("--clips", str(tmp_path / "clips.csv"), "--labels", str(tmp_path / "labels.csv")),
                *("--shards", str(tmp_path / "shard" / "shard.json")),
                *("--out", str(tmp_path / name / "s.png"), str(tmp_path / name / "s.svg")),
            ]
        )
        pictures.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert pictures[0] == pictures[1]
    assert {"a<b", "$x_{"} <= set(svg_texts(tmp_path / "one" / "s.svg"))
    assert len(re.findall(rb"<image ", pictures[0][1])) == 3


# saving


@pytest.mark.parametrize("old", [None, "old"])
def test_a_picture_that_cannot_be_saved_leaves_nothing_behind(tmp_path, monkeypatch, old):
    if old:
        (tmp_path / "f.svg").write_text(old)
    figure = plt.figure()

    def savefig(path, **_):
        path.write_text("half a pic")
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", savefig)
    with pytest.raises(OSError, match="disk full"):
        save_figure(figure, [tmp_path / "f.svg"])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == (
        {"f.svg": old} if old else {}
    )


def test_an_unknown_format_leaves_nothing_behind(tmp_path):
    with pytest.raises(ValueError, match="xyz"):
        save_figure(plt.figure(), [tmp_path / "f.xyz"])
    assert not list(tmp_path.iterdir())
