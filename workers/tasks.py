"""The two tasks: thin, because a message is only a hint and the row says what is to be done."""

from functools import cache
from uuid import UUID

import structlog
from celery import signals
from celery.exceptions import SoftTimeLimitExceeded

from ingest.errors import DatabaseUnavailable
from ingest.pipeline import DOCUMENTS, EMBED
from ingest.queue import Queue
from ingest.runner import Runner
from ingest.services import build_services, build_tools
from ingest.settings import load_settings
from workers import scratch
from workers.celery_app import app

log = structlog.get_logger(__name__)


@cache
def _runner() -> Runner:
    """The runner of this worker child, made on its first task: nothing is opened before the fork."""
    settings = load_settings()
    services = build_services(settings)
    return Runner(
        tools=build_tools(services),
        queue=Queue(app),
        lease_seconds=settings.lease_seconds,
        retry_delays=settings.retry_delays,
        time_limit=SoftTimeLimitExceeded,
    )


@signals.worker_process_init.connect
def _warm_up(**_: object) -> None:
    """Start the parser process while the child is idle, so that the first document does not wait for it."""
    scratch.use(load_settings().cache_dir)
    _runner().tools.reader.start()


@signals.celeryd_init.connect
def _empty_scratch(**_: object) -> None:
    """Remove what killed workers left."""
    scratch.clean(load_settings().cache_dir)


def _run(document_id: str, queue: str) -> None:
    try:
        parsed = UUID(document_id)
    except (ValueError, AttributeError):
        log.error("message_refused", argument=repr(document_id)[:100])
        return
    try:
        _runner().run(parsed, queue)
    except DatabaseUnavailable:
        # Nothing was claimed; the sweeper sends the row again when the database is back.
        log.warning("database_unavailable", document_id=document_id)


@app.task(name="process_document")
def process_document(document_id: str) -> None:
    """Extract, clean, chunk, describe and store the document; then hand it to the embed queue."""
    _run(document_id, DOCUMENTS)


@app.task(name="embed_document")
def embed_document(document_id: str) -> None:
    """Embed the document's chunks and complete it."""
    _run(document_id, EMBED)
