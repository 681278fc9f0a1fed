"""Locks between processes, and file systems that have none."""

import errno
import fcntl
import os
import subprocess
import sys
from threading import Thread

import pytest

from deepartist.downloads.transfer import LOCK_NAME, locked
from deepartist.embeddings import describe_librosa
from deepartist.process.locks import locking, trying_to_lock

ANSWERS = [errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS]


@pytest.fixture
def refuse_locks(monkeypatch):
    """Let the system answer to any lock as some network file systems do."""

    def refuse(code):
        def flock(descriptor, operation):
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(fcntl, "flock", flock)

    return refuse


@pytest.mark.parametrize("code", ANSWERS)
def test_without_locks_the_block_runs_and_a_line_says_so(tmp_path, refuse_locks, capsys, code):
    refuse_locks(code)
    for _ in range(2):  # a second process finds nothing that it would wait for
        with locking(tmp_path / "a.lock"):
            entered = True
        (line,) = capsys.readouterr().err.splitlines()
        assert entered
        assert line == (
            f"{tmp_path}/a.lock: goes on without this lock, which the file system does not have "
            f"({os.strerror(code)}); run one process at a time here"
        )


@pytest.mark.parametrize("function", [locking, trying_to_lock])
def test_other_errors_of_the_system_are_raised_with_the_file(tmp_path, function):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), function(tmp_path / "file" / "a.lock"):
        pytest.fail("without the lock")


@pytest.mark.parametrize("function", [locking, trying_to_lock])
def test_errors_of_the_block_are_its_own(tmp_path, refuse_locks, function):
    for code in (None, errno.ENOLCK):
        if code:
            refuse_locks(code)
        with pytest.raises(OSError, match="of the block"), function(tmp_path / "a.lock"):
            raise OSError(errno.ENOLCK, "of the block")


def test_a_free_lock_is_held_until_the_block_ends(tmp_path):
    path = tmp_path / "new folder" / "a.lock"
    with trying_to_lock(path) as is_held:
        assert is_held
        for _ in range(2):  # the first try takes nothing from the holder
            with trying_to_lock(path) as is_held_twice:
                assert not is_held_twice
    with pytest.raises(KeyError), trying_to_lock(path):
        raise KeyError
    with trying_to_lock(path) as is_held:
        assert is_held


HOLDING = """
import sys
from pathlib import Path
from deepartist.process.locks import locking
with locking(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_of_another_process_is_free_when_that_is_killed(tmp_path, capsys):
    path = tmp_path / "a.lock"
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        with trying_to_lock(path) as is_held:
            assert not is_held
        process.kill()
    with trying_to_lock(path) as is_held:
        assert is_held
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("code", ANSWERS)
def test_no_lock_is_held_where_there_are_none(tmp_path, refuse_locks, code):
    refuse_locks(code)
    with trying_to_lock(tmp_path / "a.lock") as is_held:
        assert not is_held


def test_the_second_of_two_waits_and_says_so(tmp_path, capsys):
    order = []

    def enter_second():
        with locking(tmp_path / "a.lock", "the first is there"):
            order.append("second")

    with locking(tmp_path / "a.lock"):
        thread = Thread(target=enter_second)
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert capsys.readouterr().err == "the first is there\n"


def test_a_download_goes_on_without_locks(tmp_path, refuse_locks, capsys):
    refuse_locks(errno.ENOLCK)
    with locked(tmp_path):
        pass
    assert f"{tmp_path}/{LOCK_NAME}: goes on without this lock" in capsys.readouterr().err


def test_the_librosa_features_go_on_without_locks(tmp_path, refuse_locks, capsys, monkeypatch):
    refuse_locks(errno.ENOTSUP)
    compiled = []
    monkeypatch.setattr(describe_librosa, "clip_statistics", compiled.append)
    describe_librosa.compile_once(tmp_path / ".numba.lock")
    assert len(compiled) == 1
    assert f"{tmp_path}/.numba.lock: goes on without" in capsys.readouterr().err
