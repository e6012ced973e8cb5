"""Health for supervisors and load balancers: answered while everything else is busy."""

from collections.abc import Callable
from typing import Literal

from anyio import to_thread
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from api.state import AppState, State
from ingest.db import migrate
from ingest.errors import BandejaError

router = APIRouter(prefix="/health", tags=["health"])


class Alive(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What was checked: `ok`, `mismatch` where it is not as it should be, or the code of the error."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"status": "ok", "checks": {"database": "ok", "redis": "ok", "bucket": "ok", "notification": "ok"}},
                {
                    "status": "unavailable",
                    "checks": {"database": "ok", "redis": "broker_unavailable", "bucket": "ok", "notification": "mismatch"},
                },
            ]
        }
    )

    status: Literal["ok", "unavailable"]
    checks: dict[str, str]


@router.get("/live")
async def live() -> Alive:
    """Say that the process runs."""
    return Alive()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Something it needs is away; `checks` says what."}})
async def ready(response: Response, state: AppState) -> Readiness:
    """Whether database, Redis, bucket and notification rule are as they should be."""
    said = await to_thread.run_sync(_checked, state, limiter=state.health_threads)
    ok = all(word == "ok" for word in said.values())
    response.status_code = 200 if ok else 503
    return Readiness(status="ok" if ok else "unavailable", checks=said)


def _checked(state: State) -> dict[str, str]:
    checks: dict[str, Callable[[], bool]] = {
        "database": lambda: _database(state),
        "redis": lambda: _redis(state),
        "bucket": lambda: _bucket(state),
        "notification": state.services.store.notification_matches,
    }
    return {name: _say(check) for name, check in checks.items()}


def _say(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "mismatch"
    except BandejaError as error:
        return error.code


def _database(state: State) -> bool:
    with state.services.database.begin() as connection:
        return migrate.is_current(connection)


def _redis(state: State) -> bool:
    state.services.tallies.ping()
    return True


def _bucket(state: State) -> bool:
    return state.services.store.bucket_exists()
