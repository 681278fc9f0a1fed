"""`deepartist index` and `similar` on real music, killed for real; needs the shared clips."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest

from deepartist.library.search import find_similar
from deepartist.library.store import read_songs

pytestmark = pytest.mark.slow


def command(*words):
    return [sys.executable, "-m", "deepartist.cli", *map(str, words)]


def run(*words):
    """Run ``deepartist`` as a process; returns stdout and stderr."""
    done = subprocess.run(command(*words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def kill_after_a_part(library, *words):
    """Start a command, and kill it once it has written another part of the library."""
    before = set(library.glob("[0-9]*"))
    process = subprocess.Popen(command(*words), stderr=subprocess.DEVNULL)
    while process.poll() is None and set(library.glob("[0-9]*")) <= before:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_a_real_collection_grows_through_kills_and_equals_a_fresh_index(
    music, open_music, authors_weights, tmp_path
):
    files = [file for folder in (music, open_music) for file in sorted(folder.glob("*/*.mp3"))]
    files, later = files[:-20], files[-20:]
    here = tmp_path / "music"
    for file in files:
        copy = here / file.relative_to(music.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    library, words = tmp_path / "library", ("--model", authors_weights, "--device", "cpu")
    killed = kill_after_a_part(library, "index", here, "-o", library, *words)
    _, said = run("index", here, "-o", library, *words)
    if killed:
        assert "of them decoded" in said
        # What was kept is not decoded again.
        assert int(said.rpartition("; ")[2].split()[0]) <= len(files) - 64

    for file in later:
        copy = here / "new" / file.relative_to(music.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    copies = sorted(here.glob("*/*/*.mp3"))
    (here / "moved").mkdir()
    for copy in copies[:5]:
        copy.rename(here / "moved" / f"{copy.parent.name} {copy.name}")
    for copy in copies[5:7]:
        copy.write_bytes(copy.read_bytes()[:300])
    for copy in copies[7:10]:
        copy.unlink()
    for _ in range(2):  # at once, and in the midst of it
        process = subprocess.Popen(command("index", here, "-o", library), stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    _, said = run("index", here, "-o", library)
    # Unless a killed one had come to the end: 20 are new and two are damaged; five that were moved
    # are known by their content.
    if "0 gone" not in said:
        assert "27 new or changed, 22 of them decoded, 8 gone" in said
    run("index", here, "-o", tmp_path / "fresh", *words)
    (songs, vectors), (fresh, fresh_vectors) = read_songs(library), read_songs(tmp_path / "fresh")
    assert songs == fresh
    assert len(songs) == len(files) + len(later) - 3
    assert sum(bool(song.left_out) for song in songs) >= 2
    for name, values in vectors.items():
        np.testing.assert_allclose(values, fresh_vectors[name], atol=1e-5)

    # Precision at 1, with the artist as the label, beside a computation of its own.
    usable = [row for row, song in enumerate(songs) if not song.left_out]
    for name in ("embedding", "multilevel"):
        unit = vectors[name][usable].astype(np.float64)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -2)
        for row in range(0, len(usable), 25):
            out, _ = run(
                *("similar", songs[usable[row]].path, "-l", library, "-n", 1, "--json"),
                *("--max-per-artist", 0, "--vectors", name),
            )
            (nearest,) = json.loads(out)
            assert nearest["path"] == songs[usable[int(cosines[row].argmax())]].path
    artists = np.array([songs[row].artist for row in usable])
    precision_at_1 = np.mean(artists[cosines.argmax(axis=1)] == artists)
    assert precision_at_1 > 0.3
    units = vectors[name]
    nearest = [find_similar(songs, units, units[row], 1, without=[row])[0].row for row in usable]
    found = np.array([songs[row].artist for row in nearest])
    # A copy of a song under another name is no neighbour to `similar`, but is to the computation.
    assert len({songs[row].sha256 for row in usable}) == len(usable)
    assert np.mean(found == artists) == precision_at_1
    few = [find_similar(songs, units, units[row], 20, max_per_artist=2) for row in usable[::10]]
    for matches in few:
        assert max(Counter(songs[match.row].artist for match in matches).values()) <= 2
