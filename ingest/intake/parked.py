"""Parked events, tried once more: after an update that takes what an older one did not, or a setting put right."""

from sqlalchemy import Connection

from ingest.db import parked
from ingest.errors import NotFound
from ingest.intake.door import Intake, IntakeResult, Outcome
from ingest.intake.minio_events import NotUnderstood, parse


def retry(connection: Connection, intake: Intake, event_id: int) -> list[IntakeResult]:
    """Take a parked event in; it is forgotten, or parked still. The caller sends what was queued after its commit.

    Raises NotFound where there is no such event.
    """
    event = parked.find(connection, event_id)
    if event is None:
        raise NotFound
    try:
        taken = intake.take_all(connection, parse(event.body.encode()), event.source)
    except NotUnderstood:
        return [IntakeResult(Outcome.PARKED)]
    # One that was refused for another reason now stands parked under that one.
    if not any(one.outcome is Outcome.PARKED and one.reason == event.reason for one in taken):
        parked.forget(connection, event_id)
    return taken
