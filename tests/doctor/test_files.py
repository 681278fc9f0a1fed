"""What is seen of files without opening them, and which are compared first."""

import os

import pandas as pd
import pytest

from deepartist.doctor.files import compare_files, describe_files, look_at_files


def test_each_path_gets_its_size_and_state_in_order(tmp_path, monkeypatch):
    (tmp_path / "song.mp3").write_bytes(b"abc")
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "link.mp3").symlink_to("song.mp3")
    (tmp_path / "broken.mp3").symlink_to("none.mp3")
    os.mkfifo(tmp_path / "pipe.mp3")
    names = ["song", "none", "empty", "folder", "link", "broken", "pipe", "song"]
    paths = [str(tmp_path / f"{name}.mp3") for name in names]
    paths += [str(tmp_path / "no" / "folder.mp3"), str(tmp_path / "song.mp3" / "x.mp3")]
    monkeypatch.chdir(tmp_path)
    seen = look_at_files([*paths, "song.mp3"])
    ok, missing = (3, "ok"), (0, "missing")
    assert list(seen.itertuples(index=False, name=None)) == (
        [ok, missing, (0, "empty"), missing, ok, missing, missing, ok, missing, missing, ok]
    )


def test_a_name_that_no_file_can_have_is_not_there(tmp_path):
    seen = look_at_files([str(tmp_path / ("x" * 300))])
    assert seen["state"].item() != "ok"


def test_no_paths_are_no_rows():
    assert look_at_files([]).empty


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_files_that_may_not_be_read(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir()
    (closed / "in.mp3").write_bytes(b"abc")
    (tmp_path / "a.mp3").write_bytes(b"abc")
    (tmp_path / "a.mp3").chmod(0)
    closed.chmod(0)
    try:
        states = look_at_files([str(tmp_path / "a.mp3"), str(closed / "in.mp3")])["state"]
    finally:
        closed.chmod(0o700)
    assert list(states) == ["unreadable", "unreadable"]


def test_files_of_several_data_sets_are_compared_first(monkeypatch):
    files = pd.DataFrame(
        {"dataset": ["one", "one", "one", "two"], "path": list("abcd"), "size": [1, 1, 2, 2]},
        index=[7, 8, 9, 10],
    )
    order = []

    def compare(paths, sizes, limit_s):
        order.extend(zip(paths, sizes, strict=True))
        return [f"digest of {path}" for path in paths]

    monkeypatch.setattr("deepartist.doctor.files.digest_equal_files", compare)
    digests = compare_files(files, 10)
    assert order == [("c", 2), ("d", 2), ("a", 1), ("b", 1)]
    assert digests[files.index].tolist() == [f"digest of {path}" for path in "abcd"]


def test_clips_get_the_size_state_and_digest_of_their_files(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"abc")
    (tmp_path / "b.mp3").write_bytes(b"abc")
    (tmp_path / "c.mp3").write_bytes(b"c")
    paths = [str(tmp_path / f"{name}.mp3") for name in "axbc"]
    clips = pd.DataFrame({"dataset": ["one", "one", "two", "two"], "path": paths})
    described = describe_files(clips, 10)
    assert described["path"].tolist() == paths
    assert described["size"].tolist() == [3, 0, 3, 1]
    assert described["state"].tolist() == ["ok", "missing", "ok", "ok"]
    copy, absent, original, other = described["digest"]
    assert copy == original != ""
    assert (absent, other) == ("", "")
    late = describe_files(clips, 0)["digest"]
    assert [digest is None for digest in late] == [True, False, True, False]
