"""Who did what: kept for a time that is set, read by an admin."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select

from ingest.db.schema import audit_log

COMMAND_LINE = "command line"
_FORGOTTEN_AT_ONCE = 10_000  # rows; what else a sweep does waits


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did: `who` is the key's name, `action` a word of docs/reference.md, `subject` an id or a name."""

    who: str
    action: str
    subject: str = ""
    key_id: UUID | None = None
    address: str = ""
    request_id: str = ""
    id: int = 0
    at: datetime | None = None


def record(connection: Connection, deed: Deed) -> None:
    """Keep it."""
    facts = ("who", "action", "subject", "key_id", "address", "request_id")
    connection.execute(insert(audit_log).values({name: getattr(deed, name) for name in facts}))


def newest(
    connection: Connection,
    *,
    before: int | None,
    limit: int,
    who: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
) -> list[Deed]:
    """Up to `limit` deeds, newest first, from behind the one of this number on."""
    columns = audit_log.c
    wanted = [
        *([columns.id < before] if before is not None else []),
        *([columns.who == who] if who is not None else []),
        *([columns.action == action] if action is not None else []),
        *([columns.at >= since] if since is not None else []),
    ]
    rows = connection.execute(select(audit_log).where(*wanted).order_by(columns.id.desc()).limit(limit))
    return [Deed(row.who, row.action, row.subject, row.key_id, row.address, row.request_id, id=row.id, at=row.at) for row in rows]


def forget(connection: Connection, days: int) -> int:
    """Delete what is older, some of it at a time; returns how many."""
    old = select(audit_log.c.id).where(audit_log.c.at < func.now() - timedelta(days=days)).limit(_FORGOTTEN_AT_ONCE)
    return connection.execute(delete(audit_log).where(audit_log.c.id.in_(old))).rowcount
