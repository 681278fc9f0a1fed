import pytest

from deepartist.datasets import table
from deepartist.process.errors import InputError
from deepartist.splits.artists import artist_names
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
        ("", "it is empty; a table has a header with a column path"),
        ("file,genre\na.mp3,x\n", "no column path; it has file, genre"),
        ("path,genre\n", "no rows"),
        ("path,genre\na.mp3,x\n,x\n", "line 3: no path"),
        ('path,title\na.mp3,"two\nlines"\n ,x\n', "line 4: no path"),
        ("path,genre\nb/../../a.mp3,x\n", r"line 2: path 'b/\.\./\.\./a\.mp3' leaves"),
        ("path,genre\n..,x\n", r"line 2: path '\.\.' leaves"),
        ("path\n.\n", r"line 2: path '\.' names no file"),
        ("path\n/\n", "line 2: path '/' names no file"),
        ("path,split\na.mp3,training\n", "line 2: split is 'training'; use train, valid, test"),
        ("path\na.mp3\na.wav\n", "line 3: clip_id 'a' is used by line 2, too"),
        (
            'path\na.mp3\n"b\rc.mp3"\n',
            "line 3: the field of column 'path' goes on in the next line",
        ),
        (
            "path,genre\na,b.mp3,rock\n",
            "line 2 has 3 fields, the header 2; put a field with a comma",
        ),
        ("path,genre\na.mp3,rock,\n", "line 2 has 3 fields, the header 2; remove the commas"),
        ("path\n" + "a" * 200_000, "line 2: path has 200000 characters; shorten it to 4096"),
        ("path,clip_id\na.mp3," + "a" * 4097, "line 2: clip_id has 4097 characters"),
        ("path,split\na.mp3," + "a" * 154_000, "line 2: split is 'a{40}'; use"),
    ],
)
def test_a_malformed_table_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        table.load(write_table(tmp_path, text))
    assert str(caught.value).isprintable()


def test_names_that_are_no_text_become_so_or_are_refused(tmp_path):
    path = write_table(tmp_path, 'path,title\na.mp3,"one\r\n two"\n')
    assert table.load(path)["title"].tolist() == ["one two"]
    path = write_table(tmp_path, "path\na.mp3\nb\x7fc.mp3\n")
    with pytest.raises(InputError, match=r"row 2 has clip_id 'b\\x7fc'"):
        table.load(path)


def test_control_characters_leave_a_title_and_html_stays_for_the_pages_to_escape(tmp_path):
    title = "<script>alert(1)</script> &amp; \x1b[31m\x00red\x85\u2028é"
    path = write_table(tmp_path, f'path,title,artist\na.mp3,"{title}",<b>\tX</b>\n')
    row = table.load(path).iloc[0]
    assert row["title"] == "<script>alert(1)</script> &amp; [31m red é"
    assert row["artist"] == "<b> X</b>"


def test_a_table_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "clips.csv").write_bytes(b"path,artist\na.mp3,Bj\xf6rk\n")
    with pytest.raises(InputError, match=r"line 2 is not in UTF-8; .*Windows-1252.*'a\.mp3,Björk'"):
        table.load(str(tmp_path / "clips.csv"))


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a file; the data set kind 'table' expects a CSV"):
        table.load(str(tmp_path))


HEROES = "path,title,genre\na.mp3,One,Pop\n"


@pytest.mark.parametrize(
    "rows",
    [
        'b.mp3,"Heroes,Rock\nc.mp3,X,Rock\nd.mp3,Y,Pop\n',
        'b.mp3,"Heroes,Rock\nc.mp3,X,Rock\nd.mp3,"Low,Rock\ne.mp3,Y,Pop\n',
        'b.mp3,"Heroes,Rock\nc.mp3,X,Rock\nd.mp3,Low",Rock\ne.mp3,Y,Pop\n',
        'b.mp3,"Heroes,Rock\nc.mp3,X,Rock"\n',
        'b.mp3,"Heroes,Rock\nc.mp3,"",Rock\nd.mp3,"X, Y",Rock\n',
        'b.mp3,One,"Rock\nc.mp3,X,Rock"\n',
        '"b.mp3,One,Rock\nc.mp3",X,Rock\n',
        'b.mp3,"Heroes" live,Rock\n',
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_stray_quote_is_refused_with_its_line(tmp_path, rows, line_end):
    (tmp_path / "clips.csv").write_bytes((HEROES + rows).replace("\n", line_end).encode())
    with pytest.raises(InputError, match=r"clips\.csv: .*: line 3[ :].*quote") as caught:
        table.load(str(tmp_path / "clips.csv"))
    assert str(caught.value).isprintable()


def test_a_title_may_have_lines_and_commas_of_prose(tmp_path):
    rows = 'b.mp3,"Hello,\r\nmy friend, you, too",Rock\nc.mp3,"5"" single",Pop\nd.mp3,5" too,Pop\n'
    titles = by_id(table.load(write_table(tmp_path, HEROES + rows)))["title"]
    assert titles[1:].tolist() == ["Hello, my friend, you, too", '5" single', '5" too']


@pytest.mark.parametrize(
    "header",
    ["path,artist,genre,Split", "path,artist,genre, split", "Path\t,ARTIST, Genre,\ufeffsplit"],
)
def test_names_of_columns_are_compared_without_blanks_and_case(tmp_path, header):
    path = write_table(tmp_path, f'{header}\nx.mp3,A,Pop,test\ny.mp3, "B, C", Pop, train\n')
    manifest = table.load(path)
    assert manifest["split"].tolist() == ["test", "train"]
    assert manifest["artist"].tolist() == ["A", "B, C"]
    assert manifest["genre"].tolist() == ["Pop", "Pop"]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("spilt", "split"),
        ("Splits", "split"),
        ("genres", "genre"),
        ("titel", "title"),
        ("tag", "tags"),
        ("clip id", "clip_id"),
        ("artistid", "artist_id"),
    ],
)
def test_a_name_with_a_letter_wrong_is_refused(tmp_path, name, known):
    with pytest.raises(InputError, match=f"column '{name}' .*; did you mean '{known}'"):
        table.load(write_table(tmp_path, f"path,{name}\na.mp3,x\n"))


def test_other_columns_are_ignored_whatever_their_names(tmp_path):
    others = "album,artist_uri,artist_2,genre_top,subtitle,mood,mood,,genres"
    path = write_table(tmp_path, f"path,genre,artist,{others}\na.mp3,Pop,A{',x' * 9}\n")
    assert table.load(path).iloc[0].to_dict() == {
        "clip_id": "a",
        "path": str(tmp_path / "a.mp3"),
        "genre": "Pop",
        "artist": "A",
        "artist_id": "A",
        **dict.fromkeys(("album_id", "title", "tags", "split"), ""),
    }


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="the column 'split' more than once"):
        table.load(write_table(tmp_path, "path,split,Split\na.mp3,test,train\n"))


@pytest.mark.parametrize(
    ("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_another_separator_is_named(tmp_path, separator, name, quote):
    rows = [["path", "artist", "genre"], ["a.mp3", "A, B", "Pop"]]
    text = "\n".join(separator.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    with pytest.raises(InputError, match=f"separated by {name}: save it with commas"):
        table.load(write_table(tmp_path, text))


def test_another_separator_below_the_header_is_named(tmp_path):
    with pytest.raises(InputError, match=r"line 2 has 1 field, the header 3; .* by semicolons"):
        table.load(write_table(tmp_path, "path,artist,genre\na.mp3;A;Pop\n"))


def test_a_long_title_is_cut_and_reported(tmp_path, capsys):
    path = write_table(tmp_path, f"path,title\na.mp3,One\nb.mp3,{'x' * 154_000}\nc.mp3,Two\n")
    assert table.load(path)["title"].tolist() == ["One", "x" * 1000, "Two"]
    assert capsys.readouterr().err == ("1 text cut to 1000 characters: title of b\n")


@pytest.mark.parametrize(
    "spellings",
    [
        ("Blink-182", "Blink\u2010182"),
        ("Guns N' Roses", "Guns N\u2019 Roses"),
        ("Someone", "\u200bSomeone"),
        ("Björk", "Bjo\u0308rk"),
        ("ABBA", "Abba"),
    ],
)
def test_spellings_of_an_artist_and_a_label_are_one(tmp_path, spellings):
    one, other = spellings
    rows = [f"{i}.wav,{name},{name}" for i, name in enumerate((one, other, one))]
    path = tmp_path / "clips.csv"
    path.write_text("\n".join(["path,artist,genre", *rows]), encoding="utf-8")
    songs = table.load(str(path))
    assert songs["artist_id"].tolist() == songs["genre"].tolist() == [one] * 3
    assert artist_names(songs).tolist() == [one] * 3
