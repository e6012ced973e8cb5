"""The harness's own look into the database: who holds what, and every change of a status, written down by a trigger.

Reconnects by itself, because the database is killed too.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import psycopg2
import psycopg2.extensions

_INSTALL = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    document_id uuid NOT NULL, batch integer, before text, after text, token_before uuid, token_after uuid,
    crashes_before integer, crashes_after integer, code text
);
CREATE FUNCTION chaos.note_document() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.changes
        (document_id, before, after, token_before, token_after, crashes_before, crashes_after, code)
    SELECT coalesce(NEW.id, OLD.id), OLD.status, NEW.status, OLD.lease_token, NEW.lease_token, OLD.crashes, NEW.crashes,
           NEW.error_code
    WHERE (OLD.status, OLD.lease_token) IS DISTINCT FROM (NEW.status, NEW.lease_token);
    RETURN NULL;
END $$;
CREATE FUNCTION chaos.note_batch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO chaos.changes
        (document_id, batch, before, after, token_before, token_after, crashes_before, crashes_after)
    SELECT NEW.document_id, NEW.ordinal, OLD.done::text, NEW.done::text, OLD.lease_token, NEW.lease_token, OLD.crashes,
           NEW.crashes
    WHERE (OLD.done, OLD.lease_token) IS DISTINCT FROM (NEW.done, NEW.lease_token);
    RETURN NULL;
END $$;
CREATE TRIGGER chaos AFTER INSERT OR DELETE OR UPDATE OF status, lease_token ON documents
    FOR EACH ROW EXECUTE FUNCTION chaos.note_document();
CREATE TRIGGER chaos AFTER UPDATE OF done, lease_token ON page_batches
    FOR EACH ROW EXECUTE FUNCTION chaos.note_batch();
"""

_CHANGES = """
SELECT id, extract(epoch FROM at)::float, document_id::text, batch, before, after, token_before::text, token_after::text,
       crashes_before, crashes_after, code
FROM chaos.changes WHERE id > %s ORDER BY id
"""

_LEASED = """
SELECT id::text, queue, lease_token::text, crashes, extract(epoch FROM lease_until)::float FROM documents
WHERE lease_token IS NOT NULL AND lease_until > clock_timestamp()
UNION ALL
SELECT document_id::text, 'pages', lease_token::text, crashes, extract(epoch FROM lease_until)::float FROM page_batches
WHERE lease_token IS NOT NULL AND lease_until > clock_timestamp()
"""

# Setting a clock forward is setting back every moment that was written down before, and that is what can be done here.
_SHIFT = """
UPDATE documents SET lease_until = lease_until - {by}, next_run_at = next_run_at - {by}, sent_at = sent_at - {by},
    expires_at = expires_at - {by};
UPDATE page_batches SET lease_until = lease_until - {by}, next_run_at = next_run_at - {by}, sent_at = sent_at - {by};
UPDATE listings SET lease_until = lease_until - {by};
"""


@dataclass(frozen=True, slots=True)
class Change:
    """A row, or a page batch of it (`batch`), got another status or another holder."""

    id: int
    at: float
    document_id: str
    batch: int | None
    before: str | None
    after: str | None
    token_before: str | None
    token_after: str | None
    crashes_before: int | None
    crashes_after: int | None
    code: str | None

    @property
    def buried(self) -> bool:
        """Whether a lease ran out without a word."""
        return (
            self.token_before is not None and self.token_after is None and (self.crashes_after or 0) > (self.crashes_before or 0)
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A lease that is alive by the database's clock."""

    document_id: str
    queue: str
    token: str
    crashes: int
    until: float


class Audit:
    """One connection, used by one thread at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._connection: psycopg2.extensions.connection | None = None

    def install(self) -> None:
        """Make the table and the triggers."""
        self._run(_INSTALL)

    def changes(self, after: int) -> list[Change]:
        """What was written down after that id."""
        return [Change(*row) for row in self.ask(_CHANGES, after)]

    def held(self) -> list[Held]:
        """Every lease that is alive."""
        return [Held(*row) for row in self.ask(_LEASED)]

    def shift_clock(self, seconds: float) -> None:
        """Set the database's clock forward by so much, as far as any row can tell."""
        self._run(_SHIFT.format(by=f"make_interval(secs => {seconds})"))

    def answers(self) -> bool:
        """Whether the database is there."""
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg2.Error:
            return False

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query. Raises psycopg2.Error while the database is away."""
        with self._cursor() as cursor:
            cursor.execute(query, values or None)
            return list(cursor.fetchall())

    def ask_patiently(self, query: str, *values: Any, seconds: float = 120) -> list[tuple[Any, ...]]:
        """The same, once the database is back."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.ask(query, *values)
            except psycopg2.Error:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    def _run(self, statements: str) -> None:
        with self._cursor() as cursor:
            cursor.execute(statements)

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = psycopg2.connect(self._url, connect_timeout=3, application_name="chaos")
                with self._connection, self._connection.cursor() as cursor:
                    yield cursor
            except psycopg2.Error:
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                raise
