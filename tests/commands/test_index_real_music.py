"""`deepartist index` and `similar` on real music, killed for real; needs the shared clips."""

import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

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
    music, authors_weights, tmp_path
):
    files = [p for artist in sorted(music.iterdir()) for p in sorted(artist.glob("*.mp3"))]
    files, later = files[:120], files[120:140]
    here = tmp_path / "music"
    for file in files:
        copy = here / file.relative_to(music)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    library, words = tmp_path / "library", ("--model", authors_weights, "--device", "cpu")
    killed = kill_after_a_part(library, "index", here, "-o", library, *words)
    _, said = run("index", here, "-o", library, *words)
    if killed:
        assert "of them decoded" in said
        assert int(said.rpartition("; ")[2].split()[0]) <= 120 - 64  # not again what was kept

    for file in later:
        copy = here / "new" / file.relative_to(music)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    copies = sorted(here.glob("*/*.mp3"))
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
    assert "8 gone" in said or "0 gone" in said  # unless a killed one had come to the end
    run("index", here, "-o", tmp_path / "fresh", *words)
    (songs, vectors), (fresh, fresh_vectors) = read_songs(library), read_songs(tmp_path / "fresh")
    assert songs == fresh
    assert len(songs) == 120 + 20 - 3
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
    assert np.mean(artists[cosines.argmax(axis=1)] == artists) > 0.3
