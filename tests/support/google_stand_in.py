"""A local server that speaks Google's generative REST protocol, so that the real client runs against it.

generateContent, embedContent and batchEmbedContents; failures are queued with `then` and used up one a call.
From a shell, for measurements: `python -m tests.support.google_stand_in --port 9999 --seconds 0.2 --fail-every 10`, then
GOOGLE_API_ENDPOINT=http://127.0.0.1:9999 GOOGLE_API_KEY=good-key. `GET /calls` tells how often each method was called.
"""

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

KEY = "good-key"
JSON = {"Content-Type": "application/json"}

DESCRIPTION = {
    "document_type": "Oficio",
    "number": "123-2025",
    "office": "UGEL 05",
    "subject": "Remite informe",
    "date": "2025-03-12",
    "title": "Oficio 123-2025",
}


@dataclass
class Reply:
    """What the server answers instead of doing its work."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0


def rate_limited(seconds: float) -> Reply:
    """429 with RetryInfo, as Google sends it."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}
    return error(429, "RESOURCE_EXHAUSTED", [info])


def error(status: int, word: str, details: list[Any] | None = None) -> Reply:
    """An error in Google's form."""
    body = {"error": {"code": status, "message": f"said with {KEY}", "status": word, "details": details or []}}
    return Reply(status, json.dumps(body).encode(), dict(JSON))


def saying(text: str) -> Reply:
    """A candidate with this text."""
    return Reply(body=json.dumps(_candidate(text)).encode(), headers=JSON)


def _candidate(text: str) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}]}


class GoogleStandIn:
    """`url` is the endpoint; `calls` counts by method, `asked` keeps the bodies.

    Every call takes `seconds`, and every `fail_every`th one is answered 429, to be tried again after `fail_seconds`; while
    `is_away` every one is answered 503.
    """

    def __init__(self, port: int = 0, *, seconds: float = 0, fail_every: int = 0, fail_seconds: float = 1) -> None:
        self.calls: Counter[str] = Counter()
        self.asked: list[dict[str, Any]] = []
        self.replies: list[Reply] = []
        self.seconds = seconds
        self.fail_every, self.fail_seconds = fail_every, fail_seconds
        self.is_away = False
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(Reply(body=json.dumps(stand_in.calls).encode(), headers=JSON))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = stand_in.answer(self.path, self.headers.get("x-goog-api-key", ""), body)
                time.sleep(reply.seconds + stand_in.seconds)
                self._send(reply)

            def _send(self, reply: Reply) -> None:
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def then(self, *replies: Reply) -> None:
        """Answer the next calls so."""
        self.replies += replies

    def answer(self, path: str, key: str, body: dict[str, Any]) -> Reply:
        method = path.partition("?")[0].rpartition(":")[2]
        self.calls[method] += 1
        self.asked.append(body)
        if self.is_away:
            return error(503, "UNAVAILABLE")
        if self.replies:
            return self.replies.pop(0)
        if self.fail_every and sum(self.calls.values()) % self.fail_every == 0:
            return rate_limited(self.fail_seconds)
        if key != KEY:
            return error(400, "INVALID_ARGUMENT")
        done = {
            "generateContent": lambda: _candidate(json.dumps(DESCRIPTION)),
            "embedContent": lambda: {"embedding": {"values": _vector(body)}},
            "batchEmbedContents": lambda: {"embeddings": [{"values": _vector(one)} for one in body["requests"]]},
        }[method]()
        return Reply(body=json.dumps(done).encode(), headers=JSON)

    @contextmanager
    def running(self) -> Iterator["GoogleStandIn"]:
        """Serve until the block ends."""
        thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _vector(request: dict[str, Any]) -> list[float]:
    """The same for the same text, of the size asked for, and not of length 1."""
    text = "".join(part["text"] for part in request["content"]["parts"])
    seed = hashlib.sha256(text.encode()).digest()
    return [(seed[place % 32] - 127) / 10 for place in range(request.get("outputDimensionality", 768))]


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0, help="how long every call takes")
    parser.add_argument("--fail-every", type=int, default=0, help="every Nth call is answered 429")
    asked = parser.parse_args()
    with GoogleStandIn(asked.port, seconds=asked.seconds, fail_every=asked.fail_every).running() as stand_in:
        print(stand_in.url, flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
