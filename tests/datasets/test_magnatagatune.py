import numpy as np
import pytest

from deepartist.datasets import magnatagatune
from deepartist.datasets.manifest import read_manifest
from deepartist.process.errors import InputError
from samples import by_id, touch, write_pickles

TAGS = ("guitar", "no vocal", "slow")
# paths of the lists, without the ending, and the tags of each clip
PARTS = {
    "train": {
        "0/some_band-red_album-01-a_song-0-29": (1, 0, 1),
        "0/some_band-red_album-01-a_song-30-59": (0, 1, 0),
        "1/nobody-x-02-vol._2-88-117": (0, 0, 0),
    },
    "valid": {"c/some_band-blue_album-03-song-0-29": (1, 1, 1)},
    "test": {"f/x_y-z-04-last-59-88": (0, 0, 1)},
}
CLIPS = [clip for part in PARTS.values() for clip in part]
HEADER = ("clip_id", "track_number", "title", "artist", "album", "segmentStart", "mp3_path")


def write_lists(folder, dtype=float):
    """Write the lists as Python 2 wrote them: text as bytes, protocol 0."""
    lists = {
        f"{part}_list_pub.cP": [f"{clip}.npy".encode() for clip in clips]
        for part, clips in PARTS.items()
    }
    write_pickles(folder, lists, 0)
    for part, clips in PARTS.items():
        np.save(folder / f"y_{part}_pub.npy", np.array(list(clips.values()), dtype))
    (folder / "top50_tags.txt").write_text("\n".join(TAGS) + "\n")
    return str(folder)


def write_clips(folder, clips=CLIPS):
    for clip in clips:
        touch(folder / f"{clip}.mp3")
    return str(folder)


def write_info(folder, *rows):
    lines = ["\t".join(f'"{field}"' for field in row) for row in (HEADER, *rows)]
    (folder / "clip_info_final.csv").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")


@pytest.mark.parametrize("dtype", [float, bool, np.uint8])
def test_clips_tags_and_parts(tmp_path, capsys, dtype):
    clips, lists = write_clips(tmp_path / "audio"), write_lists(tmp_path / "lists", dtype)
    manifest = by_id(magnatagatune.load(clips, lists))
    assert manifest.loc[CLIPS, ["tags", "split"]].to_numpy().tolist() == [
        ["guitar|slow", "train"],
        ["no vocal", "train"],
        ["", "train"],
        ["guitar|no vocal|slow", "valid"],
        ["slow", "test"],
    ]
    assert manifest.loc[CLIPS[2], "path"] == f"{clips}/1/nobody-x-02-vol._2-88-117.mp3"
    assert (manifest[["artist_id", "artist", "album_id", "title", "genre"]] == "").all(axis=None)
    assert capsys.readouterr().err == ""


def test_lists_may_lie_beside_the_clips_and_name_mp3_files(tmp_path):
    write_clips(tmp_path)
    write_lists(tmp_path)
    expected = magnatagatune.load(str(tmp_path))
    write_pickles(tmp_path, {"test_list_pub.cP": [f"{clip}.mp3" for clip in PARTS["test"]]}, 4)
    assert magnatagatune.load(str(tmp_path)).equals(expected)


def test_the_table_of_clips_gives_artist_album_and_title(tmp_path, capsys):
    write_clips(tmp_path)
    write_lists(tmp_path)
    write_info(
        tmp_path,
        ("2", "1", 'A ""Song""', "Some  Band", "Red Album", "0", f"{CLIPS[0]}.mp3"),
        ("6", "1", 'A ""Song""', "Some Band", "Red Album", "30", f"{CLIPS[1]}.mp3"),
        ("7", "9", "Of no list", "Some Band", "Red Album", "0", "a/other-0-29.mp3"),
        ("8", "9", "Without a file", "Some Band", "Red Album", "0", ""),
        ("9", "2", "Ärger\u2028x", "", "", "88", f"{CLIPS[2]}.mp3"),
        ("10", "3", 'Open " quote', "Some Band", "Blue Album", "0", f"{CLIPS[3]}.mp3"),
        ("11", "4"),
    )  # fmt: skip
    manifest = by_id(magnatagatune.load(str(tmp_path)))
    assert manifest.loc[CLIPS, ["artist_id", "album_id", "title"]].to_numpy().tolist() == [
        ["Some Band", "Some Band / Red Album", 'A "Song"'],
        ["Some Band", "Some Band / Red Album", 'A "Song"'],
        ["", "", "Ärger x"],
        ["Some Band", "Some Band / Blue Album", 'Open quote"'],
        ["", "", ""],
    ]
    assert capsys.readouterr().err == (
        f"1 line of {tmp_path / 'clip_info_final.csv'} left out, not whole: line 8\n"
    )


def test_clips_without_a_file_stay_and_are_reported(tmp_path, capsys):
    write_clips(tmp_path, CLIPS[:4])
    manifest = magnatagatune.load(str(tmp_path), write_lists(tmp_path / "lists"))
    assert len(manifest) == 5
    assert capsys.readouterr().err == f"1 listed clip without a file: {CLIPS[4]}\n"


def test_a_folder_without_any_of_the_clips_is_refused(tmp_path):
    write_clips(tmp_path / "mp3")  # one folder too high
    with pytest.raises(InputError, match=r"holds none of the 5 listed clips; .* folders 0, 1, … f"):
        magnatagatune.load(str(tmp_path), write_lists(tmp_path / "lists"))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("y_valid_pub.npy", np.ones((2, 3)), r"has shape \(2, 3\); \(1, 3\) is expected"),
        ("y_test_pub.npy", np.ones((1, 2)), r"has shape \(1, 2\); \(1, 3\) is expected"),
        ("y_test_pub.npy", np.ones(3), r"has shape \(3,\)"),
        ("y_test_pub.npy", np.array([[0, 1, 2]]), "holds other values than 0 and 1"),
        ("y_test_pub.npy", np.array([[0, 1, np.nan]]), "holds other values than 0 and 1"),
        ("y_test_pub.npy", np.array([["0", "1", "1"]]), "holds other values than 0 and 1"),
        ("y_test_pub.npy", np.array([[0, 1, None]]), "cannot be read as an array"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path, name, value, message):
    write_clips(tmp_path)
    write_lists(tmp_path)
    np.save(tmp_path / name, value)
    with pytest.raises(InputError, match=message) as caught:
        magnatagatune.load(str(tmp_path))
    assert str(tmp_path / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ({"x": 1}, "is no list of paths"),
        ([b"f/a.npy", 7], "is no list of paths"),
        ([b"f/a.npy", b"f/b.npy"], r"y_test_pub.npy: has shape \(1, 3\); \(2, 3\) is expected"),
        ([b"../a.npy"], r"test_list_pub.cP: path '../a.mp3' leaves the folder"),
        ([b"0/some_band-red_album-01-a_song-0-29.npy"], "occurs more than once"),
    ],
)
def test_lists_that_are_wrong_are_refused(tmp_path, listed, message):
    write_clips(tmp_path)
    write_lists(tmp_path)
    write_pickles(tmp_path, {"test_list_pub.cP": listed}, 0)
    with pytest.raises(InputError, match=message):
        magnatagatune.load(str(tmp_path))


@pytest.mark.parametrize("text", ["guitar\nslow\n", "guitar\nslow\nfast\nloud\n"])
def test_as_many_tags_are_expected_as_columns(tmp_path, text):
    write_clips(tmp_path)
    write_lists(tmp_path)
    (tmp_path / "top50_tags.txt").write_text(text)
    n = text.count("\n")
    with pytest.raises(InputError, match=rf"\(3, {n}\) is expected, .* each tag of top50_tags"):
        magnatagatune.load(str(tmp_path))


def test_a_tag_of_two_columns_is_refused(tmp_path):
    write_clips(tmp_path)
    write_lists(tmp_path)
    (tmp_path / "top50_tags.txt").write_text("slow\nguitar\nslow\n")
    with pytest.raises(InputError, match=r"top50_tags\.txt: names a tag twice"):
        magnatagatune.load(str(tmp_path))


@pytest.mark.parametrize("name", ["train_list_pub.cP", "y_valid_pub.npy", "top50_tags.txt"])
def test_a_missing_list_is_named(tmp_path, name):
    write_clips(tmp_path)
    write_lists(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name}: not found; the data set kind 'magnatagatune'"):
        magnatagatune.load(str(tmp_path))


def test_another_table_of_clips_is_refused(tmp_path):
    write_clips(tmp_path)
    write_lists(tmp_path)
    (tmp_path / "clip_info_final.csv").write_text("title,artist\na,b\n")
    with pytest.raises(InputError, match="has no column title, artist, album, mp3_path"):
        magnatagatune.load(str(tmp_path))


def test_the_command_writes_a_manifest(tmp_path):
    words = [f"path={write_clips(tmp_path / 'a')}", f"lists={write_lists(tmp_path / 'l')}"]
    out = tmp_path / "m.csv"
    magnatagatune.main(["--manifest", str(out), "--set", "kind=magnatagatune", *words])
    assert read_manifest(out)["split"].value_counts().to_dict() == {
        "train": 3,
        "valid": 1,
        "test": 1,
    }
