"""Takes events through the intake door, or parks them."""

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from ingest.db.engine import Database
from ingest.intake import Intake, Outcome, Taken
from ingest.minio_events import NotUnderstood, parse
from listeners.aftermath import Aftermath

INSTANT = "instant"
DURABLE = "durable"


class Reception:
    """Used by both endpoints; the second arrival of an event changes nothing."""

    def __init__(self, database: Database, intake: Intake, aftermath: Aftermath) -> None:
        self._database = database
        self._intake = intake
        self._aftermath = aftermath

    def take(self, bodies: Sequence[bytes], source: str) -> None:
        """Take or park every event in one transaction. Raises DatabaseUnavailable: none was taken."""
        with self._database.begin() as connection:
            taken = [one for body in bodies for one in self._take(connection, body, source)]
        self._aftermath.follow(taken, source)

    def park(self, body: bytes, source: str, reason: str) -> None:
        """Keep an event that met a bug of ours. Raises DatabaseUnavailable."""
        with self._database.begin() as connection:
            parked = self._intake.park(connection, source, reason, _text(body))
        self._aftermath.follow([parked], source)

    def _take(self, connection: Connection, body: bytes, source: str) -> list[Taken]:
        try:
            with connection.begin_nested():
                return [self._intake.take(connection, event, source) for event in parse(body)]
        except (NotUnderstood, DataError, IntegrityError) as reason:
            if source == INSTANT:
                # The same event comes again by the durable road, and is parked there.
                return [Taken(Outcome.IGNORED)]
            said = str(reason) if isinstance(reason, NotUnderstood) else type(reason).__name__
            return [self._intake.park(connection, source, said, _text(body))]


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
