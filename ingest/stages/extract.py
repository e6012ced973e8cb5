"""Extract: the text of every page, from its text layer where that is usable, else by OCR.

Pages are kept as they are read, so a later run goes on where this one stopped.
"""

from collections import Counter
from time import monotonic

from ingest.db import leases, pages
from ingest.documents import Page, stored_version
from ingest.errors import NoTextFound, TooLarge
from ingest.logs import get_logger
from ingest.page_reading import read_page, recipe_of, without_ocr
from ingest.ports import OpenDocument
from ingest.running_heads import with_edge_words
from ingest.work import Work

log = get_logger(__name__)

# A durable commit takes 3.6 ms and a page's text layer about as long: pages read fast are kept several at a time.
FLUSH_SECONDS = 0.5


def run(work: Work) -> None:
    """Read all pages into `work.pages`, whose words are those of the page's edges only (all are in the database).

    Raises what the store and the reader raise, TooLarge, NoTextFound, LeaseLost.
    """
    tools, document = work.tools, work.document
    if document.size > tools.max_bytes:
        raise TooLarge(str(document.size))
    path = work.folder / "document"
    work.content_sha256 = tools.store.download(document.object_key, stored_version(document.version_id or ""), path)
    work.reading_recipe = recipe_of(tools.ocr, tools.ocr_languages)
    with tools.reader.open(path) as file:
        work.pages = _Reading(work, file).all_pages()
    how = Counter(page.how for page in work.pages)
    log.info("text_extraction_completed", pages=len(work.pages), layer=how["layer"], ocr=how["ocr"], none=how["none"])
    if not any(page.text.strip() for page in work.pages):
        raise NoTextFound


class _Reading:
    """One pass over a file: what was read before, what has been read now, what is not committed yet."""

    def __init__(self, work: Work, file: OpenDocument) -> None:
        self._work = work
        self._tools = work.tools
        self._file = file
        with self._tools.database.begin() as connection:
            self._pages = pages.find_all(connection, work.content_sha256, work.reading_recipe)
        self._unsaved: list[Page] = []
        self._saved_at = monotonic()
        self._is_noted = work.document.content_sha256 == work.content_sha256

    def all_pages(self) -> list[Page]:
        """Every page in order; those read before are not read again."""
        total = self._file.page_count
        everything = range(1, total + 1)
        # The fast pages first: what has been read must not wait for a second of OCR, nor be lost with it.
        for number in everything:
            if number not in self._pages and (page := without_ocr(self._file, number)) is not None:
                self._keep(page, total)
        self._save()
        for number in everything:
            if number not in self._pages:
                self._keep(read_page(self._file, number, self._tools.ocr, self._tools.ocr_languages), total)
        self._save()
        self._work.report(total, total)
        return [self._pages[number] for number in everything]

    def _keep(self, page: Page, total: int) -> None:
        self._unsaved.append(page)
        self._pages[page.number] = with_edge_words(page)
        if page.how == "ocr" or monotonic() - self._saved_at > FLUSH_SECONDS:
            self._save()
        self._work.report(len(self._pages), total)

    def _save(self) -> None:
        """Commit what has been read, in one fenced transaction. Raises LeaseLost."""
        if not self._unsaved and self._is_noted:
            return
        work = self._work
        with self._tools.database.begin() as connection:
            # Whose bytes these are, in the same transaction as their text, so that erasing one erases the other.
            leases.checkpoint(connection, work.lease, content_sha256=work.content_sha256)
            pages.save(connection, work.content_sha256, work.reading_recipe, self._unsaved)
        for how, count in Counter(page.how for page in self._unsaved).items():
            self._tools.metrics.count("bandeja_pages_total", count, how=how)
        self._unsaved = []
        self._saved_at = monotonic()
        self._is_noted = True
