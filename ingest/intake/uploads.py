"""Announcing an upload: the row first, then a signed request for exactly these bytes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

from ingest.db import documents, versions
from ingest.db.engine import Database
from ingest.domain import media_types, object_keys
from ingest.domain.documents import Announced, Document
from ingest.errors import EmptyFile, InvalidRequest, ObjectMissing, StorageUnavailable, Text, TooLarge, UnsupportedType
from ingest.ports import ObjectStore, Presigner, SignedUpload
from ingest.reading import ocr_languages

_NO_LANGUAGE = Text(
    "metadata.language: de uno a tres nombres de ISO 639-1 o de Tesseract, como es o spa+que",
    "metadata.language: one to three of ISO 639-1 or Tesseract's names, such as es or spa+que",
)
_ANOTHER_FILE = Text(
    "Idempotency-Key: ya se usó para otro archivo; use una nueva por archivo",
    "Idempotency-Key: was used for another file before; use a new one for each file",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants to upload; `sha256` is hex or "", `method` "post" or "put"."""

    filename: str
    content_type: str
    size: int
    method: str = "post"
    sha256: str = ""
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return media_types.bare(self.content_type)


@dataclass(frozen=True, slots=True)
class Expected:
    """An upload that may now be made, once, until `expires_at`."""

    document_id: UUID
    object_key: str
    request: SignedUpload
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Uploads:
    """The presigned door of one bucket."""

    database: Database
    store: ObjectStore
    presigner: Presigner
    bucket: str
    inbox: str
    most_bytes: int
    url_seconds: int

    def check(self, wanted: Wanted) -> None:
        """Refuse before any byte moves. Raises UnsupportedType, EmptyFile, TooLarge, InvalidRequest."""
        if not media_types.is_accepted(wanted.content_type, wanted.filename):
            raise UnsupportedType(wanted.content_type)
        if wanted.size == 0:
            raise EmptyFile
        if wanted.size > self.most_bytes:
            raise TooLarge(str(wanted.size))
        language = wanted.metadata.get(ocr_languages.METADATA_KEY, "")
        if language and ocr_languages.parsed(language) is None:
            raise InvalidRequest(_NO_LANGUAGE)

    def duplicate_of(self, wanted: Wanted) -> Document | None:
        """A completed document whose bytes we hashed to what the client says; its own claim makes nothing a duplicate.

        Nor does a document whose object is not what it was, or cannot be seen now.
        """
        if not wanted.sha256:
            return None
        with self.database.begin() as connection:
            found = documents.find_completed_by_hash(connection, bytes.fromhex(wanted.sha256))
        return found if found is not None and self._is_as_it_was(found) else None

    def _is_as_it_was(self, document: Document) -> bool:
        try:
            return not versions.differs(document, self.store.stat(document.object_key, document.version_id or ""))
        except (ObjectMissing, StorageUnavailable):
            return False

    def expect(self, wanted: Wanted, created_by: UUID, repeat_key: str = "") -> Expected:
        """Sign the request and keep the row that waits for its object. Raises InvalidRequest, DatabaseUnavailable.

        Who says the same `repeat_key` again for the same file is given the same document, signed anew; for another file,
        InvalidRequest.
        """
        # The key itself tells the document: nothing has to be kept beside its row.
        document_id = uuid5(created_by, repeat_key) if repeat_key else uuid4()
        object_key = f"{self.inbox}upload/{document_id}/{object_keys.safe_segment(wanted.filename)}"
        expires_at = datetime.now(UTC) + timedelta(seconds=self.url_seconds)
        signed = self.presigner.sign_upload(
            method=wanted.method,
            key=object_key,
            content_type=wanted.media_type,
            size=wanted.size,
            sha256=wanted.sha256.lower(),
            metadata=object_keys.upload_metadata(wanted.filename, wanted.metadata),
            seconds=self.url_seconds,
        )
        announced = Announced(
            id=document_id,
            bucket=self.bucket,
            object_key=object_key,
            filename=wanted.filename.replace("\0", ""),
            content_type=wanted.media_type,
            size=wanted.size,
            upload_metadata=wanted.metadata,
            declared_sha256=bytes.fromhex(wanted.sha256) if wanted.sha256 else None,
            expires_at=expires_at,
            created_by=created_by,
        )
        with self.database.begin() as connection:
            if not documents.await_upload(connection, announced) and not documents.await_longer(connection, announced):
                raise InvalidRequest(_ANOTHER_FILE)
        return Expected(document_id, object_key, signed, expires_at)
