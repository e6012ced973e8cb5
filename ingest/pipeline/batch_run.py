"""One run of one page batch: claim it, read its pages under its lease, count down."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from uuid import UUID, uuid4

import structlog

from ingest.db import batches, pages
from ingest.domain.batches import BatchLease, PageBatch
from ingest.domain.documents import CeleryState, Document, Progress
from ingest.domain.objects import stored_version
from ingest.domain.pages import Page
from ingest.domain.queues import DOCUMENTS
from ingest.errors import ObjectMissing, ShuttingDown
from ingest.pipeline import order
from ingest.pipeline.opening import opened
from ingest.pipeline.under_lease import Runtime, claimed, under_lease
from ingest.pipeline.work import Tools
from ingest.ports import DocumentQueue
from ingest.reading.faults import check_unread, is_unread, page_or_fault
from ingest.reading.page import OcrReading, languages_in, recipe_of

log = structlog.get_logger(__name__)


def run(runtime: Runtime, document_id: UUID, ordinal: int, number: int | None = None) -> None:
    """Read the batch's pages; a no-op where it is done, taken, void, gone or sent again since; `number` as for documents."""
    lease = BatchLease(document_id, ordinal, uuid4(), runtime.lease_seconds)
    known = str(document_id)
    bound = {"document_id": known, "task_id": known, "trace_id": lease.token.hex, "batch": ordinal}
    with structlog.contextvars.bound_contextvars(**bound):
        taken = claimed(
            runtime,
            batches,
            lease,
            lambda connection: batches.claim(connection, document_id, ordinal, lease.seconds, token=lease.token, number=number),
        )
        if taken is None:
            log.debug("claim_refused")
            return
        document, batch, _ = taken
        with under_lease(runtime, batches, lease):
            _read(runtime, document, batch, lease)


def _read(runtime: Runtime, document: Document, batch: PageBatch, lease: BatchLease) -> None:
    def stop_if_asked() -> None:
        if runtime.shutdown.is_asked():
            raise ShuttingDown

    with TemporaryDirectory(prefix="bandeja-") as folder:
        reading = _BatchReading(runtime.tools, runtime.queue, document, batch, lease, folder=Path(folder))
        reading.read(batch.pages, stop_if_asked)
    with runtime.tools.database.begin() as connection:
        complete = batches.finish(connection, lease, DOCUMENTS)
    log.info("batch_completed", pages=len(batch.pages))
    if complete is not None:
        runtime.queue.send([complete])


class _BatchReading:
    """The pages of one batch, each committed as it is read."""

    def __init__(
        self, tools: Tools, queue: DocumentQueue, document: Document, batch: PageBatch, lease: BatchLease, *, folder: Path
    ) -> None:
        self._tools = tools
        self._queue = queue
        self._document = document
        self._lease = lease
        self._path = folder / "document"
        # What `extract` decided on; deciding anew could come out otherwise on this host.
        self._languages = languages_in(batch.recipe)
        self._recipe = recipe_of(tools.ocr, self._languages)
        self._sha256 = document.content_sha256 or b""
        self._shown = 0.0

    def read(self, numbers: tuple[int, ...], stop_if_asked: Callable[[], None]) -> None:
        """Read what nobody has read; `stop_if_asked` is called before each page.

        Raises what it raises, what the store and the reader raise, ObjectMissing, LeaseLost, and the error of the document's
        first unread page where they are more than half of all.
        """
        self._fetch()
        with opened(self._tools, self._document, self._path) as file:
            reading = OcrReading(file, self._tools.ocr, self._languages)
            for number in numbers:
                stop_if_asked()
                if not self._is_kept(number):
                    self._keep(page_or_fault(reading.page, number))

    def _fetch(self) -> None:
        document, files = self._document, self._tools.files
        if files.take(self._sha256, document.size, self._path):
            return
        version = stored_version(document.version_id or "")
        found = self._tools.store.download(document.object_key, version, self._path, at_most=self._tools.max_bytes)
        if found.sha256 != self._sha256:
            raise ObjectMissing("other bytes are stored under its key")
        files.keep(self._sha256, self._path)

    def _is_kept(self, number: int) -> bool:
        """Whether an earlier run read it, or another document of the same bytes."""
        with self._tools.database.begin() as connection:
            return number in pages.numbers(connection, self._sha256, self._recipe)

    def _keep(self, page: Page) -> None:
        with self._tools.database.begin() as connection:
            document = batches.fence(connection, self._lease)
            pages.save(connection, self._sha256, self._recipe, [page])
            done = max(document.pages_done, len(pages.numbers(connection, self._sha256, self._recipe)))
            percent = max(document.progress, order.pages_percent(done, document.pages_total or done))
            batches.checkpoint(connection, self._lease, pages_done=done, progress=percent)
            unread = pages.unread(connection, self._sha256, self._recipe) if is_unread(page) else []
        self._tools.metrics.count("bandeja_pages_total", how=page.how)
        # A file that hangs on page after page is given up as soon as the rest cannot save it.
        check_unread(unread, document.pages_total or len(unread))
        if monotonic() - self._shown >= 1.0:
            self._shown = monotonic()
            self._queue.show(document.id, CeleryState.PROGRESS, Progress(percent, document.stage))
