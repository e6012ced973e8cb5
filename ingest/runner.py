"""One run of one document: claim it, keep the lease alive, run the stages, and end in exactly one way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic
from uuid import UUID

import structlog

from ingest import pipeline
from ingest.db import documents, leases
from ingest.documents import CeleryState, Document, Lease, Progress, Status
from ingest.errors import (
    BandejaError,
    DatabaseUnavailable,
    Internal,
    LeaseLost,
    Outage,
    ParserMemory,
    ParserTimeout,
    TransientError,
)
from ingest.ports import DocumentQueue
from ingest.work import Tools, Work

log = structlog.get_logger(__name__)

OUTAGE_DELAY = 5.0  # seconds; "work goes on within 10 s of its return" (contract)
DATABASE_PATIENCE = 600.0  # seconds to wait for the database to come back before leaving the row to the sweeper


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs documents of one queue with the tools of this process."""

    tools: Tools
    queue: DocumentQueue
    lease_seconds: float
    retry_delays: tuple[float, ...]
    time_limit: type[Exception] = TimeoutError  # what the worker raises in a run that takes too long

    def run(self, document_id: UUID, queue: str) -> None:
        """Do what this queue's workers do for the document; a no-op where it is done, taken or gone."""
        with self.tools.database.begin() as connection:
            claimed = leases.claim(connection, document_id, queue, self.lease_seconds)
        if claimed is None:
            log.debug("claim_refused", document_id=str(document_id))
            return
        document, lease = claimed
        with structlog.contextvars.bound_contextvars(document_id=str(document_id), task_id=str(document_id)):
            if queue == pipeline.DOCUMENTS:
                log.info("document_processing_started", filename=document.filename, attempt=document.attempt)
            self._run_claimed(document, lease, queue)

    def _run_claimed(self, document: Document, lease: Lease, queue: str) -> None:
        try:
            with TemporaryDirectory(prefix="bandeja-") as folder, self._heartbeat(lease):
                reporter = Reporter(self.tools, self.queue, lease)
                work = Work(document, lease, self.tools, Path(folder))
                next_queue = pipeline.run(work, queue, reporter.report)
            if next_queue is not None:
                self._hand_on(lease, next_queue)
            else:
                self._show(document.id)
        except LeaseLost:
            log.warning("lease_lost")
            self.tools.metrics.count("bandeja_lease_lost_total")
            self._show(document.id)
        except BandejaError as error:
            self._end_badly(document, lease, error)
        except MemoryError as error:
            # A MemoryError that reaches Celery kills the worker's main process.
            self._end_badly(document, lease, ParserMemory(str(error)))
        except self.time_limit as error:
            self._end_badly(document, lease, ParserTimeout(str(error)))
        except Exception:  # a run's outermost loop: a bug of ours must end the row, not loop it
            log.exception("run_failed")
            self._end_badly(document, lease, Internal())

    def _hand_on(self, lease: Lease, next_queue: str) -> None:
        with self.tools.database.begin() as connection:
            leases.hand_on(connection, lease, next_queue)
            row = documents.find(connection, lease.document_id)
        if row is not None:
            self.queue.send_all([row])

    def _end_badly(self, document: Document, lease: Lease, error: BandejaError) -> None:
        deadline = monotonic() + DATABASE_PATIENCE
        while True:
            try:
                self._write_end(lease, error)
                break
            except LeaseLost:
                log.warning("lease_lost")
                break
            except DatabaseUnavailable:
                if monotonic() > deadline:
                    log.error("database_unavailable", waited=DATABASE_PATIENCE)
                    return
                Event().wait(1.0)
        self._show(document.id)

    def _write_end(self, lease: Lease, error: BandejaError) -> None:
        """One transaction that ends the run as the error demands. Raises LeaseLost, DatabaseUnavailable."""
        with self.tools.database.begin() as connection:
            if isinstance(error, Outage):
                leases.release(connection, lease, delay=OUTAGE_DELAY)
                log.warning("document_released", code=error.code, detail=error.detail)
                return
            if isinstance(error, TransientError):
                row = leases.retry_later(connection, lease, error.code, self.retry_delays, error.retry_after or 0)
                if row.status is Status.QUEUED:
                    log.warning("document_retry_scheduled", code=error.code, retry=row.retries, next_run_at=row.next_run_at)
                    return
            else:
                leases.fail(connection, lease, error.code)
        self.tools.metrics.count("bandeja_failures_total", code=error.code)
        log.error("document_processing_failed", code=error.code, detail=error.detail, exc_info=error)

    def _show(self, document_id: UUID) -> None:
        try:
            with self.tools.database.begin() as connection:
                row = documents.find(connection, document_id)
        except DatabaseUnavailable:
            return
        if row is not None:
            self.queue.show_document(row)

    @contextmanager
    def _heartbeat(self, lease: Lease) -> Iterator[None]:
        """Renew the lease at a quarter of its length until the block ends."""
        stop = Event()

        def beat() -> None:
            while not stop.wait(lease.seconds / 4):
                try:
                    with self.tools.database.begin() as connection:
                        if not leases.renew(connection, lease):
                            return
                except DatabaseUnavailable:
                    continue

        thread = Thread(target=beat, name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


class Reporter:
    """Writes progress at every change of stage, and else at most once a second."""

    def __init__(self, tools: Tools, queue: DocumentQueue, lease: Lease) -> None:
        self._tools = tools
        self._queue = queue
        self._lease = lease
        self._stage = ""
        self._written = 0.0

    def report(self, progress: Progress) -> None:
        """Show the progress; raises LeaseLost when the lease is gone, which stops the run."""
        now = monotonic()
        last_page = progress.pages_total is not None and progress.pages_done == progress.pages_total
        if progress.stage == self._stage and now - self._written < 1.0 and not last_page:
            return
        self._stage, self._written = progress.stage, now
        with self._tools.database.begin() as connection:
            leases.show_progress(connection, self._lease, progress)
        self._queue.show(self._lease.document_id, CeleryState.PROGRESS, progress)
