"""Rows of documents: arriving, looking, listing, replaying, cancelling, deleting."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from operator import eq, ge, le
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, collate, func, literal, literal_column, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from ingest.db.leases import claimable
from ingest.db.rows import CLOCK, NO_LEASE, SEND_NEXT, document_of, seconds
from ingest.db.schema import documents
from ingest.db.versions import FORGOTTEN
from ingest.domain.documents import Announced, Document, Source, Status
from ingest.domain.life_cycle import Move, sources
from ingest.domain.objects import ObjectVersion

_row = documents.c


# --- arriving ----------------------------------------------------------------------------------


def await_upload(connection: Connection, announced: Announced) -> bool:
    """Insert the row of an upload whose bytes are still to come; False where there is one of this id, which stays."""
    new = insert(documents).values(status=Status.AWAITING_UPLOAD, source=Source.UPLOAD, **asdict(announced))
    return connection.execute(new.on_conflict_do_nothing(index_elements=["id"]).returning(_row.id)).one_or_none() is not None


def await_longer(connection: Connection, announced: Announced) -> bool:
    """Wait for an upload that was announced before, until the later moment; False where another was announced by this id."""
    same = ("filename", "size", "declared_sha256", "upload_metadata", "created_by")
    known = connection.execute(select(*(_row[name] for name in same)).where(_row.id == announced.id)).one()
    if any(getattr(known, name) != getattr(announced, name) for name in same):
        return False
    still_awaited = (_row.id == announced.id, _row.status == Status.AWAITING_UPLOAD)
    connection.execute(update(documents).where(*still_awaited).values(expires_at=announced.expires_at))
    return True


def _arrived(version: ObjectVersion) -> dict[str, Any]:
    return {**_facts(version), "status": Status.QUEUED, **SEND_NEXT}


def _facts(version: ObjectVersion) -> dict[str, Any]:
    return {
        "version_id": version.identity,
        "etag": version.etag,
        "sequencer": version.order,
        "size": version.size,
        "content_type": version.content_type,
        "modified_at": version.modified,
        "arrived_at": CLOCK,
        "updated_at": CLOCK,
    }


def arrive_awaited(connection: Connection, document_id: UUID, version: ObjectVersion) -> Document | None:
    """Queue the row that waits for this upload (a late PUT brings an expired one back); None where none does."""
    return _take(
        connection, document_id, version, sources(Move.PUT), {**_arrived(version), "error_code": None, "finished_at": None}
    )


def arrive_cancelled(connection: Connection, document_id: UUID, version: ObjectVersion) -> Document | None:
    """Note the object of an upload that was cancelled before it came, so that it can be replayed, or deleted."""
    return _take(connection, document_id, version, (Status.CANCELLED,), _facts(version))


def _take(
    connection: Connection, document_id: UUID, version: ObjectVersion, statuses: Sequence[Status], values: dict[str, Any]
) -> Document | None:
    row = connection.execute(
        update(documents)
        .where(
            _row.id == document_id,
            _row.bucket == version.bucket,
            _row.object_key == version.key,
            _row.version_id.is_(None),
            _row.status.in_(statuses),
        )
        .values(**values)
        .returning(documents)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)


def arrive(
    connection: Connection,
    document_id: UUID,
    version: ObjectVersion,
    *,
    source: Source,
    filename: str,
    device: str | None = None,
    upload_metadata: dict[str, str] | None = None,
) -> Document | None:
    """Insert a queued row for this object version; None where it has one already."""
    row = connection.execute(
        insert(documents)
        .values(
            id=document_id,
            bucket=version.bucket,
            object_key=version.key,
            source=source,
            filename=filename,
            device=device,
            upload_metadata=upload_metadata or {},
            **_arrived(version),
        )
        .on_conflict_do_nothing()
        .returning(documents)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)


# --- looking -----------------------------------------------------------------------------------


def find(connection: Connection, document_id: UUID) -> Document | None:
    """The row, or None."""
    row = connection.execute(select(documents).where(_row.id == document_id)).one_or_none()
    return None if row is None else document_of(row._mapping)


def changed(connection: Connection, seen: Mapping[UUID, datetime]) -> tuple[list[Document], set[UUID]]:
    """The rows that were updated at another moment than was seen, and the ids that have no row (any more)."""
    found = connection.execute(select(_row.id, _row.updated_at).where(_row.id.in_(list(seen))))
    moments = {row.id: row.updated_at for row in found}
    moved = [document_id for document_id, moment in moments.items() if moment != seen[document_id]]
    rows = connection.execute(select(documents).where(_row.id.in_(moved))) if moved else ()
    return [document_of(row._mapping) for row in rows], seen.keys() - moments.keys()


def find_completed_by_hash(connection: Connection, sha256: bytes) -> Document | None:
    """A completed document whose bytes we hashed to this; a client's own claim is never looked at."""
    row = connection.execute(
        select(documents).where(_row.content_sha256 == sha256, _row.status == Status.COMPLETED).order_by(_row.created_at).limit(1)
    ).one_or_none()
    return None if row is None else document_of(row._mapping)


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list; None means any. `since` is the earliest creation, the dates are the document's own.

    Office, sender and device are named as people name them: case and accents do not matter.
    """

    status: str | None = None
    device: str | None = None
    since: datetime | None = None
    document_type: str | None = None
    office: str | None = None
    date_from: date | None = None
    date_to: date | None = None
    error_code: str | None = None
    year: int | None = None
    month: int | None = None
    sender: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The WHERE clause, one condition a filter that is set."""
        wanted: list[tuple[Any, Callable[[Any, Any], ColumnElement[bool]], Any]] = [
            (_row.status, eq, self.status),
            (_row.device, _named, self.device),
            (_row.created_at, ge, self.since),
            (_row.document_type, eq, self.document_type),
            (_row.office, _named, self.office),
            (_row.sender, _named, self.sender),
            (_row.issued_on, ge, self.date_from),
            (_row.issued_on, le, self.date_to),
            (_row.error_code, eq, self.error_code),
            (func.extract("year", _row.issued_on), eq, self.year),
            (func.extract("month", _row.issued_on), eq, self.month),
        ]
        return [compare(column, value) for column, compare, value in wanted if value is not None]


def _named(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether the column holds this name. Its few different values are folded, and the rows are found by its index."""
    rows = documents.alias("named")
    value = rows.c[column.key or ""]
    # From each value to the next one by the index: DISTINCT would read every row.
    seen = select(func.min(value).label("value")).cte("seen", recursive=True, nesting=True)
    following = select(func.min(value)).where(value > seen.c.value).scalar_subquery()
    seen = seen.union_all(select(following).where(seen.c.value.is_not(None)))
    return column.in_(select(seen.c.value).where(_plain(seen.c.value) == _plain(literal(name))))


def _plain(name: ColumnElement[str]) -> ColumnElement[str]:
    """The name in lower case, without its accents and marks: `Año` is `ano`."""
    apart = func.normalize(func.lower(collate(name, "pg_c_utf8")), literal_column("NFD"))
    return func.regexp_replace(apart, "[\u0300-\u036f]", "", "g")


def newest(
    connection: Connection, filters: Filters, *, after: tuple[datetime, UUID] | None, limit: int, live_only: bool = False
) -> list[Document]:
    """Up to `limit` rows, newest first, from behind `after` (created_at, id) on."""
    conditions = filters.conditions()
    if live_only:
        conditions.append(_row.status.not_in([Status.DELETED, Status.SUPERSEDED]))
        conditions.append(_row.searchable_at.is_not(None))
    if after is not None:
        conditions.append(tuple_(_row.created_at, _row.id) < after)
    rows = connection.execute(select(documents).where(*conditions).order_by(_row.created_at.desc(), _row.id.desc()).limit(limit))
    return [document_of(row._mapping) for row in rows]


def count_by_status(connection: Connection) -> dict[str, int]:
    """How many rows have each status; absent ones are 0."""
    rows = connection.execute(select(_row.status, func.count()).group_by(_row.status))
    counted = {str(row[0]): int(row[1]) for row in rows}
    return {status.value: counted.get(status.value, 0) for status in Status}


def oldest_waiting_seconds(connection: Connection) -> float:
    """Age in seconds of the row that has waited longest for a worker; 0 where none waits."""
    age = connection.execute(select(func.extract("epoch", CLOCK - func.min(_row.arrived_at))).where(claimable()))
    return float(age.scalar_one() or 0)


# --- the user's words --------------------------------------------------------------------------


def replay(connection: Connection, document_id: UUID, *, queue: str, stored: bool) -> Document | None:
    """Queue a document that has ended or waits for a retry; None where it is running, gone or has no object yet.

    With `stored` it goes on after the checkpoint of `store`, else from `extract`; search keeps showing its old
    text until the new one is stored.
    """
    replayed = connection.execute(
        update(documents)
        .where(
            _row.id == document_id,
            _row.version_id.is_not(None),
            _row.status.in_(sources(Move.REPLAY)),
            or_(_row.status != Status.QUEUED, _row.next_run_at.is_not(None)),
        )
        .values(
            status=Status.QUEUED,
            queue=queue,
            retries=0,
            crashes=0,
            next_run_at=None,
            error_code=None,
            finished_at=None,
            claimed_seq=None,
            pages_left=None,
            updated_at=CLOCK,
            stored=stored,
            **SEND_NEXT,
        )
        .returning(documents)
    ).one_or_none()
    return None if replayed is None else document_of(replayed._mapping)


def cancel(connection: Connection, document_id: UUID) -> Document | None:
    """Stop a document that has not ended; a worker that holds it loses its lease. None where it has ended."""
    cancelled = connection.execute(
        update(documents)
        .where(_row.id == document_id, _row.status.in_(sources(Move.CANCEL)))
        .values(status=Status.CANCELLED, next_run_at=None, finished_at=CLOCK, tagging=True, updated_at=CLOCK, **NO_LEASE)
        .returning(documents)
    ).one_or_none()
    return None if cancelled is None else document_of(cancelled._mapping)


def delete(connection: Connection, document_id: UUID) -> Document | None:
    """Mark deleted by our own user, its object still to be erased; None where there is no such live row.

    A superseded version is none: its key belongs to the newer one, with which it is erased.
    """
    deleted = connection.execute(
        update(documents)
        .where(_row.id == document_id, _row.status.in_(sources(Move.DELETE)))
        .values(**FORGOTTEN, erasing=True, upload_metadata={}, corrections={})
        .returning(documents)
    ).one_or_none()
    return None if deleted is None else document_of(deleted._mapping)


def erase_again(connection: Connection, document_id: UUID) -> Document | None:
    """Have the store looked through again for an object of a deleted document; None where it is not deleted."""
    doomed = connection.execute(
        update(documents).where(_row.id == document_id, _row.status == Status.DELETED).values(erasing=True).returning(documents)
    ).one_or_none()
    return None if doomed is None else document_of(doomed._mapping)


# --- the sweeper's questions -------------------------------------------------------------------


def expire_unused(connection: Connection, grace_seconds: float, limit: int = 500) -> list[Document]:
    """End as `expired` the uploads whose URL ran out `grace_seconds` ago without an object, `limit` at most."""
    unused = (
        select(_row.id)
        .where(
            _row.status.in_(sources(Move.EXPIRE)),
            _row.expires_at < CLOCK - seconds(grace_seconds),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    expired = connection.execute(
        update(documents)
        .where(_row.id.in_(unused.scalar_subquery()))
        .values(status=Status.EXPIRED, error_code="upload_expired", finished_at=CLOCK, updated_at=CLOCK)
        .returning(documents)
    )
    return [document_of(row._mapping) for row in expired]
