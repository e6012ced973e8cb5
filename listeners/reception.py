"""Takes an event through the intake door, and what follows the commit."""

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from ingest.documents import Document, ObjectVersion
from ingest.intake import Outcome, Taken
from ingest.queue import Queue
from ingest.services import Services
from listeners.minio_events import NotUnderstood, Removal, parse

INSTANT = "instant"
DURABLE = "durable"


class Reception:
    """Used by both endpoints; the second arrival of an event changes nothing."""

    def __init__(self, services: Services, queue: Queue) -> None:
        self._services = services
        self._queue = queue

    def take(self, bodies: Sequence[bytes], source: str) -> None:
        """Take or park every event in one transaction, then send. Raises DatabaseUnavailable: none was taken."""
        taken: list[Taken] = []
        with self._services.database.begin() as connection:
            for body in bodies:
                taken += self._take(connection, body, source)
        changed: list[Document] = [document for one in taken for document in one.documents]
        self._queue.announce(changed)
        for one in taken:
            self._services.tallies.count("bandeja_events_total", source=source, outcome=one.outcome.value)

    def _take(self, connection: Connection, body: bytes, source: str) -> list[Taken]:
        try:
            with connection.begin_nested():
                return [self._through_the_door(connection, event, source) for event in parse(body)]
        except (NotUnderstood, DataError, IntegrityError) as reason:
            if source == INSTANT:
                # The same event comes again by the durable road, and is parked there.
                return [Taken(Outcome.IGNORED)]
            said = str(reason) if isinstance(reason, NotUnderstood) else type(reason).__name__
            return [self._services.intake.park(connection, source, said, body.decode("utf-8", "replace"))]

    def _through_the_door(self, connection: Connection, event: ObjectVersion | Removal, source: str) -> Taken:
        intake = self._services.intake
        if isinstance(event, Removal):
            return intake.object_removed(connection, event.bucket, event.key, event.version_id, event.sequencer)
        return intake.object_created(connection, event, source)
