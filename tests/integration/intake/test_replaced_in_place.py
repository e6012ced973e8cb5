"""A version put anew with other bytes, in a bucket whose policies are not ours: nothing vouches for what was there."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config
from sqlalchemy import text

from ingest.db import documents
from ingest.db.listings import SWEEP
from ingest.domain.documents import Document, Status
from ingest.domain.objects import ObjectVersion
from ingest.intake.door import LISTING, Outcome
from ingest.intake.uploads import Uploads, Wanted
from ingest.upkeep.walk import Comparison, begin_walk, go_on
from tests.support import made
from tests.support.archive import Archive

pytestmark = pytest.mark.stack

KEY = "inbox/scan/mesa/a.pdf"


@pytest.fixture
def s3(environment: dict[str, str]) -> Iterator[Any]:
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{environment['MINIO_ENDPOINT']}",
        aws_access_key_id=environment["MINIO_ROOT_USER"],
        aws_secret_access_key=environment["MINIO_ROOT_PASSWORD"],
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )
    yield client
    client.close()


def put_anew(s3: Any, archive: Archive, version: str, body: bytes) -> ObjectVersion:
    """Other bytes under the same version id, which is in no signature unless the client wants it there."""

    def name_version(params: dict[str, Any], **_: Any) -> None:
        params["url"] += f"?versionId={version}"

    s3.meta.events.register("before-call.s3.PutObject", name_version, unique_id="anew")
    assert s3.put_object(Bucket=archive.bucket, Key=KEY, Body=body)["VersionId"] == version
    s3.meta.events.unregister("before-call.s3.PutObject", unique_id="anew")
    return archive.newest(KEY)


def walk(archive: Archive) -> list[Document]:
    comparison = Comparison(archive.database, archive.store, archive.intake, archive.bucket, "inbox/")
    with archive.database.begin() as connection:
        connection.execute(text("UPDATE listings SET finished_at = NULL"))
    begun = begin_walk(comparison, SWEEP, 0)
    assert begun is not None
    return [document for step in go_on(comparison, begun) for document in step.changed]


@pytest.mark.parametrize("road", ["event", "listing"])
def test_the_document_is_read_anew(archive: Archive, s3: Any, road: str) -> None:
    first = archive.letter(KEY, "huamanchumo")
    anew = put_anew(s3, archive, first.version_id or "", made.born_digital("quispe", 1))
    (changed,) = archive.created(anew).documents if road == "event" else walk(archive)
    assert (changed.id, changed.status, changed.content_sha256) == (first.id, Status.QUEUED, None)
    assert archive.finds("huamanchumo") == []
    read = archive.read(first.id)
    assert (read.status, read.version_id, read.etag, read.size) == (Status.COMPLETED, first.version_id, anew.etag, anew.size)
    assert archive.finds("quispe") == [first.id]
    assert walk(archive) == []
    # The first event, late: the bucket is asked, and nothing is turned back.
    late = replace(anew, etag=first.etag, size=first.size, sequencer=first.sequencer)
    assert archive.created(late).outcome is Outcome.KNOWN
    assert archive.row(first.id) == read


def test_a_run_that_is_under_way_loses_its_lease(archive: Archive, s3: Any) -> None:
    (document,) = archive.created(archive.put(KEY, "huamanchumo")).documents
    stored = archive.read(document.id, until_stored=True)
    anew = put_anew(s3, archive, stored.version_id or "", made.born_digital("quispe", 1))
    assert archive.created(anew).outcome is Outcome.QUEUED
    archive.read(document.id)
    assert archive.finds("huamanchumo") == []


def test_nothing_vouches_for_bytes_that_are_gone_even_before_anybody_noticed(archive: Archive, s3: Any) -> None:
    body = made.born_digital("huamanchumo", 1)
    (document,) = archive.created(archive.put(KEY, body=body)).documents
    read = archive.read(document.id)
    assert read.content_sha256 is not None
    uploads = Uploads(archive.database, archive.store, cast(Any, None), archive.bucket, "inbox/", 1 << 20, 60)
    wanted = Wanted("a.pdf", "application/pdf", len(body), sha256=read.content_sha256.hex())
    assert uploads.duplicate_of(wanted) == read
    put_anew(s3, archive, read.version_id or "", made.born_digital("quispe", 1))
    assert uploads.duplicate_of(wanted) is None


def test_what_an_event_got_wrong_is_put_right_without_reading_anew(archive: Archive) -> None:
    """Of a compressed or encrypted object MinIO's event tells what the disk holds."""
    told = replace(archive.put(KEY, "huamanchumo"), etag="0" * 64, size=9)
    (document,) = archive.created(told).documents
    assert walk(archive) == []
    assert archive.row(document.id).size > 9
    with archive.database.begin() as connection:
        documents.cancel(connection, document.id)
        documents.replay(connection, document.id, queue="documents", stored=False)
    read = archive.read(document.id)
    assert read.attempt == 1
    assert archive.created(told).outcome is Outcome.KNOWN, "the second arrival of that event"
    assert walk(archive) == []
    assert archive.row(document.id) == read


def test_the_bytes_that_were_read_are_those_that_the_row_tells_of(archive: Archive) -> None:
    right = archive.put(KEY, "huamanchumo")
    (document,) = archive.created(replace(right, etag="0" * 64, size=9)).documents
    read = archive.read(document.id)
    assert (read.etag, read.size) == (right.etag, right.size)
    with archive.database.begin() as connection:
        known = archive.intake.object_created(connection, right, LISTING)
    assert known.outcome is Outcome.KNOWN
