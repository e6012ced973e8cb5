"""Runs at a desk: what a run has of its process, one document, and stand-ins that remember what they were asked."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import func, select

from ingest.adapters.parser.reader import ParserReader
from ingest.db import documents
from ingest.db.engine import Database
from ingest.db.schema import chunks
from ingest.domain.batches import PageBatch
from ingest.domain.descriptions import Description
from ingest.domain.documents import CeleryState, Document, Progress, Source
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.pipeline import document_run
from ingest.pipeline.under_lease import Runtime
from ingest.pipeline.work import Tools
from ingest.reading.file_cache import FileCache
from tests.support import made
from tests.support.desk import CountingMetrics, CountingOcr, FolderStore, GivenPasswords


@dataclass
class Script:
    """A describer and an embedder that do as told, call by call, and else do their work."""

    steps: list[BaseException | Callable[[], None]] = field(default_factory=list)
    described: int = 0
    embedded: int = 0
    recipe: str = "script:1"
    costs: bool = True
    model: str = "script"
    dimensions: int = 3
    batch_size: int = 1

    def _next(self) -> None:
        if self.steps:
            step = self.steps.pop(0)
            if isinstance(step, BaseException):
                raise step
            step()

    def describe(self, text: str, filename: str) -> Description:
        self._next()
        self.described += 1
        return Description(document_type="oficio", title=filename, recipe=self.recipe)

    def embed_passages(self, texts: Sequence[str], title: str = "") -> list[Sequence[float]]:
        self._next()
        self.embedded += len(texts)
        return [[1.0, 0.0, 0.0] for _ in texts]

    def embed_query(self, text: str) -> Sequence[float]:
        raise AssertionError(text)


class Recorder:
    """A queue that remembers what it was told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.batches: list[PageBatch] = []
        self.shown: list[tuple[CeleryState, int, str]] = []

    def send(self, waiting: Sequence[Document | PageBatch]) -> int:
        self.sent += [one.queue for one in waiting if isinstance(one, Document)]
        self.batches += [one for one in waiting if isinstance(one, PageBatch)]
        return len(waiting)

    def show(self, document_id: UUID, state: CeleryState, progress: Progress, code: str = "") -> None:
        self.shown.append((state, progress.percent, progress.stage))

    def show_document(self, document: Document) -> None:
        self.shown.append((document.state, document.progress, document.stage))


class Bench:
    """What a run has of its process, and one document."""

    def __init__(self, database: Database, reader: ParserReader, file: Path) -> None:
        self.database, self.script, self.recorder, self.ocr = database, Script(), Recorder(), CountingOcr()
        self.passwords = GivenPasswords()
        tools = Tools(
            database=database,
            store=cast(Any, FolderStore()),
            reader=reader,
            passwords=self.passwords,
            ocr=self.ocr,
            describer=self.script,
            embedder=self.script,
            metrics=CountingMetrics(),
            ocr_languages="spa",
            max_bytes=10_000_000,
            files=FileCache(None, 0),
            batch_threshold=4,
            batch_pages=8,
        )
        self.runtime = Runtime(tools, self.recorder, lease_seconds=30, retry_delays=(0.0, 0.0, 0.0))
        self.document_id = uuid4()
        version = ObjectVersion("bucket", str(file), "v1", sequencer="18A1B2C3D4E5F607", size=file.stat().st_size)
        with database.begin() as connection:
            documents.arrive(connection, self.document_id, version, source=Source.OTHER, filename="carta.pdf")

    def run(self, queue: str = "documents") -> Document:
        document_run.run(self.runtime, self.document_id, queue)
        return self.row()

    def row(self) -> Document:
        with self.database.begin() as connection:
            found = documents.find(connection, self.document_id)
        assert found is not None
        return found

    def count(self, table: Any) -> int:
        with self.database.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def own_chunks(self) -> int:
        with self.database.begin() as connection:
            own = select(func.count()).select_from(chunks).where(chunks.c.document_id == self.document_id)
            return int(connection.execute(own).scalar_one())

    def use(self, **tools: Any) -> None:
        self.runtime = replace(self.runtime, tools=replace(self.runtime.tools, **tools))


class Scans(FolderStore):
    """Gives the same pages of pictures, whatever is asked for."""

    def __init__(self, pages: int = 3) -> None:
        self._file = made.scan("escaneo", pages, dpi=60)

    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
        to.write_bytes(self._file)
        return Fetched(hashlib.sha256(self._file).digest(), "", len(self._file))


class AnyVersion(FolderStore):
    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
        return super().download(key, "v1", to, at_most=at_most)
