"""One run of one document: claim it, keep the lease alive, run the stages, and end in exactly one way."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import Connection

from ingest import pipeline
from ingest.batches import PAGES, parted
from ingest.db import batches, documents, leases, versions
from ingest.documents import CeleryState, Document, Lease, Progress, Status
from ingest.errors import BandejaError, DatabaseUnavailable, LeaseLost, ObjectMissing, Outage, ShuttingDown, TransientError
from ingest.holding import OUTAGE_DELAY, errors_of_ours, heartbeat, until_written
from ingest.ports import DocumentQueue
from ingest.shutdown import Shutdown
from ingest.work import Tools, Work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs documents of one queue with the tools of this process."""

    tools: Tools
    queue: DocumentQueue
    lease_seconds: float
    retry_delays: tuple[float, ...]
    time_limit: type[Exception] = TimeoutError  # what the worker raises in a run that takes too long
    shutdown: Shutdown = field(default_factory=Shutdown)

    def run(self, document_id: UUID, queue: str) -> None:
        """Do what this queue's workers do for the document; a no-op where it is done, taken or gone."""
        with self.tools.database.begin() as connection:
            claimed = leases.claim(connection, document_id, queue, self.lease_seconds)
        if claimed is None:
            log.debug("claim_refused", document_id=str(document_id))
            return
        document, lease = claimed
        trace_id = lease.token.hex
        with structlog.contextvars.bound_contextvars(document_id=str(document_id), task_id=str(document_id), trace_id=trace_id):
            if queue == pipeline.DOCUMENTS:
                log.info("document_processing_started", filename=document.filename, attempt=document.attempt)
            self._run_claimed(document, lease, queue)

    def _run_claimed(self, document: Document, lease: Lease, queue: str) -> None:
        try:
            with errors_of_ours(self.time_limit):
                self._run_stages(document, lease, queue)
        except ShuttingDown:
            self._end(document, lambda: self._give_back(lease, queue))
        except LeaseLost:
            self.tools.metrics.count("bandeja_lease_lost_total")
            self._end(document, lambda: self._let_go(lease))
        except BandejaError as error:
            ending = error
            self._end(document, lambda: self._write_end(lease, ending))

    def _run_stages(self, document: Document, lease: Lease, queue: str) -> None:
        def renew(connection: Connection, after_outage: bool) -> bool:
            return leases.renew(connection, lease, after_outage=after_outage)

        beating = heartbeat(self.tools.database, lease.seconds, renew, self.shutdown, lambda: self._give_back(lease, queue))
        with TemporaryDirectory(prefix="bandeja-") as folder, beating:
            reporter = Reporter(self.tools, self.queue, lease, self.shutdown, reached=document.progress)
            work = Work(document, lease, self.tools, Path(folder))
            next_queue = pipeline.run(work, queue, reporter.report)
        if next_queue == PAGES:
            self._leave_to_batches(work)
        elif next_queue is not None:
            self._hand_on(lease, next_queue)
        else:
            self._show(document.id)

    def _leave_to_batches(self, work: Work) -> None:
        parts = parted(work.left_to_batches, self.tools.batch_pages)
        attempt, recipe, total = work.document.attempt, work.reading_recipe, work.page_count
        with self.tools.database.begin() as connection:
            out = batches.write(connection, work.lease, parts, attempt=attempt, recipe=recipe, total=total)
        log.info("pages_left_to_batches", pages=len(work.left_to_batches), batches=len(out))
        self.queue.send_batches(out)

    def _give_back(self, lease: Lease, queue: str) -> None:
        """Let another worker of the same queue go on behind the last checkpoint; nothing is counted."""
        self._hand_on(lease, queue)
        log.info("document_released", code="shutdown")

    def _hand_on(self, lease: Lease, next_queue: str) -> None:
        with self.tools.database.begin() as connection:
            leases.hand_on(connection, lease, next_queue)
            row = documents.find(connection, lease.document_id)
        if row is not None:
            self.queue.send_all([row])

    def _let_go(self, lease: Lease) -> None:
        """A lease that ran out, but that nobody has taken from us yet, is no crash. Raises LeaseLost."""
        with self.tools.database.begin() as connection:
            leases.release(connection, lease)
        log.warning("document_released", code="lease_ran_out")

    def _end(self, document: Document, write: Callable[[], None]) -> None:
        """Write how the run ends; whoever has taken the row meanwhile has the last word."""
        try:
            until_written(write)
        except LeaseLost:
            log.warning("lease_lost")
        self._show(document.id)

    def _write_end(self, lease: Lease, error: BandejaError) -> None:
        """One transaction that ends the run as the error demands. Raises LeaseLost, DatabaseUnavailable."""
        with self.tools.database.begin() as connection:
            if isinstance(error, Outage):
                leases.release(connection, lease, delay=OUTAGE_DELAY)
                log.warning("document_released", code=error.code, detail=error.detail)
                return
            if isinstance(error, ObjectMissing):
                self._write_removed(connection, lease)
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

    def _write_removed(self, connection: Connection, lease: Lease) -> None:
        """The object went while its document waited or was read: that is a deletion, and no error."""
        leases.fence(connection, lease)
        row = documents.find(connection, lease.document_id)
        versions.remove(connection, [row] if row else [], ObjectMissing.code)
        log.warning("document_removed", code=ObjectMissing.code)

    def _show(self, document_id: UUID) -> None:
        try:
            with self.tools.database.begin() as connection:
                row = documents.find(connection, document_id)
        except DatabaseUnavailable:
            return
        if row is not None:
            self.queue.show_document(row)
            if row.has_ended:
                self.tools.passwords.forget(row.id)


class Reporter:
    """Writes progress at every change of stage, and else at most once a second."""

    def __init__(self, tools: Tools, queue: DocumentQueue, lease: Lease, shutdown: Shutdown, *, reached: int) -> None:
        self._tools = tools
        self._queue = queue
        self._lease = lease
        self._shutdown = shutdown
        self._reached = reached  # an earlier run of the attempt got so far
        self._stage = ""
        self._written = 0.0

    def report(self, progress: Progress) -> None:
        """Show the progress; what stops the run is raised here: LeaseLost, and ShuttingDown once it is asked for."""
        if self._shutdown.is_asked():
            raise ShuttingDown
        now = monotonic()
        last_page = progress.pages_total is not None and progress.pages_done == progress.pages_total
        if progress.stage == self._stage and now - self._written < 1.0 and not last_page:
            return
        self._stage, self._written = progress.stage, now
        with self._tools.database.begin() as connection:
            leases.show_progress(connection, self._lease, progress)
        self._reached = max(self._reached, progress.percent)
        self._queue.show(self._lease.document_id, CeleryState.PROGRESS, replace(progress, percent=self._reached))
