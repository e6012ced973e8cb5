"""The three tasks: thin, because a message is only a hint and the row says what is to be done."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import structlog
from celery import Task, signals
from celery.exceptions import SoftTimeLimitExceeded

from ingest.db.engine import Database
from ingest.domain.queues import DOCUMENTS, EMBED, PAGES
from ingest.errors import DatabaseUnavailable
from ingest.pipeline import batch_run, document_run
from ingest.pipeline.under_lease import Runtime
from ingest.pipeline.work import Tools
from ingest.queue import CeleryQueue
from ingest.services.backing import build_services
from ingest.services.workers import build_tools
from ingest.settings import load_settings
from workers import scratch
from workers.celery_app import app, shutdown
from workers.messages import Message, UnknownMessage, refuse

log = structlog.get_logger(__name__)


@cache
def _tools() -> Tools:
    """The tools of this worker child, made on its first task: nothing is opened before the fork."""
    return build_tools(build_services(load_settings()))


@cache
def _runtime() -> Runtime:
    settings = load_settings()
    return Runtime(
        tools=_tools(),
        queue=CeleryQueue(app),
        lease_seconds=settings.lease_seconds,
        retry_delays=settings.retry_delays,
        time_limit=SoftTimeLimitExceeded,
        shutdown=shutdown,
    )


@signals.worker_process_init.connect
def _warm_up(**_: object) -> None:
    """Start the parser process while the child is idle, so that the first document does not wait for it.

    Where only vectors are made no file is opened, and none is started.
    """
    scratch.use(load_settings().cache_dir)
    if {DOCUMENTS, PAGES} & set(app.amqp.queues.consume_from):
        _tools().reader.start()


@signals.celeryd_init.connect
def _empty_scratch(**_: object) -> None:
    """Remove what killed workers left."""
    scratch.clean(load_settings().cache_dir)


def _run(message: Message, run: Callable[[Message], None]) -> None:
    try:
        run(message)
    except UnknownMessage as error:
        refuse(_tools().database, str(error), message.body())
    except DatabaseUnavailable:
        # Nothing was claimed; the sweeper sends the row again when the database is back.
        log.warning("database_unavailable", message=message.body())


# A newer version may have other arguments, so these take any; the first is the document's id.


@app.task(name="process_document", bind=True)
def process_document(task: "Task[Any, Any]", /, *arguments: object, **named: object) -> None:
    """Extract, clean, chunk, describe and store the document; then hand it to the embed queue."""
    _run(
        Message.of(task, arguments, named),
        lambda message: document_run.run(_runtime(), message.document_id(), DOCUMENTS, message.number),
    )


@app.task(name="ocr_pages", bind=True)
def ocr_pages(task: "Task[Any, Any]", /, *arguments: object, **named: object) -> None:
    """Read a batch of the document's pages; the last one hands the document back to the documents' queue."""
    _run(
        Message.of(task, arguments, named),
        lambda message: batch_run.run(_runtime(), message.document_id(), message.ordinal(), message.number),
    )


@app.task(name="embed_document", bind=True)
def embed_document(task: "Task[Any, Any]", /, *arguments: object, **named: object) -> None:
    """Embed the document's chunks and complete it."""
    _run(
        Message.of(task, arguments, named),
        lambda message: document_run.run(_runtime(), message.document_id(), EMBED, message.number),
    )


@signals.task_unknown.connect
def _park_unknown(message: Any, name: str, **_: object) -> None:
    """A task that only newer workers have. In the main process: its children must not inherit this connection."""
    database = Database(load_settings().database_url.get_secret_value(), pool_size=1)
    refuse(database, "an unknown task", json.dumps({"task": name, "body": message.payload}, default=repr, sort_keys=True))
    database.close()
