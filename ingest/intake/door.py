"""The one door: whatever says that an object is there, or gone, becomes a row here.

Used by the webhook, the sweeper's listing and the API alike. It inserts or ignores; the caller commits and
then sends what came in to the queue. Nothing an event says is believed beyond which object it speaks of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import structlog
from sqlalchemy import Connection

from ingest.db import documents, letters, parked, versions
from ingest.db.engine import ValuesRefused, savepoint
from ingest.domain import object_keys
from ingest.domain.documents import Document, Source, Status
from ingest.domain.objects import ObjectVersion, object_document_id
from ingest.errors import ObjectMissing, StorageUnavailable
from ingest.intake import key_versions
from ingest.intake.minio_events import NotUnderstood, Removal
from ingest.ports import KeyVersions

log = structlog.get_logger(__name__)


LISTING = "listing"  # the road of what no event told


class Outcome(StrEnum):
    """What became of an event."""

    QUEUED = "queued"
    KNOWN = "known"
    IGNORED = "ignored"
    PARKED = "parked"
    DELETED = "deleted"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The outcome, the rows it concerns (to be sent when queued, to be shown when deleted), why it was parked."""

    outcome: Outcome
    documents: tuple[Document, ...] = ()
    reason: str = ""


class Intake:
    """Turns objects of one bucket, under one prefix, into rows."""

    def __init__(self, bucket: str, inbox_prefix: str, store: KeyVersions) -> None:
        self._bucket = bucket
        self._store = store
        self._inbox_prefix = inbox_prefix

    def take_all(self, connection: Connection, events: Sequence[ObjectVersion | Removal], road: str) -> list[IntakeResult]:
        """Let in all that the body of an event says, or nothing. Raises NotUnderstood where the database refuses it."""
        try:
            with savepoint(connection):
                return [self.take(connection, event, road) for event in events]
        except ValuesRefused as refused:
            raise NotUnderstood(str(refused)) from refused

    def take(self, connection: Connection, event: ObjectVersion | Removal, road: str) -> IntakeResult:
        """Let in what an event says; `road` is how it came: instant, durable, listing."""
        if isinstance(event, Removal):
            return self.object_removed(connection, event.bucket, event.key, event.version_id, event.sequencer)
        return self.object_created(connection, event, road)

    def object_created(self, connection: Connection, version: ObjectVersion, road: str) -> IntakeResult:
        """Queue a document for this object version, unless it has one."""
        refused = self._refused(connection, version.bucket, version.key, road)
        if refused is not None:
            return refused
        place = object_keys.classify(version.key, self._inbox_prefix)
        if place.document_id is not None:
            return self._upload_arrived(connection, place.document_id, version, road)
        document_id = object_document_id(version.bucket, version.key, version.identity)
        versions.lock_key(connection, version.bucket, version.key)
        arrived = documents.arrive(
            connection,
            document_id,
            version,
            source=place.source,
            device=place.device,
            filename=object_keys.original_name(version.key, version.metadata),
            upload_metadata=object_keys.client_metadata(version.metadata),
        )
        if arrived is None:
            return self._known(connection, documents.find(connection, document_id), version, road)
        if versions.is_replaced(connection, arrived):
            return IntakeResult(Outcome.SUPERSEDED, (versions.supersede_on_arrival(connection, arrived),))
        ended = letters.end_repeats(connection, arrived)
        if any(one.id == arrived.id for one in ended):
            return IntakeResult(Outcome.SUPERSEDED, tuple(ended))
        return _queued(arrived, *ended)

    def object_removed(self, connection: Connection, bucket: str, key: str, identity: str | None, sequencer: str) -> IntakeResult:
        """Make the key's rows agree with the bucket, whatever was removed: an object, a version, a delete marker.

        With the store away what the event says is believed, until the listing comes by.
        """
        if bucket != self._bucket or not key.startswith(self._inbox_prefix):
            return IntakeResult(Outcome.IGNORED)
        try:
            return _removed(key_versions.agree(connection, self._store, bucket, key))
        except (StorageUnavailable, ObjectMissing):
            return self.removal_believed(connection, bucket, key, identity, sequencer)

    def removal_believed(
        self, connection: Connection, bucket: str, key: str, identity: str | None, sequencer: str
    ) -> IntakeResult:
        """Take what a removal speaks of out of search without asking the bucket; the listing puts right what was wrong.

        With an identity, that version alone; without, every version of the key up to `sequencer`, so that a late
        removal never touches what was put after it.
        """
        rows = versions.of_key(connection, bucket, key)
        if identity and identity != "null":  # that is what a bucket says whose versioning was suspended
            rows = [row for row in rows if row.version_id == identity]
        elif sequencer:
            rows = [row for row in rows if row.sequencer <= sequencer]
        return _removed(versions.remove(connection, rows))

    def object_refused(self, connection: Connection, version: ObjectVersion, road: str) -> IntakeResult:
        """Keep a note of an object that the store shows to nobody, us included: one under a customer's own key."""
        return self.park(connection, road, "the store refuses to show it", f"{version.key} {version.identity}")

    def park(self, connection: Connection, road: str, reason: str, body: str) -> IntakeResult:
        """Keep an event that cannot be taken."""
        if parked.park(connection, road, reason, body):
            log.warning("event_parked", source=road, reason=reason)
        return IntakeResult(Outcome.PARKED, reason=reason)

    def _refused(self, connection: Connection, bucket: str, key: str, road: str) -> IntakeResult | None:
        if bucket != self._bucket:
            return self.park(connection, road, "another bucket", f"{bucket}/{key}")
        if not key.startswith(self._inbox_prefix) or object_keys.is_ignored(key):
            return IntakeResult(Outcome.IGNORED)
        return None

    def _known(self, connection: Connection, row: Document | None, version: ObjectVersion, road: str) -> IntakeResult:
        """A row that says deleted, or of other bytes, while something says that its object is there: the bucket is asked."""
        if row is None or object_keys.is_erased(row):
            return IntakeResult(Outcome.KNOWN)
        try:
            if row.status is Status.DELETED:
                return _removed(key_versions.agree(connection, self._store, row.bucket, row.object_key))
            # The second arrival of an event tells nothing new, whatever the row has learnt since of the object's size.
            if versions.differs(row, version) and (road == LISTING or version.order != row.sequencer):
                return _removed(key_versions.compare_bytes(connection, self._store, row))
            return IntakeResult(Outcome.KNOWN)
        except (StorageUnavailable, ObjectMissing):
            return IntakeResult(Outcome.KNOWN)

    def _upload_arrived(self, connection: Connection, document_id: UUID, version: ObjectVersion, road: str) -> IntakeResult:
        if arrived := documents.arrive_awaited(connection, document_id, version):
            return _queued(arrived)
        if cancelled := documents.arrive_cancelled(connection, document_id, version):
            return IntakeResult(Outcome.KNOWN, (cancelled,))
        row = documents.find(connection, document_id)
        if row is None:
            # The bucket is the truth: an upload whose row was lost keeps the id that stands in its key.
            arrived = documents.arrive(
                connection,
                document_id,
                version,
                source=Source.UPLOAD,
                filename=object_keys.original_name(version.key, version.metadata),
                upload_metadata=object_keys.client_metadata(version.metadata),
            )
            if arrived:
                return _queued(arrived)
        elif object_keys.is_erased(row):
            # Its URL may be used again as long as it lives; what comes so late is erased as well.
            documents.erase_again(connection, document_id)
        elif (row.object_key, row.version_id) == (version.key, version.identity):
            return self._known(connection, row, version, road)
        else:
            # A form can be sent twice, and no policy can forbid it: the first version there wins. Another name
            # under the same id is nobody's upload either.
            return self.park(connection, road, "second object of an upload", f"{version.key} {version.identity}")
        return IntakeResult(Outcome.KNOWN)


def _removed(changed: Sequence[Document]) -> IntakeResult:
    gone = any(document.status is Status.DELETED for document in changed)
    outcome = Outcome.DELETED if gone else Outcome.QUEUED if changed else Outcome.KNOWN
    return IntakeResult(outcome, tuple(changed))


def _queued(document: Document, *ended: Document) -> IntakeResult:
    log.info(
        "storage_upload_completed",
        document_id=str(document.id),
        task_id=str(document.id),
        object_key=document.object_key,
        size=document.size,
    )
    return IntakeResult(Outcome.QUEUED, (document, *ended))
