"""`bandeja rebuild` and `reconcile`: real bucket, real database, real parser and pipeline."""

from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ingest.db import devices, documents
from ingest.db.engine import Database
from ingest.db.schema import metadata
from ingest.domain.documents import Announced, Document, Status
from ingest.intake import scanners
from ingest.search.answer import Mode, search
from ingest.upkeep import corrections
from ingest.upkeep.rebuild import Rebuild
from ingest.upkeep.reconciliation import Finding, Reconciliation
from tests.support import made
from tests.support.archive import Archive
from tests.support.memory_queue import MemoryQueue


@pytest.fixture
def services(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the commands need, a page of the listing holding a single key."""
    monkeypatch.setattr("ingest.upkeep.walk.PAGE", 1)
    settings = SimpleNamespace(
        max_crashes=3,
        lease_seconds=20.0,
        cache_dir=None,
        cache_bytes=0,
        minio_bucket=archive.bucket,
        inbox_prefix="inbox/",
    )
    return SimpleNamespace(
        settings=settings,
        database=archive.database,
        store=archive.store,
        prompt_store=archive.store,
        intake=archive.intake,
        tallies=MemoryQueue(),
    )


def rebuild(services: Any) -> list[Document]:
    """One whole run; the documents that it changed."""
    work = Rebuild(services)
    work.restore_devices()
    walk = work.begin(lambda: None)
    assert walk is not None
    return [document for step in work.walk(walk) for document in step.changed]


def every(archive: Archive) -> list[Document]:
    with archive.database.begin() as connection:
        return documents.newest(connection, documents.Filters(), after=None, limit=1000)


def facts(archive: Archive) -> dict[UUID, tuple[Any, ...]]:
    """What a rebuild must bring back, by id, of all that the bucket shows or keeps."""
    return {
        row.id: (row.object_key, row.version_id, row.filename, row.upload_metadata, row.status, row.device, title(row))
        for row in every(archive)
        if row.status is not Status.DELETED
    }


def title(row: Document) -> str:
    return "" if row.status is Status.SUPERSEDED else row.title  # one that came too late is not read at all


def empty(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)} CASCADE"))


def fill(archive: Archive) -> UUID:
    """One of each kind; returns the id of the upload."""
    with archive.database.begin() as connection:
        devices.add(connection, "Caja", "caja-1", "inbox/scan/Caja/", replaces=True)
        device = devices.find(connection, "Caja")
    assert device is not None
    scanners.keep_card(archive.store, device)
    for word in ("primero", "segundo"):
        archive.letter("inbox/scan/mesa/scan0001.pdf", word)  # two letters
        archive.letter("inbox/scan/Caja/caja.pdf", word)  # the second replaces the first
        archive.letter("inbox/plan.pdf", word)  # likewise
    archive.letter("inbox/ido.pdf", "borrado")
    archive.delete("inbox/ido.pdf")
    archive.removed("inbox/ido.pdf")
    archive.created(archive.put("inbox/roto.pdf", body=b"%PDF-1.7 broken"))
    document_id = uuid4()
    body = made.born_digital("subido", 1)
    key = f"inbox/upload/{document_id}/oficio.pdf"
    names = {"original-name": quote("Oficio N° 5 ñandú.pdf"), "clase": "oficio"}
    archive.client.put_object(archive.bucket, key, BytesIO(body), len(body), metadata=cast(Any, names))
    archive.created(replace(archive.newest(key), metadata=names))
    read_all(archive)
    return document_id


def read_all(archive: Archive) -> None:
    for row in every(archive):
        archive.read(row.id)


WORDS = ("primero", "segundo", "borrado", "subido")


def test_an_empty_database_is_made_anew_from_the_bucket(archive: Archive, services: Any) -> None:
    upload = fill(archive)
    before, found = facts(archive), {word: sorted(archive.finds(word)) for word in WORDS}
    assert len(found["primero"]) == 1
    assert {status for *_, status, _, _ in before.values()} == {Status.COMPLETED, Status.ERROR, Status.SUPERSEDED}
    empty(archive.database)
    rebuild(services)
    read_all(archive)
    assert facts(archive) == before
    assert {word: sorted(archive.finds(word)) for word in WORDS} == found
    row = archive.row(upload)
    assert (row.filename, row.upload_metadata) == ("Oficio N° 5 ñandú.pdf", {"clase": "oficio"})
    assert abs((row.created_at - (row.modified_at or row.created_at)).total_seconds()) < 60


def test_what_people_corrected_comes_back(archive: Archive, services: Any) -> None:
    upload = fill(archive)
    with archive.database.begin() as connection:
        corrected = corrections.correct(connection, archive.store, upload, {"sender": "Nélida Huamanchumo"}, "ana")
    empty(archive.database)
    rebuild(services)
    read_all(archive)
    row = archive.row(upload)
    assert (row.sender, row.corrections) == ("Nélida Huamanchumo", corrected.corrections)
    found = search(archive.database, None, "huamanchumo", mode=Mode.TEXT).hits
    assert [hit.document_id for hit in found] == [upload]


def test_devices_come_back_and_api_keys_do_not(archive: Archive, services: Any) -> None:
    fill(archive)
    with archive.database.begin() as connection:
        before = devices.find(connection, "Caja")
    empty(archive.database)
    assert Rebuild(services).restore_devices() == 1
    assert Rebuild(services).restore_devices() == 0
    with archive.database.begin() as connection:
        assert devices.find(connection, "Caja") == before


def test_one_that_was_killed_goes_on_where_it_stopped(archive: Archive, services: Any) -> None:
    for number in range(6):
        archive.put(f"inbox/{number}.pdf", "uno")
    work = Rebuild(services)
    walk = work.begin(lambda: None)
    assert walk is not None
    killed = work.walk(walk)
    done = [document.object_key for document in next(killed).changed]
    while len(done) < 3:
        done += [document.object_key for document in next(killed).changed]
    with archive.database.begin() as connection:  # its lease has run out
        connection.execute(text("UPDATE listings SET lease_until = now() - interval '1 second'"))
    again = [document.object_key for document in rebuild(services)]
    assert sorted(done + again) == [f"inbox/{number}.pdf" for number in range(6)]
    assert len(every(archive)) == 6


def test_two_at_once_are_one_too_many(archive: Archive, services: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.upkeep.rebuild.LEASE_SECONDS", -5.0)
    assert Rebuild(services).begin(lambda: None) is not None
    assert Rebuild(services).begin(lambda: None) is None


def test_search_keeps_answering_while_all_is_read_anew(archive: Archive, services: Any) -> None:
    stays = archive.letter("inbox/a.pdf", "queda")
    gone = archive.letter("inbox/b.pdf", "ido")
    archive.delete("inbox/b.pdf", gone.version_id or "")
    archive.put("inbox/c.pdf", "nuevo")
    with archive.database.begin() as connection:  # what it holds of this one is wrong
        connection.execute(text("UPDATE page_texts SET text = 'disparate', made_at = now() - interval '1 hour'"))
    changed = {document.object_key: document.status for document in rebuild(services)}
    assert changed == {"inbox/a.pdf": Status.QUEUED, "inbox/b.pdf": Status.DELETED, "inbox/c.pdf": Status.QUEUED}
    assert (archive.finds("queda"), archive.finds("ido")) == ([stays.id], [])
    assert archive.row(stays.id).searchable
    read_all(archive)
    assert archive.finds("queda") == [stays.id]
    assert archive.finds("nuevo") != []
    assert {row.status for row in every(archive)} == {Status.COMPLETED, Status.DELETED}


class TestReconcile:
    @pytest.fixture
    def reconciliation(self, services: Any, monkeypatch: pytest.MonkeyPatch) -> Reconciliation:
        monkeypatch.setattr("ingest.upkeep.rows.MESSAGE_GRACE", 0.0)
        return Reconciliation(services, services.tallies)

    def differ(self, archive: Archive) -> None:
        """Something of each kind."""
        gone = archive.letter("inbox/gone.pdf", "ido")
        archive.delete("inbox/gone.pdf", gone.version_id or "")
        hidden = archive.letter("inbox/hidden.pdf", "tapado")
        archive.delete(hidden.object_key)
        archive.put("inbox/unknown.pdf", "nuevo")
        archive.created(archive.put("inbox/unsent.pdf", "esperando"))
        erased = archive.letter("inbox/erased.pdf", "secreto")
        with archive.database.begin() as connection:
            assert documents.delete(connection, erased.id) is not None
            documents.await_upload(
                connection,
                Announced(
                    id=uuid4(),
                    bucket=archive.bucket,
                    object_key="inbox/upload/x/a.pdf",
                    filename="a.pdf",
                    expires_at=gone.created_at.replace(year=2020),
                ),
            )

    def test_it_says_what_differs_and_changes_nothing(self, archive: Archive, reconciliation: Reconciliation) -> None:
        self.differ(archive)
        before = every(archive)
        found = reconciliation.look(lambda _: None)
        assert found == {
            Finding.UNKNOWN: 1,
            Finding.GONE: 2,
            Finding.DEAD: 0,
            Finding.UNUSED: 1,
            Finding.UNSENT: 1,
            Finding.ERASING: 1,
            Finding.TAGGING: 2,  # those that were read and are not deleted yet
        }
        assert every(archive) == before

    def test_it_puts_right_what_differs(self, archive: Archive, reconciliation: Reconciliation) -> None:
        self.differ(archive)
        reconciliation.repair(lambda _: None)
        assert reconciliation.look(lambda _: None).total() == 0
        assert archive.finds("ido") == archive.finds("tapado") == []
        statuses = {row.object_key: row.status for row in every(archive)}
        assert statuses["inbox/unknown.pdf"] is Status.QUEUED
        assert statuses["inbox/gone.pdf"] is statuses["inbox/hidden.pdf"] is Status.DELETED
