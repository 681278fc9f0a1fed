import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from threading import Thread

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


# links: the link stays, and what it leads to is replaced


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("old", ["nothing", "kind"])
@pytest.mark.parametrize("links", [("a/b/target",), ("middle", "a/b/target")])
def test_a_link_stays_and_its_target_is_replaced(tmp_path, kind, old, links):
    (tmp_path / "a" / "b").mkdir(parents=True)
    make_old(tmp_path / "a" / "b" / "target", kind if old == "kind" else "nothing")
    for name, to in zip(("out", "middle"), links, strict=False):
        (tmp_path / name).symlink_to(to)
    with replacing(tmp_path / "out") as partial:
        assert partial.parent == tmp_path / "a" / "b"  # a rename within one file system
        if kind == "file":
            partial.write_text("new")
        else:
            partial.mkdir()
            (partial / "new").write_text("new")
    assert (tmp_path / "out").readlink() == Path(links[0])
    below = "" if kind == "file" else "/new"
    assert contents(tmp_path / "a") == {f"b/target{below}": "new"}


def test_when_the_block_raises_a_link_and_its_target_are_as_before(tmp_path):
    make_old(tmp_path / "target", "file")
    (tmp_path / "out").symlink_to("target")
    with pytest.raises(ValueError), replacing(tmp_path / "out") as partial:
        partial.write_text("new")
        raise ValueError
    assert (tmp_path / "out").is_symlink()
    assert contents(tmp_path) == {"out": "old", "target": "old"}


def test_a_link_to_itself_is_an_error_that_names_it(tmp_path):
    (tmp_path / "out").symlink_to("out")
    with pytest.raises(OSError, match="out") as raised, replacing(tmp_path / "out") as partial:
        partial.write_text("new")
    assert raised.value.errno == errno.ELOOP
    assert (tmp_path / "out").is_symlink()


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("mode", [0o640, 0o750, 0o777])
def test_permissions_of_what_is_replaced_stay(tmp_path, kind, mode):
    path = tmp_path / "out"
    make_old(path, kind)
    path.chmod(mode)
    with replacing(path) as partial:
        make_old(partial, kind)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_owner_of_what_is_replaced_stays(tmp_path, kind):
    path = tmp_path / "out"
    make_old(path, kind)
    os.chown(path, 1234, 2345)
    with replacing(path) as partial:
        make_old(partial, kind)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


# what is neither a file nor a folder is written straight into


def collect(pipe, received):
    received.append(Path(pipe).read_bytes())


def test_a_named_pipe_is_written_into(tmp_path):
    os.mkfifo(tmp_path / "out")
    (tmp_path / "link").symlink_to("out")
    for path in (tmp_path / "out", tmp_path / "link"):
        received = []
        reader = Thread(target=collect, args=(path, received), daemon=True)
        reader.start()
        with replacing(path) as partial:
            partial.write_bytes(b"new" * 100_000)  # more than a pipe holds
        reader.join(10)
        assert received == [b"new" * 100_000]
    assert (tmp_path / "out").is_fifo()
    assert {path.name for path in tmp_path.iterdir()} == {"out", "link"}


def test_a_named_pipe_gets_nothing_of_a_block_that_raises(tmp_path):
    os.mkfifo(tmp_path / "out")
    reader = os.open(tmp_path / "out", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(ValueError), replacing(tmp_path / "out") as partial:
        partial.write_text("half")
        raise ValueError
    assert os.read(reader, 100) == b""
    os.close(reader)
    assert (tmp_path / "out").is_fifo()


def test_no_folder_is_written_into_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "out")
    with (
        pytest.raises(NotADirectoryError, match="out"),
        replacing(tmp_path / "out") as partial,
    ):
        make_old(partial, "folder")
    assert (tmp_path / "out").is_fifo()


@pytest.fixture
def device(tmp_path):
    """A node of the device that takes everything, made for the test."""
    path = tmp_path / "device"
    try:
        os.mknod(path, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        path.write_bytes(b"")
    except OSError:
        pytest.skip("device nodes cannot be made or used here")
    return path


def test_a_device_stays_a_device(tmp_path, device):
    (tmp_path / "link").symlink_to("device")
    for path in (device, tmp_path / "link"):
        with replacing(path) as partial:
            partial.write_text("new")
        write_json([1], path)
    assert stat.S_ISCHR(device.stat().st_mode)
    assert {path.name for path in tmp_path.iterdir()} == {"device", "link"}


@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd"])
@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_an_open_descriptor_is_written_into(tmp_path, folder, kind):
    if not Path(folder).exists():
        pytest.skip(f"needs {folder}")
    (tmp_path / "log").write_text("old\n")
    read_end, write_end = (
        os.pipe() if kind == "pipe" else (None, os.open(tmp_path / "log", os.O_WRONLY))
    )
    if kind == "file":
        os.lseek(write_end, 0, os.SEEK_END)
    (tmp_path / "out").symlink_to(f"{folder}/{write_end}")
    for path in (f"{folder}/{write_end}", tmp_path / "out"):
        with replacing(path) as partial:
            partial.write_text("new\n")
    os.write(write_end, b"end\n")  # it is still open
    os.close(write_end)
    if kind == "pipe":
        assert os.read(read_end, 100) == b"new\nnew\nend\n"
        os.close(read_end)
    else:  # as the shell's `>>` leaves it
        assert (tmp_path / "log").read_text() == "old\nnew\nnew\nend\n"
    assert (tmp_path / "out").is_symlink()


def test_a_descriptor_that_is_not_open_is_named(tmp_path):
    with (
        pytest.raises(OSError, match="/dev/fd/9999"),
        replacing("/dev/fd/9999") as partial,
    ):
        partial.write_text("new")


def test_what_was_printed_before_comes_before_what_is_written_to_standard_output(tmp_path):
    program = (
        "import sys\nfrom deepartist.process.replacing import replacing\n"
        "print('first')\n"
        "with replacing(sys.argv[1]) as partial:\n    partial.write_text('second\\n')\n"
        "print('third')\n"
    )
    # A link as /dev/stdout is. The real one is not used: a fault here would replace it.
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    with (tmp_path / "log").open("w") as log:
        subprocess.run([sys.executable, "-c", program, tmp_path / "stdout"], stdout=log, check=True)
    assert (tmp_path / "stdout").is_symlink()
    assert (tmp_path / "log").read_text() == "first\nsecond\nthird\n"


def test_a_command_writes_into_what_the_shell_substitutes(tmp_path):
    program = (
        "import sys\nfrom deepartist.files.json_files import write_json\n"
        "from pathlib import Path\nwrite_json([1], Path(sys.argv[1]))\n"
    )
    copy = tmp_path / "copy"
    command = '"$0" -c "$1" >(cat > "$2"); while [ ! -s "$2" ]; do sleep 0.1; done'
    words = ["bash", "-c", command, sys.executable, program, copy]
    subprocess.run(words, check=True, timeout=30)
    assert copy.read_text() == "[\n 1\n]\n"


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
