"""Parked events: looked at, tried again, forgotten."""

import json
from typing import Any, cast

import pytest

from ingest.db import documents, parked
from ingest.db.engine import Database
from ingest.db.parked import ParkedEvent
from ingest.errors import NotFound
from ingest.intake.door import Intake, Outcome
from ingest.intake.parked import retry
from tests.support.bucket import MemoryBucket

BUCKET = "documentos-ugel"


def envelope(key: str, bucket: str = BUCKET) -> str:
    entity = {"key": key, "versionId": "v1", "sequencer": "18A1B2C3D4E5F607"}
    record = {"eventName": "s3:ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": entity}}
    return json.dumps({"Records": [record]})


def park(database: Database, body: str, reason: str = "a bug of an older version") -> ParkedEvent:
    with database.begin() as connection:
        parked.park(connection, "durable", reason, body)
    return every(database)[0]


def every(database: Database) -> list[ParkedEvent]:
    with database.begin() as connection:
        return parked.newest(connection, before=None, limit=100)


def outcomes(database: Database, event_id: int) -> list[Outcome]:
    with database.begin() as connection:
        return [one.outcome for one in retry(connection, Intake(BUCKET, "inbox/", cast(Any, MemoryBucket())), event_id)]


def test_what_an_update_understands_is_taken_and_forgotten(database: Database) -> None:
    event = park(database, envelope("inbox/a.pdf"))
    assert outcomes(database, event.id) == [Outcome.QUEUED]
    assert every(database) == []
    with database.begin() as connection:
        (row,) = documents.newest(connection, documents.Filters(), after=None, limit=10)
    assert row.object_key == "inbox/a.pdf"
    with pytest.raises(NotFound):
        outcomes(database, event.id)


def test_what_is_still_not_understood_stays(database: Database) -> None:
    event = park(database, "{", "malformed: JSONDecodeError")
    assert outcomes(database, event.id) == [Outcome.PARKED]
    assert every(database) == [event]


def test_what_is_refused_for_another_reason_stands_parked_under_that_one(database: Database) -> None:
    event = park(database, envelope("inbox/a.pdf", "otro"))
    assert outcomes(database, event.id) == [Outcome.PARKED]
    (left,) = every(database)
    assert (left.reason, left.body) == ("another bucket", "otro/inbox/a.pdf")


def test_a_list_goes_on_behind_the_page_before(database: Database) -> None:
    for number in range(5):
        park(database, f"no event {number}")
    with database.begin() as connection:
        first = parked.newest(connection, before=None, limit=3)
        second = parked.newest(connection, before=first[-1].id, limit=3)
    assert [event.body[-1] for event in first + second] == ["4", "3", "2", "1", "0"]


def test_forgetting_says_how_many_there_were(database: Database) -> None:
    event = park(database, "no event")
    with database.begin() as connection:
        assert parked.forget(connection, event.id, event.id + 1) == 1
    assert every(database) == []
