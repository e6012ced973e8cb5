"""Celery: its configuration, sending a document on its way, and the live mirror of its state.

The only module of `ingest` that knows Celery. A message holds an id and nothing else; PostgreSQL says
what is to be done, so a message that is lost, doubled or late does no harm.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import structlog
from celery import Celery
from celery.exceptions import BackendError
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from ingest.domain.batches import PageBatch
from ingest.domain.documents import CeleryState, Document, Progress, Status
from ingest.domain.queues import BATCH_QUEUES, DOCUMENTS, EMBED, PAGES, QUEUES, queue_of
from ingest.domain.stages import LABELS
from ingest.errors import BrokerUnavailable
from ingest.settings import Settings

log = structlog.get_logger(__name__)

TASK_OF = {DOCUMENTS: "process_document", **dict.fromkeys(BATCH_QUEUES, "ocr_pages"), EMBED: "embed_document"}

KEY_PREFIX = "ingest:"

# Of what a message says and means. A worker understands this and every older one; see docs/decisions/0011.
MESSAGE_VERSION = 1
VERSION_HEADER = "bandeja_version"

# Celery rebuilds these states as exceptions; see `errors.DocumentOutcome`.
_AS_EXCEPTION = {CeleryState.RETRY, CeleryState.FAILURE, CeleryState.REVOKED}

# Celery never overwrites SUCCESS; these can follow it here (a replay, a deletion).
_AFTER_SUCCESS = {CeleryState.PENDING, CeleryState.REVOKED}


def celery_configuration(settings: Settings) -> dict[str, Any]:
    """Celery's settings: the seed's values, and what was measured to lose nothing when a connection or a worker goes."""
    visibility = settings.task_time_limit + 1200  # a running task must never be delivered again by Redis
    return {
        "broker_url": settings.broker_url,
        "result_backend": settings.result_backend,
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "timezone": settings.timezone,
        "enable_utc": True,
        "task_default_queue": DOCUMENTS,
        # Named in full: Celery binds a queue without an exchange to the default one, and each would get all.
        "task_queues": [Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
        "task_routes": {TASK_OF[queue]: {"queue": queue} for queue in (DOCUMENTS, PAGES, EMBED)},
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # True loops for ever on a poison document
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # True lost tasks in a short outage
        "worker_prefetch_multiplier": 1,
        "worker_concurrency": 2,
        "worker_max_tasks_per_child": 50,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "task_soft_time_limit": settings.task_time_limit,
        "task_time_limit": settings.task_time_limit + 60,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": visibility,
            "socket_timeout": 5,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "global_keyprefix": KEY_PREFIX,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        },
        "result_backend_transport_options": {
            "visibility_timeout": visibility,
            "global_keyprefix": KEY_PREFIX,
            "retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2},
        },
        "visibility_timeout": visibility,
        "result_expires": 30 * 24 * 3600,
        "redis_socket_timeout": 3.0,
        "redis_socket_connect_timeout": 2.0,
        "redis_backend_health_check_interval": 30,
    }


def make_celery(settings: Settings) -> Celery:
    """An application for processes that only send: the listener, the API, the sweeper."""
    app = Celery("bandeja")
    app.conf.update(celery_configuration(settings))
    return app


def send_number(message_id: str) -> int | None:
    """The number under which a message was sent; None where it was not sent by `CeleryQueue`."""
    number = message_id.rpartition(":")[2]
    return int(number) if number.isdecimal() else None


class CeleryQueue:
    """Sends documents to workers and mirrors their state for Celery's clients."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, waiting: Sequence[Document | PageBatch]) -> int:
        """Send each document or page batch to its queue, after commit; returns how many went.

        It stops quietly at an outage, because the sweeper sends what is left.
        """
        for sent, one in enumerate(waiting):
            try:
                if isinstance(one, Document):
                    self._send(one.queue, (str(one.id),), one.sent_seq)
                else:
                    self._send(queue_of(one.ordinal), (str(one.document_id), one.ordinal), one.sent_seq)
            except BrokerUnavailable:
                log.warning("queue_unavailable", unsent=len(waiting) - sent)
                return sent
        return len(waiting)

    def _send(self, queue: str, arguments: tuple[str | int, ...], number: int | None) -> None:
        """Send one message. Raises BrokerUnavailable.

        Its Celery id is not the public task id: once a result holds SUCCESS, Celery ignores later states, and a
        duplicate's no-op would write one.
        """
        try:
            self._app.send_task(
                TASK_OF[queue],
                args=list(arguments),
                task_id=":".join(map(str, (*arguments, number))),  # read by `send_number`
                headers={VERSION_HEADER: MESSAGE_VERSION},
                queue=queue,
                ignore_result=True,
                retry=False,
            )
        except (OperationalError, RedisError, OSError) as error:
            raise BrokerUnavailable(type(error).__name__) from error

    def follow_commit(self, changed: Iterable[Document]) -> None:
        """After a commit: send the rows that were queued, show the others as they now are.

        An outage costs one time-out and not one a row: the sweeper sends what is left, the API knows the rest.
        """
        to_send: list[Document] = []
        to_show: list[Document] = []
        for document in changed:
            sent = document.status is Status.QUEUED and document.next_run_at is None
            (to_send if sent else to_show).append(document)
        if self.send(to_send) == len(to_send):
            all(self.show_document(document) for document in to_show)

    def show(self, document_id: UUID, state: CeleryState, progress: Progress, code: str = "") -> bool:
        """Make `AsyncResult(document_id)` say this; whether Redis was there to be told.

        `stage` is the label, as the seed has it (docs/glossary.md), `stage_name` the API's word.
        """
        meta: dict[str, Any] = {
            "progress": progress.percent,
            "stage": LABELS.get(progress.stage, ""),
            "stage_name": progress.stage or "",
        }
        if state in _AS_EXCEPTION:
            meta["code"] = code
            meta |= {"exc_type": "DocumentOutcome", "exc_module": "ingest.errors", "exc_message": [dict(meta)]}
        # Typed as the base class, which lacks the key-value half that Redis has.
        backend: Any = self._app.backend
        try:
            if state in _AFTER_SUCCESS:
                backend.delete(backend.get_key_for_task(str(document_id)))
            if state is not CeleryState.PENDING:
                backend.store_result(str(document_id), meta, state.value)
        except (RedisError, OperationalError, BackendError, OSError) as error:
            log.warning("mirror_unavailable", error=type(error).__name__)
            return False
        return True

    def wait_until_shown(self, document: Document, seconds: float = 0.3) -> None:
        """Give the mirror a moment to follow the row's last change; for answers that must agree with it.

        The worker commits first and writes the mirror a millisecond later; whoever reads the row in between
        waits for it. An outage of Redis, or a worker killed right there, costs this moment and no more.
        """
        changed = (datetime.now(UTC) - document.updated_at).total_seconds()
        deadline = monotonic() + seconds - changed
        backend: Any = self._app.backend
        try:
            while monotonic() < deadline and backend.get_state(str(document.id)) != document.state:
                sleep(0.005)
        except (RedisError, OperationalError, BackendError, OSError):
            return

    def show_document(self, document: Document) -> bool:
        """Mirror a row as it stands."""
        return self.show(document.id, document.state, Progress(document.progress, document.stage), document.error_code or "")


class Inspection:
    """What Celery's own tools see from outside; for `bandeja verify`. Raises BrokerUnavailable."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def broker(self) -> str:
        """The broker's address without its password, once it has answered."""
        with _redis_answers(), self._app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=5)
            return str(connection.as_uri())

    def backend(self) -> str:
        """The result backend's address without its password, once it has answered."""
        backend: Any = self._app.backend
        with _redis_answers():
            backend.client.ping()
        return str(backend.as_uri(include_password=False))

    def registered(self, seconds: float = 3.0) -> dict[str, set[str]]:
        """The tasks that each live worker knows, by the worker's name."""
        with _redis_answers():
            said = self._app.control.inspect(timeout=seconds).registered() or {}
        return {worker: set(tasks) for worker, tasks in said.items()}

    def seen(self, task_id: UUID) -> tuple[str, dict[str, Any]]:
        """State and `{progress, stage, stage_name}` as `AsyncResult` says them."""
        with _redis_answers():
            result = self._app.AsyncResult(str(task_id))
            return str(result.state), dict(result.info or {})

    def forget(self, task_id: UUID) -> None:
        """Remove a result."""
        with _redis_answers():
            self._app.AsyncResult(str(task_id)).forget()


@contextmanager
def _redis_answers() -> Iterator[None]:
    try:
        yield
    except (OperationalError, RedisError, BackendError, OSError) as error:
        raise BrokerUnavailable(type(error).__name__) from error
