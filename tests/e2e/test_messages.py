"""Messages as they lie in Redis: one recorded before they had a version, one of a version yet to come."""

import base64
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis

from ingest.db import documents
from ingest.db.engine import Database
from ingest.domain.documents import Source
from ingest.domain.objects import ObjectVersion
from tests.support.office import Office, rows, wait_for
from tests.support.processes import mains

pytestmark = pytest.mark.stack

RECORDED = Path(__file__).parents[1] / "fixtures/message_before_versions.json"


@pytest.fixture
def no_sweeper(office: Office) -> Iterator[None]:
    """The sweeper frozen: what moves is moved by our message alone."""
    (sweeper,) = mains(office.env, "ingest.sweeper")
    os.kill(sweeper, signal.SIGSTOP)
    yield
    os.kill(sweeper, signal.SIGCONT)


def waiting_document(office: Office) -> str:
    """A row that nobody has sent; its object is missing, so its end is soon and sure."""
    document_id = uuid4()
    version = ObjectVersion(office.bucket, f"inbox/{document_id}.pdf", str(uuid4()), sequencer="1" * 16, size=1)
    database = Database(office.env["DATABASE_URL"], pool_size=1)
    with database.begin() as connection:
        documents.arrive(connection, document_id, version, source=Source.OTHER, filename="mensaje.pdf")
    database.close()
    return str(document_id)


def push(office: Office, document_id: str, **headers: Any) -> None:
    """Put the recorded message into the queue, as the last one of this document."""
    (row,) = rows(office, "SELECT sent_seq FROM documents WHERE id = :id", document_id)
    name = f"{document_id}:{row.sent_seq}"
    message = json.loads(RECORDED.read_text(encoding="utf-8"))
    _, named, embedded = json.loads(base64.b64decode(message["body"]))
    message["body"] = base64.b64encode(json.dumps([[document_id], named, embedded]).encode()).decode()
    message["headers"] |= {"id": name, "root_id": name, **headers}
    message["properties"] |= {"correlation_id": name, "delivery_tag": str(uuid4())}
    redis = Redis.from_url(office.env["REDIS_URL"])
    redis.lpush("ingest:documents", json.dumps(message))
    redis.close()


def parked(office: Office, document_id: str) -> Any:
    query = "SELECT reason, body FROM parked_events WHERE source = 'queue' AND body LIKE '%' || :id || '%'"
    return wait_for(lambda: next(iter(rows(office, query, document_id)), None), "the parked message")


@pytest.mark.usefixtures("no_sweeper")
def test_a_message_of_before_versions_is_understood(office: Office) -> None:
    document_id = waiting_document(office)
    push(office, document_id)
    assert office.until_ended(document_id)["attempt"] == 1


@pytest.mark.usefixtures("no_sweeper")
def test_a_message_of_a_newer_version_is_parked_and_its_row_left_alone(office: Office) -> None:
    document_id = waiting_document(office)
    push(office, document_id, bandeja_version=2)
    push(office, document_id, bandeja_version=2)
    assert parked(office, document_id).reason == "a newer version"
    assert office.task(document_id)["status"] == "queued"
    (count,) = rows(office, "SELECT count(*) FROM parked_events WHERE body LIKE '%' || :id || '%'", document_id)
    assert count[0] == 1
    push(office, document_id, bandeja_version=1)
    office.until_ended(document_id)


@pytest.mark.usefixtures("no_sweeper")
def test_a_task_that_only_newer_workers_have_is_parked(office: Office) -> None:
    document_id = waiting_document(office)
    push(office, document_id, task="translate_document")
    assert "translate_document" in parked(office, document_id).body
    push(office, document_id)
    office.until_ended(document_id)


def test_a_row_whose_message_was_parked_is_sent_again(office: Office) -> None:
    document_id = waiting_document(office)
    push(office, document_id, bandeja_version=2)
    parked(office, document_id)
    office.until_ended(document_id)


def test_anybody_may_send_the_task_by_its_name(office: Office) -> None:
    document_id = waiting_document(office)
    office.celery.conf.broker_transport_options = {"global_keyprefix": "ingest:"}
    office.celery.send_task("process_document", args=[document_id], queue="documents")
    assert office.until_ended(document_id)["attempt"] == 1
