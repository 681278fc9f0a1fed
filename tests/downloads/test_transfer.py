"""Downloads from a server on loopback that disconnects, stalls and sends wrong bytes."""

import errno
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from hashlib import sha256
from types import SimpleNamespace

import numpy as np
import platformdirs
import pytest
import requests
import urllib3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deepartist.downloads import transfer
from deepartist.downloads.catalogue import RemoteFile, cache_folder
from deepartist.downloads.transfer import fetch_file, is_intact, locked
from deepartist.process import disk
from deepartist.process.errors import InputError
from loopback import serve

DATA = np.random.default_rng(0).bytes(2**20)
OTHER = np.random.default_rng(1).bytes(2**20)
HALF = 2**19  # a multiple of the pieces that are read, so that an interruption loses none
CLOSED_PORT_URL = "http://127.0.0.1:1/f.bin"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(transfer, "BACK_OFF_S", 0)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def site():
    with serve() as site:
        site.files["/f.bin"] = DATA
        yield site


def remote(site, digest="sha256", **changes):
    """Describe the file as its publisher does; `digest`: the algorithm, or None."""
    if digest is not None:
        digest = f"{digest}:{hashlib.new(digest, DATA).hexdigest()}"
    return RemoteFile(f"{site.url}/f.bin", "f.bin", digest, None, None, 0)._replace(**changes)


def names(folder):
    return {path.name for path in folder.iterdir()}


def fail(file, folder, match):
    """Assert that fetching a file fails with a message of one line."""
    with pytest.raises(InputError, match=match) as caught:
        fetch_file(file, folder)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600
    assert not (folder / file.name).exists()


def break_off(site, folder, **fault):
    """Leave half of a file behind, after one try."""
    site.faults = [{"send": HALF, **fault}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "MAX_TRIES", 1)
        with pytest.raises(InputError):
            fetch_file(remote(site, digest=None), folder)
    site.asked.clear()


# without faults


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_a_file_is_complete_and_nothing_else_is_left(tmp_path, site, digest):
    assert fetch_file(remote(site, digest), tmp_path) == tmp_path / "f.bin"
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert names(tmp_path) == {"f.bin"}


def test_an_intact_file_is_not_requested_again(tmp_path, site):
    (tmp_path / "f.bin").write_bytes(DATA)
    assert fetch_file(remote(site), tmp_path) == tmp_path / "f.bin"
    assert site.asked == []


@pytest.mark.parametrize("damaged", [b"", DATA[:-1], OTHER])
def test_a_damaged_copy_is_replaced(tmp_path, site, damaged):
    (tmp_path / "f.bin").write_bytes(damaged)
    assert not is_intact(remote(site), tmp_path)
    fetch_file(remote(site), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == DATA


@pytest.mark.parametrize("old", [None, OTHER])
@pytest.mark.parametrize("digest", ["sha1", None])
def test_a_link_stays_and_its_target_is_downloaded(tmp_path, site, old, digest):
    (tmp_path / "disk").mkdir()
    (tmp_path / "here").mkdir()
    if old is not None and digest is not None:
        (tmp_path / "disk" / "target").write_bytes(old)
    (tmp_path / "here" / "f.bin").symlink_to("../disk/target")
    fetch_file(remote(site, digest), tmp_path / "here")
    assert (tmp_path / "here" / "f.bin").is_symlink()
    assert (tmp_path / "disk" / "target").read_bytes() == DATA
    assert is_intact(remote(site, digest), tmp_path / "here")
    assert names(tmp_path / "disk") == {"target"}


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_replaced(tmp_path, site, make):
    make(tmp_path / "f.bin")
    before = (tmp_path / "f.bin").stat().st_mode
    with pytest.raises(InputError, match=r"f\.bin: is not a file, .*; move it away"):
        fetch_file(remote(site), tmp_path)
    assert (tmp_path / "f.bin").stat().st_mode == before
    assert site.asked == []


def test_a_file_can_be_stored_in_a_subfolder(tmp_path, site):
    file = remote(site, name="lists/f.bin")
    assert fetch_file(file, tmp_path) == tmp_path / "lists" / "f.bin"


def test_the_progress_is_shown_on_a_terminal(tmp_path, site, capsys, monkeypatch):
    fetch_file(remote(site), tmp_path / "unseen")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    fetch_file(remote(site), tmp_path / "seen")
    assert re.search(r"f\.bin: 100%.*1\.05M/1\.05M", capsys.readouterr().err)


def test_a_long_check_is_announced(tmp_path, site, capsys, monkeypatch):
    monkeypatch.setattr(transfer, "SLOW_BYTES", len(DATA))
    fetch_file(remote(site), tmp_path)
    assert "f.bin.part: checking its digest, which takes minutes" in capsys.readouterr().err


def test_redirects_are_followed_when_resuming_too(tmp_path, site):
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


# interruptions


@pytest.mark.parametrize("digest", ["sha256", None])
@pytest.mark.parametrize("stalls", [False, True])
def test_an_interrupted_download_is_resumed(tmp_path, site, monkeypatch, digest, stalls):
    monkeypatch.setattr(transfer, "TIMEOUT_S", (5, 0.2 if stalls else 5))
    site.faults = [{"send": HALF, "wait_for": site.closed if stalls else None}]
    fetch_file(remote(site, digest), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == DATA
    first, second = site.asked
    assert (first.range, first.if_range) == (None, None)
    assert (second.range, second.if_range) == (
        f"bytes={HALF}-",
        f'"{sha256(DATA).hexdigest()}"',
    )


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(st.integers(0, len(DATA)), max_size=4),
    digest=st.sampled_from(["sha1", None]),
    marks=st.sampled_from([("ETag",), ("weak", "Last-Modified"), ()]),
    ranges=st.booleans(),
)
def test_wherever_it_is_interrupted_the_file_is_complete(
    tmp_path_factory, site, cuts, digest, marks, ranges
):
    folder = tmp_path_factory.mktemp("cut")
    how = {"marks": marks, "ranges": ranges}
    site.faults, site.always = [{"send": cut, **how} for cut in cuts], how
    fetch_file(remote(site, digest), folder)
    assert (folder / "f.bin").read_bytes() == DATA


def test_after_the_last_try_the_received_bytes_are_kept(tmp_path, site):
    site.faults, site.always = [{"send": HALF}], {"send": 0}
    fail(remote(site), tmp_path, "after 5 tries: .*; 524,288 bytes are kept; the next call")
    assert len(site.asked) == 5
    assert (tmp_path / "f.bin.part").read_bytes() == DATA[:HALF]
    site.always = {}
    fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked[5:]] == [f"bytes={HALF}-"]
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert names(tmp_path) == {"f.bin"}


def test_a_try_that_receives_much_does_not_count(tmp_path, site, monkeypatch):
    monkeypatch.setattr(transfer, "PROGRESS_BYTES", 2**16)
    site.always = {"send": 2**16}
    fetch_file(remote(site), tmp_path)
    assert len(site.asked) == 16
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_from_a_server_that_ignores_ranges_the_whole_file_is_read(tmp_path, site):
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
def test_an_answer_with_another_range_is_not_used(tmp_path, site, span):
    site.faults = [{"send": HALF}, {"headers": {"Content-Range": span}}]
    fetch_file(remote(site, digest=None), tmp_path)
    assert [asked.range for asked in site.asked] == [None, f"bytes={HALF}-", None]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_without_a_version_mark_the_digest_is_enough_to_resume(tmp_path, site):
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


def test_a_part_from_another_address_is_not_resumed(tmp_path, site):
    break_off(site, tmp_path)
    site.files["/g.bin"] = OTHER
    fetch_file(remote(site, digest=None, url=f"{site.url}/g.bin"), tmp_path)
    assert [asked.range for asked in site.asked] == [None]
    assert (tmp_path / "f.bin").read_bytes() == OTHER


@pytest.mark.parametrize("state", ["", "[]", "{}", '{"url": 1}', None])
def test_a_part_without_a_valid_state_is_not_resumed(tmp_path, site, state):
    break_off(site, tmp_path)
    (tmp_path / "f.bin.part.json").unlink()
    if state is not None:
        (tmp_path / "f.bin.part.json").write_text(state)
    fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked] == [None]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def test_a_process_stopped_before_the_check_requests_nothing_again(tmp_path, site, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transfer, "digest_file", stop)
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


def test_an_endless_body_is_refused(tmp_path, site, monkeypatch):
    monkeypatch.setattr(transfer, "MAX_UNSTATED_BYTES", HALF)
    site.always = {"chunked": True}
    fail(remote(site), tmp_path, "the server sends more than 524,288 bytes")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 404, 410])
def test_a_permanent_error_of_the_server_is_not_retried(tmp_path, site, status):
    site.always = {"status": status}
    fail(remote(site), tmp_path, f"/f.bin: cannot be fetched: the server answers {status}$")
    assert len(site.asked) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_temporary_error_of_the_server_is_retried(tmp_path, site, status):
    site.faults = [{"status": status}] * 4
    fetch_file(remote(site), tmp_path)
    assert len(site.asked) == 5
    site.always = {"status": status}
    fail(remote(site, name="g.bin"), tmp_path, f"after 5 tries: the server answers {status}$")


def test_an_unreachable_server(tmp_path, site):
    fail(
        remote(site, url=CLOSED_PORT_URL),
        tmp_path,
        r"f\.bin: the server cannot be reached \(Connection refused\); connect to the internet",
    )


def test_an_encoded_answer_is_refused(tmp_path, site):
    site.always = {"headers": {"Content-Encoding": "gzip"}}
    fail(remote(site, digest=None), tmp_path, "sends it with an encoding that was not requested")


def test_a_redirect_to_an_address_without_encryption_is_refused(tmp_path, site, monkeypatch):
    def get(url, **options):  # as if the server redirected there
        return requests.api.get(url.replace("https:", "http:"), **options)

    monkeypatch.setattr(transfer.requests, "get", get)
    url = remote(site).url.replace("http:", "https:")
    with pytest.raises(InputError, match="the server redirects to an address without encryption"):
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
        OK + b"\r\nhello",  # of unknown size: complete or interrupted
        MOVED + b"http://[::1\r\n\r\n",
        MOVED + b"http://a..b/\r\n\r\n",
        MOVED + b"http://\xff\xfe/\r\n\r\n",
        MOVED + b"http://" + b"a" * 5000 + b"/\r\n\r\n",
        MOVED + b"http://127.0.0.1:x/\r\n\r\n",
        MOVED + b"file:///etc/passwd\r\n\r\n",
        MOVED + b"/f.bin\r\n\r\n",  # endlessly
    ],
)
def test_a_malformed_answer_gives_one_line(tmp_path, site, raw):
    site.always = {"raw": raw}
    fail(remote(site, digest=None), tmp_path, "^http://127.0.0.1:[0-9]+/f.bin: ")


# the disk


def test_too_little_space_is_reported_before_anything_is_written(tmp_path, site, monkeypatch):
    free = {"free": len(DATA) + 99}
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: SimpleNamespace(**free))
    file = remote(site, unpacked_bytes=100)
    fail(file, tmp_path, r"fetching f\.bin needs at least 0\.00 GB, and 0\.00 GB are free; make")
    assert names(tmp_path) == set()
    free["free"] += 1
    fetch_file(file, tmp_path)


def test_only_the_missing_bytes_need_space(tmp_path, site, monkeypatch):
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


def test_a_disk_that_fills_up_during_the_download(tmp_path, site, monkeypatch):
    def write_nothing(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transfer, "_receive", write_nothing)
    with pytest.raises(InputError, match=r"cannot be written to: .*No space"), locked(tmp_path):
        fetch_file(remote(site), tmp_path)


# offline


def refuse_name(*_, **__):
    raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")


def refuse_route(*_, **__):
    raise OSError(errno.ENETUNREACH, "Network is unreachable")


def never_answer(*_, **__):
    time.sleep(3)
    raise socket.gaierror(socket.EAI_AGAIN, "too late")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refuse_name, "Temporary failure in name resolution"),
        (refuse_route, "Network is unreachable"),
        (never_answer, "no answer within 0.5 s"),
    ],
)
def test_offline_one_line_says_so_soon(tmp_path, site, monkeypatch, answer, reason):
    monkeypatch.undo()  # with the pauses between tries
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    monkeypatch.setattr(transfer, "REACH_S", 0.5)
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        fetch_file(remote(site, url="https://example.org/f.bin"), tmp_path)
    assert time.monotonic() - start < 2
    assert str(caught.value) == (
        f"https://example.org/f.bin: the server cannot be reached ({reason}); "
        "connect to the internet and run again"
    )
    assert names(tmp_path) == set()


def test_the_time_to_reach_a_server_is_less_than_five_seconds():
    assert transfer.REACH_S + 2 < 5  # imports take up to two seconds


@pytest.mark.parametrize("proxy", ["http://me:secret@127.0.0.1:1", "127.0.0.1:1"])
def test_a_proxy_that_cannot_be_reached_is_named(tmp_path, site, monkeypatch, proxy):
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    url = "https://example.org/f.bin"
    fail(remote(site, url=url), tmp_path, r"f\.bin: the proxy 127\.0\.0\.1:1 cannot be reached \(")


@pytest.mark.parametrize(
    "error",
    [
        requests.exceptions.ProxyError("Tunnel connection failed: 503"),
        requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
    ],
)
def test_what_will_not_change_is_not_tried_again(tmp_path, site, monkeypatch, error):
    calls = []

    def get(*_, **__):
        calls.append(1)
        raise error

    monkeypatch.setattr(transfer.requests, "get", get)
    fail(remote(site), tmp_path, r"f\.bin: cannot be fetched: (Tunnel|\[SSL: CERT)")
    assert len(calls) == 1


def test_of_errors_within_errors_the_innermost_is_told(tmp_path, site, monkeypatch):
    pool = urllib3.HTTPSConnectionPool("example.org")
    reason = urllib3.exceptions.ProtocolError("Connection aborted.")
    outer = requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, "/f.bin", reason))
    assert "HTTPSConnectionPool" in str(outer)

    def get(*_, **__):
        raise outer

    monkeypatch.setattr(transfer.requests, "get", get)
    fail(remote(site), tmp_path, r"cannot be fetched, after 5 tries: Connection aborted\.$")


def test_a_cache_that_cannot_be_written_to_names_the_variable(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "file" / name)
    with (
        pytest.raises(InputError, match=r"/deepartist: cannot be written to: .*XDG_CACHE_HOME"),
        locked(cache_folder()),
    ):
        pass


# files without a published digest


def test_without_a_published_digest_the_digest_of_the_download_is_recorded(tmp_path, site):
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
def test_without_a_published_digest_a_changed_file_is_not_touched(tmp_path, site, url, content):
    site.files["/elsewhere.bin"] = DATA
    if url is not None:
        fetch_file(remote(site, digest=None, url=site.url + url), tmp_path)
    (tmp_path / "f.bin").write_bytes(content)
    with pytest.raises(
        InputError, match=r"already exists, .* gives no digest to check it; move it"
    ):
        fetch_file(remote(site, digest=None), tmp_path)
    assert (tmp_path / "f.bin").read_bytes() == content


def test_a_chunked_file_of_unknown_size_must_reach_its_end(tmp_path, site):
    site.faults, site.always = [{"chunked": True, "send": HALF}], {"chunked": True}
    fetch_file(remote(site, digest=None), tmp_path)
    assert [asked.range for asked in site.asked] == [None, None]
    assert (tmp_path / "f.bin").read_bytes() == DATA


# processes

PROGRAM = """
import sys
from pathlib import Path
from deepartist.downloads.catalogue import RemoteFile, cache_folder
from deepartist.downloads.transfer import fetch_file, locked

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


def test_the_second_of_two_processes_waits_and_finds_the_file(tmp_path, site):
    site.always = {"send": HALF, "wait_for": site.closed}
    first = start(site, tmp_path)
    wait_until(lambda: site.asked)
    second = start(site, tmp_path)
    assert "waiting for another process" in second.stderr.readline()
    site.closed.set()  # the rest comes
    assert (first.wait(), second.wait()) == (0, 0)
    assert len(site.asked) == 1
    assert (tmp_path / "f.bin").read_bytes() == DATA
    assert names(tmp_path) == {"f.bin", transfer.LOCK_NAME}
    second.stderr.close()
    first.stderr.close()


def test_a_download_of_a_killed_process_is_resumed(tmp_path, site):
    site.faults = [{"send": HALF, "wait_for": site.closed}]
    part = tmp_path / "f.bin.part"
    with start(site, tmp_path) as process:
        wait_until(lambda: part.exists() and part.stat().st_size == HALF)
        os.kill(process.pid, signal.SIGKILL)
    assert not (tmp_path / "f.bin").exists()
    with locked(tmp_path):  # a lock ends with its process
        fetch_file(remote(site), tmp_path)
    assert [asked.range for asked in site.asked] == [None, f"bytes={HALF}-"]
    assert (tmp_path / "f.bin").read_bytes() == DATA


def wait_until(condition):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("did not happen within 30 s")
