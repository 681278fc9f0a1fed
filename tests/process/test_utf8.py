"""Processes in a locale whose encoding is not UTF-8 treat text as they do elsewhere."""

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile


@pytest.fixture
def latin1_environment(latin1):
    return os.environ | latin1


STAGE = """
import sys
from pathlib import Path
from deepartist.process import stage

def main():
    print(sys.argv[1], *(path.name for path in Path(sys.argv[1]).iterdir()), flush=True)
    Path(sys.argv[1], "written").write_text("日本")  # the encoding is left to the interpreter
    import subprocess
    subprocess.run([sys.executable, "-c", "print('곡')"], check=True)

stage.run(main)
"""


def test_a_stage_names_files_and_prints_as_in_utf_8(tmp_path, latin1_environment):
    folder = tmp_path / "日本"
    folder.mkdir()
    (folder / "곡 é.wav").touch()
    ended = subprocess.run(
        [sys.executable, "-c", STAGE, folder],
        env=latin1_environment,
        capture_output=True,
        check=False,
    )
    assert ended.stderr == b""
    assert ended.stdout.decode() == f"{folder} 곡 é.wav\n곡\n"
    assert (folder / "written").read_text(encoding="utf-8") == "日本"


def test_songs_in_a_folder_of_any_name_are_found(tmp_path, latin1_environment):
    names = {"日本": "곡.wav", "Fólk": "é.wav"}
    for n_samples, (folder, name) in enumerate(names.items(), start=900):
        (tmp_path / "music" / folder).mkdir(parents=True)
        samples = np.linspace(-0.5, 0.5, n_samples)
        soundfile.write(tmp_path / "music" / folder / name, samples, 22_050)
    words = ["--set", f"path={tmp_path}/music", "--manifest", tmp_path / "manifest.csv"]
    subprocess.run(
        [sys.executable, "-m", "deepartist.datasets.library", *words],
        env=latin1_environment,
        check=True,
    )
    with (tmp_path / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["artist"], row["path"]) for row in rows] == [
        (folder, f"{tmp_path}/music/{folder}/{name}") for folder, name in sorted(names.items())
    ]


def test_an_interpreter_that_ignores_the_environment_is_not_started_again(latin1_environment):
    program = "from deepartist.process.utf8 import ensure_utf8\nensure_utf8()\nprint('end')"
    ended = subprocess.run(
        [sys.executable, "-E", "-c", program],
        env=latin1_environment,
        capture_output=True,
        timeout=20,
    )
    assert ended.stdout == b"end\n"
