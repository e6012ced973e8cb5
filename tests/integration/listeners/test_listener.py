"""The listener itself, on a port of its own: what it answers, and what has become of an event when it does."""

import json
import random
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select

from ingest.db import parked
from ingest.db.engine import Database
from ingest.db.schema import documents as document_table
from ingest.intake.door import Intake
from listeners.main import app

TOKEN = "un-secreto"
BUCKET = "documentos-ugel"

Listening = Callable[..., AbstractContextManager[httpx.Client]]


def envelope(key: str, version_id: str = "v1", name: str = "s3:ObjectCreated:Put", **entity: Any) -> bytes:
    entity = {"key": quote_plus(key), "versionId": version_id, "size": 9, "sequencer": "18A1B2C3D4E5F607", **entity}
    record = {"eventName": name, "s3": {"bucket": {"name": BUCKET}, "object": entity}}
    return json.dumps({"EventName": name, "Key": f"{BUCKET}/{key}", "Records": [record]}).encode()


@pytest.fixture
def listening(environment: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch) -> Listening:
    """Runs a listener with these settings; the client has its token."""
    settings = {
        **environment,
        "DATABASE_URL": environment["DATABASE_URL"].rpartition("/")[0] + "/integration",
        "REDIS_URL": environment["REDIS_URL"].rpartition("/")[0] + "/1",
        "CELERY_BROKER_URL": "",
        "CELERY_RESULT_BACKEND": "",
        "BANDEJA_WEBHOOK_TOKEN": TOKEN,
    }

    @contextmanager
    def listen(**more: str) -> Iterator[httpx.Client]:
        for setting, value in {**settings, **more}.items():
            monkeypatch.setenv(setting, value)
        with socket.create_server(("127.0.0.1", 0)) as door:
            server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
            thread = Thread(target=server.run, args=([door],))
            thread.start()
            try:
                url = f"http://127.0.0.1:{door.getsockname()[1]}/events"
                with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as client:
                    yield client
            finally:
                server.should_exit = True
                thread.join()

    return listen


def rows(database: Database) -> list[Any]:
    with database.begin() as connection:
        return list(connection.execute(select(document_table)).all())


def reasons(database: Database) -> list[str]:
    with database.begin() as connection:
        return [event.reason for event in parked.newest(connection, before=None, limit=100)]


def test_an_answer_of_200_means_that_the_row_is_there(listening: Listening, database: Database) -> None:
    with listening() as client:
        for number in range(3):
            assert client.post("/durable", content=envelope(f"inbox/{number}.pdf")).status_code == 200
            assert len(rows(database)) == number + 1


def test_doubled_and_shuffled_events_over_both_roads_make_each_row_once(listening: Listening, database: Database) -> None:
    versions = [(f"inbox/scan/mesa/scan{number % 10:04}.pdf", f"v{number}") for number in range(60)]
    events = [(road, *version) for version in versions for road in ("instant", "durable", "durable")]
    random.Random(4).shuffle(events)  # noqa: S311  repeatable, and no secret
    with listening() as client, ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda event: client.post(f"/{event[0]}", content=envelope(*event[1:])).status_code, events)
        assert set(answers) == {200}
    assert sorted((row.object_key, row.version_id) for row in rows(database)) == sorted(versions)


NOT_TAKEN = {
    "no JSON": (b"\xff\xfe{", "malformed"),
    "no event": (b"{}", "malformed"),
    "another name": (envelope("inbox/a.pdf", name="s3:ObjectCreated:PutTagging"), "event name s3:ObjectCreated:PutTagging"),
    "another bucket": (envelope("inbox/a.pdf").replace(b'"name": "documentos-ugel"', b'"name": "otro"'), "another bucket"),
    "what PostgreSQL cannot hold": (envelope("inbox/a\0.pdf"), "a value is no text"),
    "a key that no index holds": (envelope("inbox/" + "🗂" * 1000), "a value has more than 1024 bytes"),
    "a megabyte": (b"x" * (1 << 20), "malformed"),
    "an event too long": (envelope("inbox/a.pdf").ljust(3 << 20), "longer than 1 MB"),
    "an event of which the head is one": (envelope("inbox/a.pdf").ljust(1 << 20) + b"x", "longer than 1 MB"),
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_what_cannot_be_taken_is_parked_once_and_answered_200(listening: Listening, database: Database, name: str) -> None:
    body, reason = NOT_TAKEN[name]
    with listening() as client:
        for _ in range(2):
            assert client.post("/durable", content=body).status_code == 200
        assert client.post("/instant", content=body).status_code == 200
    (said,) = reasons(database)
    assert said.startswith(reason)
    assert rows(database) == []
    with database.begin() as connection:
        (event,) = parked.newest(connection, before=None, limit=10)
    assert len(event.body) <= 64 * 1024


def test_an_event_of_just_a_megabyte_is_taken(listening: Listening, database: Database) -> None:
    with listening() as client:
        assert client.post("/durable", content=envelope("inbox/a.pdf").ljust(1 << 20)).status_code == 200
    assert len(rows(database)) == 1


def test_only_minio_is_let_in(listening: Listening, database: Database) -> None:
    with listening() as client:
        for token in ("", "Bearer", "Bearer wrong", f"bearer {TOKEN}", f"Basic {TOKEN}", "Bearer ñ"):
            for road in ("/instant", "/durable"):
                sent = {"Authorization": token.encode("latin-1")}
                answer = client.post(road, content=envelope("inbox/a.pdf"), headers=sent)
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), token
    assert rows(database) == []
    assert reasons(database) == []


def test_503_while_the_database_is_away_and_only_then(
    listening: Listening, database: Database, environment: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = f"postgresql://nobody@127.0.0.1:{port}/nothing"
    with listening(DATABASE_URL=away) as client:
        assert client.post("/durable", content=envelope("inbox/a.pdf")).status_code == 503
        assert client.post("/durable", content=b"no event").status_code == 503
        assert client.post("/instant", content=envelope("inbox/a.pdf")).status_code == 200
    with listening() as client:
        assert client.post("/durable", content=envelope("inbox/a.pdf")).status_code == 200
    assert len(rows(database)) == 1


def test_an_event_that_meets_a_bug_of_ours_is_parked_and_blocks_nothing(
    listening: Listening, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr(Intake, "object_created", bug)
    with listening() as client:
        assert client.post("/durable", content=envelope("inbox/a.pdf")).status_code == 200
        assert reasons(database) == ["internal: LookupError"]
        monkeypatch.setattr(Intake, "park", bug)
        assert client.post("/durable", content=envelope("inbox/b.pdf")).status_code == 503


@contextmanager
def silent() -> Iterator[tuple[int, list[socket.socket]]]:
    """A port where a frozen Redis listens: it lets everybody in and never says a word. With all whom it let in."""
    guests: list[socket.socket] = []
    closed = Event()

    def let_in(door: socket.socket) -> None:
        while not closed.is_set():
            try:
                guests.append(door.accept()[0])
            except TimeoutError:
                continue

    with socket.create_server(("127.0.0.1", 0), backlog=100) as door:
        door.settimeout(0.1)
        host = Thread(target=let_in, args=[door])
        host.start()
        try:
            yield door.getsockname()[1], guests
        finally:
            closed.set()
            host.join()
            for guest in guests:
                guest.close()


def test_a_frozen_redis_holds_no_answer(listening: Listening, database: Database) -> None:
    with silent() as (port, guests), listening(REDIS_URL=f"redis://127.0.0.1:{port}/0") as client:
        for number in range(40):
            assert client.post("/durable", content=envelope(f"inbox/{number}.pdf")).status_code == 200
        assert len(rows(database)) == 40
        # One thread stands before Redis, and no answer waited for it: 40 would have knocked 40 times.
        assert len(guests) < 10
    with database.begin() as connection:
        waiting = connection.execute(select(func.count()).where(document_table.c.status == "queued")).scalar_one()
    assert waiting == 40, "for the sweeper, which finds that their messages are missing"
