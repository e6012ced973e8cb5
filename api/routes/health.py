"""Health for supervisors and load balancers."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from api.state import State, state_of
from ingest.db import migrate
from ingest.errors import BandejaError

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "ok"}


@router.get("/ready", responses={503: {"description": "Something it needs is away; `checks` says what."}})
def ready(state: Annotated[State, Depends(state_of)]) -> JSONResponse:
    """Whether database, Redis, bucket and notification rule are as they should be."""
    checks: dict[str, Callable[[], bool]] = {
        "database": lambda: _database(state),
        "redis": lambda: _redis(state),
        "bucket": lambda: _bucket(state),
        "notification": state.services.store.notification_matches,
    }
    said = {name: _say(check) for name, check in checks.items()}
    ok = all(word == "ok" for word in said.values())
    return JSONResponse({"status": "ok" if ok else "unavailable", "checks": said}, 200 if ok else 503)


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
