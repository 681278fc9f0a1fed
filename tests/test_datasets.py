import csv
import errno
import os
import pickle
import shutil

import mutagen
import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import TALB, TCON, TIT2, TPE1

from deepartist.datasets import fma, gtzan, library, msd, table
from deepartist.datasets.artist_list import read_artist_list
from deepartist.errors import InputError
from deepartist.manifest import COLUMNS, read_manifest

LOADERS = {"msd": msd, "gtzan": gtzan, "fma": fma, "table": table, "library": library}


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def by_id(manifest):
    return manifest.set_index("clip_id")


# ---------------------------------------------------------------- all kinds


@pytest.mark.parametrize("kind", LOADERS)
def test_missing_data_names_folder_kind_and_what_is_expected(kind, tmp_path):
    with pytest.raises(InputError) as caught:
        LOADERS[kind].load(str(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in str(caught.value)
    assert f"'{kind}'" in str(caught.value)
    assert "expects" in str(caught.value)


@pytest.mark.parametrize("kind", LOADERS)
def test_command_needs_a_path(kind, tmp_path):
    words = ["--manifest", str(tmp_path / "m.csv"), "--set", f"kind={kind}"]
    with pytest.raises(InputError, match="path: missing"):
        LOADERS[kind].main(words)


def test_command_writes_a_manifest_and_ignores_other_settings(tmp_path, monkeypatch):
    touch(tmp_path / "data" / "genres" / "blues" / "blues.00029.wav")
    (tmp_path / "l.yaml").write_text("train: {blues: 29}\nvalid: {}\ntest: {rock: 10}\n")
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "new" / "gtzan.csv"
    gtzan.main(
        ["--manifest", str(out), "--set", "kind=gtzan", 'path="data"', "lists=l.yaml", "shards=3"]
    )
    manifest = read_manifest(out)
    assert manifest["path"].tolist() == [
        "data/genres/blues/blues.00029.wav",
        "data/genres/rock/rock.00010.wav",
    ]
    assert [path.name for path in out.parent.iterdir()] == ["gtzan.csv"]


# ---------------------------------------------------------------- MSD

TAGS = ["rock", "female vocalists", "80s"]


def write_msd(folder, *, n_train=20, python2=False):
    """Two artists of three songs, and `n_train` + 2 tagged songs, one of them of an artist."""
    protocol, text = (2, str.encode) if python2 else (4, str)
    entries = [f"{artist}{song}/{artist}/{song}" for artist in (0, 12) for song in (1, 2, 3)]
    tagged = [f"TR{n:03d}" for n in range(n_train + 2)]
    clip_of = {track: f"9{n:03d}" for n, track in enumerate(tagged)}
    clip_of["TR000"] = "121"  # the first song of artist 12
    clips = [entry.split("/")[0] for entry in entries] + list(clip_of.values())
    vectors = {track: np.array([[True, n % 2 == 0, False]]) for n, track in enumerate(tagged)}
    files = {
        "msd-artist-list.pkl": [text(entry) for entry in entries],
        "7D_id_to_path.pkl": {text(c): text(f"{c[0]}/{c[1]}/{c}.clip.mp3") for c in clips},
        "MSD_id_to_7D_id.pkl": {text(track): text(clip) for track, clip in clip_of.items()},
        "filtered_list_train.cP": [text(track) for track in tagged[:n_train]],
        "filtered_list_test.cP": [text(track) for track in tagged[n_train:]],
        "msd_id_to_tag_vector.cP": {text(track): v for track, v in vectors.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name).write_bytes(pickle.dumps(value, protocol))
    (folder / "50tagList.txt").write_text("\n".join(TAGS) + "\n")
    return files


@pytest.mark.parametrize("python2", [False, True])
def test_msd(tmp_path, monkeypatch, python2, capsys):
    monkeypatch.chdir(tmp_path)
    write_msd(tmp_path / "lists", python2=python2)
    (tmp_path / "clips").mkdir()
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
    # 20 · 201680 / 213454 = 18.9 train, the others of the list validate
    assert manifest["split"].value_counts().to_dict() == {"train": 18, "": 5, "valid": 2, "test": 2}
    assert manifest.loc[["9018", "9019"], "split"].tolist() == ["valid", "valid"]
    assert capsys.readouterr().err == ""


def test_msd_lists_lie_in_path_by_default(tmp_path):
    write_msd(tmp_path)
    assert msd.load(str(tmp_path)).equals(msd.load(str(tmp_path), str(tmp_path)))


def test_msd_published_sizes():
    assert msd.LISTED_IDS * msd.TRAIN_IDS // msd.LISTED_IDS == 201_680
    assert msd.LISTED_IDS - msd.TRAIN_IDS == 11_774


def test_msd_clips_without_a_path_have_the_usual_one(tmp_path):
    files = write_msd(tmp_path)
    for clip_id in ("122", "9003"):
        del files["7D_id_to_path.pkl"][clip_id]
    files["msd-artist-list.pkl"].append("7/13/1")
    del files["MSD_id_to_7D_id.pkl"]["TR004"]
    for name, value in files.items():
        (tmp_path / name).write_bytes(pickle.dumps(value))
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


def test_msd_reports_songs_without_tags(tmp_path, capsys):
    files = write_msd(tmp_path)
    files["msd_id_to_tag_vector.cP"]["TR005"] = np.zeros(3)
    del files["msd_id_to_tag_vector.cP"]["TR006"]
    for name, value in files.items():
        (tmp_path / name).write_bytes(pickle.dumps(value))
    manifest = by_id(msd.load(str(tmp_path)))
    assert {"9005", "9006"}.isdisjoint(manifest.index)
    assert len(manifest) == 27 - 2
    assert capsys.readouterr().err == (
        "2 songs of the tag lists left out, for they have no tag: TR005, TR006\n"
    )


def test_msd_song_of_two_lists_stays_in_the_first(tmp_path):
    files = write_msd(tmp_path)
    files["filtered_list_test.cP"].append("TR004")
    (tmp_path / "filtered_list_test.cP").write_bytes(pickle.dumps(files["filtered_list_test.cP"]))
    assert by_id(msd.load(str(tmp_path))).loc["9004", "split"] == "train"


def test_msd_names(tmp_path, capsys):
    write_msd(tmp_path)
    lines = [
        "TR000<SEP>SO0<SEP>Sigur R\u00f3s<SEP>Untitled\u2028#1 \u001c, <b>|</b>",
        "TR003<SEP>SO3<SEP>NA<SEP>",
        "TR999<SEP>SO9<SEP>Of no list<SEP>At all",
        "TR004<SEP>SO4<SEP>Ends<SEP>in CRLF\r",
    ]
    (tmp_path / "unique_tracks.txt").write_bytes("\n".join(lines).encode())
    manifest = by_id(msd.load(str(tmp_path)))
    names = manifest[["artist", "title"]]
    # the song of both lists is one row, and its name comes by its track id
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


def test_msd_malformed_names_are_reported(tmp_path, capsys):
    write_msd(tmp_path)
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
        f"4 lines of {path} left out, for they are not four fields in UTF-8: "
        "line 1, line 2, line 3, …\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "msd-artist-list.pkl",
        "7D_id_to_path.pkl",
        "MSD_id_to_7D_id.pkl",
        "filtered_list_train.cP",
        "filtered_list_test.cP",
        "msd_id_to_tag_vector.cP",
        "50tagList.txt",
    ],
)
def test_msd_missing_list(tmp_path, name):
    write_msd(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name}: not found; the data set kind 'msd' expects"):
        msd.load(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("filtered_list_train.cP", {"a": 1}, "is a dict; a list is expected"),
        ("7D_id_to_path.pkl", ["a"], "is a list; a dict is expected"),
        ("msd_id_to_tag_vector.cP", {"TR001": [1, 0]}, "2 values; 50tagList.txt has 3 tags"),
        ("7D_id_to_path.pkl", {"122": "../../etc/passwd"}, "leaves the folder"),
        ("7D_id_to_path.pkl", {"122": "/etc/passwd"}, "leaves the folder"),
        ("msd-artist-list.pkl", ["122/5/1", "122/5"], "entry 2 is '122/5'"),
        ("msd-artist-list.pkl", ["122/x/1"], "entry 1 is '122/x/1'"),
        ("msd-artist-list.pkl", "122/5/1", "is a str; a list is expected"),
    ],
)
def test_msd_malformed_list(tmp_path, name, value, message):
    write_msd(tmp_path)
    (tmp_path / name).write_bytes(pickle.dumps(value))
    with pytest.raises(InputError, match=message):
        msd.load(str(tmp_path))


def test_read_artist_list(tmp_path):
    write_msd(tmp_path, python2=True)
    assert read_artist_list(tmp_path / "msd-artist-list.pkl")[2:4] == [("03", 0, 3), ("121", 12, 1)]


# ---------------------------------------------------------------- GTZAN


def write_gtzan(folder, *, suffix=".wav"):
    for genre in gtzan.FAULT_FILTERED["train"]:
        for number in range(100):
            touch(folder / genre / f"{genre}.{number:05d}{suffix}")


def test_gtzan_fault_filtered_counts(tmp_path, capsys):
    write_gtzan(tmp_path / "genres")
    manifest = gtzan.load(str(tmp_path))
    assert manifest["split"].value_counts().to_dict() == {"train": 443, "valid": 197, "test": 290}
    assert manifest["genre"].nunique() == 10
    song = by_id(manifest).loc["blues.00029"]
    assert song["path"] == f"{tmp_path.as_posix()}/genres/blues/blues.00029.wav"
    assert (song.genre, song.split, song.artist_id, song["tags"]) == ("blues", "train", "", "")
    assert capsys.readouterr().err == ""


def test_gtzan_lists_are_disjoint():
    clips = [(genre, number) for _, genre, number in gtzan.list_clips(gtzan.FAULT_FILTERED)]
    assert len(set(clips)) == len(clips) == 930
    assert max(number for _, number in clips) == 99


def test_gtzan_without_genres_folder_and_older_suffix(tmp_path):
    write_gtzan(tmp_path, suffix=".au")
    manifest = gtzan.load(str(tmp_path))
    assert len(manifest) == 930
    assert manifest["path"].iloc[0] == f"{tmp_path.as_posix()}/blues/blues.00000.au"


def test_gtzan_lists_clips_without_a_file(tmp_path):
    write_gtzan(tmp_path / "genres")
    (tmp_path / "genres/jazz/jazz.00054.wav").unlink()
    shutil.rmtree(tmp_path / "genres/rock")
    manifest = by_id(gtzan.load(str(tmp_path)))
    assert len(manifest) == 930
    for clip_id in ("jazz.00054", "rock.00010"):
        genre = clip_id.split(".")[0]
        song = manifest.loc[clip_id]
        assert song["path"] == f"{tmp_path.as_posix()}/genres/{genre}/{clip_id}.wav"
        assert (song.genre, song.split) == (genre, "train" if genre == "jazz" else "test")


def test_gtzan_without_any_clip(tmp_path):
    with pytest.raises(InputError, match="none of the 930 listed clips; the data set kind 'gtzan'"):
        gtzan.load(str(tmp_path))


def test_gtzan_own_lists(tmp_path):
    write_gtzan(tmp_path / "genres")
    lists = tmp_path / "lists.yaml"
    lists.write_text("train: {blues: '0-2,7'}\nvalid: {blues: 3}\ntest: {rock: '5'}\n")
    manifest = by_id(gtzan.load(str(tmp_path), str(lists)))
    assert manifest["split"].to_dict() == {
        **dict.fromkeys(["blues.00000", "blues.00001", "blues.00002", "blues.00007"], "train"),
        "blues.00003": "valid",
        "rock.00005": "test",
    }


@pytest.mark.parametrize(
    "text",
    [
        "train: {blues: '3-1'}\nvalid: {}\ntest: {}",
        "train: {blues: 'a'}\nvalid: {}\ntest: {}",
        "train: {blues: '1-'}\nvalid: {}\ntest: {}",
        "train: {blues: '1,,2'}\nvalid: {}\ntest: {}",
        "train: {a/../b: '1'}\nvalid: {}\ntest: {}",
        "train: {blues: '1'}\ntest: {}",
        "train: [1]\nvalid: {}\ntest: {}",
        "- train",
        "train: {",
    ],
)
def test_gtzan_malformed_lists(tmp_path, text):
    (tmp_path / "lists.yaml").write_text(text)
    with pytest.raises(InputError):
        gtzan.load(str(tmp_path), str(tmp_path / "lists.yaml"))


def test_gtzan_repeated_clip(tmp_path):
    write_gtzan(tmp_path)
    (tmp_path / "lists.yaml").write_text("train: {rock: '1'}\nvalid: {}\ntest: {rock: '1-2'}")
    with pytest.raises(InputError, match=r"'rock\.00001' occurs more than once"):
        gtzan.load(str(tmp_path), str(tmp_path / "lists.yaml"))


@given(numbers=st.lists(st.integers(0, 99_999), min_size=1))
def test_parse_ranges_of_single_numbers(numbers):
    assert gtzan.parse_ranges(",".join(map(str, numbers))) == numbers


@given(first=st.integers(0, 500), extra=st.integers(0, 50))
def test_parse_ranges_of_one_range(first, extra):
    assert gtzan.parse_ranges(f"{first}-{first + extra}") == list(range(first, first + extra + 1))


def test_gtzan_lists_survive_yaml():
    text = yaml.safe_dump(gtzan.FAULT_FILTERED)
    assert len(gtzan.list_clips(yaml.safe_load(text))) == 930


# ---------------------------------------------------------------- FMA

FMA_HEADER = [
    ("", "album", "album", "artist", "artist", "set", "set", "track", "track", "track"),
    ("", "comments", "id", "id", "name", "split", "subset", "bit_rate", "genre_top", "title"),
    ("track_id", *[""] * 9),
]
FMA_ROWS = [
    ("2", "0", "1", "1", "NA", "training", "small", "256000", "Hip-Hop", "Food"),
    ("10", "0", "-1", "6", 'A "B", C', "validation", "small", "192000", "Pop", "Free\nway"),
    ("134", "0", "58", "52", "null", "test", "medium", "192000", "Old-Time / Historic", "x"),
    ("155326", "0", "58", "53", "Dev", "training", "large", "192000", "", "y"),
]


def write_fma(folder, rows=FMA_ROWS, header=FMA_HEADER):
    (folder / "fma_metadata").mkdir()
    for subset in fma.SUBSETS:
        (folder / f"fma_{subset}").mkdir()
    with (folder / "fma_metadata/tracks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*header, *rows])


def test_fma_rows(tmp_path):
    write_fma(tmp_path)
    manifest = by_id(fma.load(str(tmp_path), "large"))
    assert manifest.loc["000002"].to_dict() == {
        "path": f"{tmp_path.as_posix()}/fma_large/000/000002.mp3",
        "artist_id": "1",
        "artist": "NA",
        "album_id": "1",
        "title": "Food",
        "genre": "Hip-Hop",
        "tags": "Hip-Hop",
        "split": "train",
    }
    assert manifest.loc["000010", ["artist", "album_id", "title", "split"]].tolist() == [
        'A "B", C',
        "",
        "Free way",
        "valid",
    ]
    assert manifest.loc["000134", ["artist", "split"]].tolist() == ["null", "test"]
    unlabelled = manifest.loc["155326"]
    assert unlabelled["path"].endswith("/155/155326.mp3")
    assert (unlabelled.genre, unlabelled["tags"]) == ("", "")


@pytest.mark.parametrize(("subset", "clips"), [("small", 2), ("medium", 3), ("large", 4)])
def test_fma_subsets_are_cumulative(tmp_path, subset, clips):
    write_fma(tmp_path)
    manifest = fma.load(str(tmp_path), subset)
    assert len(manifest) == clips
    assert manifest["path"].str.contains(f"/fma_{subset}/").all()


def test_fma_as_pandas_writes_it(tmp_path):
    # the published file was written so: two header rows, then a row with the index name
    write_fma(tmp_path)
    path = tmp_path / "fma_metadata/tracks.csv"
    frame = pd.read_csv(path, header=[0, 1], index_col=0, keep_default_na=False)
    assert frame.index.name == "track_id"
    before = fma.load(str(tmp_path), "large")
    frame.to_csv(path)
    assert fma.load(str(tmp_path), "large").equals(before)


def test_fma_missing_parts(tmp_path):
    write_fma(tmp_path)
    (tmp_path / "fma_small").rmdir()
    with pytest.raises(InputError, match="fma_small: not found; the data set kind 'fma' expects"):
        fma.load(str(tmp_path))
    (tmp_path / "fma_metadata/tracks.csv").unlink()
    with pytest.raises(InputError, match=r"tracks\.csv: not found"):
        fma.load(str(tmp_path), "medium")


def test_fma_other_tables(tmp_path):
    write_fma(tmp_path)
    path = tmp_path / "fma_metadata/tracks.csv"
    path.write_text(path.read_text().replace("genre_top", "genre"))
    with pytest.raises(InputError, match=r"'genre_top'.*track/genre_top"):
        fma.load(str(tmp_path))
    path.write_text("")
    with pytest.raises(InputError, match="not FMA's"):
        fma.load(str(tmp_path))


def test_fma_unknown_split(tmp_path):
    write_fma(tmp_path, rows=[(*FMA_ROWS[0][:5], "extra", *FMA_ROWS[0][6:])])
    with pytest.raises(InputError, match="track 2 has split 'extra'"):
        fma.load(str(tmp_path))


# ---------------------------------------------------------------- table


def write_table(folder, text):
    path = folder / "clips.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_table_full_and_minimal_rows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    write_table(
        tmp_path / "data",
        "path,artist,genre,tags,split,clip_id,mood\n"
        "a/one.mp3,Ånna,Trot,calm|old,train,first,glad\n"
        '"b,c/two.v2.flac",NA,,,,,\n'
        "/abs/three.wav,,,,,,\n",
    )
    manifest = by_id(table.load("data/clips.csv"))
    assert manifest.loc["first"].to_dict() == {
        "path": "data/a/one.mp3",
        "artist_id": "Ånna",
        "artist": "Ånna",
        "album_id": "",
        "title": "",
        "genre": "Trot",
        "tags": "calm|old",
        "split": "train",
    }
    assert manifest.loc["b,c/two.v2", ["path", "artist_id"]].tolist() == [
        "data/b,c/two.v2.flac",
        "NA",
    ]
    assert manifest.loc["/abs/three", "path"] == "/abs/three.wav"


def test_table_with_byte_order_mark_and_own_artist_id(tmp_path):
    path = write_table(tmp_path, "\ufeffpath,artist,artist_id\nx.mp3,A,7\n")
    assert table.load(path)["artist_id"].tolist() == ["7"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'path'"),
        ("file,genre\na.mp3,x\n", "no column 'path'"),
        ("path,genre\n", "no rows"),
        ("path,genre\na.mp3,x\n,x\n", "line 3: no path"),
        ('path,title\na.mp3,"two\nlines"\n ,x\n', "line 4: no path"),
        ("path,genre\nb/../../a.mp3,x\n", "line 2: path 'b/../../a.mp3' leaves"),
        ("path,split\na.mp3,training\n", "line 2: split is 'training'; use train, valid, test"),
        ("path\na.mp3\na.wav\n", "line 3: clip_id 'a' is that of line 2"),
        ("path,genre\na,b.mp3,rock\n", "line 2: more fields than the header"),
    ],
)
def test_table_malformed(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        table.load(write_table(tmp_path, text))


def test_table_names_are_text(tmp_path):
    path = write_table(tmp_path, 'path,title\na.mp3,"one\r\n two"\n')
    assert table.load(path)["title"].tolist() == ["one two"]
    path = write_table(tmp_path, 'path\na.mp3\n"b\rc.mp3"\n')
    with pytest.raises(InputError, match=r"row 2 has clip_id 'b\\rc'"):
        table.load(path)


def test_table_not_utf8(tmp_path):
    (tmp_path / "clips.csv").write_bytes(b"path,artist\na.mp3,Bj\xf6rk\n")
    with pytest.raises(InputError, match="not a CSV file in UTF-8"):
        table.load(str(tmp_path / "clips.csv"))


# ---------------------------------------------------------------- library


def write_sound(path, **tags):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(4410), 22_050)
    if tags:
        file = mutagen.File(path, easy=True)
        file.update(tags)
        file.save()
    return path


def test_library_tags_of_each_format(tmp_path):
    tags = {"artist": "Björk", "title": "Jóga", "album": "Homogenic", "genre": "Art Pop; Rock"}
    for suffix in ("flac", "ogg", "mp3"):
        write_sound(tmp_path / f"{suffix}.{suffix}", **tags)
    for suffix in ("wav", "aiff"):  # these carry ID3 frames
        file = mutagen.File(write_sound(tmp_path / f"{suffix}.{suffix}"))
        file.add_tags()
        for frame, name in ((TPE1, "artist"), (TIT2, "title"), (TALB, "album"), (TCON, "genre")):
            file.tags.add(frame(encoding=3, text=[tags[name]]))
        file.save()
    manifest = by_id(library.load(str(tmp_path)))
    assert manifest.index.tolist() == ["aiff", "flac", "mp3", "ogg", "wav"]
    for clip_id, row in manifest.iterrows():
        assert row.to_dict() == {
            "path": f"{tmp_path.as_posix()}/{clip_id}.{clip_id}",
            "artist_id": "björk",
            "artist": "Björk",
            "album_id": "homogenic",
            "title": "Jóga",
            "genre": "art pop",
            "tags": "art pop|rock",
            "split": "",
        }


def test_library_without_tags(tmp_path):
    write_sound(tmp_path / "Nina Simone" / "Pastel Blues" / "01 Sinnerman.flac")
    write_sound(tmp_path / "loose.wav")
    write_sound(tmp_path / "Comp" / "x.flac", albumartist="The Band")
    manifest = by_id(library.load(str(tmp_path)))
    song = manifest.loc["Nina Simone/Pastel Blues/01 Sinnerman"]
    assert (song.artist, song.artist_id, song.title) == (
        "Nina Simone",
        "nina simone",
        "01 Sinnerman",
    )
    assert (song.genre, song["tags"], song.album_id) == ("", "", "")
    assert manifest.loc["loose", "artist_id"] == ""
    assert manifest.loc["Comp/x", "artist"] == "The Band"


def test_library_artist_comes_before_album_artist(tmp_path):
    write_sound(tmp_path / "x.flac", albumartist="Various Artists", artist="  A\u00a0\x01 b ")
    assert library.load(str(tmp_path))["artist"].tolist() == ["A b"]


@pytest.mark.parametrize(
    ("genres", "genre", "tags"),
    [
        (["Rock"], "rock", "rock"),
        (["  rOCK / Pop", "ROCK"], "rock", "pop|rock"),
        (["; ,Zouk;jazz  funk"], "zouk", "jazz funk|zouk"),
        (["Ｒｏｃｋ；Cafe\u0301"], "rock", "café|rock"),
        (["/"], "", ""),
    ],
)
def test_library_spellings_of_a_genre_are_one(tmp_path, genres, genre, tags):
    write_sound(tmp_path / "x.flac", genre=genres)
    assert library.load(str(tmp_path))[["genre", "tags"]].to_numpy().tolist() == [[genre, tags]]


def test_library_files_that_count(tmp_path):
    write_sound(tmp_path / "b" / "same.wav")
    write_sound(tmp_path / "b" / "same.flac")
    shutil.copy(tmp_path / "b/same.wav", tmp_path / "a.WAV")
    for name in (".hidden.wav", ".folder/x.wav", "cover.jpg", "notes.txt", "b/._same.wav"):
        touch(tmp_path / name)
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["a", "b/same.flac", "b/same.wav"]


def test_library_unreadable_tags_do_not_stop_the_scan(tmp_path, capsys):
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "broken.flac").write_bytes(b"fLaC\x00\x00\x00")
    (tmp_path / "A" / "empty.mp3").touch()
    (tmp_path / "A" / "text.m4a").write_bytes(b"no audio at all")
    manifest = library.load(str(tmp_path))
    assert manifest["title"].tolist() == ["broken", "empty", "text"]
    assert manifest["artist_id"].tolist() == ["a", "a", "a"]
    assert "files whose tags cannot be read" in capsys.readouterr().err


def test_library_names_that_are_no_text(tmp_path, capsys):
    write_sound(tmp_path / "good.wav")
    shutil.copy(tmp_path / "good.wav", bytes(tmp_path) + b"/bad\xff.wav")
    shutil.copy(tmp_path / "good.wav", tmp_path / "two\nlines.wav")
    assert library.load(str(tmp_path))["clip_id"].tolist() == ["good"]
    assert "2 files left out, for their names are not text" in capsys.readouterr().err


def test_library_folders_that_cannot_be_read(tmp_path, monkeypatch):
    song = write_sound(tmp_path / "good.wav")
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(folder):
        if str(folder).endswith("locked"):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    with pytest.raises(
        InputError, match=r"good\.wav: cannot be read as a folder \(Not a directory"
    ):
        library.load(str(song))
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"locked: cannot be read as a folder \(Permission denied"):
        library.load(str(tmp_path))


def test_library_without_audio(tmp_path):
    touch(tmp_path / "cover.jpg")
    with pytest.raises(InputError, match="no audio files found; the data set kind 'library'"):
        library.load(str(tmp_path))


@pytest.mark.parametrize(
    ("one", "other"),
    [("The  Beatles ", "the beatles"), ("ＡＢＢＡ", "Abba"), ("Cafe\u0301", "CAFÉ"), ("ß", "SS")],
)
def test_normalise_joins_spellings(one, other):
    assert library.normalise(one) == library.normalise(other)
