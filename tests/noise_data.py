"""Data sets of short noises and a config of them, for the tests of `deepartist doctor`."""

import shutil
from copy import deepcopy

import numpy as np
import soundfile
import yaml

PARTS = ("train", "train", "valid", "test")


class Data:
    """Two tables of short noises, `source` and `target`, and a config, all of it right.

    In the config, `$DATA` is the folder of the tables.
    """

    def __init__(self, folder):
        self.folder, self.rows, self.number = folder, {"source": [], "target": []}, 0
        self.config = {
            "datasets": {
                name: {"kind": "table", "path": f"$DATA/{name}.csv"} for name in self.rows
            },
            "source": "source",
            "targets": {"target": {}},
            "artists": {"count": 3, "songs_train": 2, "songs_valid": 1, "songs_test": 1},
            "evaluation": {"neighbours": "auto"},
            "models": ["basic"],
        }
        for artist in range(3):
            for _ in PARTS:
                self.add("source", f"Source {artist}")
        for genre in ("jazz", "rock"):
            for i, part in enumerate(PARTS * 3):
                self.add("target", f"{genre} {part} {i}", genre, part)

    def add(self, dataset, artist="", genre="", split="", name="", seconds=4, rate_hz=22_050):
        """Add a song, which sounds like no other; return its file."""
        path = self.folder / dataset / (name or f"{self.number}.wav")
        path.parent.mkdir(exist_ok=True)
        self.number += 1
        rng = np.random.default_rng(self.number)
        loudness = np.interp(np.linspace(0, 40, round(seconds * rate_hz)), *_ramps(rng))
        # 16 bit, and a length of its own
        noise = loudness * rng.uniform(-1, 1, len(loudness))
        soundfile.write(path, np.append(noise, np.zeros(self.number)), rate_hz)
        self.rows[dataset].append((path.relative_to(self.folder), artist, genre, split))
        return path

    def join(self, other=None):
        """Let the config train on `source` together with another data set, by default `target`."""
        if other is not None:
            self.config["datasets"]["target"] = other
        del self.config["source"]
        self.config["sources"] = ["source", "target"]
        held_out = {"dataset": "joined", "held_out": True, "label": "artist"}
        self.config["targets"] = {"held_out": held_out}

    def copy_to(self, folder):
        """Copy the data to a folder, to be changed there."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        copy = deepcopy(self)
        copy.folder = folder
        return copy

    def write(self):
        """Write the tables and the config; return the path of the config."""
        for name, rows in self.rows.items():
            lines = ["path,artist,genre,split", *(",".join(map(str, row)) for row in rows)]
            (self.folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(self.config))
        return path


def _ramps(rng):
    return np.arange(41), rng.uniform(0, 0.5, 41)
