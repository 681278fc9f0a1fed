"""Bringing a library up to date: what is kept, read again, known by its content, or gone."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from collection import make_model, write_song
from deepartist.embeddings.embed_clips import embed_clips
from deepartist.library import update
from deepartist.library.store import SIZES, Entry
from deepartist.library.update import find_changes, read_entries
from deepartist.mels.clip import read_clip
from deepartist.models.weights import load_model

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return load_model(make_model(tmp_path_factory.mktemp("model")))


@pytest.fixture
def files(tmp_path):
    """Twenty files, more than a batch, of which some cannot be used."""
    files = {}
    for number in range(20):
        path = tmp_path / f"{number:02}.flac"
        write_song(path, number, 1 if number % 7 == 3 else 3.5, artist=f"A{number}", title="T")
        files[str(path)] = str(tmp_path)
    (tmp_path / "05.flac").write_bytes(b"no sound")
    files[str(tmp_path / "missing.flac")] = str(tmp_path)
    return files


def read(trained, files, by_digest=None, jobs=3):
    return list(read_entries(trained, files, "middle", CPU, by_digest or {}, jobs))


def test_each_file_has_its_own_tags_and_vectors(trained, files, tmp_path):
    entries = read(trained, files)
    assert [entry.song.path for entry in entries] == list(files)
    reasons = {
        entry.song.path[-7:]: entry.song.left_out for entry in entries if entry.song.left_out
    }
    assert list(reasons) == ["03.flac", "05.flac", "10.flac", "17.flac", "ng.flac"]
    assert "too short" in reasons["03.flac"]
    assert "cannot be read" in reasons["ng.flac"]
    for entry in entries:
        if entry.song.left_out:
            assert not any(vector.any() for vector in entry.vectors.values())
            continue
        path = tmp_path / entry.song.path
        expected = embed_clips(trained, [read_clip(path, "middle")], CPU)
        for name, (values,) in zip(SIZES, expected, strict=True):
            unit = values / np.linalg.norm(values)
            np.testing.assert_allclose(entry.vectors[name], unit, atol=1e-5)
        assert entry.song.artist == f"A{int(path.stem)}"
        assert entry.song.size_bytes == path.stat().st_size
        assert entry.song.duration_s == pytest.approx(3.5)
    assert len({entry.song.sha256 for entry in entries}) == 21


def test_a_known_content_is_not_decoded(trained, files, tmp_path, monkeypatch):
    entries = read(trained, files)
    by_digest = {entry.song.sha256: entry for entry in entries if not entry.song.left_out}
    moved = tmp_path / "deeper/new name.flac"
    moved.parent.mkdir()
    (tmp_path / "00.flac").rename(moved)
    monkeypatch.setattr(update, "read_clip", lambda *_: pytest.fail("decoded"))
    (entry,) = read(trained, {str(moved): str(tmp_path)}, by_digest)
    assert entry.song.path == str(moved)
    assert entry.song.artist == "A0"
    assert entry.vectors is entries[0].vectors


def test_changes(trained, files, tmp_path):
    known = {entry.song.path: entry for entry in read(trained, files)}
    changed, touched, gone, new = (
        str(tmp_path / name) for name in ("01.flac", "02.flac", "04.flac", "new.flac")
    )
    elsewhere = known[changed].song._replace(path="/elsewhere/x.flac", folder="/elsewhere")
    known[elsewhere.path] = Entry(elsewhere, known[changed].vectors)
    beside = known[changed].song._replace(path=f"{tmp_path} 2/x.flac")  # another folder
    known[beside.path] = Entry(beside, known[changed].vectors)
    write_song(tmp_path / "01.flac", 101)
    os.utime(touched, ns=(1, 1))
    Path(gone).unlink()
    write_song(tmp_path / "new.flac", 102)
    there = {path: folder for path, folder in files.items() if Path(path).exists()}
    there[new] = str(tmp_path)
    changes = find_changes(there, [str(tmp_path)], known)
    assert sorted(changes.to_read) == sorted([changed, touched, new])
    assert set(changes.gone) == {gone, str(tmp_path / "missing.flac")}
    kept = {entry.song.path for entry in changes.kept}
    assert kept == (set(there) - {changed, touched, new}) | {elsewhere.path, beside.path}
