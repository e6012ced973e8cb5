"""Sessions of the page: a cookie's token in place of a key. Only the SHA-256 of a token is stored."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select

from ingest.db.keys import ApiKey, digest
from ingest.db.schema import api_keys, sessions


@dataclass(frozen=True, slots=True)
class Session:
    """A live session: of a key, or of the local admin key by its SHA-256."""

    key: ApiKey | None
    local_key_sha256: bytes | None
    expires_at: datetime


def begin(connection: Connection, *, key_id: UUID | None, local_key: str = "", seconds: int) -> tuple[str, datetime]:
    """Make a session of this key, or of the local key where there is none; its token, which nobody can read again, and its end.

    Those that have ended are forgotten.
    """
    connection.execute(delete(sessions).where(sessions.c.expires_at < func.now()))
    token = token_urlsafe(32)
    owner = {"local_key_sha256": digest(local_key)} if key_id is None else {"key_id": key_id}
    expires_at = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    made = insert(sessions).values(token_sha256=digest(token), expires_at=expires_at, **owner)
    return token, connection.execute(made.returning(sessions.c.expires_at)).scalar_one()


def find(connection: Connection, token: str) -> Session | None:
    """The live session of this token, or None: it has ended, its key is revoked, or it never was."""
    row = connection.execute(
        select(sessions.c.expires_at, sessions.c.local_key_sha256, api_keys)
        .outerjoin(api_keys, api_keys.c.id == sessions.c.key_id)
        .where(
            sessions.c.token_sha256 == digest(token),
            sessions.c.expires_at > func.now(),
            api_keys.c.revoked_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    known = None if row.id is None else ApiKey(row.id, row.name, tuple(row.scopes), row.created_at, last_used_at=row.last_used_at)
    return Session(known, row.local_key_sha256, row.expires_at)


def end(connection: Connection, token: str) -> None:
    """End the session, if it lives."""
    connection.execute(delete(sessions).where(sessions.c.token_sha256 == digest(token)))
