"""Slow questions: ended after a while, ended when their client goes, and in nobody else's way."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Thread

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from sqlalchemy import text

from api import problems
from api.questions import Questions
from ingest.db.engine import Cancellation, Database
from ingest.errors import QueryTimeout

LONG = 1000.0  # seconds that no test waits


def sleeping(database: Database) -> int:
    """How many statements sleep in the database."""
    with database.begin() as connection:
        said = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        return int(connection.execute(text(said)).scalar_one())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def sleep_long(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text(f"SELECT pg_sleep({LONG})"))


def say_hello(database: Database) -> str:
    with database.begin() as connection:
        return str(connection.execute(text("SELECT 'hello'")).scalar_one())


@contextmanager
def serving(url: str, **limits: float) -> Iterator[str]:
    """An application of two questions, behind our own middleware and errors; its address."""

    @asynccontextmanager
    async def life(application: FastAPI) -> AsyncIterator[None]:
        application.state.questions = Questions(url, **limits)  # type: ignore[arg-type]
        yield
        application.state.questions.close()

    application = FastAPI(lifespan=life)
    problems.install(application)

    @application.middleware("http")
    async def _as_ours(request: Request, call_next: Callable[[Request], object]) -> Response:
        request.state.request_id = "1"
        return await call_next(request)  # type: ignore[misc,no-any-return]

    @application.get("/slow")
    async def slow(request: Request) -> None:
        await application.state.questions.answer(request, sleep_long)

    @application.get("/quick")
    async def quick(request: Request) -> str:
        return str(await application.state.questions.answer(request, say_hello))

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(application, log_level="critical"))
        thread = Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_a_question_that_takes_too_long_is_a_clear_problem(url: str, database: Database) -> None:
    with serving(url, seconds=0.3) as address:
        answer = httpx.get(f"{address}/slow", headers={"Accept-Language": "en"}, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (503, "query_timeout")
        assert answer.json()["detail"] == "The query took longer than permitted."
        assert int(answer.headers["Retry-After"]) >= 1
        assert sleeping(database) == 0
        assert httpx.get(f"{address}/quick").json() == "hello"


def test_a_question_ends_in_the_database_when_its_client_goes(url: str, database: Database) -> None:
    with serving(url, seconds=LONG) as address:
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{address}/slow", timeout=httpx.Timeout(60, read=0.5))
        until(lambda: sleeping(database) == 0)
        assert httpx.get(f"{address}/quick").json() == "hello"


def test_more_questions_than_turns_are_told_so_and_when_to_come_again(url: str, database: Database) -> None:
    with serving(url, at_once=2, seconds=LONG, wait_seconds=0.1) as address:
        where = address.removeprefix("http://").split(":")
        with (
            socket.create_connection((where[0], int(where[1]))) as one,
            socket.create_connection((where[0], int(where[1]))) as other,
        ):
            for each in (one, other):
                each.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            until(lambda: sleeping(database) == 2)
            answer = httpx.get(f"{address}/quick", timeout=60)
            assert (answer.status_code, answer.json()["code"]) == (503, "search_busy")
            assert int(answer.headers["Retry-After"]) >= 1
        until(lambda: httpx.get(f"{address}/quick", timeout=60).status_code == 200)


def test_the_server_ends_a_statement_whatever_has_become_of_us(url: str) -> None:
    limited = Database(url, pool_size=1, statement_seconds=0.2)
    for _ in range(2):
        with pytest.raises(QueryTimeout):
            sleep_long(limited)
    assert say_hello(limited) == "hello"
    limited.close()


def test_what_was_cancelled_begins_nothing_more_and_harms_no_other(url: str) -> None:
    pool = Database(url, pool_size=1)
    cancellation = Cancellation()
    cancellation.ask()
    with pytest.raises(QueryTimeout):
        say_hello(pool.until(cancellation))
    assert say_hello(pool) == "hello"
    assert say_hello(pool.until(Cancellation())) == "hello"
    pool.close()
