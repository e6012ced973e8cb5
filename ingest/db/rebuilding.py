"""Reading anew what is in the bucket: which rows of a range of keys, what was kept of them, and how many are left."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, collate, delete, func, select, text, update

from ingest.db.listings import KeyRange
from ingest.db.schema import descriptions, documents, page_texts
from ingest.domain.documents import Status

_row = documents.c


def ended(connection: Connection, keys: KeyRange) -> list[UUID]:
    """The documents of these keys that are completed or failed."""
    has_ended = _row.status.in_([Status.COMPLETED, Status.ERROR])
    return list(connection.execute(select(_row.id).where(_within(keys), _row.version_id.is_not(None), has_ended)).scalars())


def forget_readings(connection: Connection, keys: KeyRange, before: datetime) -> None:
    """Forget what was read and described before that moment of the bytes of waiting documents."""
    waiting = select(_row.content_sha256).where(_within(keys), _row.status == Status.QUEUED)
    for table in (page_texts, descriptions):
        connection.execute(delete(table).where(table.c.made_at < before, table.c.content_sha256.in_(waiting)))


def date_back(connection: Connection, keys: KeyRange) -> None:
    """Give rows made anew the age of their objects, so that the newest come first again."""
    is_younger = _row.created_at > _row.modified_at + text("interval '1 minute'")
    connection.execute(update(documents).where(_within(keys), is_younger).values(created_at=_row.modified_at))


def count_open(connection: Connection) -> int:
    """How many documents are still to be worked on."""
    is_open = _row.status.in_([Status.QUEUED, Status.PROCESSING])
    return int(connection.execute(select(func.count()).select_from(documents).where(is_open)).scalar_one())


def _within(keys: KeyRange) -> ColumnElement[bool]:
    key = collate(_row.object_key, "C")
    return and_(_row.bucket == keys.bucket, key >= keys.prefix, key > keys.after, key < keys.beyond)
