"""Scanners: who may drop where, and whether a second file of a name replaces the first."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Connection, Text, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by, insert

from ingest.db.schema import devices, documents, parked_events
from ingest.domain.documents import Document, Source, Status

REFUSED = "sftp"  # the source of what is parked because the store did not keep it
_LONGEST_PATH = 2048  # characters; a key has 1024 bytes at most


@dataclass(frozen=True, slots=True)
class Device:
    """A scanner and its MinIO user; `prefix` is the only place where it may write."""

    name: str
    access_key: str
    prefix: str
    replaces: bool
    languages: str
    created_at: datetime
    removed_at: datetime | None
    stays_here: bool = False


def add(
    connection: Connection,
    name: str,
    access_key: str,
    prefix: str,
    *,
    replaces: bool,
    languages: str = "",
    stays_here: bool = False,
) -> None:
    """Insert the device, or bring one of that name back with these facts."""
    facts = {"replaces": replaces, "languages": languages, "stays_here": stays_here}
    new = insert(devices).values(name=name, access_key=access_key, prefix=prefix, **facts)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "access_key": new.excluded.access_key,
                "prefix": new.excluded.prefix,
                "replaces": new.excluded.replaces,
                "languages": new.excluded.languages,
                "stays_here": new.excluded.stays_here,
                "removed_at": None,
            },
        )
    )


def lock(connection: Connection, name: str) -> None:
    """Wait until nobody else adds or removes a device of that name, and keep others waiting until commit."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"device {name}", 0))))


def restore(connection: Connection, device: Device) -> bool:
    """Insert the device as it was, unless there is one of its name or prefix; returns whether it did."""
    return connection.execute(insert(devices).values(**asdict(device)).on_conflict_do_nothing()).rowcount > 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a device's files: how many documents, how many of them wait or failed, and the last one."""

    documents: int
    waiting: int
    failed: int
    last_at: datetime
    last_filename: str


def every(connection: Connection) -> list[Device]:
    """All devices that were not removed, by name."""
    rows = connection.execute(select(devices).where(devices.c.removed_at.is_(None)).order_by(devices.c.name))
    return [Device(**row._mapping) for row in rows]


def sent(connection: Connection) -> dict[str, Sent]:
    """By device, what came of its files, deleted ones and replaced ones aside; nothing of one that has sent none."""
    row = documents.c
    folder = func.split_part(devices.c.prefix, "/", -2)  # as a key names the device
    kept = row.status.not_in([Status.DELETED, Status.SUPERSEDED])
    newest_first = func.array_agg(aggregate_order_by(row.filename, row.arrived_at.desc(), row.id.desc()), type_=ARRAY(Text))
    counted = connection.execute(
        select(
            devices.c.name,
            func.count(),
            func.count().filter(row.status.in_([Status.QUEUED, Status.PROCESSING])),
            func.count().filter(row.status == Status.ERROR),
            func.max(row.arrived_at),
            newest_first[1],
        )
        .join(documents, (row.device == folder) & (row.source == Source.SCANNER) & kept)
        .group_by(devices.c.name)
    )
    return {name: Sent(*facts) for name, *facts in counted}


def name_of(connection: Connection, access_key: str) -> str | None:
    """The name of the device that has this access key, or None."""
    return connection.execute(select(devices.c.name).where(devices.c.access_key == access_key)).scalar_one_or_none()


def refusal_body(name: str, path: str) -> str:
    """What is parked of a file that a device sent and the store did not keep."""
    told = {"device": name, "path": path[:_LONGEST_PATH].replace("\0", "\N{REPLACEMENT CHARACTER}")}
    return json.dumps(told, ensure_ascii=False)


def refused(connection: Connection) -> dict[str, int]:
    """By device, how many files it sent that the store did not keep; nothing of one that has none."""
    counted = connection.execute(
        select(cast(parked_events.c.body, JSONB)["device"].astext, func.count())
        .where(parked_events.c.source == REFUSED)
        .group_by(text("1"))
    )
    return {row[0]: row[1] for row in counted}


def find(connection: Connection, name: str) -> Device | None:
    """The device of that name, removed ones included, or None."""
    row = connection.execute(select(devices).where(devices.c.name == name)).one_or_none()
    return None if row is None else Device(**row._mapping)


def holder(connection: Connection, prefix: str) -> str | None:
    """The name of the device that has this prefix, removed or not: two names may be made safe alike."""
    return connection.execute(select(devices.c.name).where(devices.c.prefix == prefix)).scalar_one_or_none()


def versions_replace(connection: Connection, document: Document) -> bool:
    """Whether a new version under the same key supersedes the old one.

    Scanners call every file `scan0001.pdf`: there each version is a document of its own, unless the device
    was added to replace. A presigned upload has a key to itself.
    """
    if document.source is Source.SCANNER:
        replaces = select(devices.c.replaces).where(func.starts_with(document.object_key, devices.c.prefix))
        return bool(connection.execute(replaces).scalar_one_or_none())
    return document.source is Source.OTHER


def languages(connection: Connection, document: Document) -> str:
    """The OCR languages of the device that sent the document, removed or not; "" where it has none of its own."""
    found = connection.execute(select(devices.c.languages).where(func.starts_with(document.object_key, devices.c.prefix)))
    return found.scalar_one_or_none() or ""


def stays_here(connection: Connection, document: Document) -> bool:
    """Whether the device that sent the document, removed or not, sends nothing to Google."""
    found = connection.execute(select(devices.c.stays_here).where(func.starts_with(document.object_key, devices.c.prefix)))
    return bool(found.scalar_one_or_none())


def remove(connection: Connection, name: str) -> Device | None:
    """Mark the device removed; returns it, or None where there is none."""
    row = connection.execute(
        update(devices)
        .where(devices.c.name == name, devices.c.removed_at.is_(None))
        .values(removed_at=func.now())
        .returning(devices)
    ).one_or_none()
    return None if row is None else Device(**row._mapping)
