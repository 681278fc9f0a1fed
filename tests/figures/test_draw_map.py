import numpy as np
import pandas as pd
import pytest

from deepartist.figures.draw_map import draw_map, main
from deepartist.figures.style import LABEL_LOOKS, OTHERS_COLOUR, shorten
from deepartist.process.errors import InputError
from drawings import svg_texts

AWKWARD = ["$x_{", "<b> & é", "_hidden", "null", "100 % \\frac", "은하수", "w" * 99]


def make_map(songs_of, spread=1):
    """Songs of each label around a place of its own."""
    rng = np.random.default_rng(0)
    rows = [
        (f"{label}-{n}", label, *(centre + rng.normal(size=2)))
        for label, songs in songs_of.items()
        for centre in [rng.uniform(-spread, spread, 2)]
        for n in range(songs)
    ]
    return pd.DataFrame(rows, columns=["clip_id", "label", "x", "y"]).round(4)


def drawn_points(figure):
    return {line.get_label(): line for line in figure.axes[0].lines}


def legend_names(figure):
    (legend,) = figure.legends
    return [text.get_text() for text in legend.get_texts()]


def test_the_labels_with_most_songs_are_coloured():
    # b and d tie for the last place: b comes first by name
    songs = make_map({"d": 3, "a": 2, "e": 5, "b": 3, "c": 4, "_f": 1}, spread=20)
    figure = draw_map(songs, 3, "A title $x_{")
    lines = drawn_points(figure)
    assert lines.keys() == set("abcde") | {"_f"}
    for label, line in lines.items():
        expected = songs.loc[songs["label"] == label, ["x", "y"]].to_numpy()
        np.testing.assert_array_equal(line.get_xydata(), expected)
    looks = {label: (line.get_color(), line.get_marker()) for label, line in lines.items()}
    assert [looks[label] for label in "bce"] == list(LABEL_LOOKS[:3])
    assert {looks[label] for label in ("a", "d", "_f")} == {(OTHERS_COLOUR, ".")}
    assert legend_names(figure) == ["b", "c", "e", "others (3)"]
    shown = [(h.get_color(), h.get_marker()) for h in figure.legends[0].legend_handles]
    assert shown == [*LABEL_LOOKS[:3], (OTHERS_COLOUR, ".")]
    (panel,) = figure.axes
    assert panel.get_title() == "A title $x_{"
    assert not len(panel.get_xticks()) and not len(panel.get_yticks())
    assert panel.get_aspect() == 1
    assert not panel.texts  # the legend names the labels


def test_without_others_the_legend_has_none():
    assert legend_names(draw_map(make_map({"a": 2, "b": 2}), 15, "")) == ["a", "b"]


def test_nothing_coloured_and_nothing_named():
    figure = draw_map(make_map({f"o{i:02}": 1 for i in range(20)}), 0, "")
    assert legend_names(figure) == ["others (20)"]


def test_many_long_names_stand_below_the_map_and_clear_of_each_other():
    letters = "WiM"  # wide and narrow ones
    labels = {f"{letters[i % 3] * 99}"[: 9 + 6 * i]: 20 for i in range(len(LABEL_LOOKS))}
    figure = draw_map(make_map(labels | {"other": 1}, spread=3), len(labels), "W" * 99)
    figure.draw_without_rendering()
    (panel,), (legend,) = figure.axes, figure.legends
    assert len(legend.get_texts()) == len(labels) + 1
    texts = [*legend.get_texts(), panel.title, panel.xaxis.label]
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert not box.overlaps(panel.bbox)
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
    assert panel.bbox.height / figure.dpi > 1.5


@pytest.mark.parametrize("stretch", [(1, 1), (9, 1), (1, 9)])
def test_songs_fill_the_panel_in_one_scale(stretch):
    songs = make_map({"a": 30, "b": 30})
    songs[["x", "y"]] *= np.array(stretch)
    figure = draw_map(songs, 2, "A title " * 9)  # of two lines
    (panel,) = figure.axes
    figure.draw_without_rendering()
    places = panel.transData.transform(songs[["x", "y"]].to_numpy()) - panel.bbox.min
    assert (places > 0).all() and (places < panel.bbox.size).all()
    assert (np.ptp(places, axis=0) / panel.bbox.size).max() > 0.9
    scale = np.ptp(places, axis=0) / np.ptp(songs[["x", "y"]].to_numpy(), axis=0)
    assert scale[0] == pytest.approx(scale[1])


def run(folder, songs, *words, title="t"):
    songs.to_csv(folder / "map.csv", index=False)
    out = [folder / "out" / "m.png", folder / "out" / "m.svg"]
    main(["--map", str(folder / "map.csv"), *words, "--title", title, "--out", *map(str, out)])
    return [path.read_bytes() for path in out]


# no font of matplotlib's own has Korean; the SVG does without
@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("coloured", ["15", "0"])
def test_the_stage_takes_awkward_names_and_repeats_itself(tmp_path, coloured):
    songs = make_map(dict.fromkeys(AWKWARD, 3), spread=20)
    png, svg = run(tmp_path, songs, "--coloured", coloured, title="$_{ <i>" + " word" * 50)
    assert png.startswith(b"\x89PNG")
    texts = svg_texts(svg)
    names = {shorten(name) for name in AWKWARD}
    assert (names if coloured == "15" else {f"others ({len(AWKWARD)})"}) <= set(texts)
    assert any("$_{ <i>" in text for text in texts)
    assert run(tmp_path, songs, "--coloured", coloured, title="$_{ <i>" + " word" * 50) == [
        png,
        svg,
    ]


def test_an_empty_map_says_so(tmp_path):
    _, svg = run(tmp_path, make_map({}))
    assert sorted(svg_texts(svg)) == ["Too few songs to draw a map", "t"]


@pytest.mark.parametrize(
    "songs", [make_map({"a": 1}), make_map({"a": 4}).assign(x=1.0, y=2.0)], ids=["one", "stacked"]
)
def test_songs_at_one_place_are_drawn(songs):
    figure = draw_map(songs, 15, "")
    figure.draw_without_rendering()
    assert legend_names(figure) == ["a"]
    (panel,) = figure.axes
    at = panel.transData.transform(songs[["x", "y"]].to_numpy())
    assert panel.bbox.padded(-5).containsx(at[0, 0]) and panel.bbox.padded(-5).containsy(at[0, 1])


@pytest.mark.parametrize("number", ["17", "-1", "x"])
def test_there_are_sixteen_looks(tmp_path, capsys, number):
    with pytest.raises(SystemExit):
        run(tmp_path, make_map({"a": 4}), "--coloured", number)
    assert "--coloured" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read as a CSV file"),
        ("clip_id,x,y\n", "columns are clip_id, x, y; a map has clip_id, label, x, y"),
        ("clip_id,label,x,y\nc1,a,1,2\nc2,a,nan,2\n", "clip 'c2' has no finite x, y"),
        ("clip_id,label,x,y\nc1,a,1,\n", "clip 'c1' has no finite x, y"),
        ("clip_id,label,x,y\nc1,a,1,word\n", "clip 'c1' has no finite x, y"),
    ],
)
def test_bad_maps(tmp_path, text, message):
    (tmp_path / "m.csv").write_text(text)
    with pytest.raises(InputError, match=rf"m\.csv: {message}"):
        main(["--map", str(tmp_path / "m.csv"), "--title", "", "--out", "x.png"])
