"""One run of one document: claim it, run the stages under its lease, hand it on."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import UUID, uuid4

import structlog

from ingest.db import batches, leases
from ingest.domain.batches import in_batches
from ingest.domain.documents import CeleryState, Document, Lease, Progress
from ingest.domain.queues import DOCUMENTS, PAGES
from ingest.errors import ShuttingDown
from ingest.pipeline import order
from ingest.pipeline.under_lease import Runtime, claimed, under_lease
from ingest.pipeline.work import Work

log = structlog.get_logger(__name__)


def run(runtime: Runtime, document_id: UUID, queue: str, number: int | None = None) -> None:
    """Do what this queue's workers do for the document; a no-op where it is done, taken, gone or sent again since.

    `number` is that of the message which asks for it, None where it has none.
    """
    lease = Lease(document_id, uuid4(), runtime.lease_seconds)
    known, trace_id = str(document_id), lease.token.hex
    with structlog.contextvars.bound_contextvars(document_id=known, task_id=known, trace_id=trace_id):
        taken = claimed(
            runtime,
            leases,
            lease,
            lambda connection: leases.claim(connection, document_id, queue, lease.seconds, token=lease.token, number=number),
        )
        if taken is None:
            log.debug("claim_refused")
            return
        document, _ = taken
        if queue == DOCUMENTS:
            log.info("document_processing_started", filename=document.filename, attempt=document.attempt)
        with under_lease(runtime, leases, lease):
            _run_stages(runtime, document, lease, queue)


def _run_stages(runtime: Runtime, document: Document, lease: Lease, queue: str) -> None:
    with TemporaryDirectory(prefix="bandeja-") as folder:
        reporter = Reporter(runtime, lease, reached=document.progress)
        work = Work(document, lease, runtime.tools, Path(folder))
        next_queue = order.run(work, queue, reporter.report)
    if next_queue == PAGES:
        _leave_to_batches(runtime, work)
    elif next_queue is not None:
        with runtime.tools.database.begin() as connection:
            handed = leases.hand_on(connection, lease, next_queue)
        runtime.queue.send([handed])
    else:
        runtime.show(document.id)


def _leave_to_batches(runtime: Runtime, work: Work) -> None:
    parts = in_batches(work.left_to_batches, work.tools.batch_pages)
    attempt, recipe, total = work.document.attempt, work.reading_recipe, work.page_count
    with work.tools.database.begin() as connection:
        out = batches.write(connection, work.lease, parts, attempt=attempt, recipe=recipe, total=total)
    log.info("pages_left_to_batches", pages=len(work.left_to_batches), batches=len(out))
    runtime.queue.send(out)


class Reporter:
    """Writes progress at every change of stage, and else at most once a second."""

    def __init__(self, runtime: Runtime, lease: Lease, *, reached: int) -> None:
        """`reached` is how far, in percent, an earlier run of the attempt got."""
        self._runtime = runtime
        self._lease = lease
        self._reached = reached
        self._stage = ""
        self._written = 0.0

    def report(self, progress: Progress) -> None:
        """Show the progress; what stops the run is raised here: LeaseLost, and ShuttingDown once it is asked for."""
        if self._runtime.shutdown.is_asked():
            raise ShuttingDown
        now = monotonic()
        last_page = progress.pages_total is not None and progress.pages_done == progress.pages_total
        if progress.stage == self._stage and now - self._written < 1.0 and not last_page:
            return
        self._stage, self._written = progress.stage, now
        with self._runtime.tools.database.begin() as connection:
            leases.show_progress(connection, self._lease, progress)
        self._reached = max(self._reached, progress.percent)
        self._runtime.queue.show(self._lease.document_id, CeleryState.PROGRESS, replace(progress, percent=self._reached))
