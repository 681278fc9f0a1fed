"""An HTTP server on loopback that has the faults of real ones."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Asked(NamedTuple):
    """A request that came."""

    path: str
    range: str | None
    if_range: str | None


@dataclass
class Site:
    """What a server has, how it answers, and what it was asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    faults: list[dict] = field(default_factory=list)
    """Of the next answers, one each: see `answer`."""
    always: dict = field(default_factory=dict)
    """The fault of all answers after those."""
    closed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve() -> Iterator[Site]:
    """Run a server; its files have strong ETags and can be asked for from any byte on."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked = Asked(self.path, self.headers["Range"], self.headers["If-Range"])
            site.asked.append(asked)
            answer(self, site, asked, **(site.faults.pop(0) if site.faults else site.always))
            self.close_connection = True

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *request):
            if not isinstance(sys.exception(), ConnectionError):  # the other side may go
                super().handle_error(*request)

    with Server(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            site.closed.set()
            server.shutdown()
            thread.join()


def answer(
    handler,
    site,
    asked,
    *,
    raw=None,
    status=None,
    ranges=True,
    heeds_if_range=True,
    marks=("ETag",),
    headers=None,
    chunked=False,
    at_most=None,
    send=None,
    wait_for=None,
):
    """Answer a request: with ``raw`` bytes, a ``status``, or the file.

    ``send``: how many bytes of the body to send, then to break off, or to wait for an event and
    then send the rest; ``at_most``: of how many bytes an answer to a range is; ``marks``: the
    headers that mark the version.
    """
    if raw is not None:
        handler.wfile.write(raw)
        return
    data = site.files.get(asked.path)
    if status is None:
        status = 404 if data is None else 200
    data = data or b""
    digest = sha256(data).hexdigest()
    versions = {
        "ETag": f'"{digest}"',
        "weak": f'W/"{digest}"',
        "Last-Modified": f"Thu, 01 Jan 2015 00:00:{int(digest, 16) % 60:02} GMT",
    }
    sent = {("ETag" if mark == "weak" else mark): versions[mark] for mark in marks}
    first = 0
    if status == 200 and asked.range and ranges:
        first = int(asked.range.removeprefix("bytes=").removesuffix("-"))
        if heeds_if_range and asked.if_range and asked.if_range not in sent.values():
            first = 0
        elif first >= len(data):
            status, first, data = 416, 0, b""
        else:
            status = 206
            end = min(len(data), first + (at_most or len(data)))
            sent["Content-Range"] = f"bytes {first}-{end - 1}/{len(data)}"
            data = data[:end]
    body = data[first:] if status in (200, 206) else b""
    sent |= {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(len(body))}
    sent["Connection"] = "close"
    handler.send_response(status)
    for name, value in (sent | (headers or {})).items():
        handler.send_header(name, value)
    handler.end_headers()

    def write(part):
        handler.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked and part else part)
        handler.wfile.flush()

    write(body if send is None else body[:send])
    if wait_for is not None:
        wait_for.wait()
    if send is None or wait_for is not None:
        write(body[send:] if send is not None else b"")
        handler.wfile.write(b"0\r\n\r\n" if chunked else b"")
