"""Archives from the web: unpacked, or refused before anything is written."""

import io
import stat
import struct
import tarfile
import zipfile
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepartist.downloads import archives
from deepartist.downloads.archives import unpack
from deepartist.process import disk
from deepartist.process.errors import InputError

FILES = {"fma_small/README.txt": b"read me", "fma_small/000/000002.mp3": b"\xff\xfb" * 5000}
CLIMBING = [
    "../evil.txt",
    "fma_small/../../evil.txt",
    "/tmp/evil.txt",
    "..\\evil.txt",
    "fma_small\\..\\..\\evil.txt",
    "C:\\evil.txt",
    "c:evil.txt",
    "\\\\server\\evil.txt",
]


def write_zip(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tar(path, files, *extra, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return path


def read_folder(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refuse(archive, match):
    """Assert that an archive is refused in one line, and that nothing was written anywhere."""
    before = sorted(archive.parent.rglob("*"))
    with pytest.raises(InputError, match=match) as caught:
        unpack(archive, archive.parent / "out")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(archive.parent))
    assert sorted(archive.parent.rglob("*")) == before


# what is unpacked


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_folder_of_a_zip_is_unpacked(tmp_path, compression):
    archive = write_zip(tmp_path / "a.zip", FILES, compression)  # the archives of FMA use bzip2
    assert unpack(archive, tmp_path / "out") == (2, 10_007)
    assert read_folder(tmp_path / "out") == {
        name.removeprefix("fma_small/"): data for name, data in FILES.items()
    }


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_the_folder_of_a_tar_is_unpacked(tmp_path, mode):
    folder = tarfile.TarInfo("./fma_small/empty")
    folder.type = tarfile.DIRTYPE
    archive = write_tar(tmp_path / "a", {f"./{n}": d for n, d in FILES.items()}, folder, mode=mode)
    assert unpack(archive, tmp_path / "out") == (2, 10_007)
    assert read_folder(tmp_path / "out")["000/000002.mp3"] == FILES["fma_small/000/000002.mp3"]


@pytest.mark.parametrize(
    "files", [{"a/x": b"1", "b/x": b"2"}, {"x": b"1"}, {"a": b"1", "b/x": b""}]
)
def test_without_a_common_folder_no_folder_is_stripped(tmp_path, files):
    unpack(write_zip(tmp_path / "a.zip", files), tmp_path / "out")
    assert read_folder(tmp_path / "out") == files


def test_a_file_is_not_made_executable(tmp_path):
    info = tarfile.TarInfo("a/run.sh")
    info.mode = 0o6777
    unpack(write_tar(tmp_path / "a.tar", {"a/x": b"1"}, info), tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out" / "run.sh").stat().st_mode) & 0o7111 == 0


# what is refused


@pytest.mark.parametrize("name", CLIMBING)
@pytest.mark.parametrize("write", [write_zip, write_tar])
def test_a_member_that_leaves_the_folder_is_refused(tmp_path, write, name):
    # it follows good members: all are checked before any is written
    refuse(write(tmp_path / "a", FILES | {name: b"evil"}), "absolute path|leads out of its folder")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
)
def test_a_tar_with_a_link_or_a_device_is_refused(tmp_path, kind):
    info = tarfile.TarInfo("fma_small/000")
    info.type, info.linkname = kind, "/etc"
    refuse(write_tar(tmp_path / "a.tar", FILES, info), "member 'fma_small/000' is a link or a dev")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_a_zip_with_a_link_or_a_device_is_refused(tmp_path, kind):
    info = zipfile.ZipInfo("fma_small/000")
    info.external_attr = (kind | 0o777) << 16
    archive = write_zip(tmp_path / "a.zip", FILES)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(info, "/etc")
    refuse(archive, "is a link or a device")


@pytest.mark.parametrize("name", ["a\x1b[31m.mp3", "a\n.mp3", "a\x7f"])
def test_a_name_with_control_characters_is_refused_and_not_printed(tmp_path, name):
    archive = write_tar(tmp_path / "a.tar", FILES | {name: b""})
    refuse(archive, "control characters")


def test_an_encrypted_zip_is_refused(tmp_path):
    archive = write_zip(tmp_path / "a.zip", FILES)
    data = bytearray(archive.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flags of the first entry of its directory
    archive.write_bytes(data)
    refuse(archive, "is encrypted")


@pytest.fixture
def leave_free(monkeypatch):
    """Set how many bytes the disk has free."""

    def leave(n_bytes):
        usage = SimpleNamespace(free=n_bytes)
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage)

    return leave


def test_a_zip_bomb_is_refused_by_the_size_it_states(tmp_path, leave_free):
    archive = write_zip(tmp_path / "a.zip", {f"{i}.mp3": bytes(2**20) for i in range(20)})
    assert archive.stat().st_size < 2**16
    leave_free(10 * 2**20)
    refuse(archive, r"unpacking a\.zip needs at least 0\.01 GB, and 0\.01 GB are free")
    leave_free(20 * 2**20 - 1)
    refuse(archive, "make room or choose another folder")
    leave_free(20 * 2**20)
    assert unpack(archive, tmp_path / "out") == (20, 20 * 2**20)


def test_a_tar_bomb_is_refused_at_the_member_that_exceeds_the_space(tmp_path, leave_free):
    archive = write_tar(tmp_path / "a.tgz", {"a": bytes(2**22), "b": b""}, mode="w:gz")
    leave_free(2**21)
    refuse(archive, "unpacking a.tgz needs")


@pytest.mark.parametrize("stated", [10, 2**21])
def test_a_zip_that_misstates_its_size_is_refused(tmp_path, stated):
    archive = write_zip(tmp_path / "a.zip", {"x": bytes(2**20)})
    data = bytearray(archive.read_bytes())
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, stated)  # its uncompressed size
    archive.write_bytes(data)
    with pytest.raises(InputError, match="cannot be unpacked"):
        unpack(archive, tmp_path / "out")
    assert sum(len(data) for data in read_folder(tmp_path / "out").values()) <= stated


def test_a_zip_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_MEMBERS", 9)
    refuse(write_zip(tmp_path / "a.zip", {str(i): b"" for i in range(10)}), "over 9 files")


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_not_an_archive_is_refused(tmp_path, data):
    archive = tmp_path / "a.zip"
    archive.write_bytes(data)
    refuse(archive, "neither a zip nor a tar")


def test_an_archive_without_files_is_refused(tmp_path):
    refuse(write_zip(tmp_path / "a.zip", {"folder/": b""}), "holds no files")


def test_a_member_twice_is_refused(tmp_path):
    archive = write_tar(tmp_path / "a.tar", {"a": b"1"}, tarfile.TarInfo("./a"))
    with pytest.raises(InputError, match=r"cannot be unpacked: .*exists"):
        unpack(archive, tmp_path / "out")


@given(st.sampled_from([write_zip, write_tar]), st.data())
def test_a_damaged_archive_is_an_input_error_or_unpacked(tmp_path_factory, write, data):
    folder = tmp_path_factory.mktemp("damaged")
    archive = write(folder / "a", FILES)
    content = bytearray(archive.read_bytes())
    if data.draw(st.booleans(), "cut"):
        del content[data.draw(st.integers(0, len(content) - 1), "length") :]
    else:
        for _ in range(8):
            content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    archive.write_bytes(content)
    try:
        unpack(archive, folder / "out" / "inner")
    except InputError as error:
        assert "\n" not in str(error)
    assert {path.name for path in folder.iterdir()} <= {"a", "out"}
