import numpy as np
import pandas as pd
import pytest

from deepartist.figures.draw_map import (
    MAX_NAMED_OTHERS,
    draw_map,
    find_medoid,
    main,
)
from deepartist.figures.name_places import NAME_RISE_PT
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


def written_names(figure):
    """Texts that are written on the map."""
    return list(figure.axes[0].texts)


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
    assert sorted(text.get_text() for text in written_names(figure)) == sorted(lines)
    (panel,) = figure.axes
    assert panel.get_title() == "A title $x_{"
    assert not len(panel.get_xticks()) and not len(panel.get_yticks())
    assert panel.get_aspect() == 1


def test_without_others_the_legend_has_none():
    assert legend_names(draw_map(make_map({"a": 2, "b": 2}), 15, "")) == ["a", "b"]


@pytest.mark.parametrize("more", [0, 1])
def test_too_many_others_go_without_names(more):
    others = {f"o{i:02}": 1 for i in range(MAX_NAMED_OTHERS + more)}
    figure = draw_map(make_map({"a": 3, **others}, spread=20), 1, "")
    names = [text.get_text() for text in written_names(figure)]
    assert names == (["a"] if more else ["a", *others])
    assert legend_names(figure) == ["a", f"others ({len(others)})"]


def test_nothing_coloured_and_nothing_named():
    figure = draw_map(make_map({f"o{i:02}": 1 for i in range(20)}), 0, "")
    assert not written_names(figure)
    assert legend_names(figure) == ["others (20)"]


def test_names_stand_by_their_songs_and_clear_of_each_other():
    labels = {f"a name of some length {i}"[-9 - i :]: 20 for i in range(15)}
    songs = make_map(labels, spread=3)
    figure = draw_map(songs, 15, "")
    figure.draw_without_rendering()
    texts = written_names(figure)
    boxes = [text.get_window_extent().padded(-0.1) for text in texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])
        assert all(figure.axes[0].bbox.contains(x, y) for x, y in box.corners())
    # with room for all, a name stands right above its point
    figure = draw_map(make_map({"a": 9, "b": 9}, spread=100), 2, "")
    (panel,) = figure.axes
    for text in written_names(figure):
        points = drawn_points(figure)[text.get_text()].get_xydata()
        at, point = panel.transData.transform([text.get_position(), find_medoid(points)])
        np.testing.assert_allclose(at - point, [0, NAME_RISE_PT / 72 * figure.dpi], atol=1e-6)


def test_the_medoid_is_a_point_in_the_middle():
    points = np.array([[0, 0], [1, 0], [2, 0], [1, 1], [50, 50]], float)
    np.testing.assert_array_equal(find_medoid(points), [1, 0])
    np.testing.assert_array_equal(find_medoid(points[4:]), [50, 50])


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
    assert {shorten(name) for name in AWKWARD} <= set(texts)
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
    assert [text.get_text() for text in written_names(figure)] == ["a"]


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
