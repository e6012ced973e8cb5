"""The API: `uvicorn api.main:app`. Serves presigned URLs, task status, documents and search; no bytes pass through it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from re import fullmatch
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request, Response

from api import problems
from api.questions import Questions
from api.routes import documents, error_page, health, metrics, parked, search, tasks, uploads
from api.state import State
from ingest.intake.uploads import Uploads
from ingest.logs import configure_logs
from ingest.queue import CeleryQueue, make_celery
from ingest.services.ai import build_embedder
from ingest.services.backing import build_services
from ingest.services.reading import build_passwords, build_reader
from ingest.services.signing import build_presigner
from ingest.settings import load_settings
from ingest.shutdown import Shutdown
from ingest.viewing.pictures import Pictures

CALL_SECONDS = 30.0  # a statement of any call but search, which has less (`api/questions.py`); the slowest take a tenth of one


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    configure_logs(settings.log_level)
    services = build_services(settings, statement_seconds=CALL_SECONDS)
    passwords, presigner = build_passwords(settings), build_presigner(settings)
    questions = Questions(settings.database_url.get_secret_value())
    shutdown = Shutdown()
    shutdown.ask_at_signals()
    application.state.bandeja = State(
        settings=settings,
        services=services,
        queue=CeleryQueue(make_celery(settings)),
        embedder=build_embedder(settings, services.tallies),
        questions=questions,
        pictures=Pictures(services.database, services.store, build_reader(settings), passwords),
        uploads=Uploads(
            services.database,
            services.store,
            presigner,
            settings.minio_bucket,
            settings.inbox_prefix,
            most_bytes=settings.max_upload_bytes,
            url_seconds=settings.upload_url_seconds,
        ),
        passwords=passwords,
        presigner=presigner,
        shutdown=shutdown,
    )
    yield
    questions.close()
    passwords.close()
    services.close()


app = FastAPI(
    title="Bandeja",
    version=version("bandeja"),
    description="Put a document in a bucket and find it by search. Keys go in `X-API-Key` or `Authorization: Bearer`.",
    lifespan=_lifespan,
)
problems.install(app)
for module in (uploads, tasks, documents, search, parked, health, metrics, error_page):
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
