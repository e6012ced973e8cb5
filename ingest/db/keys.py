"""API keys: only the SHA-256 of a secret is stored. A secret is 256 random bits, so a plain hash is enough."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID, uuid4

from sqlalchemy import Connection, func, insert, select, update

from ingest.db.schema import api_keys

SCOPES = ("upload", "read", "admin")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who calls: `scopes` of `upload`, `read`, `admin` (which implies the others)."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    rate_limited: bool = True

    def may(self, scope: str) -> bool:
        """Whether the key has this scope."""
        return scope in self.scopes or "admin" in self.scopes


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
    return None if row is None else ApiKey(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at)


def live(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those of these keys that are not revoked."""
    found = select(api_keys.c.id).where(api_keys.c.id.in_(list(ids)), api_keys.c.revoked_at.is_(None))
    return set(connection.execute(found).scalars())


def every(connection: Connection) -> list[ApiKey]:
    """All keys, oldest first."""
    rows = connection.execute(select(api_keys).order_by(api_keys.c.created_at))
    return [ApiKey(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at) for row in rows]


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
