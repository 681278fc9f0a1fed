"""The commands of README and documentation run, page by page, as a reader would run them.

Blocks of which this is impossible have a comment above them, ``<!-- not run: reason -->``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from collection import make_model, write_song
from deepartist.explorer.page import SCRIPT
from pages import PAGES, ROOT, blocks_of
from workflow.conftest import copy_checkout

pytestmark = pytest.mark.slow

SONGS = {
    "Alexander Ehlers": ("doomed", "flags", "great mission"),
    "Kristjan Haaristo": ("prison 1", "prison 2", "prison 3"),
    "Jonathan Coulton": ("furry lobster", "code monkey", "still alive"),
    "Eric Skiff": ("arpanauts", "a night of dizzy spells", "underclocked"),
}
# The workflow is planned, not run, and make says what it would do: other tests run both.
PRELUDE = """
set -euo pipefail
snakemake() {
    command snakemake "$@" --dry-run > printed
    grep -qE "Job stats|Nothing to be done" printed
}
make() { command make --dry-run "$@" > printed; test -s printed; }
deepartist() {
    case "$*" in
    run*) command deepartist "$@" --dry-run > printed; grep -q "Job stats" printed ;;
    explore*--serve)
        timeout --signal INT 10 deepartist "$@" > printed 2>&1 || true
        grep -q http printed
        ;;
    *) command deepartist "$@" ;;
    esac
}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with music, a checkout as the folder of the commands, and what they name."""
    home = tmp_path_factory.mktemp("home")
    number = 0
    for artist, titles in SONGS.items():
        for title in titles:
            number += 1
            path = home / "Music" / artist / f"{title}.flac"
            write_song(path, number, artist=artist, title=title, album=f"Best of {artist}")
    (home / "checkout").mkdir()
    checkout = copy_checkout(home / "checkout")
    if SCRIPT.is_file():
        shutil.copy(SCRIPT, checkout / SCRIPT.relative_to(ROOT))
    samples, rate_hz = soundfile.read(home / "Music/Eric Skiff/arpanauts.flac")
    soundfile.write(checkout / "unknown.mp3", samples, rate_hz)
    make_model(checkout / "runs/library/results/models/basic-all/seed-0")
    make_model(home / "released")
    labels = [
        f"{artist}/{title}.flac,{artist},{artist},{part}"
        for artist, titles in SONGS.items()
        for title, part in zip(titles, ("train", "valid", "test"), strict=True)
    ]
    (checkout / "labels.csv").write_text("\n".join(["clip_id,artist,label,split", *labels]) + "\n")
    return home


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_run(page, home):
    blocks = [block.text for block in blocks_of(page) if block.reason is None]
    if not blocks:
        pytest.skip("no command to run")
    if "deepartist explore" in "".join(blocks) and not SCRIPT.is_file():
        pytest.skip("needs the script of the map, which npm builds")
    script = "\n".join(blocks).replace("/path/to/music", "~/Music")
    # Nothing is downloaded: a model of random weights takes the place of the authors'.
    script = script.replace("authors-siamese-10000", str(home / "released"))
    checkout = home / "checkout"
    environment = os.environ | {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(checkout / "workflow"),
    }
    ended = subprocess.run(
        ["bash", "-c", PRELUDE + script],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout[-2000:]}\n{ended.stderr[-4000:]}"


def test_reasons_are_given():
    reasons = [block.reason for page in PAGES for block in blocks_of(page) if block.reason]
    assert all(len(reason) > 15 for reason in reasons)


def test_many_blocks_run():
    blocks = [block for page in PAGES for block in blocks_of(page)]
    assert sum(block.reason is None for block in blocks) >= 20
