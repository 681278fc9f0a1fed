"""Chromium without a window, as Debian's packages chromium and chromium-driver install it."""

import json
import os
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service


def open_browser(downloads=None):
    """Open a browser; what it downloads goes to the folder `downloads`."""
    paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
    if None in paths:
        pytest.skip("needs chromium and chromedriver; `make browser` installs them on Debian")
    options = webdriver.ChromeOptions()
    options.binary_location = paths[0]
    for word in (
        *("headless=new", "no-first-run", "disable-background-networking", "disable-sync"),
        "enable-unsafe-swiftshader",  # WebGL without a GPU
        *("window-size=1400,900", "screen-info={1400x900}"),
    ):
        options.add_argument(f"--{word}")
    if os.geteuid() == 0:  # as in a container
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    if downloads:
        options.add_experimental_option(
            "prefs", {"download.default_directory": str(downloads), "safebrowsing.enabled": False}
        )
    return webdriver.Chrome(options=options, service=Service(paths[1]))


def complaints(driver):
    """What the console says; a remark of a library about itself is no error."""
    return [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def requests(driver):
    """The addresses that pages have asked for since this was last called."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
