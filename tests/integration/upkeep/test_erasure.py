"""After an erasure nothing holds a word of the document: no table, no bucket."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from ingest.db import documents, due, parked, vocabulary
from ingest.db.schema import metadata
from ingest.domain.documents import Announced, Document, Status
from ingest.domain.objects import ObjectVersion
from ingest.intake.door import Outcome
from ingest.upkeep import corrections, erasure
from ingest.upkeep.erasure import erase_deleted, erase_pictures
from tests.support.archive import Archive

WORDS = ("huamanchumo", "expedientesecreto", "remitentesecreto")  # of the text, of the file's name, of the upload's metadata
KEY = "inbox/otros/expedientesecreto.pdf"
SOON = datetime.now(UTC) + timedelta(hours=1)


def upload(archive: Archive) -> tuple[UUID, ObjectVersion]:
    """An announced upload whose object has come."""
    document_id = uuid4()
    key = f"inbox/upload/{document_id}/expedientesecreto.pdf"
    announced = Announced(
        document_id, archive.bucket, key, "expedientesecreto.pdf", SOON, upload_metadata={"de": "remitentesecreto"}
    )
    with archive.database.begin() as connection:
        documents.await_upload(connection, announced)
    version = archive.put(key, "huamanchumo")
    archive.created(version)
    archive.read(document_id)
    return document_id, version


def correct(archive: Archive, document_id: UUID) -> None:
    with archive.database.begin() as connection:
        corrections.correct(connection, archive.store, document_id, {"sender": "remitentesecreto"}, "ana")


def draw(archive: Archive, document_id: UUID) -> None:
    with archive.database.begin() as connection:
        due.note_pictures(connection, document_id)
    archive.store.put_derived(f"{document_id}/page-00001-110.png", b"huamanchumo", "image/png")


def erase(archive: Archive, document_id: UUID) -> list[Document]:
    """As a user deletes it, and the sweeper follows."""
    with archive.database.begin() as connection:
        deleted = erasure.delete(connection, document_id)
    erase_deleted(archive.database, archive.store)
    with archive.database.begin() as connection:
        vocabulary.forget_unused(connection)
    return deleted


def traces(archive: Archive) -> list[str]:
    """Wherever one of the words stands: table and row, or bucket and key."""
    found = []
    with archive.database.begin() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(text("CAST(one AS text)")).select_from(table.alias("one"))).scalars()
            found += [f"{table.name}: {row}" for row in rows if any(word in row.lower() for word in WORDS)]
    for bucket in (archive.bucket, f"{archive.bucket}-derived"):
        found += [
            f"{bucket}/{one.object_name}" for one in archive.client.list_objects(bucket, recursive=True, include_version=True)
        ]
    return found


def test_an_upload_leaves_no_word(archive: Archive) -> None:
    document_id, version = upload(archive)
    draw(archive, document_id)
    correct(archive, document_id)
    archive.created(archive.put(version.key, "huamanchumo"))  # the form was sent twice; the second is parked
    assert len(traces(archive)) > 8
    erase(archive, document_id)
    assert traces(archive) == []
    row = archive.row(document_id)
    assert (row.status, row.object_key, row.filename) == (Status.DELETED, f"inbox/upload/{document_id}/", "")


def test_a_late_event_of_an_erased_upload_brings_nothing_back(archive: Archive) -> None:
    document_id, version = upload(archive)
    erase(archive, document_id)
    assert archive.created(version).outcome is Outcome.KNOWN
    archive.created(archive.put(version.key, "huamanchumo"))  # its URL still lives
    erase_deleted(archive.database, archive.store)
    assert (traces(archive), archive.row(document_id).status) == ([], Status.DELETED)


def test_an_upload_that_is_deleted_before_its_object_comes(archive: Archive) -> None:
    document_id = uuid4()
    key = f"inbox/upload/{document_id}/expedientesecreto.pdf"
    with archive.database.begin() as connection:
        announced = Announced(document_id, archive.bucket, key, "expedientesecreto.pdf", SOON)
        documents.await_upload(connection, announced)
    erase(archive, document_id)
    archive.created(archive.put(key, "huamanchumo"))
    erase_deleted(archive.database, archive.store)
    assert traces(archive) == []


def test_a_document_leaves_with_the_versions_that_it_replaced(archive: Archive) -> None:
    old = archive.letter(KEY, "huamanchumo")
    draw(archive, old.id)
    archive.delete(KEY)
    new = archive.letter(KEY, "huamanchumo")
    with archive.database.begin() as connection:
        parked.park(connection, "durable", "made up", f'{{"Key": "{archive.bucket}/{KEY}"}}')
    assert next(one.id for one in erase(archive, new.id)) == new.id
    assert traces(archive) == []
    assert {archive.row(one.id).status for one in (old, new)} == {Status.DELETED}


def test_a_newer_version_that_is_not_read_yet_is_spared(archive: Archive) -> None:
    old = archive.letter(KEY, "huamanchumo")
    (new,) = archive.created(archive.put(KEY, "otra")).documents
    erase(archive, old.id)
    assert archive.read(new.id).status is Status.COMPLETED
    assert archive.finds("huamanchumo") == []


def test_a_scanners_other_letters_are_spared(archive: Archive) -> None:
    key = "inbox/scan/mesa/scan0001.pdf"
    one, two = archive.letter(key, "huamanchumo"), archive.letter(key, "otra")
    late = ObjectVersion(archive.bucket, key, one.version_id or "", one.etag, one.size, sequencer=one.sequencer)
    erase(archive, one.id)
    assert archive.created(late).outcome is Outcome.KNOWN
    assert (archive.row(one.id).status, archive.finds("otra")) == (Status.DELETED, [two.id])


def test_what_a_twin_needs_stays(archive: Archive) -> None:
    one = archive.letter(KEY, "huamanchumo")
    (two,) = archive.created(archive.copy(KEY, "inbox/otros/otro.pdf")).documents
    archive.read(two.id)
    erase(archive, one.id)
    assert archive.finds("huamanchumo") == [two.id]
    erase(archive, two.id)
    assert traces(archive) == []


@pytest.mark.parametrize("drawn_late", [False, True])
def test_pictures_of_what_the_bucket_shows_no_more_go(archive: Archive, drawn_late: bool) -> None:
    document = archive.letter(KEY, "huamanchumo")
    if not drawn_late:
        draw(archive, document.id)
    archive.delete(KEY)
    archive.removed(KEY)
    if drawn_late:
        draw(archive, document.id)
    assert erase_pictures(archive.database, archive.store) == 1
    assert list(archive.client.list_objects(f"{archive.bucket}-derived", recursive=True)) == []
