import pytest

from deepartist.datasets import table
from deepartist.process.errors import InputError
from samples import by_id


def write_table(folder, text):
    path = folder / "clips.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_full_row_and_minimal_ones(tmp_path, monkeypatch):
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
    # An absolute path may leave the folder.
    assert manifest.loc["/abs/three", "path"] == "/abs/three.wav"


def test_a_byte_order_mark_and_an_artist_id_of_its_own(tmp_path):
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
        ("path,genre\nb/../../a.mp3,x\n", r"line 2: path 'b/\.\./\.\./a\.mp3' leaves"),
        ("path,genre\n..,x\n", r"line 2: path '\.\.' leaves"),
        ("path\n.\n", r"line 2: path '\.' names no file"),
        ("path\n/\n", "line 2: path '/' names no file"),
        ("path,split\na.mp3,training\n", "line 2: split is 'training'; use train, valid, test"),
        ("path\na.mp3\na.wav\n", "line 3: clip_id 'a' is used by line 2, too"),
        ('path\n"a\n.mp3"\n"a\n.wav"\n', r"line 5: clip_id 'a\\n' is used by line 3, too"),
        ("path,genre\na,b.mp3,rock\n", "line 2: more fields than the header"),
        ("path\n" + "a" * 200_000, "not a CSV file in UTF-8"),
    ],
)
def test_a_malformed_table_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        table.load(write_table(tmp_path, text))
    assert str(caught.value).isprintable()


def test_names_that_are_no_text_become_so_or_are_refused(tmp_path):
    path = write_table(tmp_path, 'path,title\na.mp3,"one\r\n two"\n')
    assert table.load(path)["title"].tolist() == ["one two"]
    path = write_table(tmp_path, 'path\na.mp3\n"b\rc.mp3"\n')
    with pytest.raises(InputError, match=r"row 2 has clip_id 'b\\rc'"):
        table.load(path)


def test_control_characters_leave_a_title_and_html_stays_for_the_pages_to_escape(tmp_path):
    title = "<script>alert(1)</script> &amp; \x1b[31m\x00red\x85\u2028é"
    path = write_table(tmp_path, f'path,title,artist\na.mp3,"{title}",<b>\tX</b>\n')
    row = table.load(path).iloc[0]
    assert row["title"] == "<script>alert(1)</script> &amp; [31m red é"
    assert row["artist"] == "<b> X</b>"


def test_a_table_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "clips.csv").write_bytes(b"path,artist\na.mp3,Bj\xf6rk\n")
    with pytest.raises(InputError, match="not a CSV file in UTF-8"):
        table.load(str(tmp_path / "clips.csv"))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a file; the data set kind 'table' expects a CSV"):
        table.load(str(tmp_path))
