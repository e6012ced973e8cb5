"""Events that could not be taken in: kept, answered 2xx, so that they block nothing behind them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote_plus

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from ingest.db.schema import parked_events

# The ways in which a body may write a key: as it is, in a URL, in JSON.
_WRITTEN: tuple[Callable[[str], str], ...] = (
    str,
    quote_plus,
    lambda key: json.dumps(key)[1:-1],
    lambda key: json.dumps(key, ensure_ascii=False)[1:-1],
)

_MOST = 64 * 1024  # characters kept of a body; what is longer is no event of MinIO's


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event as it came, and why it was not taken in."""

    id: int
    source: str
    reason: str
    body: str
    received_at: datetime


_COLUMNS = [parked_events.c[name] for name in ("id", "source", "reason", "body", "received_at")]


def park(connection: Connection, source: str, reason: str, body: str) -> bool:
    """Keep the event with the reason why it was not taken; whether it was not kept already."""
    # PostgreSQL stores no NUL in text.
    kept = body[:_MOST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    fingerprint = sha256(f"{reason}\0{body}".encode("utf-8", "replace")).digest()
    new = insert(parked_events).values(source=source, reason=reason, body=kept, fingerprint=fingerprint)
    return connection.execute(new.on_conflict_do_nothing()).rowcount > 0


def newest(connection: Connection, *, before: int | None, limit: int) -> list[ParkedEvent]:
    """Up to `limit` events, newest first, from behind the id `before` on."""
    wanted = select(*_COLUMNS).order_by(parked_events.c.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(parked_events.c.id < before)
    return [ParkedEvent(**row._mapping) for row in connection.execute(wanted)]


def find(connection: Connection, event_id: int) -> ParkedEvent | None:
    """The event, or None."""
    row = connection.execute(select(*_COLUMNS).where(parked_events.c.id == event_id)).one_or_none()
    return None if row is None else ParkedEvent(**row._mapping)


def forget(connection: Connection, *event_ids: int) -> int:
    """Remove these events; returns how many there were."""
    return connection.execute(delete(parked_events).where(parked_events.c.id.in_(event_ids))).rowcount


def forget_key(connection: Connection, key: str) -> None:
    """Remove the events that name this object key, whose document is erased."""
    body = parked_events.c.body
    connection.execute(delete(parked_events).where(or_(*(func.strpos(body, write(key)) > 0 for write in _WRITTEN))))
