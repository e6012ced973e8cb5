"""API keys: only the SHA-256 of a secret is stored. A secret is 256 random bits, so a plain hash is enough."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from ingest.db.schema import api_keys

SCOPES = ("upload", "read", "admin")
_NOTED = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who calls: `scopes` of `upload`, `read`, `admin` (which implies the others)."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    rate_limited: bool = True
    last_used_at: datetime | None = None

    def may(self, scope: str) -> bool:
        """Whether the key has this scope."""
        return scope in self.scopes or "admin" in self.scopes

    def is_stale(self, now: datetime) -> bool:
        """Whether that it is in use is to be noted: the last note is a minute old. One that was never stored has none."""
        return self.created_at is not None and (self.last_used_at is None or now - self.last_used_at > _NOTED)


def digest(secret: str) -> bytes:
    """What is stored of a secret."""
    # A client may show anything; what is no UTF-8 is no key of ours.
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def add(connection: Connection, name: str, scopes: tuple[str, ...]) -> str:
    """Make a key; returns its secret, which nobody can read again."""
    secret = f"bdj_{token_urlsafe(32)}"
    connection.execute(insert(api_keys).values(id=uuid4(), name=name, secret_sha256=digest(secret), scopes=list(scopes)))
    return secret


def find(connection: Connection, secret: str) -> ApiKey | None:
    """The live key with this secret, or None."""
    row = connection.execute(
        select(api_keys).where(api_keys.c.secret_sha256 == digest(secret), api_keys.c.revoked_at.is_(None))
    ).one_or_none()
    return None if row is None else _key(row)


def note_use(connection: Connection, key_id: UUID) -> None:
    """Remember that the key was used just now; once a minute, because every call would write the same row."""
    old = func.now() - _NOTED
    mine = (api_keys.c.id == key_id) & or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < old)
    connection.execute(update(api_keys).where(mine).values(last_used_at=func.now()))


def live(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those of these keys that are not revoked."""
    found = select(api_keys.c.id).where(api_keys.c.id.in_(list(ids)), api_keys.c.revoked_at.is_(None))
    return set(connection.execute(found).scalars())


def every(connection: Connection) -> list[ApiKey]:
    """All keys, oldest first."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at))
    return list(map(_key, rows))


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at, last_used_at=row.last_used_at)


def revoke(connection: Connection, name_or_id: str) -> int:
    """Revoke the live keys of that name, or the one of that id; returns how many."""
    by_id = api_keys.c.id == UUID(name_or_id) if _is_uuid(name_or_id) else api_keys.c.name == name_or_id
    revoked = connection.execute(
        update(api_keys).where(by_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=func.now()).returning(api_keys.c.id)
    )
    return len(revoked.all())


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
