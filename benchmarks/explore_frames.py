"""Frames a second while the map of many songs is moved by the mouse, in Chromium.

``python benchmarks/explore_frames.py [--songs N]`` makes a page of made songs and drags its map
to and fro. Without a GPU, Chromium draws on the CPU; the renderer is printed.
"""

import argparse
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from deepartist.explorer.neighbours import Neighbours
from deepartist.explorer.page import make_page
from deepartist.library.store import Song

NEIGHBOURS = 12
FRAMES = 200
PATIENCE_S = 60

# All points stay in view: the map swings by 40 pixels.
DRAG = """
const [frames, done] = arguments, canvas = document.getElementById("canvas"), times = [];
const box = canvas.getBoundingClientRect();
const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
const send = (target, type, dx) => target.dispatchEvent(new MouseEvent(type,
  {bubbles: true, clientX: x + dx, clientY: y, button: 0, buttons: 1, view: window}));
send(canvas, "mouseenter", 0); send(window, "mousemove", 0); send(canvas, "mousedown", 0);
const step = (now) => {
  times.push(now);
  send(window, "mousemove", 40 * Math.sin(times.length / 8));
  if (times.length <= frames) requestAnimationFrame(step);
  else { send(window, "mouseup", 0); done(1000 * frames / (times[frames] - times[0])); }
};
requestAnimationFrame(step);
"""
RENDERER = """
const gl = document.createElement("canvas").getContext("webgl");
return gl.getParameter(gl.getExtension("WEBGL_debug_renderer_info").UNMASKED_RENDERER_WEBGL);
"""


def make_songs(n: int) -> tuple[list[Song], np.ndarray, Neighbours]:
    """Make songs, their places in 300 clusters, and neighbours at random."""
    rng = np.random.default_rng(0)
    songs = [
        Song(
            f"/music/Artist {k % 5000}/Album/{k:06d}.mp3",
            "/music",
            f"Artist {k % 5000}",
            f"Album {k % 9000}",
            f"Song number {k}",
            f"Genre {k % 17}",
            *(200.0, 1, 1, f"{k}", ""),
        )
        for k in range(n)
    ]
    centres = 40 * rng.normal(size=(300, 2))
    places = centres[rng.integers(0, 300, n)] + 3 * rng.normal(size=(n, 2))
    rows = rng.integers(0, n, (n, NEIGHBOURS)).astype(np.int32)
    return songs, places.astype(np.float32), Neighbours(rows, np.ones_like(rows, np.float32))


def main() -> None:
    """Print how long the page takes to open, and frames a second of three drags."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--songs", type=int, default=100_000)
    args = parser.parse_args()
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for word in (
        *("headless=new", "no-sandbox", "enable-unsafe-swiftshader"),
        *("window-size=1400,900", "screen-info={1400x900}"),
    ):
        options.add_argument(f"--{word}")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "map.html"
        page.write_text(make_page("made", *make_songs(args.songs), page.parent), encoding="utf-8")
        driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            driver.set_script_timeout(PATIENCE_S)
            start = time.perf_counter()
            driver.get(page.as_uri())
            while not driver.execute_script("return document.body.dataset.isReady"):
                time.sleep(0.02)
            opened_s = time.perf_counter() - start
            rates = [driver.execute_async_script(DRAG, FRAMES) for _ in range(3)]
            print(f"renderer: {driver.execute_script(RENDERER)}")
        finally:
            driver.quit()
        print(f"{args.songs} songs, {page.stat().st_size / 1e6:.1f} MB, opened in {opened_s:.1f} s")
    print("frames a second: " + ", ".join(f"{rate:.0f}" for rate in rates))


if __name__ == "__main__":
    main()
