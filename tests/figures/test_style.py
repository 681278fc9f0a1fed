import pytest
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from deepartist.figures.style import (
    KIND_LOOKS,
    LABEL_LOOKS,
    MAX_NAME_LENGTH,
    draw_legend,
    draw_legend_of_panels,
    looks_of,
    save_figure,
    shorten,
)


def test_looks_are_all_different():
    assert len(set(LABEL_LOOKS)) == len(LABEL_LOOKS) == 16
    assert len({colour for colour, _ in LABEL_LOOKS}) == 8
    assert len({marker for _, marker in LABEL_LOOKS}) == 8


@pytest.mark.parametrize("length", [0, MAX_NAME_LENGTH, MAX_NAME_LENGTH + 1, 99])
def test_shorten(length):
    name = "abcdefghij" * 10
    short = shorten(name[:length])
    assert len(short) == min(length, MAX_NAME_LENGTH)
    assert short.endswith("…") == (length > MAX_NAME_LENGTH)
    assert name.startswith(short.rstrip("…"))


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


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_the_same_figure_gives_the_same_file(tmp_path, kind):
    paths = []
    for number in range(2):
        figure, panel = plt.subplots()
        panel.plot([1, 2], label="Björk 한국")
        panel.set_title("a title")
        paths.append(tmp_path / f"{number}.{kind}")
        save_figure(figure, [paths[-1]])
        plt.close(figure)
    one, other = (path.read_bytes() for path in paths)
    assert one == other
    assert len(one) > 1000


def test_an_unknown_format_leaves_nothing_behind(tmp_path):
    with pytest.raises(ValueError, match="xyz"):
        save_figure(plt.figure(), [tmp_path / "f.xyz"])
    assert not list(tmp_path.iterdir())


def test_each_kind_of_model_has_one_look_and_no_two_kinds_the_same():
    looks = looks_of(["basic-5", "basic-10", "mine", "siamese-5", "theirs", "mel"])
    assert looks["basic-5"] == looks["basic-10"] == KIND_LOOKS["basic"]
    assert looks["mel"] == KIND_LOOKS["mel"]
    others = [look for name, look in looks.items() if name != "basic-10"]
    assert len({colour for colour, _ in others}) == len({mark for _, mark in others}) == 5
    assert looks_of(["mine"])["mine"] == looks["mine"]
    variants = looks_of(["cosine-5", "cosine-10", "cosine-all", "sharp-5"])
    assert len({variants[f"cosine-{n}"] for n in ("5", "10", "all")}) == 1
    assert variants["sharp-5"] != variants["cosine-5"]
    released = looks_of(["authors-siamese-5000", "authors-siamese-10000"])
    assert len(set(released.values())) == 2


def test_there_are_looks_for_any_number_of_kinds():
    looks = list(looks_of([f"kind{n}" for n in range(20)]).values())
    assert len(set(looks[:18])) == 18 and not set(looks) & set(KIND_LOOKS.values())
    assert looks[0] == looks[18]


NAMES = ["basic", "Siamese", "tag model, songs as for 5,000 artists", "MFCC statistics"]


@pytest.mark.parametrize(
    ("names", "width_in", "columns"),
    [
        (NAMES[:2], 3.4, 2),
        (NAMES[:3], 3.4, 2),
        (NAMES, 3.4, 2),
        (NAMES, 7.0, 4),
        (NAMES * 3, 7.0, 3),
        (["a_long_name_of_an_encoder" * 5, *NAMES], 3.4, 1),
        (["_a", "$x_{"], 3.4, 2),
    ],
)
def test_a_legend_is_no_wider_than_its_figure(names, width_in, columns):
    figure, panel = plt.subplots(figsize=(width_in, 4))
    handles = [Line2D([], [], marker="o") for _ in names]
    draw_legend(figure, handles, names, "A note that is wider than a narrow figure " * 2)
    (legend,) = figure.legends
    figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert box.width <= figure.bbox.width
    assert not box.overlaps(panel.bbox)
    assert panel.bbox.height / figure.dpi > 3.4  # inches, of the 4 before the figure grew
    texts = legend.get_texts()
    assert [text.get_text()[:24] for text in texts] == [name[:24] for name in names]
    assert len({round(text.get_window_extent().x0) for text in texts}) == columns


def test_a_legend_names_models_in_their_order_and_then_the_rest():
    figure, panels = plt.subplots(2)
    for panel, names in zip(panels, (["chance", "mine"], ["Siamese", "mine"]), strict=True):
        for name in names:
            panel.plot([1], label=name)
    draw_legend_of_panels(figure, ["siamese", "absent", "mine"], "A note")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["Siamese", "mine", "chance"]
    assert legend.get_title().get_text() == "A note"
