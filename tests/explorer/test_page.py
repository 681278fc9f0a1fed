"""What the page holds: all songs, whatever their names, and nothing that could run."""

import base64
import json
import re

import numpy as np
import pytest

from deepartist.explorer import page as page_module
from deepartist.explorer.neighbours import Neighbours
from deepartist.explorer.page import describe, make_page
from deepartist.library.store import Song
from deepartist.process.errors import InputError

EVIL = "</script><script>alert(1)</script><!-- \"'& $style ${data} \u2028"


def song(path, artist="A", album="B", title="T", genre="", duration_s=61.5):
    return Song(path, "/m", artist, album, title, genre, duration_s, 1, 1, path, "")


SONGS = [
    song("/m/x/a/1.mp3", "A", "One", "Uno", "Rock; Pop"),
    song("/m/x/a/2.mp3", "A", "Two", EVIL, "Rock"),
    song("/m/x/3 #?%.mp3", "B", "", "Tre", "", 0.0),
]
PLACES = np.array([[0, 1], [2, 3.5], [-4, 0]], np.float32)
NEIGHBOURS = Neighbours(
    np.array([[1, 2], [0, 2], [1, -1]], np.int32),
    np.array([[0.987, 0.5], [0.987, -0.2], [-0.2, 0]], np.float32),
)


def decode(text, kind):
    return np.frombuffer(base64.b64decode(text), kind).tolist()


def test_it_holds_what_is_known_of_songs(tmp_path):
    data = describe("mine", SONGS, PLACES, NEIGHBOURS, tmp_path)
    assert data["folder"] == "/m/x"
    assert data["paths"] == ["a/1.mp3", "a/2.mp3", "3 #?%.mp3"]
    assert data["titles"] == ["Uno", EVIL, "Tre"]
    assert decode(data["x"], "<f4") == [0, 2, -4]
    assert decode(data["y"], "<f4") == [1, 3.5, 0]
    assert decode(data["duration_s"], "<f4") == [61.5, 61.5, 0]
    assert decode(data["neighbours"], "<i4") == [1, 2, 0, 2, 1, -1]
    assert decode(data["similarity_percent"], "i1") == [99, 50, 99, -20, -20, 0]
    names = {
        name: [group["names"][number] for number in decode(group["of"], "<i4")]
        for name, group in data["groups"].items()
    }
    assert names == {
        "artist": ["A", "A", "B"],
        "album": ["One", "Two", ""],
        "genre": ["Rock", "Rock", ""],
        "folder": ["a", "a", ""],
    }
    # The most frequent first, those without one last.
    assert data["groups"]["genre"]["names"] == ["Rock", ""]
    assert data["groups"]["album"]["names"] == ["One", "Two", ""]


@pytest.mark.parametrize(
    ("page_folder", "link"), [("/m/x", "."), ("/m", "x"), ("/m/x/a", ".."), ("/n/l", "../../m/x")]
)
def test_links_start_from_the_page(page_folder, link):
    assert describe("", SONGS, PLACES, NEIGHBOURS, page_folder)["link"] == link


def test_a_page_that_is_served_has_no_links():
    assert describe("", SONGS, PLACES, NEIGHBOURS, None)["link"] is None


@pytest.fixture
def script(tmp_path, monkeypatch):
    path = tmp_path / "explorer.js"
    path.write_text("run(`$`);")
    monkeypatch.setattr(page_module, "SCRIPT", path)
    return path


def test_no_name_of_a_song_can_end_the_data(script):
    page = make_page(f"<b>{EVIL}", SONGS, PLACES, NEIGHBOURS, None)
    (data,) = re.findall(r'<script id="songs" type="application/json">(.*?)</script>', page, re.S)
    assert json.loads(data)["titles"][1] == EVIL
    assert page.count("<script") == page.count("</script") == 2
    assert "<!--" not in page
    assert "<b>" not in page


def test_the_browser_is_told_to_run_the_script_alone_and_to_load_nothing(script):
    page = make_page("mine", SONGS, PLACES, NEIGHBOURS, None)
    (policy,) = re.findall(r'Content-Security-Policy" content="(.*?)"', page)
    digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of nothing
    assert digest not in policy
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert not re.search(r'(src|href)="(?!data:,")', page)


def test_a_script_that_was_not_built_is_named(script):
    script.unlink()
    with pytest.raises(InputError, match=r"install Node.js"):
        make_page("mine", SONGS, PLACES, NEIGHBOURS, None)
