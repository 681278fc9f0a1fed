"""A small data set, good and bad clips, and its shards."""

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from deepartist.datasets.manifest import build_manifest, write_manifest
from deepartist.mels import make_shard


@pytest.fixture
def manifest(tmp_path, rng) -> Path:
    """Twelve clips of different length, c00 to c11, and three that cannot be used."""
    clips = []
    for i in range(12):
        path = tmp_path / f"{i}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(70_000 + 60_000 * i), 22_050)
        clips.append({"clip_id": f"c{i:02d}", "path": str(path)})
    (tmp_path / "empty.wav").write_bytes(b"")
    soundfile.write(tmp_path / "short.wav", 0.1 * rng.standard_normal(30_000), 22_050)
    for name in ("empty", "short", "missing"):
        clips.append({"clip_id": name, "path": str(tmp_path / f"{name}.wav")})
    write_manifest(build_manifest(clips), tmp_path / "manifest.csv")
    return tmp_path / "manifest.csv"


@pytest.fixture
def make_shards(manifest, tmp_path) -> Callable[[int], list[Path]]:
    """A function that divides the data set into n shards and returns their folders."""

    def make(n: int) -> list[Path]:
        folders = [tmp_path / f"shards-{n}" / f"{shard}" for shard in range(n)]
        for shard, folder in enumerate(folders):
            arguments = {"manifest": manifest, "shard": shard, "shards": n, "out": folder}
            make_shard.main([word for k, v in arguments.items() for word in (f"--{k}", str(v))])
        return folders

    return make
