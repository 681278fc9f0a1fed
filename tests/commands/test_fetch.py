"""The command ``deepartist fetch``, against a server on loopback."""

import io
import json
import sys
import tarfile
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from hashlib import sha1
from typing import NamedTuple

import platformdirs
import pytest
import yaml

from deepartist import cli
from deepartist.downloads import catalogue, transfer
from loopback import serve

FILES = {
    "fma_small/README.txt": b"read me",
    "fma_small/000/000002.mp3": b"\xff\xfb" * 5000,
    "fma_small/000/000005.mp3": b"\xff\xfa" * 5000,
}
LISTS = {"artists.pkl": b"artists", "tags.txt": b"tags"}


class Result(NamedTuple):
    code: int
    out: str
    err: str


def pack(files, kind="zip"):
    target = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_BZIP2) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=target, mode="w:gz") as archive:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


@pytest.fixture
def site(monkeypatch, tmp_path):
    """A publisher of an archive and of lists, in place of the real ones."""
    with serve() as site:
        site.files = {"/fma_small.zip": pack(FILES)}
        site.files |= {f"/{name}": data for name, data in LISTS.items()}
        publish(site, tmp_path)
        monkeypatch.setattr(catalogue, "CATALOGUE_PATH", tmp_path / "catalogue.yaml")
        monkeypatch.setattr(transfer, "BACK_OFF_S", 0)
        monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield site


def publish(site, folder):
    archive = {
        "url": f"{site.url}/fma_small.zip",
        "digest": f"sha1:{sha1(site.files['/fma_small.zip']).hexdigest()}",
        "unpack_to": "fma_small",
    }
    entries = {
        "fma-small": {"what": "clips", "licence": "CC", "size": "7 GiB", "files": [archive]},
        "msd-lists": {
            "what": "lists",
            "licence": "MIT",
            "size": "small",
            "folder": "msd_lists",
            "files": [{"url": f"{site.url}/{name}", "digest": None} for name in LISTS],
        },
    }
    (folder / "catalogue.yaml").write_text(yaml.safe_dump(entries), encoding="utf-8")


def fetch(*words) -> Result:
    """Run the command to its end, as the interpreter does."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["deepartist", "fetch", *map(str, words)])
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code
            if isinstance(code, str):
                print(code, file=sys.stderr)
                code = 1
    return Result(code, out.getvalue(), err.getvalue())


def read_folder(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != transfer.LOCK_NAME
    }


def fail(folder, match):
    """Assert that fetching into a folder fails with one line, and keeps all files in it."""
    before = read_folder(folder)
    result = fetch("fma-small", "--to", folder)
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert match in result.err
    assert len(result.err.splitlines()) == 1
    assert before.items() <= read_folder(folder).items()


# what is fetched


def test_an_archive_is_unpacked_with_a_record_of_its_source(tmp_path, site):
    to = tmp_path / "new" / "data"
    result = fetch("fma-small", "--to", to)
    assert result == (0, f"fma-small: {to}/fma_small\nfma-small: licence: CC\n", "")
    files = read_folder(to)
    assert json.loads(files.pop("fma_small/fetched.json")) == {
        "url": f"{site.url}/fma_small.zip",
        "digest": f"sha1:{sha1(site.files['/fma_small.zip']).hexdigest()}",
        "files": 3,
        "bytes": 20_007,
    }
    assert files == FILES  # and no archive


def test_lists_go_to_a_folder_of_theirs(tmp_path, site):
    result = fetch("msd-lists", "--to", tmp_path)
    assert result.out.splitlines() == [
        f"msd-lists: {tmp_path}/msd_lists/artists.pkl",
        f"msd-lists: {tmp_path}/msd_lists/tags.txt",
        "msd-lists: licence: MIT",
    ]
    for name, data in LISTS.items():
        assert (tmp_path / "msd_lists" / name).read_bytes() == data


def test_without_a_folder_it_goes_to_the_cache(tmp_path, site):
    assert fetch("fma-small").code == 0
    assert (tmp_path / "cache" / "deepartist" / "fma_small" / "README.txt").is_file()


def test_a_second_call_does_nothing(tmp_path, site):
    words = ("fma-small", "msd-lists", "fma-small", "--to", tmp_path / "data")
    assert "already" not in fetch(*words).out
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")}
    assert len(site.asked) == 3
    result = fetch(*words)
    assert (result.code, result.err) == (0, "")
    assert result.out.count(": already there and intact") == 3
    assert len(site.asked) == 3
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "data").rglob("*")} == before


def test_an_archive_that_was_there_is_used_and_kept(tmp_path, site):
    archive = tmp_path / "fma_small.zip"
    archive.write_bytes(site.files["/fma_small.zip"])
    result = fetch("fma-small", "--to", tmp_path)
    assert result.err == f"{archive}: was there before and is kept; no longer needed\n"
    assert archive.is_file()
    assert (tmp_path / "fma_small" / "README.txt").is_file()
    assert site.asked == []


# what is refused


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "000" / "000002.mp3").unlink(),
        lambda folder: (folder / "000" / "000002.mp3").write_bytes(b""),
        lambda folder: (folder / "000" / "000009.mp3").write_bytes(b"more"),
        lambda folder: (folder / "fetched.json").unlink(),
        lambda folder: (folder / "fetched.json").write_text("{"),
        lambda folder: (folder / "fetched.json").write_text("[1]"),
        lambda folder: (folder / "fetched.json").write_text(
            '{"digest": "x", "files": "y", "bytes": null}'
        ),
    ],
)
def test_a_changed_folder_is_not_touched(tmp_path, site, change):
    to = tmp_path / "data"
    fetch("fma-small", "--to", to)
    change(to / "fma_small")
    fail(to, f"{to}/fma_small: ")
    fail(to, "move it away, or give another folder by --to")
    assert len(site.asked) == 1


def test_a_folder_of_another_version_is_refused(tmp_path, site):
    to = tmp_path / "data"
    fetch("fma-small", "--to", to)
    site.files["/fma_small.zip"] = pack(FILES, "tar")  # the same files
    publish(site, tmp_path)
    fail(to, "or it is another version")


def test_a_folder_of_the_users_own_is_not_touched(tmp_path, site):
    (tmp_path / "data" / "fma_small").mkdir(parents=True)
    fail(tmp_path / "data", "already exists, but was not unpacked by this command; move it away")
    assert site.asked == []


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_with_a_member_that_climbs_out_leaves_no_folder(tmp_path, site, kind):
    site.files["/fma_small.zip"] = pack(FILES | {"fma_small/../../evil.txt": b"evil"}, kind)
    publish(site, tmp_path)
    to = tmp_path / "data"
    fail(to, "refused, nothing was unpacked")
    assert read_folder(to).keys() == {"fma_small.zip"}  # it was as published
    assert not (tmp_path / "evil.txt").exists()


def test_an_archive_that_is_not_as_published_leaves_nothing(tmp_path, site):
    site.files["/fma_small.zip"] = pack(FILES | {"more": b""})
    to = tmp_path / "data"
    fail(to, "does not have the published sha1:")
    assert read_folder(to) == {}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fma-smal", "; did you mean fma-small?"),
        ("FMA_small", "; did you mean fma-small?"),
        ("x", "msd-lists"),
    ],
)
def test_an_unknown_name_is_reported_with_the_known_ones(tmp_path, site, name, hint):
    result = fetch("msd-lists", name)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"error: {name}: not known; the names are fma-small, msd-lists")
    assert result.err.endswith(f"{hint}\n")
    assert site.asked == []  # not even the known one


def test_a_file_cannot_be_the_folder_to_store_in(tmp_path, site):
    (tmp_path / "file").touch()
    fail(tmp_path / "file", "file: cannot be written to: ")


# interruptions


@pytest.mark.parametrize(
    "where", ["deepartist.downloads.transfer._receive", "deepartist.downloads.archives._write"]
)
def test_ctrl_c_says_how_to_resume_and_leaves_no_folder(tmp_path, site, monkeypatch, where):
    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, interrupt)
        result = fetch("fma-small", "--to", tmp_path)
    assert result == (130, "", "stopped; run the same command again to resume\n")
    assert not (tmp_path / "fma_small").exists()
    assert fetch("fma-small", "--to", tmp_path).code == 0
    assert {path.name for path in (tmp_path / "fma_small").iterdir()} == {
        *("000", "README.txt", "fetched.json")
    }


# the list


def test_without_a_name_the_catalogue_is_listed(tmp_path):
    result = fetch("--to", tmp_path / "nowhere")
    assert (result.code, result.err) == (0, "")
    for name, download in catalogue.read_catalogue().items():
        assert f"{name} ({download.size})\n    {download.what}\n    licence: " in result.out
    assert str(tmp_path / "nowhere") in result.out
    assert max(map(len, result.out.splitlines()[:-1])) <= 100
    assert not (tmp_path / "nowhere").exists()


def test_the_help_names_the_arguments():
    result = fetch("--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("usage: deepartist fetch")
    for expected in ("fma-small", "--to DIR", "default: your cache folder"):
        assert expected in result.out
