"""What a call does not take is refused by its name: a filter that is not understood must not answer as if it were none."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Request

from api import gate
from api.main import app
from api.state import state_of
from ingest.db.keys import ApiKey

pytestmark = pytest.mark.anyio

CALLS = [
    (method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods if path.startswith("/api/")
]
LIST = "/api/v1/tasks"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def _admin(monkeypatch: pytest.MonkeyPatch) -> None:
    async def authenticate(_: Request) -> ApiKey:
        return ApiKey(UUID(int=0), "", ("admin",))

    monkeypatch.setattr(gate, "authenticate", authenticate)
    monkeypatch.setitem(app.dependency_overrides, state_of, lambda: None)  # none is needed to refuse


async def ask(method: str, path: str, language: str = "en") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bandeja") as client:
        return await client.request(method, path, headers={"Accept-Language": language})


def named(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == "invalid_request"
    return {error["field"] for error in problem["errors"]}


@pytest.mark.usefixtures("_admin")
@pytest.mark.parametrize(("method", "path"), CALLS)
async def test_every_call_names_what_it_does_not_take(method: str, path: str) -> None:
    for name in ("task_id", "document_id"):
        path = path.replace(f"{{{name}}}", str(uuid4()))
    path = path.replace("{page}", "1").replace("{event_id}", "1")
    assert named(await ask(method, f"{path}?limite=5&x")) == {"limite", "x"}


@pytest.mark.usefixtures("_admin")
@pytest.mark.parametrize(
    "query", ["Status=error", "status%20=error", "status[]=error", "desde=2025-01-01", "=", "date_from=2025-01-01"]
)
async def test_what_only_looks_like_a_parameter_is_none(query: str) -> None:
    assert len(named(await ask("GET", f"{LIST}?{query}"))) == 1


@pytest.mark.usefixtures("_admin")
async def test_a_parameter_that_is_given_twice_is_none_of_both() -> None:
    assert named(await ask("GET", f"{LIST}?status=error&status=queued")) == {"status"}


@pytest.mark.usefixtures("_admin")
async def test_a_name_that_no_json_can_say_is_named_as_far_as_it_can_be() -> None:
    assert len(named(await ask("GET", f"{LIST}?%ED%A0%80%00=1"))) == 1


@pytest.mark.usefixtures("_admin")
async def test_the_body_of_a_retry_takes_nothing_else_either() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bandeja") as client:
        answer = await client.post(f"{LIST}/{uuid4()}/retry", json={"from_stage": "extract"})
    assert named(answer) == {"from_stage"}


@pytest.mark.usefixtures("_admin")
@pytest.mark.parametrize(
    ("path", "spanish", "english"),
    [
        (f"{LIST}?limit=0", "Debe ser mayor o igual que 1.", "Input should be greater than or equal to 1"),
        (
            f"{LIST}?since=ayer",
            "Debe ser un momento como 2025-03-12T15:04:05Z.",
            "should be a moment such as 2025-03-12T15:04:05Z",
        ),
        (f"{LIST}?limite=5", "Esta llamada no tiene tal parámetro.", "This call has no such parameter."),
        (f"{LIST}?limit=5&limit=6", "Está dado más de una vez.", "It is given more than once."),
        ("/api/v1/documents?date_from=12/03/2025", "Debe ser una fecha como 2025-03-12.", "should be a date such as 2025-03-12"),
    ],
)
async def test_the_problem_of_a_field_is_told_in_the_language_asked_for(path: str, spanish: str, english: str) -> None:
    for language, problem in (("es", spanish), ("en", english)):
        (error,) = (await ask("GET", path, language)).json()["errors"]
        assert error["problem"] == problem
