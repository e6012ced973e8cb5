"""The one door, against a real PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from ingest.db import devices, documents, leases, texts, versions
from ingest.db.engine import Database
from ingest.db.schema import documents as document_table
from ingest.db.schema import parked_events
from ingest.domain.documents import Announced, Document, Source, Status
from ingest.domain.objects import ObjectVersion
from ingest.domain.pages import Chunk, CleanText
from ingest.errors import StorageUnavailable
from ingest.intake.door import Intake, Outcome
from ingest.intake.key_versions import PromptVersions
from ingest.intake.minio_events import Removal
from tests.support.bucket import MemoryBucket

BUCKET = "documentos-ugel"
SCANNED = ObjectVersion(BUCKET, "inbox/scan/mesa/scan0001.pdf", "v1", "etag", 10, "application/pdf", "18A1B2C3D4E5F607")


@pytest.fixture
def intake() -> Intake:
    return Intake(BUCKET, "inbox/", cast(Any, MemoryBucket()))


def rows(database: Database) -> list[Document]:
    with database.begin() as connection:
        return documents.newest(connection, documents.Filters(), after=None, limit=100)


def take(database: Database, intake: Intake, version: ObjectVersion) -> Outcome:
    with database.begin() as connection:
        return intake.object_created(connection, version, "test").outcome


def await_upload(database: Database, *, seconds: float = 60) -> ObjectVersion:
    document_id = uuid4()
    version = ObjectVersion(BUCKET, f"inbox/upload/{document_id}/a.pdf", "v1", "etag", 10, sequencer="18A1B2C3D4E5F607")
    with database.begin() as connection:
        documents.await_upload(
            connection,
            Announced(
                id=document_id,
                bucket=BUCKET,
                object_key=version.key,
                filename="a.pdf",
                expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
            ),
        )
    return version


def test_a_scanners_drop_becomes_a_row_once(database: Database, intake: Intake) -> None:
    assert take(database, intake, SCANNED) is Outcome.QUEUED
    assert take(database, intake, SCANNED) is Outcome.KNOWN
    (row,) = rows(database)
    assert (row.status, row.source, row.device, row.filename) == (Status.QUEUED, Source.SCANNER, "mesa", "scan0001.pdf")


def test_the_same_object_has_the_same_id_after_a_rebuild(database: Database, intake: Intake) -> None:
    take(database, intake, SCANNED)
    (before,) = rows(database)
    with database.begin() as connection:
        connection.execute(document_table.delete())
    take(database, intake, SCANNED)
    assert rows(database)[0].id == before.id


def test_two_listeners_at_once_make_one_row(database: Database, intake: Intake) -> None:
    outcomes: list[Outcome] = []
    threads = [Thread(target=lambda: outcomes.append(take(database, intake, SCANNED))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(Outcome.QUEUED) == 1
    assert len(rows(database)) == 1


def test_an_awaited_upload_is_queued_by_its_object(database: Database, intake: Intake) -> None:
    version = await_upload(database)
    assert take(database, intake, version) is Outcome.QUEUED
    assert take(database, intake, version) is Outcome.KNOWN
    (row,) = rows(database)
    assert (row.status, row.source, row.version_id, row.size) == (Status.QUEUED, Source.UPLOAD, "v1", 10)


def test_a_put_that_comes_after_the_url_expired_queues_it(database: Database, intake: Intake) -> None:
    version = await_upload(database, seconds=-3600)
    with database.begin() as connection:
        (expired,) = documents.expire_unused(connection, 60)
    assert (expired.status, expired.error_code) == (Status.EXPIRED, "upload_expired")
    assert take(database, intake, version) is Outcome.QUEUED
    assert rows(database)[0].error_code is None


def test_the_second_version_of_an_upload_is_parked_once(database: Database, intake: Intake) -> None:
    version = await_upload(database)
    take(database, intake, version)
    for _ in range(2):
        assert take(database, intake, replace(version, version_id="v2")) is Outcome.PARKED
    assert rows(database)[0].version_id == "v1"
    with database.begin() as connection:
        assert len(connection.execute(select(parked_events)).all()) == 1


def test_another_name_under_an_uploads_id_is_parked(database: Database, intake: Intake) -> None:
    version = await_upload(database)
    take(database, intake, version)
    assert take(database, intake, replace(version, key=version.key.replace("a.pdf", "b.pdf"))) is Outcome.PARKED


def test_an_upload_whose_row_was_lost_keeps_the_id_of_its_key(database: Database, intake: Intake) -> None:
    document_id = uuid4()
    version = ObjectVersion(BUCKET, f"inbox/upload/{document_id}/a.pdf", "v1", metadata={"original-name": "a%C3%B1o.pdf"})
    assert take(database, intake, version) is Outcome.QUEUED
    assert (rows(database)[0].id, rows(database)[0].filename) == (document_id, "año.pdf")


@pytest.mark.parametrize("key", ["inbox/scan/mesa/", "inbox/scan/mesa/a.pdf.part", "inbox/scan/mesa/.a.pdf", "elsewhere/a.pdf"])
def test_what_is_no_document_is_left_alone(database: Database, intake: Intake, key: str) -> None:
    assert take(database, intake, replace(SCANNED, key=key)) is Outcome.IGNORED
    assert rows(database) == []


def test_another_bucket_is_parked(database: Database, intake: Intake) -> None:
    assert take(database, intake, replace(SCANNED, bucket="other")) is Outcome.PARKED


plain = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
keys = st.text(plain, max_size=250).filter(lambda key: len(key.encode()) <= 900)


@given(
    keys=st.lists(
        st.sampled_from(["inbox/", "inbox/scan/mesa/", f"inbox/upload/{UUID(int=1)}/", ""]).flatmap(
            lambda p: keys.map(p.__add__)
        ),
        max_size=3,
    ),
    version_id=st.text(plain, max_size=16),
    etag=st.text(plain, max_size=32),
    sequencer=st.from_regex(r"([0-9A-F]{16})?", fullmatch=True),
    size=st.integers(0, (1 << 63) - 1),
    metadata=st.dictionaries(st.text(plain, max_size=20), st.text(plain, max_size=50), max_size=3),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_an_event_may_say_postgresql_takes_it_and_once(
    database: Database, intake: Intake, keys: list[str], **facts: Any
) -> None:
    """What the reader of events lets through meets no error here: MinIO would send it for ever."""
    for key in filter(None, keys):
        version = ObjectVersion(BUCKET, key, **facts)
        with database.begin() as connection:
            first = intake.take(connection, version, "test").outcome
            again = intake.take(connection, version, "test").outcome
            removed = intake.take(connection, Removal(BUCKET, key, version.identity, version.sequencer), "test").outcome
        assert first in Outcome
        assert again not in {Outcome.QUEUED, Outcome.SUPERSEDED}
        assert (removed is Outcome.DELETED) >= (first is Outcome.QUEUED)


def store_text(database: Database, document_id: UUID) -> None:
    with database.begin() as connection:
        texts.replace(connection, document_id, CleanText("hola", (0,)), "r", [Chunk(0, "hola", 0, 4, 1, 1)])
        connection.execute(document_table.update().values(searchable_at=datetime.now(UTC), stored=True))


def test_a_removed_object_takes_its_text_with_it(database: Database, intake: Intake) -> None:
    take(database, intake, SCANNED)
    (row,) = rows(database)
    store_text(database, row.id)
    with database.begin() as connection:
        taken = intake.removal_believed(connection, BUCKET, SCANNED.key, None, "18A1B2C3D4E5F608")
    assert taken.outcome is Outcome.DELETED
    with database.begin() as connection:
        assert texts.clean_text(connection, row.id) is None
    assert (rows(database)[0].status, rows(database)[0].searchable) == (Status.DELETED, False)


def test_a_late_removal_spares_what_was_put_after_it(database: Database, intake: Intake) -> None:
    take(database, intake, SCANNED)
    with database.begin() as connection:
        taken = intake.removal_believed(connection, BUCKET, SCANNED.key, None, "18A1B2C3D4E5F606")
    assert taken.outcome is Outcome.KNOWN
    assert rows(database)[0].status is Status.QUEUED


def test_many_removals_at_once_wait_for_a_hanging_store_once(database: Database) -> None:
    """All in one transaction, whose rows others wait for."""

    class Hanging:
        asked, now = 0, 0.0

        def versions_of(self, _: str) -> list[Any]:
            self.asked, self.now = self.asked + 1, self.now + 5
            raise StorageUnavailable

    store = Hanging()
    intake = Intake(BUCKET, "inbox/", PromptVersions(store, lambda: store.now))
    keys = [f"inbox/scan/mesa/{number}.pdf" for number in range(100)]
    for key in keys:
        take(database, intake, replace(SCANNED, key=key))
    with database.begin() as connection:
        taken = [intake.object_removed(connection, BUCKET, key, None, "18A1B2C3D4E5F608") for key in keys]
    assert {one.outcome for one in taken} == {Outcome.DELETED}
    assert store.asked == 1
    store.now += 6
    with database.begin() as connection:
        intake.object_removed(connection, BUCKET, keys[0], None, "18A1B2C3D4E5F608")
    assert store.asked == 2


def test_removing_one_version_spares_the_others(database: Database, intake: Intake) -> None:
    take(database, intake, SCANNED)
    take(database, intake, replace(SCANNED, version_id="v2", etag="other", sequencer="18A1B2C3D4E5F608"))
    with database.begin() as connection:
        intake.removal_believed(connection, BUCKET, SCANNED.key, "v1", "18A1B2C3D4E5F609")
    assert {row.version_id: row.status for row in rows(database)} == {"v1": Status.DELETED, "v2": Status.QUEUED}


def test_chunks_that_stay_keep_their_rows(database: Database, intake: Intake) -> None:
    take(database, intake, SCANNED)
    (row,) = rows(database)

    def chunk_ids(*chunk_texts: str) -> list[int]:
        chunks = [Chunk(n, text, n * 10, n * 10 + len(text), 1, 1) for n, text in enumerate(chunk_texts)]
        with database.begin() as connection:
            texts.replace(connection, row.id, CleanText("x", (0,)), "r", chunks)
            table = texts.chunk_table
            return list(connection.execute(select(table.c.id).order_by(table.c.ordinal)).scalars())

    before = chunk_ids("uno", "dos", "tres")
    after = chunk_ids("uno", "DOS")
    assert after[0] == before[0]
    assert after[1] not in before


class TestVersions:
    def test_a_scanner_starts_over_with_every_file(self, database: Database, intake: Intake) -> None:
        take(database, intake, SCANNED)
        with database.begin() as connection:
            assert not devices.versions_replace(connection, rows(database)[0])

    def test_unless_it_was_added_to_replace(self, database: Database, intake: Intake) -> None:
        take(database, intake, SCANNED)
        with database.begin() as connection:
            devices.add(connection, "Mesa de partes", "mesa-1", "inbox/scan/mesa/", replaces=True)
            assert devices.versions_replace(connection, rows(database)[0])

    def test_a_newer_version_ends_the_older_and_its_worker(self, database: Database, intake: Intake) -> None:
        old = replace(SCANNED, key="inbox/plan.pdf")
        take(database, intake, old)
        (first,) = rows(database)
        with database.begin() as connection:
            claimed = leases.claim(connection, first.id, "documents", 30)
        assert claimed is not None
        take(database, intake, replace(old, version_id="v2", etag="other", sequencer="18A1B2C3D4E5F608"))
        second = rows(database)[0]
        with database.begin() as connection:
            (ended,) = versions.supersede_older(connection, second)
            assert not leases.renew(connection, claimed[1])
        assert (ended.id, ended.status) == (first.id, Status.SUPERSEDED)

    def test_a_late_older_version_sees_that_it_came_too_late(self, database: Database, intake: Intake) -> None:
        newer = replace(SCANNED, key="inbox/plan.pdf", version_id="v2", sequencer="18A1B2C3D4E5F608")
        take(database, intake, newer)
        store_text(database, rows(database)[0].id)
        take(database, intake, replace(newer, version_id="v1", sequencer="18A1B2C3D4E5F607"))
        late = rows(database)[0]
        with database.begin() as connection:
            assert versions.newer_is_stored(connection, late)
            assert versions.supersede_older(connection, late) == []
