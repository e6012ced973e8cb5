"""The key before the body, and a body only as large and as slow as it may be; on the application itself, without a server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI, Request

from api import gate, problems
from api.main import Api
from ingest.db.keys import ApiKey
from ingest.errors import Unauthorized

Message = dict[str, Any]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


pytestmark = pytest.mark.anyio


@pytest.fixture
def application(monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """One call that echoes its body; the key "good" is one."""

    async def authenticate(request: Request) -> ApiKey:
        if request.headers.get("x-api-key") != "good":
            raise Unauthorized
        return ApiKey(uuid4(), "", ("read",))

    monkeypatch.setattr(gate, "authenticate", authenticate)
    application = Api()
    problems.install(application)
    application.add_middleware(gate.Gate)

    @application.post("/api/v1/echo")
    async def echo(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    return application


class Client:
    """Sends these parts of a body, one a `receive`; then nothing more comes."""

    def __init__(self, *parts: bytes, ends: bool = True) -> None:
        self.parts = list(parts)
        self.ends = ends
        self.taken = 0
        self.taken_before_answer = 0
        self.answers: list[Message] = []

    async def receive(self) -> Message:
        if self.taken == len(self.parts):
            return {"type": "http.disconnect"} if self.answers else await forever()
        self.taken += 1
        return {
            "type": "http.request",
            "body": self.parts[self.taken - 1],
            "more_body": self.taken < len(self.parts) or not self.ends,
        }

    async def send(self, message: Message) -> None:
        if not self.answers:
            self.taken_before_answer = self.taken
        self.answers.append(message)

    @property
    def status(self) -> int:
        return int(self.answers[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.answers[0]["headers"])


async def forever() -> Message:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


Call = Callable[..., Awaitable[Client]]


@pytest.fixture
def call(application: FastAPI) -> Call:
    async def send(client: Client, **headers: str) -> Client:
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/api/v1/echo", "raw_path": b"", "query_string": b"", "headers": raw}
        await application({**scope, "asgi": {"spec_version": "2.3"}, "client": None}, client.receive, client.send)
        return client

    return send


async def test_without_a_key_no_byte_of_the_body_is_read(call: Call) -> None:
    client = await call(Client(b"x" * 1000), content_length="1000")
    assert (client.status, client.taken_before_answer) == (401, 0)
    assert client.headers[b"connection"] == b"close"
    assert client.headers[b"content-type"] == b"application/problem+json"


async def test_a_body_of_a_megabyte_comes_whole(call: Call) -> None:
    client = await call(Client(*[b"x" * 65536] * 16), x_api_key="good", transfer_encoding="chunked")
    assert client.answers[1]["body"] == b'{"bytes":1048576}'


async def test_a_larger_one_is_refused_by_the_length_it_says(call: Call) -> None:
    client = await call(Client(b"x"), x_api_key="good", content_length=str((1 << 20) + 1))
    assert (client.status, client.taken_before_answer) == (413, 0)
    assert b'"code":"too_large"' in client.answers[1]["body"]


async def test_one_that_says_no_length_is_counted_as_it_comes(call: Call) -> None:
    client = await call(Client(*[b"x" * 65536] * 1000), x_api_key="good", transfer_encoding="chunked")
    assert (client.status, client.taken_before_answer) == (413, 17)


async def test_a_body_that_stops_is_not_waited_for(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.05)
    client = await call(Client(b"x", ends=False), x_api_key="good", content_length="1000")
    assert client.status == 408
    assert client.headers[b"connection"] == b"close"


async def test_what_is_left_of_a_refused_body_is_thrown_away_for_a_moment_only(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "LINGER_SECONDS", 0.05)

    class Endless(Client):
        async def receive(self) -> Message:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b"x", "more_body": True}

    client = await call(Endless(), content_length="1000000000")
    assert client.status == 401
    assert client.answers[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_bug_is_answered_with_a_request_id_like_anything_else(application: FastAPI, call: Call) -> None:
    @application.post("/api/v1/bug")
    async def bug() -> None:
        raise RuntimeError("a bug")

    client = Client()
    scope = {"type": "http", "method": "POST", "path": "/api/v1/bug", "raw_path": b"", "query_string": b"", "client": None}
    headers = [(b"x-api-key", b"good"), (b"x-request-id", b"mine-1")]
    with pytest.raises(RuntimeError, match="a bug"):
        await application({**scope, "headers": headers, "asgi": {"spec_version": "2.3"}}, client.receive, client.send)
    assert client.status == 500
    assert client.headers[b"x-request-id"] == b"mine-1"
    assert client.headers[b"x-content-type-options"] == b"nosniff"
