"""Stands between MinIO and the listener: every event three times, shuffled, one in ten never.

An event is dropped on both roads or on none, so that only the bucket's listing can bring it. Half of the others are
handed on with the listener's own answer, so that MinIO's queue on its disk has work while the listener is away; the
rest are taken at once and brought later, in any order, until the listener takes them.
"""

import hashlib
import heapq
import json
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Condition, Thread

import httpx

COPIES = 3
DROPPED = 0.10
_PASSED_THROUGH = 0.5
_LATEST = 9.0  # seconds that a copy may come late; one in ten comes later still
_LATE = 25.0
_AGAIN = 1.0  # seconds until the durable road is tried again


class EventProxy:
    """A server on a free port; `url` is where MinIO posts, `dropped` how many events nobody will hear of."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._rng = random.Random(seed)
        self._listener = ""
        self._waiting: list[tuple[float, int, str, bytes, str, bool]] = []
        self._order = count()
        self._changed = Condition()
        self._delivering = False
        self._client = httpx.Client(timeout=20)
        self._server = _Server(("127.0.0.1", 0), _Door)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.received = 0
        self.delivered = 0
        self.dropped: set[str] = set()

    def start(self) -> None:
        """Begin to serve."""
        for work in (self._server.serve_forever, self._deliver):
            Thread(target=work, daemon=True).start()

    def lead_to(self, listener: str) -> None:
        """Where events go."""
        self._listener = listener

    def idle(self) -> bool:
        """Whether every copy has been brought."""
        with self._changed:
            return not self._waiting and not self._delivering

    def take(self, path: str, body: bytes, token: str) -> int:
        """One event from MinIO; returns the status to answer."""
        self.received += 1
        name = _name_of(body)
        share = int.from_bytes(hashlib.sha256(f"{self._seed} {name}".encode()).digest()[:6]) / 2**48
        if share < DROPPED:
            self.dropped.add(name)
            return 200
        durable, copies = path.endswith("durable"), COPIES
        if durable and share > 1 - _PASSED_THROUGH:
            status = self._post(path, body, token)
            if not 200 <= status < 300:
                return status
            copies -= 1
        with self._changed:
            for _ in range(copies):
                late = self._rng.uniform(0, _LATEST if self._rng.random() < 0.9 else _LATE)
                heapq.heappush(self._waiting, (time.monotonic() + late, next(self._order), path, body, token, durable))
            self._changed.notify()
        return 200

    def _deliver(self) -> None:
        while True:
            with self._changed:
                self._delivering = False
                while not self._waiting or self._waiting[0][0] > time.monotonic():
                    self._changed.wait(self._waiting[0][0] - time.monotonic() if self._waiting else None)
                _, _, path, body, token, durable = heapq.heappop(self._waiting)
                self._delivering = True
            if not 200 <= self._post(path, body, token) < 300 and durable:
                with self._changed:
                    heapq.heappush(self._waiting, (time.monotonic() + _AGAIN, next(self._order), path, body, token, True))

    def _post(self, path: str, body: bytes, token: str) -> int:
        try:
            answer = self._client.post(f"{self._listener}{path}", content=body, headers={"Authorization": token})
        except httpx.HTTPError:
            return 503
        self.delivered += answer.is_success
        return answer.status_code


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: EventProxy


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(self.server.proxy.take(self.path, body, self.headers.get("Authorization", "")))

    def do_HEAD(self) -> None:
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _name_of(body: bytes) -> str:
    """What an event speaks of; the same on both roads."""
    record = json.loads(body)["Records"][0]
    entity = record["s3"]["object"]
    return f"{record['eventName']} {entity['key']} {entity.get('versionId', '')}"
