"""Events that could not be understood: kept, answered 2xx, so that they block nothing behind them."""

from hashlib import sha256

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from ingest.db.schema import parked_events

_MOST = 64 * 1024  # characters kept of a body; what is longer is no event of MinIO's


def park(connection: Connection, source: str, reason: str, body: str) -> None:
    """Keep the event with the reason why it was not taken."""
    # PostgreSQL stores no NUL in text.
    kept = body[:_MOST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    fingerprint = sha256(f"{reason}\0{body}".encode("utf-8", "replace")).digest()
    connection.execute(
        insert(parked_events).values(source=source, reason=reason, body=kept, fingerprint=fingerprint).on_conflict_do_nothing()
    )
