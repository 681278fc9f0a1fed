import numpy as np
import pytest

from deepartist.datasets import msd
from deepartist.datasets.manifest import COLUMNS
from deepartist.process.errors import InputError
from samples import by_id, touch, write_clips, write_msd, write_pickles


def write_whole(folder, **options):
    """Write lists and all their clips into one folder."""
    files = write_msd(folder, **options)
    write_clips(folder, files)
    return files


@pytest.mark.parametrize("python2", [False, True])
def test_the_published_lists_of_either_python_make_a_manifest(
    tmp_path, monkeypatch, python2, capsys
):
    monkeypatch.chdir(tmp_path)
    write_clips(tmp_path / "clips", write_msd(tmp_path / "lists"))
    write_msd(tmp_path / "lists", python2=python2)
    manifest = by_id(msd.load("clips", "lists"))
    assert len(manifest) == 6 + 22 - 1
    song = manifest.loc["122"]
    assert song.to_dict() == {
        **dict.fromkeys(COLUMNS[1:], ""),
        "path": "clips/1/2/122.clip.mp3",
        "artist_id": "00012",
    }
    assert manifest.loc["01", "artist_id"] == "00000"
    both = manifest.loc["121"]
    assert (both.artist_id, both["tags"], both.split) == (
        "00012",
        "rock|female vocalists",
        "train",
    )
    assert manifest.loc["9001", ["artist_id", "tags", "split"]].tolist() == ["", "rock", "train"]
    # 20 · 201680 / 213454 = 18.9: the first 18 are for training, the others for validation.
    assert manifest["split"].value_counts().to_dict() == {"train": 18, "": 5, "valid": 2, "test": 2}
    assert manifest.loc[["9018", "9019"], "split"].tolist() == ["valid", "valid"]
    assert capsys.readouterr().err == ""


def test_the_lists_lie_in_path_by_default(tmp_path):
    write_msd(tmp_path)
    assert msd.load(str(tmp_path)).equals(msd.load(str(tmp_path), str(tmp_path)))


@pytest.mark.slow
def test_the_lists_of_published_length_give_the_published_split(tmp_path):
    files = write_msd(tmp_path)
    train = [f"TR{n}" for n in range(201_680 + 11_774)]
    test = [f"TE{n}" for n in range(28_435)]
    files |= {"filtered_list_train.cP": train, "filtered_list_test.cP": test}
    vector = np.array([True, False, False])
    files["msd_id_to_tag_vector.cP"] = dict.fromkeys(train + test, vector)
    write_pickles(tmp_path, files)
    manifest = by_id(msd.load(str(tmp_path)))
    assert manifest["split"].value_counts().drop("").to_dict() == {
        "train": 201_680,
        "valid": 11_774,
        "test": 28_435,
    }
    splits = manifest.loc[["TR201679", "TR201680"], "split"]
    assert splits.tolist() == ["train", "valid"]


def test_clips_without_a_path_have_the_usual_one(tmp_path):
    files = write_msd(tmp_path)
    for clip_id in ("122", "9003"):
        del files["7D_id_to_path.pkl"][clip_id]
    files["msd-artist-list.pkl"].append("7/13/1")
    del files["MSD_id_to_7D_id.pkl"]["TR004"]
    write_pickles(tmp_path, files)
    manifest = by_id(msd.load(str(tmp_path)))
    assert len(manifest) == 27 + 1
    paths = manifest["path"].str.removeprefix(f"{tmp_path.as_posix()}/")
    assert paths[["122", "9003", "7", "TR004"]].tolist() == [
        "1/2/122.clip.mp3",
        "9/0/9003.clip.mp3",
        "7/7.clip.mp3",
        "T/R/TR004.clip.mp3",
    ]
    assert manifest.loc["122", "artist_id"] == "00012"
    assert manifest.loc["9003", ["tags", "split"]].tolist() == ["rock", "train"]


def test_songs_without_a_clip_stay_and_are_counted_with_the_artists_below_twenty(tmp_path, capsys):
    files = write_msd(tmp_path)
    entries = [f"{5000 + n}/{n // 20}/{n % 20 + 1}" for n in range(100)]
    files["msd-artist-list.pkl"] = entries
    files["7D_id_to_path.pkl"] |= {f"{5000 + n}": f"{n // 10}/{n}.mp3" for n in range(100)}
    write_pickles(tmp_path, files)
    write_clips(tmp_path, files, missing=("5000", "5040", "5041", "9002"))
    assert len(msd.load(str(tmp_path))) == 100 + 22
    assert capsys.readouterr().err == (
        "4 songs without a clip: 5000, 5040, 5041, …\n"
        "2 artists with fewer clips than songs in the artist list: "
        "00000 (19 of 20), 00002 (18 of 20)\n"
    )


def test_songs_without_tags_are_left_out_and_reported(tmp_path, capsys):
    files = write_whole(tmp_path)
    files["msd_id_to_tag_vector.cP"]["TR005"] = np.zeros(3)
    del files["msd_id_to_tag_vector.cP"]["TR006"]
    write_pickles(tmp_path, files)
    manifest = by_id(msd.load(str(tmp_path)))
    assert {"9005", "9006"}.isdisjoint(manifest.index)
    assert len(manifest) == 27 - 2
    assert capsys.readouterr().err == (
        "2 songs of the tag lists left out, without a tag: TR005, TR006\n"
    )


def test_a_song_of_two_lists_stays_in_the_first(tmp_path):
    files = write_msd(tmp_path)
    files["filtered_list_test.cP"].append("TR004")
    write_pickles(tmp_path, files)
    assert by_id(msd.load(str(tmp_path))).loc["9004", "split"] == "train"


def test_unique_tracks_gives_artists_and_titles(tmp_path, capsys):
    write_whole(tmp_path)
    lines = [
        "TR000<SEP>SO0<SEP>Sigur R\u00f3s<SEP>Untitled\u2028#1 \u001c, <b>|</b>",
        "TR003<SEP>SO3<SEP>NA<SEP>",
        "TR999<SEP>SO9<SEP>Of no list<SEP>At all",
        "TR004<SEP>SO4<SEP>Ends<SEP>in CRLF\r",
    ]
    (tmp_path / "unique_tracks.txt").write_bytes("\n".join(lines).encode())
    manifest = by_id(msd.load(str(tmp_path)))
    names = manifest[["artist", "title"]]
    # The song that is in both lists is one row, and its name is found by its track id.
    assert names.loc["121"].tolist() == ["Sigur R\u00f3s", "Untitled #1 , <b>|</b>"]
    assert manifest.loc["121", ["artist_id", "split"]].tolist() == ["00012", "train"]
    assert names.loc["9003"].tolist() == ["NA", ""]
    assert names.loc["9004"].tolist() == ["Ends", "in CRLF"]
    assert (names.drop(["121", "9003", "9004"]) == "").all(axis=None)
    (tmp_path / "unique_tracks.txt").unlink()
    assert (
        by_id(msd.load(str(tmp_path)))
        .drop(columns=["artist", "title"])
        .equals(manifest.drop(columns=["artist", "title"]))
    )
    assert capsys.readouterr().err == ""


def test_malformed_lines_of_unique_tracks_are_reported(tmp_path, capsys):
    write_whole(tmp_path)
    path = tmp_path / "unique_tracks.txt"
    good = b"TR001<SEP>SO1<SEP>A<SEP>B"
    bad = [
        b"",
        b"TR002<SEP>SO2<SEP>C",
        b"TR002<SEP>SO2<SEP>C<SEP>D<SEP>E",
        b"TR002<SEP>S<SEP>\xff<SEP>",
    ]
    path.write_bytes(b"\n".join([*bad, good]) + b"\n")
    manifest = by_id(msd.load(str(tmp_path)))
    assert manifest.loc["9001", ["artist", "title"]].tolist() == ["A", "B"]
    assert manifest.loc["9002", "artist"] == ""
    assert capsys.readouterr().err == (
        f"4 lines of {path} left out, without four fields in UTF-8: line 1, line 2, line 3, …\n"
    )


LISTS = (
    *("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"),
    *("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"),
    "50tagList.txt",
)


@pytest.mark.parametrize("name", LISTS)
def test_a_missing_list_is_named(tmp_path, name):
    write_msd(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name}: not found; the data set kind 'msd' expects"):
        msd.load(str(tmp_path))


@pytest.mark.parametrize("name", LISTS)
def test_a_folder_in_the_place_of_a_list_is_refused(tmp_path, name):
    write_msd(tmp_path)
    (tmp_path / name).unlink()
    touch(tmp_path / name / "list")
    with pytest.raises(InputError, match=f"{name}: (no such file|is not a file)"):
        msd.load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("filtered_list_train.cP", {"a": 1}, "is a dict; a list is expected"),
        ("filtered_list_train.cP", [["TR001"]], "holds a list where an id or a path is expected"),
        ("7D_id_to_path.pkl", ["a"], "is a list; a dict is expected"),
        ("7D_id_to_path.pkl", {"122": None}, "holds a NoneType where an id or a path is expected"),
        ("7D_id_to_path.pkl", {"122": "../../etc/passwd"}, "leaves the folder"),
        ("7D_id_to_path.pkl", {"122": "/etc/passwd"}, "leaves the folder"),
        ("7D_id_to_path.pkl", {"122": "1/\0.mp3"}, "rename it without control characters"),
        ("7D_id_to_path.pkl", {"122": "\0/1.mp3"}, "cannot be read as a folder"),
        (
            "msd_id_to_tag_vector.cP",
            {"TR001": [1, 0]},
            r"a vector has 2 values \(int64\); one number for each of the 3 tags of 50tagList.txt",
        ),
        ("msd_id_to_tag_vector.cP", {"TR001": ["a", "b", "c"]}, "has 1 values"),
        ("msd_id_to_tag_vector.cP", {"TR001": [[1], [0, 1]]}, "has 1 values"),
        ("msd-artist-list.pkl", ["122/5/1", "122/5"], "entry 2 is '122/5'"),
        ("msd-artist-list.pkl", ["122/x/1"], "entry 1 is '122/x/1'"),
        ("msd-artist-list.pkl", ["122/\u0661/1"], "entry 1 is "),
        ("msd-artist-list.pkl", [122], "entry 1 is a int"),
        ("msd-artist-list.pkl", "122/5/1", "is a str; a list is expected"),
    ],
)
def test_a_malformed_list_is_refused(tmp_path, name, value, message):
    write_msd(tmp_path)
    write_pickles(tmp_path, {name: value})
    with pytest.raises(InputError, match=message):
        msd.load(str(tmp_path))


def test_tag_names_that_are_not_utf8_are_refused(tmp_path):
    write_msd(tmp_path)
    (tmp_path / "50tagList.txt").write_bytes(b"rock\n\xff\npop\n")
    with pytest.raises(InputError, match=r"50tagList\.txt: not text in UTF-8"):
        msd.load(str(tmp_path))


def test_lists_of_text_may_begin_with_a_byte_order_mark(tmp_path):
    write_msd(tmp_path)
    names = tmp_path / "50tagList.txt"
    (tmp_path / "unique_tracks.txt").write_text("TR000<SEP>SO<SEP>Nena<SEP>Leuchtturm", "utf-8")
    before = msd.load(str(tmp_path))
    assert "Nena" in before["artist"].to_list()
    for path in (names, tmp_path / "unique_tracks.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert msd.load(str(tmp_path)).equals(before)
