"""docs/real_music.md lists the songs of the tables MUSIC.csv, and says nothing else of them."""

import re

import pandas as pd
import pytest
import yaml
from benchmarks.list_music import MARKS, PAGE, list_songs, main

from deepartist.process.errors import InputError

MUSIC = """file,artist,title,album,repository,path,offset_s,licence
A|B/00.mp3,A|B,"a *loud* [song](http://x) <b>",Album,owner/name.x,music/a_b.ogg,60.62,CC0-1.0
A|B/01.mp3,A|B,`x` \\ & $y$ ~~z~~,Album,no <i>repository</i>,c.ogg,0,"free, no credit"
"""
OPEN_MUSIC = """file,artist,title,licence,source,seconds
Zoë/one.mp3,Zoë,One,GPL-2+,debian:some-game_data,30.5
Zoë/two.mp3,Zoë,Two,GPL-3+ (X),github:owner/game,30.5
Yan/three.mp3,Yan,Three,CC-BY-3.0,elsewhere:some_where,29.5
"""
LISTED = r"""### `music/`: 2 clips of 1 artists

| artist | title | file | licence | published in |
|---|---|---|---|---|
| A\|B | a \*loud\* \[song\](http://x) \<b\> | A\|B/00.mp3 | CC0-1.0 | [owner/name.x](https://github.com/owner/name.x): music/a\_b.ogg, from 60.62 s |
| A\|B | \`x\` \\ \& \$y\$ \~\~z\~\~ | A\|B/01.mp3 | free, no credit | no \<i\>repository\</i\>: c.ogg, from 0 s |

### `open/`: 3 clips of 2 artists

| artist | title | file | licence | published in |
|---|---|---|---|---|
| Zoë | One | Zoë/one.mp3 | GPL-2+ | Debian package some-game\_data |
| Zoë | Two | Zoë/two.mp3 | GPL-3+ (X) | [owner/game](https://github.com/owner/game) |
| Yan | Three | Yan/three.mp3 | CC-BY-3.0 | elsewhere:some\_where |"""  # noqa: E501


@pytest.fixture
def folders(tmp_path):
    folders = [tmp_path / "music", tmp_path / "open"]
    for folder, table in zip(folders, (MUSIC, OPEN_MUSIC), strict=True):
        folder.mkdir()
        (folder / "MUSIC.csv").write_text(table, encoding="utf-8")
    return folders


def test_songs_are_listed_as_they_are_in_the_tables(folders):
    assert list_songs(folders) == LISTED


def test_the_list_takes_the_place_between_the_marks(tmp_path, folders):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n", encoding="utf-8")
    main([*map(str, folders), "--page", str(page)])
    text = page.read_text(encoding="utf-8")
    assert text == f"before\n{MARKS[0]}\n{LISTED}\n{MARKS[1]}\nafter\n"


def test_a_table_that_lacks_something_is_named(folders):
    (folders[1] / "MUSIC.csv").write_text("file,artist,title\na,b,c\n")
    with pytest.raises(InputError, match=r"MUSIC\.csv.*licence"):
        list_songs(folders)


def test_the_page_lists_the_songs_that_are_there(music):
    # put right by: python benchmarks/list_music.py MUSIC OPEN_MUSIC
    folders = [music, music.parent / "open_music"]
    if not folders[1].is_dir():
        pytest.skip("needs real music in ../shared/open_music")
    text = PAGE.read_text(encoding="utf-8")
    listed = text.partition(MARKS[0])[2].partition(MARKS[1])[0]
    assert listed == f"\n{list_songs(folders)}\n"
    songs = pd.concat(pd.read_csv(folder / "MUSIC.csv") for folder in folders)
    counts = songs["artist"].value_counts()
    assert f"**{len(songs)} clips of {len(counts)} artists**, 3 to {counts.max()} songs" in text
    assert counts.min() == 3
    usable = songs.loc[songs["file"] != "Daniel Roux/08.mp3", "artist"].value_counts()
    assert f"**{usable.sum()} songs**" in text
    assert f"- {(usable >= 10).sum()} artists have ten usable songs or more" in text


def test_the_page_knows_the_numbers_of_the_config():
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    config = yaml.safe_load((PAGE.parents[1] / "configs/real.yaml").read_text(encoding="utf-8"))
    count, *songs = (
        config["artists"][key] for key in ("count", "songs_train", "songs_valid", "songs_test")
    )
    train, valid, test = songs
    assert f"{count} artists, each with {train} songs to train on, {valid} to validate" in text
    assert f"{test} to test: it needs {count} artists with ten usable songs or more" in text
    assert sum(songs) == 10


def test_the_page_names_no_folder_of_one_machine():
    text = PAGE.read_text(encoding="utf-8")
    assert "<!-- real: results" in text
    roots = "work|home|tmp|root|mnt|srv|Users|var|data"
    assert not re.search(rf"(?<![\w.:/)-])/(?:{roots})/", text)


def test_the_list_counts_its_rows():
    text = PAGE.read_text(encoding="utf-8").partition(MARKS[0])[2]
    for clips, rows in zip(
        re.findall(r"^### .*: (\d+) clips", text, re.MULTILINE),
        [part.count("\n| ") - 1 for part in text.split("### ")[1:]],
        strict=True,
    ):
        assert int(clips) == rows
