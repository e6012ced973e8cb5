"""Events that could not be understood: kept, answered 2xx, so that they block nothing behind them."""

from sqlalchemy import Connection, insert

from ingest.db.schema import parked_events

_MOST = 64 * 1024  # characters kept of a body; what is longer is no event of MinIO's


def park(connection: Connection, source: str, reason: str, body: str) -> None:
    """Keep the event with the reason why it was not taken."""
    # PostgreSQL stores no NUL in text.
    kept = body[:_MOST].replace("\0", "\N{REPLACEMENT CHARACTER}")
    connection.execute(insert(parked_events).values(source=source, reason=reason, body=kept))
