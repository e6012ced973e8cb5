"""What a request must show before the application sees it: the key first, then a body that is small and comes in time."""

from asyncio import timeout
from contextlib import suppress

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.access import authenticate
from ingest.errors import BandejaError, InvalidRequest, TooLarge

# The largest sensible body, a batch of 100 uploads with long names and metadata, has some 300 KB; files never come here.
MOST_BYTES = 1 << 20
BODY_SECONDS = 30.0  # from the first byte to the last: 35 KB/s for the largest
# How long what still comes of a refused body is thrown away, so that the client reads the answer before the line is cut.
LINGER_SECONDS = 2.0


class _Gone(Exception):
    """The client went away in the middle of its body."""


class Gate:
    """ASGI middleware: 401 before any byte of a body is read, 413 and 408 before the application knows of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in with its key in `request.state.key` and its body in memory, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            if scope["path"].startswith("/api/") and not _signs_in(scope):
                request.state.key = await authenticate(request)
            body = await _read(request, receive)
        except BandejaError as error:
            await _refuse(problems.of_error(request, error), request, receive, send)
        except TimeoutError:
            await _refuse(problems.respond(request, InvalidRequest(), status=408), request, receive, send)
        except _Gone:
            return
        else:
            await self._app(scope, _replaying(body, receive), send)


def _signs_in(scope: Scope) -> bool:
    """Whoever signs in has the key in the body; any other method of that path is answered with 405."""
    return scope["path"] == "/api/v1/session" and scope["method"] not in ("GET", "DELETE")


async def _read(request: Request, receive: Receive) -> bytes:
    """The whole body. Raises TooLarge, TimeoutError, _Gone."""
    if _announced(request) > MOST_BYTES:
        raise TooLarge("body")
    body = bytearray()
    more = _has_body(request)
    async with timeout(BODY_SECONDS):
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body += message.get("body", b"")
            if len(body) > MOST_BYTES:
                raise TooLarge("body")
            more = message.get("more_body", False)
    return bytes(body)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body, then whatever the server says."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _refuse(response: JSONResponse, request: Request, receive: Receive, send: Send) -> None:
    """Answer now. A body that was not read to its end is thrown away for a moment, then the line is cut."""
    if not _has_body(request):
        await response(request.scope, receive, send)
        return
    response.headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": bytes(response.body), "more_body": True})
    with suppress(TimeoutError):
        async with timeout(LINGER_SECONDS):
            while (message := await receive())["type"] != "http.disconnect" and message.get("more_body", False):
                pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})
