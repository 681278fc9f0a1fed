"""The page in a real browser: points, search, clicks, neighbours, playlists, and no connection."""

import subprocess
import sys

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from browser import complaints, open_browser, requests
from collection import make_model, write_song
from deepartist.explorer.neighbours import Neighbours
from deepartist.explorer.page import SCRIPT, make_page
from deepartist.library.search import find_similar
from deepartist.library.store import Song, read_songs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SCRIPT.exists(), reason="needs npm when it is installed"),
]
PATIENCE_S = 30

TITLES = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    'Say "it\'s" & `${done}`',
    "Ænima – 日本",
    *(f"Song {number}" for number in range(4, 14)),
]
GENRES = ["Rock", "Jazz", ""]


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def browser(downloads):
    driver = open_browser(downloads)
    yield driver
    driver.quit()


def deepartist(*words):
    subprocess.run(
        [sys.executable, "-m", "deepartist.cli", *map(str, words)], check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A collection with names that would be HTML, and odd paths; its library and map."""
    home = tmp_path_factory.mktemp("home")
    for number, title in enumerate(TITLES):
        tags = {"artist": f"Artist {number % 4}", "title": title, "album": f"Album {number % 5}"}
        if GENRES[number % 3]:
            tags["genre"] = GENRES[number % 3]
        folder = home / "my music" / ["a #1", "b?", "100%"][number % 3]
        write_song(folder / f"{number} & 'ü'.flac", number, seconds=5, **tags)
    make_model(home / "model")
    deepartist("index", home / "my music", "-o", home / "library", "--model", home / "model")
    deepartist("explore", home / "library", "-o", home / "map.html")
    return home


@pytest.fixture
def songs(home):
    return read_songs(home / "library")


@pytest.fixture
def page(browser, home):
    browser.get("about:blank")
    complaints(browser), requests(browser)  # of earlier tests
    browser.get((home / "map.html").as_uri())
    page = Page(browser)
    page.wait(page.is_ready)
    yield page
    assert complaints(browser) == []
    schemes = {address.partition(":")[0] for address in requests(browser)}
    assert schemes <= {"file", "data", "blob"}


class Page:
    """The page as somebody uses it."""

    def __init__(self, browser):
        self.browser = browser

    def wait(self, condition):
        return WebDriverWait(self.browser, PATIENCE_S).until(lambda _: condition())

    def is_ready(self):
        return self.browser.execute_script("return document.body.dataset.isReady")

    def wait_for_frames(self, count=3):
        """Wait until the browser has drawn some frames."""
        self.browser.execute_async_script(
            "const [count, done] = arguments;"
            "const next = (left) => left ? requestAnimationFrame(() => next(left - 1)) : done();"
            "next(count)",
            count,
        )

    def run(self, script, *values):
        return self.browser.execute_script(script, *values)

    def find(self, name):
        return self.browser.find_element(By.ID, name)

    def text(self, name):
        return self.find(name).get_attribute("textContent")

    def listed(self, name):
        """Rows of the songs of a list."""
        buttons = self.browser.find_elements(By.CSS_SELECTOR, f"#{name} .song")
        return [int(button.get_attribute("data-row")) for button in buttons]

    def row_of(self, title):
        return self.run("return explorer.songs.titles.indexOf(arguments[0])", title)

    def place_of(self, row):
        """Where a song is within the window, in pixels."""
        return self.run(
            "const [x, y] = explorer.map.placeOf(arguments[0]);"
            "const {left, top} = document.getElementById('canvas').getBoundingClientRect();"
            "return [left + x, top + y]",
            row,
        )

    def colour_at(self, row):
        return self.run(
            "const [x, y] = explorer.map.placeOf(arguments[0]);"
            "const canvas = document.getElementById('canvas');"
            "const ratio = canvas.width / canvas.clientWidth;"
            "return [...canvas.getContext('2d').getImageData(x * ratio, y * ratio, 1, 1).data]",
            row,
        )

    def move_to(self, row):
        actions = ActionChains(self.browser, duration=0)
        x, y = (round(value) for value in self.place_of(row))
        actions.w3c_actions.pointer_action.move_to_location(x - 30, y - 30)
        actions.w3c_actions.pointer_action.move_to_location(x, y)
        actions.perform()

    def click(self, row):
        self.move_to(row)
        self.wait(lambda: self.find("tip").is_displayed())
        ActionChains(self.browser).click().perform()

    def player(self, name):
        return self.run(f"return document.getElementById('player').{name}")


def test_each_song_is_a_point_in_the_colour_of_its_artist(page, songs):
    names = page.run("return explorer.songs.groups.artist.names")
    assert sorted(names) == [f"Artist {number}" for number in range(4)]
    colours = {}
    for row, song in enumerate(songs[0]):
        assert page.text("count") == "14 songs"
        red, green, blue, alpha = page.colour_at(row)
        assert alpha > 100, song
        colours.setdefault(song.artist, []).append((red, green, blue))
    means = [np.mean(of_artist, axis=0) for of_artist in colours.values()]
    assert min(np.abs(a - b).max() for k, a in enumerate(means) for b in means[:k]) > 30


def test_points_change_colour_and_the_legend_tells(page, songs):
    before = page.colour_at(0)
    Select(page.find("group")).select_by_visible_text("genre")
    page.wait(lambda: "no genre" in page.text("legend"))
    assert {"Rock", "Jazz"} <= set(page.find("legend").text.split())
    of_genre = {song.genre: page.colour_at(row)[:3] for row, song in enumerate(songs[0])}
    assert len(of_genre) == 3
    Select(page.find("group")).select_by_visible_text("folder")
    page.wait(lambda: "a #1" in page.text("legend"))
    Select(page.find("group")).select_by_visible_text("artist")
    page.wait(lambda: page.colour_at(0) == before)


def test_the_name_is_shown_under_the_pointer(page):
    row = page.row_of(TITLES[0])
    page.move_to(row)
    page.wait(lambda: page.find("tip").is_displayed())
    assert page.find("tip").text.split("\n") == [f"Artist 0 – {TITLES[0]}", "Album 0"]


@pytest.mark.parametrize("title", TITLES[:5])
def test_a_click_plays_a_song_and_lists_its_nearest(page, songs, title):
    row = page.row_of(title)
    assert songs[0][row].title == title
    page.click(row)
    page.wait(lambda: page.text("now-title") == title)
    assert page.text("now-artist") == songs[0][row].artist
    units = songs[1]["balanced"]
    alone = find_similar(*songs[:1], units, units[row], 12, without=[row], max_per_artist=2)
    assert page.listed("nearest") == [match.row for match in alone]
    page.wait(lambda: page.player("currentTime") > 0.2)
    assert page.player("duration") == pytest.approx(5, abs=0.1)
    assert not page.find("player-error").is_displayed()


def test_names_stay_text(page):
    page.click(page.row_of(TITLES[0]))
    for title in TITLES[:3]:
        page.find("search").clear()
        page.find("search").send_keys(title)
        page.wait(lambda title=title: title in page.find("found-list").text)
    assert page.run("return document.querySelectorAll('img').length") == 0
    assert page.run("return document.querySelectorAll('script').length") == 2


def test_a_search_lists_songs_and_enter_plays_the_first(page, songs):
    search = page.find("search")
    search.send_keys("ANIMA")
    page.wait(lambda: page.text("found-count") == "0 found")
    search.clear()
    search.send_keys("artist 2 SONG")
    expected = [
        row
        for row, song in enumerate(songs[0])
        if "Song" in song.title
        and "2" in f"{song.artist}{song.album}{song.title}{song.path.rpartition('/')[2]}"
    ]
    assert 2 <= len(expected) < 10
    page.wait(lambda: page.text("found-count") == f"{len(expected)} found")
    assert page.listed("found-list") == expected
    assert sorted(page.run("return explorer.map.plot.get('selectedPoints')")) == expected
    search.send_keys("\n")
    page.wait(lambda: page.text("now-title") == songs[0][expected[0]].title)
    assert page.run("return explorer.map.plot.get('selectedPoints')") == expected[:1]


def test_it_walks_on_by_clicks_and_by_itself(page):
    page.click(page.row_of("Song 4"))
    page.wait(lambda: page.text("now-title") == "Song 4")
    first = page.listed("nearest")[0]
    page.browser.find_element(By.CSS_SELECTOR, "#nearest .song").click()
    title = page.run("return explorer.songs.titles[arguments[0]]", first)
    page.wait(lambda: page.text("now-title") == title)
    assert page.listed("nearest")[0] != first
    page.find("walk").click()
    page.run("document.getElementById('player').currentTime = 4.9")
    page.wait(lambda: page.text("now-title") != title)
    assert page.text("now-title") != "Song 4"  # that was played


def lasso_round(page):
    """Draw around all songs with the mouse.

    A browser joins the moves between two frames into one, so on a busy machine a corner that did
    not wait for the next frame would be cut off.
    """
    page.find("lasso").click()
    left, top, width, height = page.run(
        "const r = document.getElementById('canvas').getBoundingClientRect();"
        "return [r.left, r.top, r.width, r.height]"
    )
    corners = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.01, 0.05)]
    for place, (x, y) in enumerate(corners):
        actions = ActionChains(page.browser, duration=60)
        pointer = actions.w3c_actions.pointer_action
        pointer.move_to_location(round(left + x * width), round(top + y * height))
        if place == 0:
            pointer.pointer_down()
        actions.perform()
        page.wait_for_frames()
    actions = ActionChains(page.browser)
    actions.w3c_actions.pointer_action.pointer_up()
    actions.perform()


def test_a_lasso_makes_a_playlist_to_save(page, songs, downloads):
    lasso_round(page)
    page.wait(lambda: page.text("playlist-count") == "(14)")
    assert sorted(page.listed("playlist")) == list(range(14))
    page.find("save").click()
    file = downloads / "playlist.m3u8"
    page.wait(file.exists)
    page.wait(lambda: file.stat().st_size > 0)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.unlink()
    assert lines[0] == "#EXTM3U"
    assert len(lines) == 1 + 2 * 14
    by_path = {song.path: song for song in songs[0]}
    assert set(lines[2::2]) == by_path.keys()
    for info, path in zip(lines[1::2], lines[2::2], strict=True):
        song = by_path[path]
        assert info == f"#EXTINF:5,{song.artist} – {song.title}"
    assert page.find("lasso").get_attribute("aria-pressed") == "false"
    page.find("clear").click()
    assert page.listed("playlist") == []
    assert not page.find("save").is_enabled()


def test_songs_are_added_to_the_playlist_one_by_one(page):
    for title in ("Song 4", "Song 5", "Song 4"):
        page.click(page.row_of(title))
        page.wait(lambda title=title: page.text("now-title") == title)
        page.find("add").click()
    assert page.listed("playlist") == [page.row_of("Song 4"), page.row_of("Song 5")]


def test_the_map_moves_under_the_mouse_and_comes_back(page):
    before = page.place_of(0)
    actions = ActionChains(page.browser, duration=50)
    pointer = actions.w3c_actions.pointer_action
    pointer.move_to_location(400, 300)
    pointer.pointer_down()
    pointer.move_to_location(500, 340)
    pointer.pointer_up()
    actions.perform()
    page.wait(lambda: page.place_of(0)[0] > before[0] + 50)
    page.find("all").click()
    page.wait(lambda: np.allclose(page.place_of(0), before, atol=2))


def test_a_song_that_is_gone_is_said_to_be(browser, home, page):
    row = page.row_of("Song 6")
    path = next((home / "my music").glob("*/6 & *"))
    path.rename(home / "elsewhere.flac")
    try:
        page.click(row)
        page.wait(lambda: page.find("player-error").is_displayed())
    finally:
        (home / "elsewhere.flac").rename(path)
    complaints(browser)  # that of the browser about the file


def test_it_can_be_served(browser, home, songs):
    words = ("explore", home / "library", "--serve")
    command = [sys.executable, "-u", "-m", "deepartist.cli", *map(str, words)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        address = next(line for line in process.stderr if line.startswith("http")).split()[0]
        browser.get("about:blank")
        complaints(browser), requests(browser)
        browser.get(address)
        page = Page(browser)
        page.wait(page.is_ready)
        page.click(page.row_of(TITLES[3]))
        page.wait(lambda: page.player("currentTime") > 0.1)
        page.run("document.getElementById('player').currentTime = 4")
        page.wait(lambda: page.player("currentTime") >= 4)
        assert complaints(browser) == []
        asked = [a for a in requests(browser) if not a.startswith(("data:", "blob:"))]
        assert len(asked) >= 2
        assert all(a.startswith(address) for a in asked), asked
    finally:
        process.send_signal(2)  # Ctrl-C
        assert process.wait(20) == 0


def test_100_000_points_are_drawn_and_searched(browser, tmp_path):
    rng = np.random.default_rng(0)
    n = 100_000
    songs = [
        Song(f"/m/{k}.mp3", "/m", f"Artist {k % 5000}", "", f"Title {k}", "", 1.0, 1, 1, f"{k}", "")
        for k in range(n)
    ]
    centres = rng.normal(size=(300, 2)) * 40
    places = (centres[rng.integers(0, 300, n)] + rng.normal(size=(n, 2))).astype(np.float32)
    near = Neighbours(rng.integers(0, n, (n, 12)).astype(np.int32), np.ones((n, 12), np.float32))
    (tmp_path / "map.html").write_text(make_page("many", songs, places, near, tmp_path))
    browser.get((tmp_path / "map.html").as_uri())
    page = Page(browser)
    page.wait(page.is_ready)
    page.wait_for_frames()
    share = page.run(
        "const c = document.getElementById('canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let k = 3; k < d.length; k += 4) n += d[k] > 100; return n * 4 / d.length"
    )
    assert 0.05 < share < 0.9
    page.find("search").send_keys("title 77777")
    page.wait(lambda: page.text("found-count") == "1 found")
    page.find("search").send_keys("\n")
    page.wait(lambda: page.text("now-title") == "Title 77777")
    assert page.listed("nearest") == near.rows[77777].tolist()


def test_a_map_of_real_songs(browser, music, authors_weights, tmp_path):
    library = tmp_path / "library"
    deepartist("index", music, "-o", library, "--model", authors_weights, "--device", "cpu")
    deepartist("explore", library)
    browser.get("about:blank")
    complaints(browser), requests(browser)
    browser.get((library / "map.html").as_uri())
    page = Page(browser)
    page.wait(page.is_ready)
    page.wait_for_frames()
    every_song, vectors = read_songs(library)
    usable = [row for row, song in enumerate(every_song) if not song.left_out]
    assert page.text("count") == f"{len(usable)} songs"
    assert all(page.colour_at(place)[3] > 100 for place in range(len(usable)))
    place = page.row_of("JRPG_battleBoss_loop")
    page.click(place)
    page.wait(lambda: page.player("currentTime") > 0.2)
    assert page.player("duration") == pytest.approx(30, abs=1)
    units = vectors["balanced"]
    alone = find_similar(
        every_song, units, units[usable[place]], 12, without=[usable[place]], max_per_artist=2
    )
    assert [usable[other] for other in page.listed("nearest")] == [match.row for match in alone]
    page.find("search").send_keys("yubatake")
    count = sum(every_song[row].artist == "Yubatake" for row in usable)
    page.wait(lambda: page.text("found-count") == f"{count} found")
    lasso_round(page)
    page.wait(lambda: page.text("playlist-count") == f"({len(usable)})")
    assert complaints(browser) == []
    assert all(a.startswith(("file:", "data:", "blob:")) for a in requests(browser))
