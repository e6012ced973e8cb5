"""Takes events through the intake door, or parks them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from ingest.db.engine import Database
from ingest.domain.objects import ObjectVersion
from ingest.intake.door import Intake, IntakeResult, Outcome
from ingest.intake.minio_events import NotUnderstood, Removal, parse
from listeners.after_commit import AfterCommit

INSTANT = "instant"
DURABLE = "durable"


class _Mail(NamedTuple):
    """A body, what it says, or why that is not to be understood."""

    body: bytes
    events: Sequence[ObjectVersion | Removal] = ()
    reason: str = ""

    @property
    def key(self) -> str:
        return self.events[0].key if self.events else ""


class Reception:
    """Used by both endpoints; the second arrival of an event changes nothing."""

    def __init__(self, database: Database, intake: Intake, after_commit: AfterCommit) -> None:
        self._database = database
        self._intake = intake
        self._aftermath = after_commit

    def take(self, bodies: Sequence[bytes], road: str) -> None:
        """Take or park every event in one transaction. Raises DatabaseUnavailable: none was taken."""
        # In the order of their keys, those of one key as they came: two transactions that insert the same rows in
        # different orders would wait for each other until PostgreSQL ends one.
        mail = sorted(map(_read, bodies), key=lambda one: one.key)
        with self._database.begin() as connection:
            taken = [outcome for one in mail for outcome in self._take(connection, one, road)]
        self._aftermath.follow(taken, road)

    def park(self, body: bytes, road: str, reason: str) -> None:
        """Keep an event that met a bug of ours. Raises DatabaseUnavailable."""
        with self._database.begin() as connection:
            parked = self._intake.park(connection, road, reason, _text(body))
        self._aftermath.follow([parked], road)

    def _take(self, connection: Connection, mail: _Mail, road: str) -> list[IntakeResult]:
        reason = mail.reason
        if not reason:
            try:
                return self._intake.take_all(connection, mail.events, road)
            except NotUnderstood as refused:
                reason = str(refused)
        if road == INSTANT:
            # The same event comes again by the durable road, and is parked there.
            return [IntakeResult(Outcome.IGNORED)]
        return [self._intake.park(connection, road, reason, _text(mail.body))]


def _read(body: bytes) -> _Mail:
    try:
        return _Mail(body, parse(body))
    except NotUnderstood as reason:
        return _Mail(body, reason=str(reason))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
