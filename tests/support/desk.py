"""A desk to read documents at: real database, parser and OCR; the bucket is a folder."""

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from ingest.db import documents, leases
from ingest.db.engine import Database
from ingest.domain.documents import Source
from ingest.domain.objects import Fetched, ObjectVersion
from ingest.pipeline.work import Tools, Work
from ingest.ports import Passwords
from ingest.reading.file_cache import FileCache
from ingest.reading.ports import DocumentReader, OcrEngine, OcrText, Raster


class FolderStore:
    """Gives the file whose path the key is."""

    def stat(self, key: str, version_id: str = "") -> None:
        assert Path(key).exists()

    def download(self, key: str, version_id: str, to: Path, *, at_most: int) -> Fetched:
        assert version_id == "v1"
        shutil.copyfile(key, to)
        return Fetched(hashlib.sha256(to.read_bytes()).digest(), "", to.stat().st_size)


class CountingMetrics:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        self.counts[" ".join([name, *labels.values()])] += amount

    def observe(self, name: str, seconds: float, **labels: str) -> None: ...


class GivenPasswords:
    """Holds what it is given, and what it was asked for."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.asked: list[UUID] = []

    def office(self) -> tuple[str, ...]:
        return ()

    def lend(self, document_id: UUID, password: str) -> None:
        self.words = (password,)

    def for_document(self, document_id: UUID) -> tuple[str, ...]:
        self.asked.append(document_id)
        return self.words

    def forget(self, document_id: UUID) -> None:
        self.words = ()


@dataclass
class CountingOcr:
    """Says the same of every page, and counts; breaks off before the page `breaks_at`, counted from 1."""

    text: str = "texto que vio el lector"
    breaks_at: int = 0
    rasters: list[Raster] = field(default_factory=list)
    recipe: str = "counting-1"
    languages: str = "spa"  # that it is asked for; others fail

    def installed(self) -> set[str]:
        return {"spa", "eng"}

    def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
        assert languages == self.languages
        if len(self.rasters) + 1 == self.breaks_at:
            raise KeyboardInterrupt
        self.rasters.append(raster)
        return OcrText(self.text, (), 0.9 if self.text else 0.0)


def work_on(
    path: Path, folder: Path, database: Database, reader: DocumentReader, ocr: OcrEngine, *, passwords: Passwords | None = None
) -> Work:
    """A document claimed, its file at `path`, ready for `extract`."""
    document_id = uuid4()
    version = ObjectVersion("bucket", str(path), "v1", sequencer="18A1B2C3D4E5F607", size=path.stat().st_size)
    with database.begin() as connection:
        documents.arrive(connection, document_id, version, source=Source.OTHER, filename=path.name)
        claimed = leases.claim(connection, document_id, "documents", 600)
    if claimed is None:  # the same file again: another version of it
        raise AssertionError("one desk reads a file once; copy it under another name")
    folder = folder / str(document_id)
    folder.mkdir()
    tools = Tools(
        database=database,
        store=cast(Any, FolderStore()),
        reader=reader,
        passwords=passwords or GivenPasswords(),
        ocr=ocr,
        describer=cast(Any, None),
        embedder=cast(Any, None),
        metrics=CountingMetrics(),
        ocr_languages="spa",
        max_bytes=100_000_000,
        files=FileCache(None, 0),
        batch_threshold=2000,
        batch_pages=8,
    )
    return Work(claimed[0], claimed[1], tools, folder)
