"""Connections that are opened to be held: closed in time, and never more of them than there may be."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Thread
from typing import Any

import pytest
import uvicorn

from serving.protocol import BoundedProtocol

PATIENCE = 20  # seconds; a connection that nobody closes fails the test


async def hello(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """Answers at once, whatever is still to come of the request."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


class Short(BoundedProtocol):
    head_seconds = 0.3
    most_connections = 5


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(hello, http=Short, ws="none", lifespan="off", log_config=None, access_log=False))
        thread = Thread(target=server.run, args=([door],))
        thread.start()
        yield int(door.getsockname()[1])
        server.should_exit = True
        thread.join()


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def rest(line: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    got = b""
    try:
        while part := line.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    return got


def until_hello(line: socket.socket) -> None:
    got = b""
    while not got.endswith(b"hello"):
        part = line.recv(65536)
        assert part, got
        got += part


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "])
def test_half_a_head_is_not_waited_for(port: int, sent: bytes) -> None:
    with connected(port) as line:
        line.sendall(sent)
        assert rest(line) == b""


def test_a_byte_now_and_then_buys_no_time(port: int) -> None:
    with connected(port) as line:
        line.settimeout(0.05)
        for _ in range(PATIENCE * 20):
            try:
                line.sendall(b"G")
                if line.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                return
        pytest.fail("still open")


def test_a_body_that_nobody_wants_cannot_be_sent_for_ever(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        line.settimeout(0.05)
        for _ in range(PATIENCE * 20):
            try:
                line.sendall(b"x")
                if line.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except (ConnectionResetError, BrokenPipeError):
                return
        pytest.fail("still open")


def test_a_connection_too_many_is_told_so_and_the_others_go_on(port: int) -> None:
    with ExitStack() as opened:
        lines = [opened.enter_context(connected(port)) for _ in range(5)]
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            until_hello(line)
        with connected(port) as one_more:
            refused = rest(one_more).lower()
        assert refused.startswith(b"http/1.1 503")
        assert b"retry-after: " in refused
        lines[0].sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"hello" in rest(lines[0])
        with connected(port) as instead:
            instead.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert b"hello" in rest(instead)


def test_what_is_no_http_is_answered_like_anything_else(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"\x16\x03\x01 TLS\r\n\r\n")
        answer = rest(line).lower()
    assert answer.startswith(b"http/1.1 400")
    assert b"x-request-id: " in answer
    assert b"x-content-type-options: nosniff" in answer


def test_requests_on_one_connection_are_answered_one_after_the_other(port: int) -> None:
    with connected(port) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2 + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert rest(line).count(b"hello") == 3
