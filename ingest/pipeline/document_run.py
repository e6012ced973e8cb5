"""One run of one document: claim it, run the stages under its lease, hand it on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Connection

from ingest.db import batches, documents, leases
from ingest.domain.batches import parted
from ingest.domain.documents import CeleryState, Document, Lease, Progress
from ingest.domain.queues import DOCUMENTS, PAGES
from ingest.errors import LeaseLost, ShuttingDown
from ingest.pipeline import order
from ingest.pipeline.under_lease import Worker
from ingest.pipeline.work import Tools, Work
from ingest.ports import DocumentQueue
from ingest.shutdown import Shutdown

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner(Worker):
    """Runs documents of one queue with the tools of this process."""

    def run(self, document_id: UUID, queue: str) -> None:
        """Do what this queue's workers do for the document; a no-op where it is done, taken or gone."""
        lease = Lease(document_id, uuid4(), self.lease_seconds)
        held = HeldDocument(lease, lambda: self._hand_on(lease, queue))
        known, trace_id = str(document_id), lease.token.hex
        with structlog.contextvars.bound_contextvars(document_id=known, task_id=known, trace_id=trace_id):
            claimed = self.take(
                held, lambda connection: leases.claim(connection, document_id, queue, lease.seconds, token=lease.token)
            )
            if claimed is None:
                log.debug("claim_refused")
                return
            document, _ = claimed
            if queue == DOCUMENTS:
                log.info("document_processing_started", filename=document.filename, attempt=document.attempt)
            self.hold(held, lambda: self._run_stages(document, lease, queue))

    def _run_stages(self, document: Document, lease: Lease, queue: str) -> None:
        with TemporaryDirectory(prefix="bandeja-") as folder:
            reporter = Reporter(self.tools, self.queue, lease, self.shutdown, reached=document.progress)
            work = Work(document, lease, self.tools, Path(folder))
            next_queue = order.run(work, queue, reporter.report)
        if next_queue == PAGES:
            self._leave_to_batches(work)
        elif next_queue is not None:
            self._hand_on(lease, next_queue)
        else:
            self.show(document.id)

    def _leave_to_batches(self, work: Work) -> None:
        parts = parted(work.left_to_batches, self.tools.batch_pages)
        attempt, recipe, total = work.document.attempt, work.reading_recipe, work.page_count
        with self.tools.database.begin() as connection:
            out = batches.write(connection, work.lease, parts, attempt=attempt, recipe=recipe, total=total)
        log.info("pages_left_to_batches", pages=len(work.left_to_batches), batches=len(out))
        self.queue.send_batches(out)

    def _hand_on(self, lease: Lease, next_queue: str) -> None:
        with self.tools.database.begin() as connection:
            leases.hand_on(connection, lease, next_queue)
            row = documents.find(connection, lease.document_id)
        if row is not None:
            self.queue.send_all([row])


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document's lease, as `Worker` holds it."""

    lease: Lease
    give_back: Callable[[], None]

    @property
    def document_id(self) -> UUID:
        """The document."""
        return self.lease.document_id

    @property
    def seconds(self) -> float:
        """As claimed."""
        return self.lease.seconds

    def fence(self, connection: Connection) -> Document:
        """See `leases.fence`."""
        leases.fence(connection, self.lease)
        row = documents.find(connection, self.lease.document_id)
        if row is None:
            raise LeaseLost
        return row

    def renew(self, connection: Connection, after_outage: bool) -> bool:
        """See `leases.renew`."""
        return leases.renew(connection, self.lease, after_outage=after_outage)

    def release(self, connection: Connection, *, delay: float = 0) -> None:
        """See `leases.release`."""
        leases.release(connection, self.lease, delay=delay)

    def retry_later(self, connection: Connection, code: str, delays: Sequence[float], retry_after: float) -> datetime | None:
        """See `leases.retry_later`."""
        return leases.retry_later(connection, self.lease, code, delays, retry_after).next_run_at

    def fail(self, connection: Connection, code: str) -> None:
        """See `leases.fail`."""
        leases.fail(connection, self.lease, code)


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
