"""The API: `uvicorn api.main:app`. Serves presigned URLs, task status, documents and search; no bytes pass through it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from re import fullmatch
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response

from api import problems
from api.routes import documents, health, metrics, parked, search, tasks, uploads
from api.state import State
from ingest.logs import configure_logs
from ingest.queue import Queue, make_celery
from ingest.services import build_embedder, build_reader, build_services
from ingest.settings import load_settings
from ingest.shutdown import Shutdown


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    configure_logs(settings.log_level)
    services = build_services(settings)
    shutdown = Shutdown()
    shutdown.ask_at_signals()
    application.state.bandeja = State(
        settings=settings,
        services=services,
        queue=Queue(make_celery(settings)),
        embedder=build_embedder(settings, services.tallies),
        reader=build_reader(settings),
        shutdown=shutdown,
    )
    yield
    services.close()


app = FastAPI(
    title="Bandeja",
    version="0.1.0",
    description="Put a document in a bucket and find it by search. Keys go in `X-API-Key` or `Authorization: Bearer`.",
    lifespan=_lifespan,
)
problems.install(app)
for module in (uploads, tasks, documents, search, parked, health, metrics):
    app.include_router(module.router)


@app.middleware("http")
async def _request_id(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Give every request an id, the client's own if it is sane, and say it in the answer and the logs."""
    given = request.headers.get("x-request-id", "")
    request.state.request_id = given if fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else uuid4().hex
    with structlog.contextvars.bound_contextvars(request_id=request.state.request_id):
        response = await call_next(request)
    response.headers["X-Request-ID"] = request.state.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
