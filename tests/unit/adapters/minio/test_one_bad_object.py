"""A store that answers, and has trouble with one object: that is no outage."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ingest.adapters.minio.store import MinioStore, connect
from ingest.errors import StorageRefused, StorageUnavailable, TooLarge


class Scripted(BaseHTTPRequestHandler):
    """Heads of buckets succeed while `is_up`; an object's answer is the next of `answers`, the last one again and again."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[int, dict[str, str], bytes]]
    is_up = True
    asked = 0

    def do_HEAD(self) -> None:
        if self.path.count("/") == 1 or self.path.endswith("/bucket/"):
            self._answer(200 if self.is_up else 500, {}, b"")
        else:
            self.do_GET()

    def do_GET(self) -> None:
        type(self).asked += 1
        self._answer(*(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]))

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *args: Any) -> None: ...


WHOLE = (200, {"ETag": '"e"'}, b"whole")
CUT = (200, {"Content-Length": "100"}, b"cut")
UNTOLD = (200, {"Transfer-Encoding": "chunked"}, b"5\r\nwhole\r\n0\r\n\r\n")
BROKEN = (500, {}, b"")


@contextmanager
def store_that(*answers: tuple[int, dict[str, str], bytes], is_up: bool = True) -> Iterator[tuple[MinioStore, type[Scripted]]]:
    handler = type("Script", (Scripted,), {"answers": list(answers), "is_up": is_up})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = connect(f"127.0.0.1:{server.server_port}", "key", "secret-key", secure=False, region="us-east-1")
        yield MinioStore(client, "bucket", "derived", "inbox/"), handler
        client._http.clear()
        server.shutdown()


@pytest.mark.parametrize("trouble", [CUT, UNTOLD, BROKEN], ids=["cut", "no length", "500"])
def test_what_does_not_come_back_whole_is_refused_and_no_outage(tmp_path: Path, trouble: Any) -> None:
    with store_that(trouble) as (store, script), pytest.raises(StorageRefused):
        store.download("a", "", tmp_path / "a", at_most=1000)
    assert script.asked <= 2, "and nobody is asked for ever"


def test_a_head_that_always_fails_is_refused_too() -> None:
    for trouble in (BROKEN, (400, {}, b"")):
        with store_that(trouble) as (store, _), pytest.raises(StorageRefused):
            store.stat("a")


def test_a_connection_cut_once_costs_nothing(tmp_path: Path) -> None:
    with store_that(CUT, WHOLE) as (store, _):
        assert store.download("a", "", tmp_path / "a", at_most=1000).etag == "e"
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_a_store_that_fails_altogether_is_away(tmp_path: Path) -> None:
    for trouble in (CUT, BROKEN):
        with store_that(trouble, is_up=False) as (store, _), pytest.raises(StorageUnavailable) as raised:
            store.download("a", "", tmp_path / "a", at_most=1000)
        assert not isinstance(raised.value, StorageRefused)


def test_a_full_disk_of_ours_is_no_fault_of_the_object() -> None:
    with store_that(WHOLE) as (store, _), pytest.raises(StorageUnavailable) as raised:
        store.download("a", "", Path("/dev/full"), at_most=1000)
    assert not isinstance(raised.value, StorageRefused)


def test_more_than_is_wanted_is_not_written(tmp_path: Path) -> None:
    with store_that(WHOLE) as (store, _), pytest.raises(TooLarge):
        store.download("a", "", tmp_path / "a", at_most=4)
    assert not (tmp_path / "a").exists()
