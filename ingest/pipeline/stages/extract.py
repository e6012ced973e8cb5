"""Extract: the text of every page, from its text layer where that is usable, else by OCR.

Pages are kept as they are read, so a later run goes on where this one stopped. Where many are left that need OCR,
they are left to page batches, and the last of these sends the document here again.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic

import structlog

from ingest.db import leases, pages
from ingest.domain.objects import names_other_bytes, stored_version
from ingest.domain.pages import Page
from ingest.errors import ObjectMissing, StorageRefused, TooLarge
from ingest.pipeline.opening import languages_of, opened
from ingest.pipeline.work import Work
from ingest.reading.faults import check_unread, degraded_pages, is_unread, page_or_fault
from ingest.reading.page import OcrReading, recipe_of, without_ocr
from ingest.reading.ports import OpenDocument

log = structlog.get_logger(__name__)

# A durable commit takes 3.6 ms and a page's text layer about as long: pages read fast are kept several at a time.
FLUSH_SECONDS = 0.5


def run(work: Work) -> None:
    """Read all pages into `work.pages`, with the text of their edges instead of their words (which are in the database).

    Or set `work.left_to_batches`, and nothing else. Raises what the store and the reader raise, TooLarge, the error of the first bad page where fewer than half can be read, LeaseLost.
    """
    document = work.document
    if document.size > work.tools.max_bytes:
        raise TooLarge(str(document.size))
    with suppress(StorageRefused):  # then its newest version is no delete marker
        work.tools.store.stat(document.object_key)  # a version that a delete marker hides can still be read, but is deleted
    work.languages = languages_of(work.tools, document)
    work.reading_recipe = recipe_of(work.tools.ocr, work.languages)
    work.content_sha256, work.page_count = document.content_sha256 or b"", document.pages_total or 0
    while not (kept := _all_pages(work)):
        _read_missing(work)
        if work.left_to_batches:
            return
    work.pages = kept
    work.tools.files.drop(work.content_sha256)
    how = Counter(page.how for page in kept)
    log.info("text_extraction_completed", pages=len(kept), layer=how["layer"], ocr=how["ocr"], none=how["none"])
    _note_degraded(work)


def _all_pages(work: Work) -> list[Page]:
    """Every page in order; none where one is still to be read."""
    if not (work.content_sha256 and work.page_count):
        return []
    with work.tools.database.begin() as connection:
        kept = pages.find_all(connection, work.content_sha256, work.reading_recipe)
    everything = range(1, work.page_count + 1)
    return [kept[number] for number in everything] if kept.keys() >= set(everything) else []


def _note_degraded(work: Work) -> None:
    degraded = degraded_pages(work.pages)
    if degraded:
        log.warning("document_degraded", pages=degraded[:100])
    if degraded != work.document.degraded_pages:
        with work.tools.database.begin() as connection:
            leases.note_degraded(connection, work.lease, degraded)


def _read_missing(work: Work) -> None:
    tools, document, path = work.tools, work.document, work.folder / "document"
    _fetch(work, path)
    with opened(tools, document, path) as file:
        work.page_count = file.page_count
        reading = _Reading(work, file)
        reading.read_layers()
        left = list(reading.missing())
        if len(left) <= tools.batch_threshold:
            reading.read_by_ocr()
            return
    tools.files.keep(work.content_sha256, path)
    work.left_to_batches = left


def _fetch(work: Work, path: Path) -> None:
    document, identity = work.document, work.document.version_id or ""
    work.fetched = work.tools.store.download(document.object_key, stored_version(identity), path, at_most=work.tools.max_bytes)
    if names_other_bytes(identity, work.fetched.etag):
        raise ObjectMissing("other bytes are stored under its key")
    work.content_sha256 = work.fetched.sha256


class _Reading:
    """One pass over a file: what is kept of it, and what has been read and is not committed yet."""

    def __init__(self, work: Work, file: OpenDocument) -> None:
        self._work = work
        self._file = file
        self._unsaved: list[Page] = []
        self._unread: list[Page] = []
        self._saved_at = monotonic()
        known = work.document
        self._is_noted = (known.content_sha256, known.etag, known.size) == work.fetched
        with work.tools.database.begin() as connection:
            self._kept = pages.numbers(connection, work.content_sha256, work.reading_recipe)
            leases.begin_reading(connection, work.lease, pages_known=len(self._kept), pages_total=work.page_count)

    def missing(self) -> Iterator[int]:
        """The pages that have not been read."""
        return (number for number in range(1, self._work.page_count + 1) if number not in self._kept)

    def read_layers(self) -> None:
        """Read the pages that need no OCR. They come first: what is read fast must not wait for what takes a second."""
        for number in list(self.missing()):
            page = page_or_fault(partial(without_ocr, self._file), number)
            if page is not None:
                self._keep(page)
        self._save()

    def read_by_ocr(self) -> None:
        """Read all others."""
        reading = OcrReading(self._file, self._work.tools.ocr, self._work.languages)
        for number in list(self.missing()):
            self._keep(page_or_fault(reading.page, number), at_once=True)

    def _keep(self, page: Page, *, at_once: bool = False) -> None:
        self._unsaved.append(page)
        self._kept.add(page.number)
        if is_unread(page):
            # A file that hangs on page after page is given up as soon as the rest cannot save it.
            self._unread.append(page)
            check_unread(self._unread, self._work.page_count)
        if at_once or monotonic() - self._saved_at > FLUSH_SECONDS:
            self._save()
        self._work.report(len(self._kept), self._work.page_count)

    def _save(self) -> None:
        """Commit what has been read, in one fenced transaction. Raises LeaseLost."""
        if not self._unsaved and self._is_noted:
            return
        work = self._work
        with work.tools.database.begin() as connection:
            # Whose bytes these are, in the same transaction as their text, so that erasing one erases the other.
            leases.note_content(connection, work.lease, work.fetched)
            pages.save(connection, work.content_sha256, work.reading_recipe, self._unsaved)
        for how, count in Counter(page.how for page in self._unsaved).items():
            work.tools.metrics.count("bandeja_pages_total", count, how=how)
        self._unsaved = []
        self._saved_at = monotonic()
        self._is_noted = True
