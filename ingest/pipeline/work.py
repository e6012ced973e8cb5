"""What a stage is handed and what it leaves for the next."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.db.engine import Database
from ingest.domain.descriptions import Description
from ingest.domain.documents import Document, Lease
from ingest.domain.objects import Fetched
from ingest.domain.pages import Chunk, CleanText, Page
from ingest.ports import Describer, Embedder, Metrics, ObjectStore, Passwords
from ingest.reading.file_cache import FileCache
from ingest.reading.ports import DocumentReader, OcrEngine


@dataclass(frozen=True, slots=True)
class Tools:
    """The ports a stage may use, made once a process by the composition root."""

    database: Database
    store: ObjectStore
    reader: DocumentReader
    passwords: Passwords
    ocr: OcrEngine
    describer: Describer
    embedder: Embedder
    metrics: Metrics
    ocr_languages: str
    max_bytes: int
    files: FileCache
    batch_threshold: int
    batch_pages: int
    timezone: str = "UTC"  # the office's, by which a day begins
    stand_in: Embedder | None = None  # makes vectors while `embedder` is away
    private_prefixes: tuple[str, ...] = ()  # of keys whose documents go to nobody outside


def _unheard(_done: int, _total: int) -> None:
    """Progress outside a stage is nobody's."""


@dataclass(slots=True)
class Work:
    """One run of one document: the document as claimed, the lease, and what the stages made so far.

    `report(done, total)` shows progress inside a stage; it raises LeaseLost when the lease is gone.
    """

    document: Document
    lease: Lease
    tools: Tools
    folder: Path
    report: Callable[[int, int], None] = field(default=_unheard)
    fetched: Fetched = field(default_factory=lambda: Fetched(b"", "", 0))
    content_sha256: bytes = b""
    languages: str = ""
    reading_recipe: str = ""
    page_count: int = 0
    left_to_batches: list[int] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    clean: CleanText = field(default_factory=lambda: CleanText("", ()))
    chunks: list[Chunk] = field(default_factory=list)
    description: Description = field(default_factory=Description)
