"""A server on this machine alone, of a page and the songs that it plays."""

import mimetypes
from collections.abc import Sequence

from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from deepartist.process.errors import InputError

LOOPBACK = "127.0.0.1"


class _QuietHandler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Say nothing about each request."""


def make_local_server(page: str, paths: Sequence[str], port: int) -> BaseWSGIServer:
    """Make a server of a page, at ``/``, and of songs, at ``/songs/`` and their number.

    Nothing else can be asked for. Parts of songs can, as browsers do when somebody jumps in one.

    Parameters
    ----------
    page : str
        HTML.
    paths : sequence of str
        Of the songs.
    port : int
        0: any that is free.

    Raises
    ------
    InputError
        The port is taken.
    """
    routes = Map(
        [
            Rule("/", endpoint="page", methods=["GET"]),
            Rule("/songs/<int:number>", endpoint="song", methods=["GET"]),
        ]
    )
    encoded = page.encode()

    @Request.application
    def application(request: Request) -> Response:
        try:
            # A page of another site could reach this server by a name that leads to 127.0.0.1.
            if request.host.partition(":")[0] not in (LOOPBACK, "localhost"):
                raise Forbidden
            endpoint, values = routes.bind_to_environ(request.environ).match()
            if endpoint == "page":
                return Response(encoded, mimetype="text/html")
            return _send_song(request, paths, values["number"])
        except HTTPException as error:
            return error.get_response(request.environ)

    try:
        return make_server(
            LOOPBACK, port, application, threaded=True, request_handler=_QuietHandler
        )
    except (OSError, SystemExit) as error:
        raise InputError(f"--port {port}: is taken; name another, or 0 for any") from error


def _send_song(request: Request, paths: Sequence[str], number: int) -> Response:
    if number >= len(paths):
        raise NotFound
    kind = mimetypes.guess_type(paths[number])[0] or "application/octet-stream"
    try:
        return send_file(paths[number], request.environ, mimetype=kind, conditional=True)
    except OSError as error:
        raise NotFound from error
