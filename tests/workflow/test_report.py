"""The report of the default run, opened in a real browser: every table and figure is shown."""

import zipfile

import pytest
from selenium.common.exceptions import ElementClickInterceptedException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from browser import complaints, open_browser

pytestmark = pytest.mark.slow
PATIENCE_S = 30

FIGURES = ["scores", *(f"figure {number}" for number in range(2, 9))]
SPECTROGRAMS = ["fma", "gtzan", "naver"]
PAGES = [f"table {number}" for number in range(1, 6)]
FILES = ["differences", "failures", "scores"]


@pytest.fixture(scope="module")
def browser():
    driver = open_browser()
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def report(default_run, tmp_path_factory):
    """The unpacked report, and what the tests before have left alone: a second one is the same."""
    default_run.run("--report", "results/report.zip")
    folder = tmp_path_factory.mktemp("report")
    with zipfile.ZipFile(default_run.results / "report.zip") as archive:
        archive.extractall(folder)
    return folder / "report" / "report.html"


@pytest.fixture
def page(browser, report):
    """The report, just opened."""
    browser.get("about:blank")  # or the same address would only be scrolled to
    browser.get(report.as_uri())
    return Page(browser)


class Page:
    """The report as a reader uses it."""

    def __init__(self, browser):
        self.browser = browser

    def wait(self, condition):
        # The list at the left slides to its width, and what it covers cannot be clicked.
        sliding = [ElementClickInterceptedException]
        wait = WebDriverWait(self.browser, PATIENCE_S, ignored_exceptions=sliding)
        return wait.until(lambda _: condition())

    def open_category(self, name):
        path = f"//a[contains(@href, '#') and .//*[normalize-space(text())='{name}']]"
        path += f" | //*[normalize-space(text())='{name}'][not(self::h2)]"
        self.wait(lambda: self.browser.find_elements(By.XPATH, path))[-1].click()
        self.wait(self.rows)

    def rows(self):
        cells = self.browser.find_elements(By.XPATH, "//tr[.//a]/td[1]")
        return [cell.text for cell in cells]

    def press(self, row, icon):
        path = f"//tr[td[normalize-space(.)='{row}']]//a[@iconname='{icon}']"
        button = self.wait(lambda: self.browser.find_elements(By.XPATH, path))[0]
        self.wait(lambda: button.click() or True)

    def text(self):
        return self.browser.find_element(By.TAG_NAME, "body").text

    def shown_images(self):
        """Names and widths in pixels of the pictures that are shown, without the logo."""
        images = self.browser.find_elements(By.XPATH, "//img[not(starts-with(@src, 'data:'))]")
        return [
            (
                image.get_attribute("src").rpartition("/")[2],
                int(image.get_attribute("naturalWidth")),
            )
            for image in images
        ]

    def complaints(self):
        return complaints(self.browser)


def listed(page):
    """Titles of the results on the first page."""
    page.wait(lambda: page.browser.find_elements(By.CSS_SELECTOR, ".results a"))
    links = page.browser.find_elements(By.CSS_SELECTOR, ".results a, .pictures a")
    return [link.text.strip() for link in links]


def test_it_opens_on_the_results_by_title(page):
    titles = listed(page)
    names = [title.partition(":")[0] for title in titles]
    assert names == [*PAGES, *FILES, *FIGURES[1:], FIGURES[0], *SPECTROGRAMS]
    assert titles[0] == "table 1: retrieval, mean average precision"
    page.wait(lambda: len([w for n, w in page.shown_images() if n.endswith(".png") and w]) == 11)
    top, graph = (
        page.browser.find_element(By.CSS_SELECTOR, place).rect
        for place in (".results", "div:has(> div > .prose) > div:last-child")
    )
    assert top["y"] < 400
    assert graph["y"] > top["y"] + top["height"]
    page.browser.find_elements(By.CSS_SELECTOR, ".pictures a")[0].click()
    page.wait(lambda: [n for n, w in page.shown_images() if w] == ["figure2.png"])
    assert page.complaints() == []


def test_as_one_file_it_shows_the_same(browser, default_run, page):
    default_run.run("--report", "results/report.html")
    titles = listed(page)
    browser.get((default_run.results / "report.html").as_uri())
    assert listed(page) == titles
    links = browser.find_elements(By.CSS_SELECTOR, ".results a")
    links[0].click()
    frame = page.wait(lambda: browser.find_elements(By.TAG_NAME, "iframe"))[0]
    browser.switch_to.frame(frame)
    page.wait(lambda: "Table 1." in page.text())
    browser.switch_to.default_content()
    assert page.complaints() == []


def file_name(row):
    return row.replace(" ", "") + ".png"


def test_every_figure_is_shown(page):
    page.open_category("Figures")
    assert sorted(page.rows()) == sorted(FIGURES)
    for row in FIGURES:
        page.press(row, "eye")
        name = file_name(row)
        page.wait(
            lambda name=name: [n for n, width in page.shown_images() if width >= 600] == [name]
        )
    assert page.complaints() == []


def test_every_spectrogram_is_shown(page):
    page.open_category("Spectrograms")
    assert sorted(page.rows()) == SPECTROGRAMS
    for row in SPECTROGRAMS:
        page.press(row, "eye")
        name = f"spectrograms_{row}.png"
        page.wait(lambda name=name: [n for n, width in page.shown_images() if width] == [name])
    assert page.complaints() == []


def test_every_table_is_shown(page):
    page.open_category("Tables")
    assert sorted(page.rows()) == sorted([*PAGES, *FILES])
    for row in PAGES:
        page.press(row, "eye")
        number = row.split()[-1]
        path = f"//iframe[contains(@src, 'table{number}.html')]"
        frame = page.wait(lambda path=path: page.browser.find_elements(By.XPATH, path))[0]
        page.browser.switch_to.frame(frame)
        page.wait(lambda: page.browser.find_elements(By.XPATH, "//table//td"))
        shown = "New artists (synthesised)" if number == "5" else "GTZAN (synthesised)"
        assert shown in page.text()
        page.browser.switch_to.default_content()
    assert page.complaints() == []


@pytest.mark.parametrize(
    ("category", "row", "words"),
    [
        ("Tables", "table 1", "mean average precision when every song in turn is the query"),
        ("Tables", "table 4", "published figures, quoted with their sources"),
        ("Tables", "differences", "Every two models of the same table"),
        ("Figures", "figure 3", "accuracy of k nearest neighbours against the number of artists"),
        ("Figures", "figure 5", "accuracy for each label of naver"),
        ("Figures", "figure 6", "Songs by artists that the model was not trained on"),
        ("Figures", "figure 7", "which the model has never been told"),
        ("Spectrograms", "fma", "two songs of each label of fma"),
    ],
)
def test_captions_say_what_is_seen(page, category, row, words):
    page.open_category(category)
    page.press(row, "information-circle")
    page.wait(lambda: words in " ".join(page.text().split()))
    assert page.complaints() == []


def test_vector_figures_open_too(browser, default_run):
    for path in sorted((default_run.results / "figures").glob("*.svg")):
        browser.get(path.as_uri())
        width, texts = browser.execute_script(
            "const svg = document.documentElement;"
            "return [svg.getBBox().width, svg.querySelectorAll('text').length]"
        )
        assert width > 100, path
        assert texts > 5, path
        assert complaints(browser) == []
