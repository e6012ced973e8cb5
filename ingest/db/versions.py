"""Versions of one key: which is the newest, which give way to it, which are gone and which are back.

They are ordered by (sequencer, version id). The sequencer is the store's own clock; the version id only makes the
order total, so that of two versions of one moment exactly one wins, always the same.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select, tuple_, update

from ingest.db import devices, texts
from ingest.db.rows import CLOCK, NO_LEASE, SEND_NEXT, document_of
from ingest.db.schema import documents
from ingest.domain.documents import Document, Source, Status
from ingest.domain.life_cycle import Move, sources
from ingest.domain.objects import ObjectVersion
from ingest.domain.queues import DOCUMENTS

_row = documents.c
_ENDED: dict[str, Any] = {
    "searchable_at": None,
    "stored": False,
    **NO_LEASE,
    "next_run_at": None,
    "finished_at": CLOCK,
    "tagging": True,
    "updated_at": CLOCK,
}
# What a row says of its document that is not in its key.
FORGOTTEN: dict[str, Any] = {
    **_ENDED,
    "status": Status.DELETED,
    "tagging": False,
    "title": "",
    "subject": "",
    "document_type": "",
    "document_number": "",
    "office": "",
    "sender": "",
    "issued_on": None,
}


def lock_key(connection: Connection, bucket: str, key: str) -> None:
    """Wait until nobody else compares this key with the bucket, and keep others waiting until commit.

    Who looks at the bucket after this and writes what it saw cannot undo what somebody saw later.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{bucket}/{key}", 0))))


def of_key(connection: Connection, bucket: str, key: str) -> list[Document]:
    """The rows of the key's versions, newest first, locked until commit in this order, as `supersede_older` does."""
    found = connection.execute(
        select(documents)
        .where(_row.bucket == bucket, _row.object_key == key, _row.version_id.is_not(None))
        .order_by(_row.sequencer.desc(), _row.version_id.desc())
        .with_for_update()
    )
    return [document_of(row._mapping) for row in found]


def _order() -> ColumnElement[Any]:
    return tuple_(_row.sequencer, _row.version_id)


def _same_key(document: Document) -> ColumnElement[bool]:
    return and_(_row.bucket == document.bucket, _row.object_key == document.object_key, _row.version_id.is_not(None))


def is_replaced(connection: Connection, document: Document) -> bool:
    """Whether the document comes too late: a newer version, which replaces it, is in search already."""
    if document.source is Source.UPLOAD or not newer_is_stored(connection, document):
        return False
    return devices.versions_replace(connection, document)


def newer_is_stored(connection: Connection, document: Document) -> bool:
    """Whether search shows a newer version of the same key already."""
    newer = exists().where(
        _same_key(document), _order() > (document.sequencer, document.version_id), _row.searchable_at.is_not(None)
    )
    return bool(connection.execute(select(newer)).scalar_one())


def supersede_older(connection: Connection, document: Document) -> list[Document]:
    """Take older versions of the same key out of search; returns their rows. Their workers lose their leases."""
    older = (
        select(_row.id)
        .where(
            _same_key(document),
            _order() < (document.sequencer, document.version_id),
            _row.status.in_(sources(Move.SUPERSEDE)),
        )
        .order_by(_row.sequencer.desc(), _row.version_id.desc())
        .with_for_update()
    )
    return supersede(connection, connection.execute(older).scalars().all())


def supersede(connection: Connection, ids: Sequence[UUID]) -> list[Document]:
    """End these rows, which the caller has locked, because another version of their key is the document; returns them."""
    return _end(connection, ids, {**_ENDED, "status": Status.SUPERSEDED})


def supersede_on_arrival(connection: Connection, document: Document) -> Document:
    """End a row that has just arrived: a newer version of its key is in search, so nobody need read this one."""
    row = connection.execute(
        update(documents).where(_row.id == document.id).values(**_ENDED, status=Status.SUPERSEDED).returning(documents)
    ).one()
    return document_of(row._mapping)


def remove(connection: Connection, gone: Sequence[Document], code: str | None = None) -> list[Document]:
    """Mark these deleted, because the bucket does not show them, and erase their texts; returns those that it changed."""
    ids = [one.id for one in gone if one.status in sources(Move.REMOVE)]
    return _end(connection, ids, {**FORGOTTEN, "error_code": code})


def erase_superseded(connection: Connection, document: Document) -> list[Document]:
    """Delete with the document the versions that it replaced, their objects still to be erased; returns their rows."""
    older = connection.execute(
        update(documents)
        .where(_same_key(document), _row.id != document.id, _row.status.in_(sources(Move.ERASE)))
        .where(_order() < (document.sequencer, document.version_id))
        .values(**FORGOTTEN, erasing=True, upload_metadata={}, corrections={})
        .returning(documents)
    )
    return [document_of(row._mapping) for row in older]


def _end(connection: Connection, ids: Sequence[UUID], values: dict[str, Any]) -> list[Document]:
    if not ids:
        return []
    rows = connection.execute(update(documents).where(_row.id.in_(ids)).values(**values).returning(documents))
    ended = [document_of(row._mapping) for row in rows]
    for version in ended:
        texts.erase(connection, version)
    return ended


def differs(document: Document, version: ObjectVersion) -> bool:
    """Whether this is told of other bytes than those of the document's row: by size, and by eTag where both have one."""
    return document.size != version.size or (document.etag != version.etag and bool(document.etag) and bool(version.etag))


def note_facts(connection: Connection, document: Document, version: ObjectVersion) -> Document | None:
    """Note what the store says of a document whose bytes nobody has read; None where somebody has, or is gone.

    Where they were, or their reading has ended, other bytes are another document: it is removed and comes back.
    """
    row = connection.execute(
        update(documents)
        .where(_row.id == document.id, _row.content_sha256.is_(None), _row.status.in_([Status.QUEUED, Status.PROCESSING]))
        .values(etag=version.etag, size=version.size, updated_at=CLOCK)
        .returning(documents)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)


def read_anew(connection: Connection, document: Document, version: ObjectVersion) -> Document | None:
    """Forget all that was read of a document whose version holds other bytes now, and queue it; None where it is gone."""
    if not remove(connection, [document]):
        return None
    facts = {"etag": version.etag, "size": version.size, "modified_at": version.modified, "content_sha256": None}
    unread: dict[str, Any] = {"pages_total": None, "pages_done": 0, "pages_left": None, "degraded_pages": []}
    connection.execute(update(documents).where(_row.id == document.id).values(**facts, **unread))
    return bring_back(connection, document.id, max(document.sequencer, version.order))


def bring_back(connection: Connection, document_id: UUID, sequencer: str) -> Document | None:
    """Queue a version that the bucket shows again, from its first stage, as of `sequencer`; None where it stands."""
    row = connection.execute(
        update(documents)
        .where(_row.id == document_id, _row.status.in_(sources(Move.UNDELETE)), ~_row.erasing)
        .values(
            status=Status.QUEUED,
            queue=DOCUMENTS,
            stage="",
            progress=0,
            sequencer=sequencer,
            retries=0,
            crashes=0,
            error_code=None,
            finished_at=None,
            claimed_seq=None,
            arrived_at=CLOCK,
            updated_at=CLOCK,
            **SEND_NEXT,
        )
        .returning(documents)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)
