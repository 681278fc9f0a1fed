import pytest

from deepartist.datasets import jamendo
from deepartist.datasets.manifest import read_manifest
from deepartist.process.errors import InputError
from samples import by_id, touch

HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n"
SONGS = {
    241: ["genre---rock"],
    242: ["instrument---guitar", "genre---pop", "genre---rock", "mood/theme---happy"],
    1300: ["mood/theme---sad"],
}


def write_row(number, tags, artist=5):
    path = f"{number % 100:02d}/{number}.mp3"
    return "\t".join(
        [f"track_{number:07d}", f"artist_{artist:06d}", "album_000033", path, "340.1", *tags]
    )


def write_tsv(path, songs=SONGS, header=HEADER):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(header + "".join(write_row(n, tags) + "\n" for n, tags in songs.items()))
    return str(path)


def write_jamendo(folder, suffix=".mp3"):
    """Write a table of three songs and their files; return the folder and the table."""
    for number in SONGS:
        touch(folder / "audio" / f"{number % 100:02d}" / f"{number}{suffix}")
    return str(folder / "audio"), write_tsv(folder / "data" / "autotagging.tsv")


def write_split(folder, train=(241,), validation=(242,), test=(1300,), task="autotagging"):
    for part, numbers in (("train", train), ("validation", validation), ("test", test)):
        write_tsv(folder / f"{task}-{part}.tsv", {n: SONGS.get(n, []) for n in numbers})
    return str(folder)


def test_all_fields_after_the_fifth_are_tags(tmp_path, capsys):
    audio, tsv = write_jamendo(tmp_path)
    manifest = by_id(jamendo.load(audio, tsv))
    assert manifest.loc["track_0000241"].to_dict() == {
        "path": f"{tmp_path.as_posix()}/audio/41/241.mp3",
        "artist_id": "artist_000005",
        "artist": "",
        "album_id": "album_000033",
        "title": "",
        "genre": "rock",
        "tags": "genre---rock",
        "split": "",
    }
    song = manifest.loc["track_0000242"]
    assert song["tags"] == "instrument---guitar|genre---pop|genre---rock|mood/theme---happy"
    assert song.genre == "pop"
    assert manifest.loc["track_0001300", "genre"] == ""
    assert capsys.readouterr().err == ""


def test_the_low_quality_is_found_by_its_name_and_the_other_is_taken_before_it(tmp_path, capsys):
    audio, tsv = write_jamendo(tmp_path, ".low.mp3")
    touch(tmp_path / "audio/42/242.mp3")
    paths = by_id(jamendo.load(audio, tsv))["path"].str.removeprefix(f"{audio}/")
    assert paths.tolist() == ["41/241.low.mp3", "42/242.mp3", "00/1300.low.mp3"]
    assert capsys.readouterr().err == ""


def test_songs_without_a_file_stay_and_are_reported(tmp_path, capsys):
    audio, tsv = write_jamendo(tmp_path)
    (tmp_path / "audio/42/242.mp3").unlink()
    manifest = by_id(jamendo.load(audio, tsv))
    assert manifest.loc["track_0000242", "path"] == f"{audio}/42/242.mp3"
    assert capsys.readouterr().err == "1 song without a file: track_0000242\n"


def test_a_folder_without_any_of_the_songs_is_refused(tmp_path):
    _audio, tsv = write_jamendo(tmp_path)
    touch(tmp_path / "other/audio/41/241.mp3")  # one folder too high
    with pytest.raises(InputError, match=r"other: holds none of the 3 songs .* NN/ID\.low\.mp3"):
        jamendo.load(str(tmp_path / "other"), tsv)


def test_raw_meta_beside_the_table_gives_titles_and_artists(tmp_path, capsys):
    audio, tsv = write_jamendo(tmp_path)
    rows = [
        [*("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "TRACK_NAME", "ARTIST_NAME", "ALBUM_NAME")],
        ["track_0000241", "artist_000005", "album_000033", 'A "title" <b>', "Ärger\u2028x", "Alb"],
        ["track_0001300", "artist_000005", "album_000033", "", "NA", ""],
        ["track_0000242", "artist_000005"],
        ["track_9999999", "artist_000005", "album_000033", "Of no table", "X", "Y"],
    ]
    ends = [["RELEASEDATE", "URL"], *[["2004-01-01", "page"]] * 2, [], ["2004-01-01", "page"]]
    meta = tmp_path / "data/raw.meta.tsv"
    meta.write_text(
        "".join("\t".join(row + end) + "\r\n" for row, end in zip(rows, ends, strict=True)),
        encoding="utf-8",
        newline="",
    )
    manifest = by_id(jamendo.load(audio, tsv))
    assert manifest[["title", "artist"]].to_numpy().tolist() == [
        ['A "title" <b>', "Ärger x"],
        ["", ""],
        ["", "NA"],
    ]
    assert capsys.readouterr().err == (
        f"1 line of {meta} left out, without 8 fields or more in UTF-8, "
        "or lacking one of TRACK_ID, ARTIST_ID: line 4\n"
    )


def test_an_official_split_is_kept_to(tmp_path, capsys):
    audio, tsv = write_jamendo(tmp_path)
    folder = write_split(tmp_path / "splits/split-0", test=())
    write_split(tmp_path / "splits/split-0", (1300,), (241,), (242,), task="autotagging_genre")
    manifest = by_id(jamendo.load(audio, tsv, folder))
    assert manifest["split"].to_dict() == {"track_0000241": "train", "track_0000242": "valid"}
    assert capsys.readouterr().err == (
        f"1 song of {tsv} left out, in no part of {folder}: track_0001300\n"
    )


def test_tags_are_those_of_the_table_with_a_split_too(tmp_path):
    audio, tsv = write_jamendo(tmp_path)
    folder = write_split(tmp_path / "splits")
    write_tsv(tmp_path / "splits/autotagging-train.tsv", {241: ["genre---jazz"]})
    assert by_id(jamendo.load(audio, tsv, folder)).loc["track_0000241", "tags"] == "genre---rock"


def test_a_song_in_two_parts_is_refused(tmp_path):
    audio, tsv = write_jamendo(tmp_path)
    folder = write_split(tmp_path / "splits", train=(241, 242))
    with pytest.raises(
        InputError, match=r"-validation\.tsv, line 2: track_0000242 is in the part 'train' too"
    ):
        jamendo.load(audio, tsv, folder)


def test_a_split_of_other_songs_is_refused(tmp_path):
    audio, tsv = write_jamendo(tmp_path)
    folder = write_split(tmp_path / "splits", (7,), (8,), (9,))
    with pytest.raises(InputError, match="the parts of autotagging: no songs of the table found"):
        jamendo.load(audio, tsv, folder)


def test_a_missing_part_is_named(tmp_path):
    audio, tsv = write_jamendo(tmp_path)
    folder = write_split(tmp_path / "splits")
    (tmp_path / "splits/autotagging-test.tsv").unlink()
    with pytest.raises(InputError, match=r"autotagging-test\.tsv: not found"):
        jamendo.load(audio, tsv, folder)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "path,genre\n",
        HEADER.replace("DURATION\t", ""),
        HEADER.replace("\t", ","),
        HEADER.replace("TAGS", "TAGS\tMORE"),
    ],
)
def test_another_header_is_refused(tmp_path, header):
    audio, _tsv = write_jamendo(tmp_path)
    tsv = write_tsv(tmp_path / "t.tsv", header=header)
    with pytest.raises(InputError, match=r"t\.tsv: not a table of MTG-Jamendo; its header is T"):
        jamendo.load(audio, tsv)


def test_rows_that_are_none_are_reported(tmp_path, capsys):
    audio, tsv = write_jamendo(tmp_path)
    bad = [
        b"",
        b"track_0000001\tartist_000001\talbum_000001\t01/1.mp3\t100.0",
        b"track_0000002\tartist_000001\talbum_000001\t\t100.0\tgenre---rock",
        b"track_0000003\t\talbum_000001\t03/3.mp3\t100.0\tgenre---rock",
        b"track_0000004\tartist_000001\talbum_000001\t04/4.mp3\t100.0\tgenre---\xff",
    ]
    with (tmp_path / "data/autotagging.tsv").open("ab") as file:
        file.write(b"\n".join(bad) + b"\n")
    assert len(jamendo.load(audio, tsv)) == len(SONGS)
    assert capsys.readouterr().err == (
        f"5 lines of {tsv} left out, without 6 fields or more in UTF-8, "
        "or lacking one of TRACK_ID, ARTIST_ID, PATH: line 5, line 6, line 7, …\n"
    )


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_the_fields(tmp_path):
    audio, tsv = write_jamendo(tmp_path)
    path = tmp_path / "data/autotagging.tsv"
    before = jamendo.load(audio, tsv)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert jamendo.load(audio, tsv).equals(before)


@pytest.mark.parametrize("climbing", ["../241.mp3", "/etc/passwd", "41/../../241.mp3"])
def test_a_path_that_climbs_out_of_the_folder_is_refused(tmp_path, climbing):
    audio, tsv = write_jamendo(tmp_path)
    path = tmp_path / "data/autotagging.tsv"
    path.write_text(path.read_text().replace("42/242.mp3", climbing))
    with pytest.raises(InputError, match=rf"autotagging\.tsv, line 3: path '{climbing}' leaves"):
        jamendo.load(audio, tsv)


def test_a_table_without_rows_is_refused(tmp_path):
    audio, _tsv = write_jamendo(tmp_path)
    with pytest.raises(InputError, match=r"t\.tsv: no songs of the table found"):
        jamendo.load(audio, write_tsv(tmp_path / "t.tsv", {}))


def test_a_folder_in_the_place_of_the_table_is_refused(tmp_path):
    audio, _tsv = write_jamendo(tmp_path)
    with pytest.raises(InputError, match="is not a file; the data set kind 'jamendo' expects"):
        jamendo.load(audio, str(tmp_path))


def test_the_command_needs_a_table_and_takes_a_split(tmp_path):
    audio, tsv = write_jamendo(tmp_path)
    folder = write_split(tmp_path / "splits")
    words = ["--manifest", str(tmp_path / "m.csv"), "--set", "kind=jamendo", f"path={audio}"]
    with pytest.raises(InputError, match="table: missing"):
        jamendo.main(words)
    jamendo.main([*words, f"table={tsv}", f"splits={folder}", "excerpt=middle"])
    assert read_manifest(tmp_path / "m.csv")["split"].tolist() == ["train", "valid", "test"]
