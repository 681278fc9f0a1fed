import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.figures.draw_spectrograms import (
    MAX_LABELS,
    choose_songs,
    draw_spectrograms,
    main,
)
from deepartist.mels.shard_writer import save_shard
from drawings import AWKWARD, svg_texts


def choose(songs):
    """Choose from rows clip_id, label, artist_id."""
    labels = pd.DataFrame(
        [(c, label, "train") for c, label, _ in songs], columns=["clip_id", "label", "split"]
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
    labels = pd.DataFrame({"clip_id": ["a", "b"], "label": ["jazz", "folk"], "split": "train"})
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
    assert [panels[i].get_title("left") for i in (0, 2)] == ["jazz", AWKWARD]
    assert figure.get_supylabel() == "mel band"
    assert panels[2].get_xlabel() == "time (s)"


def test_long_names_stand_clear_of_each_other_and_of_the_pictures(rng):
    mel = rng.random((129, 128))
    letters = "WiM"  # wide and narrow ones
    names = [letters[n % 3] * (200 - 9 * n) for n in range(MAX_LABELS)]
    figure = draw_spectrograms([(name, [mel, mel]) for name in names])
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    assert len([text for text in texts if text.get_text()[0] in letters]) == MAX_LABELS
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert not any(box.overlaps(panel.bbox) for panel in figure.axes)
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1


def test_the_stage_draws_the_same_files_again(tmp_path, rng):
    songs = [("c1", "a<b", "x"), ("c2", "a<b", "y"), ("c3", "$x_{", "x")]
    mels = rng.random((3, 1291, 128)).astype(np.float16)
    index = [{"clip_id": c, "frames": 300 if c == "c2" else 1291} for c, _, _ in songs]
    manifest = build_manifest({"clip_id": c, "path": "-", "artist_id": a} for c, _, a in songs)
    write_manifest(manifest, tmp_path / "clips.csv")
    labels = "".join(f"{c},{label},train\n" for c, label, _ in songs)
    (tmp_path / "labels.csv").write_text(f"clip_id,label,split\n{labels}")
    pictures = []
    for name, beyond in (("one", 0), ("two", 5)):
        mels[1, 300:] = beyond  # the last frame, which shows nowhere
        save_shard(tmp_path / "shard", mels, index, [])
        main(
            [
                *("--clips", str(tmp_path / "clips.csv"), "--labels", str(tmp_path / "labels.csv")),
                *("--shards", str(tmp_path / "shard" / "shard.json")),
                *("--out", str(tmp_path / name / "s.png"), str(tmp_path / name / "s.svg")),
            ]
        )
        pictures.append([path.read_bytes() for path in sorted((tmp_path / name).iterdir())])
    assert pictures[0] == pictures[1]
    assert {"a<b", "$x_{"} <= set(svg_texts(pictures[0][1]))
    assert len(re.findall(rb"<image ", pictures[0][1])) == 3
