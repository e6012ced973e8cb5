"""The API: `uvicorn api.main:app`. Serves presigned URLs, task status, documents and search; no bytes pass through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from api import problems
from api.access import LOCAL_ADMIN
from api.audit import Audit
from api.cors import Cors
from api.description import refine
from api.gate import Gate
from api.page_files import read_page
from api.parameters import only_known
from api.questions import Questions
from api.request_id import RequestId
from api.routes import audit, docs, documents, error_page, health, metrics, page, parked, search, session, tasks, uploads
from api.state import State
from api.streams import Streams, looking
from api.throttle import KeyThrottle
from ingest.intake.uploads import Uploads
from ingest.logs import configure_logs
from ingest.ports import Passwords
from ingest.queue import CeleryQueue, make_celery
from ingest.services.ai import SearchEmbedders, load_in_background
from ingest.services.backing import build_services
from ingest.services.reading import build_passwords, build_reader
from ingest.services.signing import build_presigner, store_address
from ingest.settings import Settings, load_settings
from ingest.shutdown import Shutdown
from ingest.viewing.pictures import Pictures
from ingest.viewing.searchable import SearchableCopies

CALL_SECONDS = 30.0  # a statement of any call but search, which has less (`api/questions.py`); the slowest take a tenth of one


@asynccontextmanager
async def _lifespan(application: FastAPI) -> AsyncIterator[None]:
    settings = load_settings()
    configure_logs(settings.log_level)
    shutdown = Shutdown()
    shutdown.ask_at_signals()
    passwords, questions = build_passwords(settings), Questions(settings.database_url.get_secret_value())
    state = _state(settings, passwords, questions, shutdown)
    application.state.bandeja = state
    load_in_background(state.embedders.wanted)  # a second, of which the first person who searches is spared
    yield
    questions.close()
    passwords.close()
    state.services.close()


def _state(settings: Settings, passwords: Passwords, questions: Questions, shutdown: Shutdown) -> State:
    services, presigner = build_services(settings, statement_seconds=CALL_SECONDS), build_presigner(settings)
    pictures = Pictures(services.database, services.store, build_reader(settings), passwords)
    queue = CeleryQueue(make_celery(settings))
    return State(
        settings=settings,
        services=services,
        queue=queue,
        embedders=SearchEmbedders(settings, services.tallies),
        questions=questions,
        pictures=pictures,
        copies=SearchableCopies(services.database, services.store, pictures),
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
        streams=Streams(looking(services, queue, LOCAL_ADMIN.id), settings.streams_per_key, shutdown.is_asked),
        throttle=KeyThrottle(settings.failed_keys_per_minute),
        page=read_page(),
        store_address=store_address(settings),
    )


class Api(FastAPI):
    """FastAPI, but with every answer's request id, and an OpenAPI that knows the settings."""

    def build_middleware_stack(self) -> ASGIApp:
        """The middleware, in `RequestId`: Starlette puts its own error middleware before all that is added."""
        return RequestId(super().build_middleware_stack())

    def openapi(self) -> dict[str, Any]:
        """The description, refined; FastAPI makes it once."""
        described = super().openapi()
        state: State | None = getattr(self.state, "bandeja", None)
        refine(described, state.settings.max_upload_bytes if state else None)
        return described


app = Api(
    title="Bandeja",
    version=version("bandeja"),
    description="Put a document in a bucket and find it by search. Keys go in `X-API-Key` or `Authorization: Bearer`.",
    servers=[{"url": "/", "description": "Wherever this description was read."}],
    lifespan=_lifespan,
    # Theirs come from other people's servers; ours is api/routes/docs.py.
    docs_url=None,
    redoc_url=None,
)
problems.install(app)
app.add_middleware(Audit)
app.add_middleware(Gate)
app.add_middleware(Cors)
app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
for module in (uploads, tasks, documents, search, parked, audit, session):
    app.include_router(module.router, responses=problems.documented(), dependencies=[Depends(only_known)])
for module in (health, metrics, docs, error_page, page):
    app.include_router(module.router)
