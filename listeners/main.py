"""The listener: `uvicorn listeners.main:app`. MinIO posts the bucket's events here, and nobody else.

A new event source is a module beside this one and a line below.
"""

from asyncio import timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hmac import compare_digest
from typing import Annotated

import structlog
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from ingest.errors import DatabaseUnavailable, ObjectMissing, SettingsError, StorageUnavailable
from ingest.intake.minio_events import MOST_BYTES
from ingest.logs import configure_logs
from ingest.queue import CeleryQueue, make_celery
from ingest.services.backing import Services, build_services
from ingest.settings import load_settings
from listeners.after_commit import AfterCommit
from listeners.instant import InstantQueue
from listeners.reception import DURABLE, Reception

log = structlog.get_logger(__name__)

BODY_SECONDS = 30.0  # an event is some 2 KB


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    if not settings.webhook_token.get_secret_value():
        raise SettingsError("BANDEJA_WEBHOOK_TOKEN: should be the token that MinIO's webhook targets send")
    configure_logs(settings.log_level)
    services = build_services(settings)
    after_commit = AfterCommit(services, CeleryQueue(make_celery(settings)))
    reception = Reception(services.database, services.intake, after_commit)
    instant = InstantQueue(reception)
    application.state.token = f"Bearer {settings.webhook_token.get_secret_value()}".encode()
    application.state.reception = reception
    application.state.instant = instant
    await run_in_threadpool(_apply_notification, services)
    after_commit.start()
    instant.start()
    yield
    await run_in_threadpool(instant.stop)
    await run_in_threadpool(after_commit.stop)
    services.close()


def _apply_notification(services: Services) -> None:
    """MinIO may come up after us, and `bandeja prepare` does the same: a failure is readiness's to show."""
    try:
        services.store.apply_notification()
    except (StorageUnavailable, ObjectMissing) as error:
        log.warning("notification_not_applied", code=error.code, detail=error.detail)


app = FastAPI(title="Bandeja listener", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)


def _authenticate(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    if not compare_digest(authorization.encode(), request.app.state.token):
        raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})


async def _body(request: Request) -> bytes:
    """The body, or of one that is too long just enough to see that. Raises HTTPException for one that comes too slowly."""
    body = bytearray()
    try:
        async with timeout(BODY_SECONDS):
            async for part in request.stream():
                body += part[: MOST_BYTES + 1 - len(body)]
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    return bytes(body)


@app.post("/events/instant", dependencies=[Depends(_authenticate)])
async def instant(request: Request) -> Response:
    """Answer at once from memory; a full queue drops the event."""
    request.app.state.instant.offer(await _body(request))
    return Response(status_code=200)


@app.post("/events/durable", dependencies=[Depends(_authenticate)])
async def durable(request: Request) -> Response:
    """Answer 200 when the event is taken or parked, 503 only while the database is away."""
    taken = await run_in_threadpool(_take_or_park, request.app.state.reception, await _body(request))
    return Response(status_code=200) if taken else Response(status_code=503, headers={"Retry-After": "1"})


def _take_or_park(reception: Reception, body: bytes) -> bool:
    """Whether the database has it now. MinIO sends an event until it is accepted, so even a bug of ours must not refuse one."""
    try:
        reception.take([body], DURABLE)
    except DatabaseUnavailable:
        return False
    except Exception as error:  # the outermost loop of one event
        log.exception("event_failed")
        try:
            reception.park(body, DURABLE, f"internal: {type(error).__name__}")
        except Exception:  # nothing has it: MinIO keeps it
            log.exception("event_not_parked")
            return False
    return True


@app.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "ok"}
