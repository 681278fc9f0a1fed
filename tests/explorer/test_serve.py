"""The server: the page and its songs, parts of them, and nothing else to nobody else."""

import threading
from http.client import HTTPConnection

import pytest

from deepartist.explorer.serve import LOOPBACK, make_local_server
from deepartist.process.errors import InputError

SOUND = bytes(range(256)) * 8


@pytest.fixture
def server(tmp_path):
    names = ["a.mp3", "ä #?%.flac", "gone.ogg"]
    for name in names[:2]:
        (tmp_path / name).write_bytes(SOUND)
    (tmp_path / "secret").write_text("secret")
    server = make_local_server("<p>ä</p>", [str(tmp_path / name) for name in names], 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ask(server):
    def call(path, method="GET", **headers):
        connection = HTTPConnection(LOOPBACK, server.server_port, timeout=10)
        connection.request(method, path, headers={k.title(): v for k, v in headers.items()})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer, body

    return call


def test_the_page_and_the_songs_are_there(ask):
    answer, body = ask("/")
    assert (answer.status, body) == (200, "<p>ä</p>".encode())
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    for number, kind in enumerate(["audio/mpeg", "audio/flac"]):
        answer, body = ask(f"/songs/{number}")
        assert (answer.status, body) == (200, SOUND)
        assert answer.getheader("Content-Type").removeprefix("audio/x-") in (kind, kind[6:])
        assert answer.getheader("Accept-Ranges") == "bytes"


def test_a_part_of_a_song_can_be_had(ask):
    answer, body = ask("/songs/0", range="bytes=100-199")
    assert (answer.status, body) == (206, SOUND[100:200])
    assert answer.getheader("Content-Range") == f"bytes 100-199/{len(SOUND)}"
    assert ask("/songs/0", range="bytes=99999-")[0].status == 416


@pytest.mark.parametrize(
    "path",
    ["/secret", "/songs/2", "/songs/3", "/songs/-1", "/songs/../secret", "/songs/%2e%2e/secret"],
)
def test_nothing_else_can_be_had(ask, path):
    answer, body = ask(path)
    assert answer.status == 404
    assert b"secret" not in body


def test_nothing_can_be_sent(ask):
    assert ask("/", method="POST")[0].status == 405
    assert ask("/songs/0", method="DELETE")[0].status == 405


def test_a_page_of_another_site_is_refused(ask):
    assert ask("/", host="evil.example")[0].status == 403
    assert ask("/songs/0", host="evil.example:80")[0].status == 403
    assert ask("/", host="localhost")[0].status == 200


def test_it_listens_on_this_machine_alone(server):
    assert server.server_address[0] == "127.0.0.1"


def test_a_port_that_is_taken_is_named(server):
    with pytest.raises(InputError, match=f"--port {server.server_port}: is taken"):
        make_local_server("", [], server.server_port)
