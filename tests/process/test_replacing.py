import errno
import os

import pytest

from deepartist.files.json_files import write_json
from deepartist.process.replacing import replacing


def make_old(path, kind):
    """Make what is to be replaced at a path: a file, a folder or nothing."""
    if kind == "folder":
        path.mkdir()
        (path / "old").write_text("old")
    elif kind == "file":
        path.write_text("old")


def contents(folder):
    """Return the text of every file below a folder, with hidden ones."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("old", ["nothing", "file"])
def test_a_file_takes_the_place_of_the_old_one_at_the_end(tmp_path, old):
    path = tmp_path / "out"
    make_old(path, old)
    before = contents(tmp_path)
    with replacing(path) as partial:
        partial.write_text("new")
        assert partial.parent == path.parent  # a rename within one file system
        assert contents(tmp_path) == {**before, partial.name: "new"}
    assert contents(tmp_path) == {"out": "new"}


@pytest.mark.parametrize("old", ["nothing", "file", "folder"])
def test_a_folder_takes_the_place_of_the_old_one(tmp_path, old):
    path = tmp_path / "out"
    make_old(path, old)
    with replacing(path) as partial:
        (partial / "below").mkdir(parents=True)
        (partial / "below" / "new").write_text("new")
    assert contents(tmp_path) == {"out/below/new": "new"}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("new", ["nothing", "file", "folder"])
@pytest.mark.parametrize("old", ["nothing", "file", "folder"])
def test_when_the_block_raises_all_is_as_before(tmp_path, old, new, error):
    path = tmp_path / "out"
    make_old(path, old)
    before = contents(tmp_path)
    with pytest.raises(error), replacing(path) as partial:
        make_old(partial, new)
        raise error
    assert contents(tmp_path) == before
    assert list(tmp_path.iterdir()) == ([] if old == "nothing" else [path])


def test_a_block_that_writes_nothing_leaves_the_old_file(tmp_path):
    path = tmp_path / "out"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path):
        pass
    assert contents(tmp_path) == {"out": "old"}


def test_folders_above_are_made(tmp_path):
    with replacing(str(tmp_path / "a" / "b" / "out")) as partial:
        partial.write_text("new")
    assert contents(tmp_path) == {"a/b/out": "new"}


def test_what_a_killed_job_left_is_no_obstacle(tmp_path):
    path = tmp_path / "out"
    with replacing(path) as partial:
        name = partial
        partial.write_text("a")
    name.write_text("left over")
    with replacing(path) as partial:
        partial.write_text("b")
    assert contents(tmp_path) == {"out": "b"}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_takes_the_place_of_the_old_one_is_on_the_disk_before(tmp_path, monkeypatch, kind):
    path = tmp_path / "out"
    make_old(path, kind)
    synced, replaced = set(), []
    fsync, replace = os.fsync, os.replace

    def note_fsync(descriptor):
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    def note_replace(source, target):
        files = [source, *source.rglob("*")]
        replaced.extend(file.stat().st_ino for file in files if file.is_file())
        assert synced >= set(replaced)
        replace(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    with replacing(path) as partial:
        make_old(partial, kind)
    assert len(replaced) == 1
    assert path.parent.stat().st_ino in synced  # the new name is on the disk, too


def test_at_no_moment_is_half_a_folder_there(tmp_path, monkeypatch):
    path = tmp_path / "out"
    wholes = {word: {f"{i}": word for i in range(5)} for word in ("old", "new")}

    def write(folder, word):
        folder.mkdir()
        for name, text in wholes[word].items():
            (folder / name).write_text(text)

    seen = []

    def watched(function):
        def call(*args, **options):
            function(*args, **options)
            seen.append(contents(path) if path.exists() else None)

        return call

    write(path, "old")
    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "unlink", "rmdir"):
            patched.setattr(os, name, watched(getattr(os, name)))
        with replacing(path) as partial:
            write(partial, "new")
    assert len(seen) > 5
    assert all(state in (None, *wholes.values()) for state in seen)
    assert contents(tmp_path) == {f"out/{name}": text for name, text in wholes["new"].items()}


def test_a_folder_that_a_killed_job_had_put_aside_is_removed(tmp_path, monkeypatch):
    path = tmp_path / "out"
    make_old(path, "folder")

    def die(source, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", die)
        with pytest.raises(KeyboardInterrupt), replacing(path) as partial:
            make_old(partial, "folder")
    assert not path.exists()
    assert contents(tmp_path)  # the old one, under another name
    with replacing(path) as partial:
        partial.write_text("new")
    assert contents(tmp_path) == {"out": "new"}


def test_a_link_to_a_folder_is_replaced_and_what_it_led_to_stays(tmp_path):
    make_old(tmp_path / "elsewhere", "folder")
    (tmp_path / "out").symlink_to("elsewhere")
    with replacing(tmp_path / "out") as partial:
        make_old(partial, "folder")
    assert not (tmp_path / "out").is_symlink()
    assert contents(tmp_path) == {"out/old": "old", "elsewhere/old": "old"}


def test_a_disk_that_refuses_at_the_end_leaves_the_old_file(tmp_path, monkeypatch):
    def refuse(descriptor):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    write_json(1, tmp_path / "value.json")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match=r"value\.json") as raised:
        write_json(2, tmp_path / "value.json")
    assert raised.value.errno == errno.EDQUOT
    assert contents(tmp_path) == {"value.json": "1\n"}


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "out"),
        (OSError(errno.EACCES, "Permission denied", "elsewhere"), "elsewhere"),
        (OSError("words of a library"), None),
    ],
)
def test_an_error_of_the_system_says_where(tmp_path, error, name):
    with pytest.raises(OSError) as raised, replacing(tmp_path / "out"):
        raise error
    assert raised.value is error
    filename = raised.value.filename
    assert (filename and filename.removeprefix(f"{tmp_path}/")) == name
