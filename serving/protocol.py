"""HTTP/1.1 by uvicorn, for clients that mean no good: a head that never ends, more connections than there are descriptors."""

from asyncio import TimerHandle, Transport
from typing import Any
from uuid import uuid4

from uvicorn.protocols.http.h11_impl import H11Protocol

# nginx waits 60 s for a head; ours come from programs and from a proxy beside us, in one packet.
HEAD_SECONDS = 10.0
# A browser opens six, a proxy as many as there are requests under way. Below the 1,024 descriptors that many systems grant.
CONNECTIONS = 800


class BoundedProtocol(H11Protocol):
    """A connection that is closed when a request's head is not there in time, and at once when there are too many."""

    head_seconds = HEAD_SECONDS
    most_connections = CONNECTIONS

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a head; refuse the connection where there are too many already."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self.connections.discard(self)
            transport.write(_plain_refusal(b"503 Service Unavailable", b"Too many connections.", b"Retry-After: 5\r\n"))
            transport.close()
            return
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Go on; a byte more of an unfinished head buys no time."""
        if self.transport.is_closing():
            return
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._head_has_come()
        elif self.cycle is None or self.cycle.response_complete:
            # The next request's head, or what is left of a body that nobody wants any more.
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer with the connection."""
        self._head_has_come()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say that this was no HTTP, with the headers that every answer of ours has."""
        self.transport.write(_plain_refusal(b"400 Bad Request", msg.encode("ascii", "replace")))
        self.transport.close()

    def _wait_for_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self.head_seconds, self._give_up)

    def _head_has_come(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if not self.transport.is_closing():
            self.transport.abort()


def _plain_refusal(status: bytes, text: bytes, more: bytes = b"") -> bytes:
    """An answer to what never became a request of the application."""
    return b"".join(
        (
            b"HTTP/1.1 ",
            status,
            b"\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n",
            b"X-Request-ID: ",
            uuid4().hex.encode(),
            b"\r\n",
            more,
            b"Content-Length: ",
            str(len(text)).encode(),
            b"\r\nConnection: close\r\n\r\n",
            text,
        )
    )
