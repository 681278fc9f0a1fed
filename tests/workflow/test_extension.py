"""docs/architecture.md: a new kind of data set, or baseline, is a new file and a line elsewhere."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import soundfile
import yaml

pytestmark = pytest.mark.slow

LOADER = '''"""A folder of WAV files in a folder for each artist."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from deepartist.datasets import command
from deepartist.datasets.manifest import build_manifest
from deepartist.process import stage


def load(path: str) -> pd.DataFrame:
    """List the files."""
    root = command.require(Path(path), "toy", "a folder for each artist")
    return build_manifest(
        {
            "clip_id": file.relative_to(root).with_suffix("").as_posix(),
            "path": file.as_posix(),
            "artist_id": file.parent.name,
            "artist": file.parent.name,
        }
        for file in root.glob("*/*.wav")
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Write the manifest."""
    settings, manifest_path = command.parse_arguments("toy", argv)
    command.save(load(settings["path"]), manifest_path)


if __name__ == "__main__":
    stage.run(main)
'''

BASELINE = '''"""The baseline `bands`: which mel band is the loudest."""

from collections.abc import Sequence

import numpy as np

from deepartist.embeddings.describe_clips import describe
from deepartist.process import stage


def loudest_band(frames: np.ndarray) -> np.ndarray:
    """Return 1 for the band with the highest mean, 0 for all others."""
    means = frames.mean(axis=0, dtype=float)
    return (means == means.max()).astype(float)


def main(argv: Sequence[str] | None = None) -> None:
    """Describe clips by their loudest mel band."""
    describe(argv, "python -m deepartist.embeddings.describe_bands", main.__doc__, loudest_band)


if __name__ == "__main__":
    stage.run(main)
'''

CONFIG = {
    "datasets": {"songs": {"kind": "toy", "path": "music"}},
    "source": "songs",
    "targets": {"songs": {"label": "artist", "held_out": True}},
    "artists": {"count": 2, "songs_train": 2, "songs_valid": 1, "songs_test": 1},
    "models": ["basic"],
    "device": "cpu",
    "training": {"basic": {"max_epochs": 1, "batch_size": 2}},
    "evaluation": {"softmax_trials": 2, "bootstrap_resamples": 100},
}


@pytest.fixture(scope="module")
def extended(tmp_path_factory, make_checkout):
    """A checkout with a kind of data set and a baseline of its own, and music of that kind."""
    run = make_checkout(tmp_path_factory.mktemp("extended"))
    package = run.folder / "workflow/deepartist"
    (package / "datasets/toy.py").write_text(LOADER)
    (package / "embeddings/describe_bands.py").write_text(BASELINE)
    add_line(package / "config/kinds.py", "KINDS: ", '    "toy": Kind(licence="made by a test"),')
    add_line(package / "config/baselines.py", "FROM_MELS: ", 'FROM_MELS += ("bands",)')
    rng = np.random.default_rng(0)
    for artist in range(4):
        (run.folder / f"music/artist {artist}").mkdir(parents=True)
        for song in range(6):
            seconds = np.arange(22_050 * 5) / 22_050
            sound = np.sin(2 * np.pi * 220 * 2**artist * seconds) + rng.normal(0, 0.1, len(seconds))
            path = run.folder / f"music/artist {artist}/{song}.wav"
            soundfile.write(path, 0.3 * sound, 22_050)
    (run.folder / "toy.yaml").write_text(yaml.safe_dump(CONFIG))
    run.arguments = ["--configfile", "toy.yaml"]
    return run


def add_line(path, start, line):
    """Add a line after the one that starts so."""
    lines = path.read_text(encoding="utf-8").splitlines()
    (place,) = (number for number, text in enumerate(lines) if text.startswith(start))
    path.write_text("\n".join([*lines[: place + 1], line, *lines[place + 1 :]]) + "\n")


def test_a_toy_data_set_and_a_toy_baseline_run_to_the_tables_and_figures(extended):
    extended.run()
    manifest = pd.read_csv(extended.results / "manifests/songs.csv")
    assert len(manifest) == 24
    assert manifest["artist"].nunique() == 4
    table = pd.read_csv(extended.results / "tables/table1.csv", index_col=["dataset", "vectors"])
    assert list(table.columns) == ["basic-2", "random", "mfcc", "mel", "bands"]
    # every artist has a tone of its own
    assert table.loc[("songs", "embedding"), "bands"] == 1
    rows = pd.read_csv(extended.results / "tables/table4.csv")["method"]
    assert rows[~rows.str.endswith(", multilevel")].to_list() == [
        "basic-2",
        "random (untrained)",
        "mfcc",
        "mel",
        "bands",
        "SVM on librosa statistics",
    ]
    assert (extended.results / "figures/scores.png").stat().st_size > 10_000


def test_a_new_baseline_makes_none_of_the_others_again(extended, make_checkout, tmp_path):
    run = make_checkout(tmp_path)
    run.pretend()
    baselines = run.folder / "workflow/deepartist/config/baselines.py"
    (run.folder / "workflow/deepartist/embeddings/describe_bands.py").write_text(BASELINE)
    add_line(baselines, "FROM_MELS: ", 'FROM_MELS += ("bands",)')
    planned = run.planned()
    assert planned.pop("describe_mels") == 4
    assert planned.pop("score_features") == 3
    assert planned.pop("score_identification") == 1
    assert planned.keys() <= {
        *("gather_scores", "compare_models", "write_table", "tabulate_identification"),
        *("compare_untrained", "write_card"),
        *("draw_scores", "draw_curves", "draw_genres", "draw_identification"),
    }


def test_the_extension_keeps_to_the_layers_of_the_rooms(extended):
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    linted = subprocess.run(
        [*command, "--no-cache"],
        cwd=extended.folder,
        env={"PYTHONPATH": str(extended.folder / "workflow"), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout
