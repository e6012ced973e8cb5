"""An archive to put letters into: a real bucket, database, parser and pipeline; OCR and AI are scripted and counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from uuid import UUID, uuid4

from minio import Minio
from minio.commonconfig import REPLACE, CopySource
from minio.deleteobjects import DeleteObject
from minio.versioningconfig import VersioningConfig
from sqlalchemy import select

from ingest.adapters.minio.store import MinioStore, connect
from ingest.adapters.parser.reader import ParserReader
from ingest.db import documents
from ingest.db.engine import Database
from ingest.db.schema import chunks
from ingest.domain.documents import Document, Status
from ingest.domain.objects import ObjectVersion
from ingest.intake.door import Intake, IntakeResult
from ingest.pipeline import document_run
from ingest.pipeline.under_lease import Runtime
from ingest.pipeline.work import Tools
from ingest.reading.file_cache import FileCache
from ingest.settings import load_settings
from tests.support import made
from tests.support.desk import CountingMetrics, CountingOcr, GivenPasswords
from tests.support.runs import Recorder, Script


@dataclass
class Archive:
    """One inbox bucket, its derived bucket and their rows; `runtime` is that of the runs that read what is queued."""

    client: Minio
    bucket: str
    store: MinioStore
    database: Database
    intake: Intake
    runtime: Runtime
    script: Script
    ocr: CountingOcr
    recorder: Recorder = field(default_factory=Recorder)

    def put(self, key: str, word: str = "", body: bytes = b"") -> ObjectVersion:
        """Put a letter about `word`, without its event; returns the version as an event would tell it."""
        body = body or made.born_digital(word, 1)
        self.client.put_object(self.bucket, key, BytesIO(body), len(body))
        return self.newest(key)

    def put_empty(self, key: str) -> ObjectVersion:
        """Put an object without a byte, without its event."""
        self.client.put_object(self.bucket, key, BytesIO(), 0)
        return self.newest(key)

    def touch(self, key: str) -> ObjectVersion:
        """Copy the object onto itself with other metadata, as clients do to note a file's time."""
        noted = {"x-amz-meta-mtime": "1764124800"}
        self.client.copy_object(self.bucket, key, CopySource(self.bucket, key), metadata=noted, metadata_directive=REPLACE)
        return self.newest(key)

    def newest(self, key: str) -> ObjectVersion:
        return next(entry.version for entry in self.store.versions_of(key) if not entry.is_marker)

    def created(self, version: ObjectVersion) -> IntakeResult:
        """The event of this version arrives."""
        with self.database.begin() as connection:
            return self.intake.object_created(connection, version, "test")

    def removed(self, key: str) -> IntakeResult:
        """An event arrives that says that something of this key was removed."""
        with self.database.begin() as connection:
            return self.intake.object_removed(connection, self.bucket, key, None, "")

    def delete(self, key: str, version_id: str = "") -> str:
        """Remove, without its event; returns the delete marker's version id where one was made."""
        self.client.remove_object(self.bucket, key, version_id=version_id or None)
        return next((entry.version.version_id for entry in self.store.versions_of(key) if entry.is_marker), "")

    def copy(self, source: str, to: str, version_id: str = "") -> ObjectVersion:
        self.client.copy_object(self.bucket, to, CopySource(self.bucket, source, version_id=version_id or None))
        return self.newest(to)

    def letter(self, key: str, word: str) -> Document:
        """Put a letter and read it to its end."""
        (document,) = self.created(self.put(key, word)).documents
        return self.read(document.id)

    def read(self, document_id: UUID, *, until_stored: bool = False) -> Document:
        """Run the document's stages until it ends, or until its text is stored."""
        for _ in range(6):
            row = self.row(document_id)
            if row.has_ended or (until_stored and row.stored):
                return row
            document_run.run(self.runtime, document_id, row.queue)
        return self.row(document_id)

    def row(self, document_id: UUID) -> Document:
        with self.database.begin() as connection:
            found = documents.find(connection, document_id)
        assert found is not None
        return found

    def rows(self, key: str) -> dict[str, Status]:
        """Statuses of the key's rows by identity."""
        with self.database.begin() as connection:
            every = documents.newest(connection, documents.Filters(), after=None, limit=1000)
        return {row.version_id or "": row.status for row in every if row.object_key == key}

    def finds(self, word: str) -> list[UUID]:
        """The documents whose passages hold the word: search looks nowhere else."""
        with self.database.begin() as connection:
            found = connection.execute(select(chunks.c.document_id).where(chunks.c.text.contains(word)).distinct())
            return list(found.scalars())


@contextmanager
def open_archive(environment: dict[str, str], database: Database, reader: ParserReader, *, versioned: bool) -> Iterator[Archive]:
    """An archive of its own on the stack's MinIO; the stack's processes hear nothing of it."""
    client, bucket = _root(environment), f"archive-{uuid4().hex[:8]}"
    for name in (bucket, f"{bucket}-derived"):
        client.make_bucket(name)
    if versioned:
        client.set_bucket_versioning(bucket, VersioningConfig("Enabled"))
    store, script, ocr, recorder = MinioStore(client, bucket, f"{bucket}-derived", "inbox/"), Script(), CountingOcr(), Recorder()
    tools = Tools(
        database=database,
        store=store,
        reader=reader,
        ocr=ocr,
        describer=script,
        embedder=script,
        metrics=CountingMetrics(),
        ocr_languages="spa",
        max_bytes=10_000_000,
        files=FileCache(None, 0),
        batch_threshold=100,
        batch_pages=8,
        passwords=GivenPasswords(),
    )
    runtime = Runtime(tools, recorder, lease_seconds=30, retry_delays=(0.0, 0.0, 0.0))
    yield Archive(client, bucket, store, database, Intake(bucket, "inbox/", store), runtime, script, ocr, recorder)
    for name in (bucket, f"{bucket}-derived"):
        found = client.list_objects(name, recursive=True, include_version=True)
        doomed = [DeleteObject(one.object_name, one.version_id) for one in found if one.object_name]
        assert not list(client.remove_objects(name, doomed))
        client.remove_bucket(name)


def _root(environment: dict[str, str]) -> Minio:
    settings = load_settings(**environment)
    return connect(
        settings.minio_endpoint,
        environment["MINIO_ROOT_USER"],
        environment["MINIO_ROOT_PASSWORD"],
        secure=False,
        region=settings.minio_region,
    )
