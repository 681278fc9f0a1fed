"""Downloads from a server on loopback that breaks off, stalls and serves wrong bytes."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from hashlib import sha256
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepartist.downloads import transfer as downloads
from deepartist.downloads.transfer import RemoteFile, fetch_file, is_whole, locked, read_table
from deepartist.process import disk
from deepartist.process.errors import InputError
from loopback import serve

DATA = np.random.default_rng(0).bytes(2**20)
OTHER = np.random.default_rng(1).bytes(2**20)
HALF = 2**19  # a multiple of the pieces that are read, so that none is lost by a break
CLOSED_PORT_URL = "http://127.0.0.1:1/f.bin"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(downloads, "BACK_OFF_S", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def site():
    with serve() as site:
        site.files["/f.bin"] = DATA
        yield site


def remote(site, digest="sha256", **changes):
    """The file as its publisher describes it; `digest`: its kind, or None."""
    if digest is not None:
        digest = f"{digest}:{hashlib.new(digest, DATA).hexdigest()}"
    return RemoteFile(f"{site.url}/f.bin", "f.bin", digest, None, None, 0)._replace(**changes)


def names(folder):
    return {path.name for path in folder.iterdir()}


def fail(file, folder, match):
    """Assert that a file cannot be fetched, and that one line says so."""
    with pytest.raises(InputError, match=match) as caught:
        fetch_file(file, folder)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert not (folder / file.name).exists()


def break_off(site, folder, **fault):
    """Leave half of a file behind, by one try."""
    site.faults = [{"send": HALF, **fault}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(downloads, "MAX_TRIES", 1)
        with pytest.raises(InputError):
            fetch_file(remote(site, digest=None), folder)
    site.asked.clear()


# a good day


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_a_file_comes_whole_and_nothing_else_stays(tmp_path, site, digest):
    assert fetch_file(remote(site, digest), tmp_path) == tmp_path / "f.bin"
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert names(tmp_path) == {"f.bin"}


def test_a_file_that_is_there_and_whole_is_not_asked_for_again(tmp_path, site):
    (tmp_path / "f.bin").write_bytes(DATA)
    assert fetch_file(remote(site), tmp_path) == tmp_path / "f.bin"
    assert site.asked == []


@pytest.mark.parametrize("damaged", [b"", DATA[:-1], OTHER])
def test_a_damaged_copy_is_replaced(tmp_path, site, damaged):
    (tmp_path / "f.bin").write_bytes(damaged)
    assert not is_whole(remote(site), tmp_path)
    fetch_file(remote(site), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_a_file_may_go_to_a_folder_of_its_own(tmp_path, site):
    file = remote(site, name="lists/f.bin")
    assert fetch_file(file, tmp_path) == tmp_path / "lists" / "f.bin"


def test_the_progress_is_shown_on_a_terminal(tmp_path, site, capsys, monkeypatch):
    fetch_file(remote(site), tmp_path / "unseen")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch_file(remote(site), tmp_path / "seen")
    assert re.search(r"f\.bin: 100%.*1\.05M/1\.05M", capsys.readouterr().err)


def test_a_long_check_is_announced(tmp_path, site, capsys, monkeypatch):
    monkeypatch.setattr(downloads, "SLOW_BYTES", len(DATA))
    fetch_file(remote(site), tmp_path)
    assert "f.bin.part: checking all of it" in capsys.readouterr().err


def test_redirects_are_followed_also_by_what_goes_on(tmp_path, site):
    redirect = {"status": 302, "headers": {"Location": "/elsewhere"}}
    site.files["/elsewhere"] = site.files.pop("/f.bin")
    site.faults = [redirect, {"send": HALF}, redirect]
    fetch_file(remote(site), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert [(asked.path, asked.range) for asked in site.asked] == [
        ("/f.bin", None),
        ("/elsewhere", None),
        ("/f.bin", f"bytes={HALF}-"),
        ("/elsewhere", f"bytes={HALF}-"),
    ]


# breaks


@pytest.mark.parametrize("digest", ["sha256", None])
@pytest.mark.parametrize("stalls", [False, True])
def test_a_download_goes_on_where_it_broke_off(tmp_path, site, monkeypatch, digest, stalls):
    monkeypatch.setattr(downloads, "TIMEOUT_S", (5, 0.2 if stalls else 5))
    site.faults = [{"send": HALF, "wait_for": site.closed if stalls else None}]
    fetch_file(remote(site, digest), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == DATA
    first, second = site.asked
    assert (first.range, first.if_range) == (None, None)
    assert (second.range, second.if_range) == (
        f"bytes={HALF}-",
        f'"{sha256(DATA).hexdigest()}"',
    )


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.lists(st.integers(0, len(DATA)), max_size=4),
    digest=st.sampled_from(["sha1", None]),
    marks=st.sampled_from([("ETag",), ("weak", "Last-Modified"), ()]),
    ranges=st.booleans(),
)
def test_wherever_it_breaks_off_the_file_comes_whole(
    tmp_path_factory, site, cuts, digest, marks, ranges
):
    folder = tmp_path_factory.mktemp("cut")
    how = {"marks": marks, "ranges": ranges}
    site.faults, site.always = [{"send": cut, **how} for cut in cuts], how
    fetch_file(remote(site, digest), folder)
    assert (folder / "f.bin").read_bytes() == DATA


def test_what_came_is_kept_where_it_breaks_off_for_ever(tmp_path, site):
    site.faults, site.always = [{"send": HALF}], {"send": 0}
    fail(remote(site), tmp_path, "after 5 tries: .*; 524,288 bytes are kept to go on from")
    assert len(site.asked) == 5
    assert (tmp_path / "f.bin.part").read_bytes() == DATA[:HALF]
    site.always = {}
    fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked[5:]] == [f"bytes={HALF}-"]
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert names(tmp_path) == {"f.bin"}


def test_a_try_that_brings_much_does_not_count(tmp_path, site, monkeypatch):
    monkeypatch.setattr(downloads, "PROGRESS_BYTES", 2**16)
    site.always = {"send": 2**16}
    fetch_file(remote(site), tmp_path)
    assert len(site.asked) == 16
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_a_server_that_ignores_ranges_is_asked_for_all_of_it(tmp_path, site):
    site.faults = [{"send": HALF}, {"ranges": False}]
    fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked] == [None, f"bytes={HALF}-"]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_a_server_may_send_less_than_the_range_asked_for(tmp_path, site):
    site.faults, site.always = [{"send": HALF}], {"at_most": HALF // 2}
    fetch_file(remote(site, digest=None), tmp_path)
    assert [asked.range for asked in site.asked[1:]] == [
        f"bytes={HALF}-",
        f"bytes={HALF * 3 // 2}-",
    ]
    assert (tmp_path / "f.bin").read_bytes() == DATA


@pytest.mark.parametrize(
    "span",
    ["", f"bytes {HALF - 1}-{2**20 - 1}/{2**20}", f"bytes {HALF}-9/*", f"bytes {HALF}-9/{2**19}"],
)
def test_another_range_than_the_one_asked_for_is_not_taken_for_it(tmp_path, site, span):
    site.faults = [{"send": HALF}, {"headers": {"Content-Range": span}}]
    fetch_file(remote(site, digest=None), tmp_path)
    assert [asked.range for asked in site.asked] == [None, f"bytes={HALF}-", None]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_without_a_mark_the_digest_is_enough_to_go_on(tmp_path, site):
    site.faults, site.always = [{"send": HALF, "marks": ()}], {"marks": ()}
    fetch_file(remote(site), tmp_path)
    assert site.asked[1][1:] == (f"bytes={HALF}-", None)
    assert (tmp_path / "f.bin").read_bytes() == DATA


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"heeds_if_range": False},
        {"marks": ("weak", "Last-Modified")},
        {"marks": ("weak", "Last-Modified"), "heeds_if_range": False},
        {"marks": ()},
        {"ranges": False},
    ],
)
@pytest.mark.parametrize("new", [OTHER, OTHER[: HALF // 2], OTHER[:HALF], OTHER + DATA])
def test_two_versions_are_never_mixed(tmp_path, site, how, new):
    break_off(site, tmp_path, **how)
    site.files["/f.bin"], site.always = new, how
    fetch_file(remote(site, digest=None), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == new


def test_a_file_of_another_address_is_not_gone_on_from(tmp_path, site):
    break_off(site, tmp_path)
    site.files["/g.bin"] = OTHER
    fetch_file(remote(site, digest=None, url=f"{site.url}/g.bin"), tmp_path)
    assert [asked.range for asked in site.asked] == [None]
    assert (tmp_path / "f.bin").read_bytes() == OTHER


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"url": 1}', None])
def test_a_part_of_which_nothing_is_known_is_not_gone_on_from(tmp_path, site, state):
    break_off(site, tmp_path)
    (tmp_path / "f.bin.part.json").unlink()
    if state is not None:
        (tmp_path / "f.bin.part.json").write_text(state)
    fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked] == [None]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_a_process_stopped_before_the_check_asks_for_nothing_again(tmp_path, site, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(downloads.pooch, "file_hash", stop)
        with pytest.raises(KeyboardInterrupt):
            fetch_file(remote(site), tmp_path)
    assert not (tmp_path / "f.bin").exists()
    fetch_file(remote(site), tmp_path)
    assert len(site.asked) == 1
    assert (tmp_path / "f.bin").read_bytes() == DATA


# what is refused


@pytest.mark.parametrize("wrong", [OTHER, DATA[:-1], DATA + b"!", b""])
def test_wrong_bytes_are_refused_and_removed(tmp_path, site, wrong):
    site.files["/f.bin"] = wrong
    fail(remote(site), tmp_path, "does not have the published sha256:.* was removed; try again")
    assert names(tmp_path) == set()
    site.files["/f.bin"] = DATA
    fetch_file(remote(site), tmp_path)
    assert site.asked[-1].range is None


def test_another_size_than_the_published_is_refused_before_anything_is_written(tmp_path, site):
    file = remote(site, n_bytes=len(DATA) + 1)
    fail(file, tmp_path, "the server offers 1,048,576 bytes; the published file has 1,048,577")
    assert names(tmp_path) == set()
    assert len(site.asked) == 1


def test_more_bytes_than_the_published_are_refused(tmp_path, site):
    site.always = {"chunked": True}
    fail(remote(site, n_bytes=HALF), tmp_path, "the server sends more than 524,288 bytes")
    assert names(tmp_path) == set()


def test_a_body_without_an_end_is_refused(tmp_path, site, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_UNSTATED_BYTES", HALF)
    site.always = {"chunked": True}
    fail(remote(site), tmp_path, "the server sends more than 524,288 bytes")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410])
def test_a_refusal_of_the_server_is_told_at_once(tmp_path, site, status):
    site.always = {"status": status}
    fail(remote(site), tmp_path, f"/f.bin: cannot be fetched: the server answers {status}$")
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_failure_of_the_server_may_pass(tmp_path, site, status):
    site.faults = [{"status": status}] * 4
    fetch_file(remote(site), tmp_path)
    assert len(site.asked) == 5
    site.always = {"status": status}
    fail(remote(site, name="g.bin"), tmp_path, f"after 5 tries: the server answers {status}$")


def test_a_server_that_is_not_there(tmp_path, site):
    fail(remote(site, url=CLOSED_PORT_URL), tmp_path, "cannot be fetched, after 5 tries")


def test_an_encoded_answer_is_refused(tmp_path, site):
    site.always = {"headers": {"Content-Encoding": "gzip"}}
    fail(remote(site, digest=None), tmp_path, "sends it encoded")


def test_a_way_out_of_encryption_is_refused(tmp_path, site, monkeypatch):
    def get(url, **options):  # as from a server that redirects so
        return requests.api.get(url.replace("https:", "http:"), **options)

    monkeypatch.setattr(downloads.requests, "get", get)
    url = remote(site).url.replace("http:", "https:")
    with pytest.raises(InputError, match="the server leads to an address without encryption"):
        fetch_file(remote(site, digest=None, url=url), tmp_path)
    assert names(tmp_path) == set()


OK = b"HTTP/1.1 200 OK\r\n"
MOVED = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\x1b[31m\xff\n\n",
        b"HTTP/1.1 404 \x1b[31mred\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 206 Partial\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: 5, 6\r\n\r\nhello",
        OK + b"Content-Length: -5\r\n\r\nhello",
        OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        OK + b"A: b\r\n" * 200 + b"\r\n",
        OK + b"\r\nhello",  # of unknown size: whole, or broken off
        MOVED + b"http://[::1\r\n\r\n",
        MOVED + b"http://a..b/\r\n\r\n",
        MOVED + b"http://\xff\xfe/\r\n\r\n",
        MOVED + b"http://" + b"a" * 5000 + b"/\r\n\r\n",
        MOVED + b"http://127.0.0.1:x/\r\n\r\n",
        MOVED + b"file:///etc/passwd\r\n\r\n",
        MOVED + b"/f.bin\r\n\r\n",  # for ever
    ],
)
def test_a_malformed_answer_is_one_line(tmp_path, site, raw):
    site.always = {"raw": raw}
    fail(remote(site, digest=None), tmp_path, "^http://127.0.0.1:[0-9]+/f.bin: ")


# the disk


def test_too_little_space_is_said_before_anything_is_written(tmp_path, site, monkeypatch):
    free = {"free": len(DATA) + 99}
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(**free))
    file = remote(site, unpacked_bytes=100)
    fail(file, tmp_path, r"fetching f\.bin needs at least 0\.00 GB, and 0\.00 GB are free; make")
    assert names(tmp_path) == set()
    free["free"] += 1
    fetch_file(file, tmp_path)


def test_only_what_is_missing_needs_space(tmp_path, site, monkeypatch):
    break_off(site, tmp_path)
    free = {"free": HALF - 1}
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(**free))
    fail(remote(site), tmp_path, "are free; make room")
    assert (tmp_path / "f.bin.part").stat().st_size == HALF
    free["free"] += 1
    fetch_file(remote(site), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(InputError, match="file/here: cannot be written to: "),
        locked(tmp_path / "file" / "here"),
    ):
        pass


def test_a_disk_that_is_full_after_all(tmp_path, site, monkeypatch):
    def write_nothing(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(downloads, "_receive", write_nothing)
    with pytest.raises(InputError, match=r"cannot be written to: .*No space"), locked(tmp_path):
        fetch_file(remote(site), tmp_path)


# files of which no digest is published


def test_without_a_published_digest_that_of_what_came_is_kept(tmp_path, site):
    file = remote(site, digest=None)
    fetch_file(file, tmp_path)
    assert json.loads((tmp_path / "f.bin.fetched.json").read_text()) == {
        "url": file.url,
        "bytes": len(DATA),
        "digest": f"sha256:{sha256(DATA).hexdigest()}",
    }
    fetch_file(file, tmp_path)
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("url", "content"), [(None, OTHER), ("/f.bin", OTHER), ("/elsewhere.bin", DATA)]
)
def test_without_a_published_digest_a_file_not_as_it_came_is_not_touched(
    tmp_path, site, url, content
):
    site.files["/elsewhere.bin"] = DATA
    if url is not None:
        fetch_file(remote(site, digest=None, url=site.url + url), tmp_path)
    (tmp_path / "f.bin").write_bytes(content)
    with pytest.raises(InputError, match=r"is there, but its publisher gives no digest .*move it"):
        fetch_file(remote(site, digest=None), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == content


def test_a_chunked_file_of_unknown_size_has_to_come_to_its_end(tmp_path, site):
    site.faults, site.always = [{"chunked": True, "send": HALF}], {"chunked": True}
    fetch_file(remote(site, digest=None), tmp_path)
    assert [asked.range for asked in site.asked] == [None, None]
    assert (tmp_path / "f.bin").read_bytes() == DATA


# processes

PROGRAM = """
import sys
from pathlib import Path
from deepartist.downloads.transfer import RemoteFile, fetch_file, locked

url, digest, folder = sys.argv[1:]
with locked(Path(folder)):
    fetch_file(RemoteFile(url, "f.bin", digest, None, None, 0), Path(folder))
"""


def start(site, folder):
    file = remote(site)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, file.url, file.digest, folder],
        stderr=subprocess.PIPE,
        text=True,
    )


def test_of_two_processes_at_once_one_waits_and_finds_the_file(tmp_path, site):
    site.always = {"send": HALF, "wait_for": site.closed}
    first = start(site, tmp_path)
    wait_until(lambda: site.asked)
    second = start(site, tmp_path)
    assert "waiting for another process" in second.stderr.readline()
    site.closed.set()  # the rest comes
    assert (first.wait(), second.wait()) == (0, 0)
    assert len(site.asked) == 1
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert names(tmp_path) == {"f.bin", downloads.LOCK_NAME}
    second.stderr.close()
    first.stderr.close()


def test_a_killed_process_leaves_what_the_next_goes_on_from(tmp_path, site):
    site.faults = [{"send": HALF, "wait_for": site.closed}]
    part = tmp_path / "f.bin.part"
    with start(site, tmp_path) as process:
        wait_until(lambda: part.exists() and part.stat().st_size == HALF)
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "f.bin").exists()
    with locked(tmp_path):  # the lock went with the process
        fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked] == [None, f"bytes={HALF}-"]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def wait_until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("did not come to pass in 30 s")


# the table


def test_the_table_has_what_the_publishers_state():
    table = read_table()
    assert {name for name, entry in table.items() if len(entry.files) == 1} == {
        "fma-small",
        "fma-medium",
        "fma-large",
        "fma-metadata",
        "authors-weights",
    }
    digests = {name: table[name].files[0].digest for name in table if name != "msd-lists"}
    assert digests | {"fma-medium": None} == {
        "fma-small": "sha1:ade154f733639d52e35e32f5593efe5be76c6d70",
        "fma-medium": None,
        "fma-large": "sha1:497109f4dd721066b5ce5e5f250ec604dc78939e",
        "fma-metadata": "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
        "authors-weights": (
            "sha256:3b3ad09c321786c8ea388269ee3c35ab540734ce5209f40a430f1c9b0a25f753"
        ),
    }
    assert {file.name for file in table["msd-lists"].files} == {
        f"msd_lists/{name}"
        for name in (
            *("msd-artist-list.pkl", "7D_id_to_path.pkl", "MSD_id_to_7D_id.pkl"),
            *("filtered_list_train.cP", "filtered_list_test.cP", "msd_id_to_tag_vector.cP"),
            "50tagList.txt",
        )
    }


@pytest.mark.parametrize("name", read_table())
def test_an_entry_of_the_table_is_well_formed(name):
    download = read_table()[name]
    for text in (download.what, download.licence, download.size):
        assert text == " ".join(text.split())
        assert text
    for file in download.files:
        url = urlsplit(file.url)
        assert (url.scheme, bool(url.hostname), url.query) == ("https", True, "")
        assert re.fullmatch(r"(\w+/)?[\w.-]+", file.name)
        assert file.digest is None or re.fullmatch(
            "sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64}", file.digest
        )
        assert (file.unpack_to is None) == (file.unpacked_bytes == 0)
        assert file.unpack_to is None or file.digest is not None
        assert file.n_bytes is None or file.n_bytes > 2**20
    assert len({file.name for file in download.files}) == len(download.files)
