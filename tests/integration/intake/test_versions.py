"""Versions on a real MinIO, through the real pipeline: search shows what the bucket shows, version by version."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ingest.db import devices, documents
from ingest.domain.documents import Announced, Status
from ingest.domain.objects import ObjectVersion, object_document_id
from ingest.errors import AiRejected, Conflict
from ingest.intake.door import Outcome
from ingest.pipeline import document_run
from ingest.pipeline.replay import replay
from tests.support import made
from tests.support.archive import Archive

KEY = "inbox/otros/plan anual.pdf"
SCAN = "inbox/scan/mesa/scan0001.pdf"


class TestOverwrite:
    def test_the_older_stays_in_search_until_the_newer_is_stored(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        (new,) = archive.created(archive.put(KEY, "segunda")).documents
        assert archive.finds("primera") == [old.id]
        archive.read(new.id, until_stored=True)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([], [new.id])
        assert archive.row(old.id).status is Status.SUPERSEDED

    def test_a_newer_one_that_fails_leaves_the_older_in_search(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        archive.script.steps = [AiRejected()]
        new = archive.letter(KEY, "segunda")
        assert (new.status, archive.finds("primera")) == (Status.ERROR, [old.id])
        with archive.database.begin() as connection:
            replay(connection, new.id)
        archive.read(new.id)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([], [new.id])

    def test_a_late_event_of_the_older_costs_nothing(self, archive: Archive) -> None:
        older = archive.put(KEY, "primera")
        new = archive.letter(KEY, "segunda")
        late = archive.created(older)
        assert (late.outcome, late.documents[0].status) == (Outcome.SUPERSEDED, Status.SUPERSEDED)
        assert archive.script.described == 1
        assert (archive.finds("primera"), archive.finds("segunda")) == ([], [new.id])

    def test_an_older_one_that_was_being_read_gives_way(self, archive: Archive) -> None:
        (old,) = archive.created(archive.put(KEY, "primera")).documents
        archive.script.steps = [lambda: archive.letter(KEY, "segunda") and None]
        assert archive.read(old.id).status is Status.SUPERSEDED
        assert (archive.finds("primera"), len(archive.finds("segunda"))) == ([], 1)

    def test_versions_of_one_moment_have_one_winner(self, archive: Archive) -> None:
        first, second = archive.put(KEY, "primera"), archive.put(KEY, "segunda")
        for sequencer in ("18EB2200E48FBEA6", ""):
            same = [replace(one, sequencer=sequencer, modified=None) for one in (first, second)]
            with archive.database.begin() as connection:
                connection.execute(documents.documents.delete())
            for version in (same, same[::-1])[bool(sequencer)]:
                for document in archive.created(version).documents:
                    archive.read(document.id)
            assert sorted(archive.rows(KEY).values()) == [Status.COMPLETED, Status.SUPERSEDED]
            winner = max(first.version_id, second.version_id)
            assert archive.rows(KEY)[winner] is Status.COMPLETED

    def test_a_superseded_one_cannot_be_replayed(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        archive.letter(KEY, "segunda")
        with archive.database.begin() as connection, pytest.raises(Conflict):
            replay(connection, old.id)

    def test_a_scanner_that_replaces_is_like_any_other(self, archive: Archive) -> None:
        with archive.database.begin() as connection:
            devices.add(connection, "mesa", "mesa-1", "inbox/scan/mesa/", replaces=True)
        archive.letter(SCAN, "primera")
        archive.letter(SCAN, "segunda")
        assert (archive.finds("primera"), len(archive.finds("segunda"))) == ([], 1)


class TestRemoval:
    def test_a_removed_object_leaves_search(self, archive: Archive) -> None:
        archive.letter(KEY, "primera")
        archive.delete(KEY)
        assert archive.removed(KEY).outcome is Outcome.DELETED
        assert archive.finds("primera") == []
        assert archive.removed(KEY).outcome is Outcome.KNOWN

    @pytest.mark.parametrize("queue", ["documents", "embed"])
    def test_also_while_it_is_read(self, archive: Archive, queue: str) -> None:
        (document,) = archive.created(archive.put(KEY, "primera")).documents
        if queue == "embed":
            archive.read(document.id, until_stored=True)

        def remove() -> None:
            archive.delete(KEY)
            archive.removed(KEY)

        archive.script.steps = [remove]
        ended = archive.read(document.id)
        assert (ended.status, ended.searchable, archive.finds("primera")) == (Status.DELETED, False, [])

    def test_a_message_that_comes_after_the_removal_finds_nothing_to_do(self, archive: Archive) -> None:
        (document,) = archive.created(archive.put(KEY, "primera")).documents
        stored = archive.read(document.id, until_stored=True)
        archive.delete(KEY)
        archive.removed(KEY)
        document_run.run(archive.runtime, document.id, stored.queue)
        assert archive.row(document.id).status is Status.DELETED

    def test_an_event_that_comes_after_its_object_is_gone(self, archive: Archive) -> None:
        version = archive.put(KEY, "primera")
        archive.delete(KEY, version.version_id)
        archive.removed(KEY)
        (document,) = archive.created(version).documents
        ended = archive.read(document.id)
        assert (ended.status, ended.error_code, ended.lease_token) == (Status.DELETED, "object_missing", None)

    def test_an_event_that_comes_after_its_object_is_hidden(self, archive: Archive) -> None:
        version = archive.put(KEY, "primera")
        archive.delete(KEY)
        archive.removed(KEY)
        (document,) = archive.created(version).documents
        assert archive.read(document.id).status is Status.DELETED
        assert archive.finds("primera") == []

    def test_a_late_event_of_a_delete_marker_spares_what_was_put_after_it(self, archive: Archive) -> None:
        archive.letter(KEY, "primera")
        archive.delete(KEY)
        new = archive.letter(KEY, "segunda")
        assert archive.removed(KEY).outcome is Outcome.KNOWN
        assert archive.finds("segunda") == [new.id]

    def test_a_noncurrent_version_deletes_no_document(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        new = archive.letter(KEY, "segunda")
        archive.delete(KEY, old.version_id or "")
        assert archive.removed(KEY).outcome is Outcome.KNOWN
        assert (archive.row(new.id).status, archive.finds("segunda")) == (Status.COMPLETED, [new.id])

    def test_the_newest_gone_makes_the_previous_one_current_again(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        new = archive.letter(KEY, "segunda")
        archive.delete(KEY, new.version_id or "")
        changed = archive.removed(KEY).documents
        assert {one.id: one.status for one in changed} == {new.id: Status.DELETED, old.id: Status.QUEUED}
        back = archive.read(old.id)
        assert (back.status, back.attempt) == (Status.COMPLETED, 2)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([old.id], [])

    def test_an_undelete_brings_the_same_document_back(self, archive: Archive) -> None:
        document = archive.letter(KEY, "primera")
        marker = archive.delete(KEY)
        archive.removed(KEY)
        archive.delete(KEY, marker)
        (back,) = archive.removed(KEY).documents
        assert (back.id, back.status) == (document.id, Status.QUEUED)
        assert archive.read(document.id).status is Status.COMPLETED
        assert archive.finds("primera") == [document.id]

    def test_an_undelete_of_an_object_with_versions_brings_the_newest(self, archive: Archive) -> None:
        archive.letter(KEY, "primera")
        new = archive.letter(KEY, "segunda")
        marker = archive.delete(KEY)
        archive.removed(KEY)
        archive.delete(KEY, marker)
        assert [one.id for one in archive.removed(KEY).documents] == [new.id]
        archive.read(new.id)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([], [new.id])

    def test_what_is_known_only_to_milliseconds_comes_back_as_the_newest(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        new = archive.put(KEY, "segunda")
        # As if the listing had found the second, cut to the millisecond in which the event saw the first.
        (late,) = archive.created(replace(new, sequencer=old.sequencer[:-1] + "0", modified=None)).documents
        archive.read(late.id)
        back = archive.removed(KEY).documents
        if archive.row(late.id).status is not Status.COMPLETED:
            assert [one.id for one in back] == [late.id]
            archive.read(late.id)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([], [late.id])
        assert archive.removed(KEY).documents == ()


class TestLettersOfTheirOwn:
    def test_a_marker_hides_all_and_gives_all_back(self, archive: Archive) -> None:
        one, two = archive.letter(SCAN, "primera"), archive.letter(SCAN, "segunda")
        marker = archive.delete(SCAN)
        assert {document.id for document in archive.removed(SCAN).documents} == {one.id, two.id}
        archive.delete(SCAN, marker)
        assert {document.id for document in archive.removed(SCAN).documents} == {one.id, two.id}
        for document in (one, two):
            assert archive.read(document.id).status is Status.COMPLETED

    def test_what_a_marker_hid_stays_hidden_when_the_name_is_used_again(self, archive: Archive) -> None:
        one = archive.letter(SCAN, "primera")
        archive.delete(SCAN)
        archive.removed(SCAN)
        two = archive.letter(SCAN, "segunda")
        assert archive.removed(SCAN).documents == ()
        assert (archive.row(one.id).status, archive.row(two.id).status) == (Status.DELETED, Status.COMPLETED)

    def test_one_version_gone_is_one_letter_gone(self, archive: Archive) -> None:
        one, two = archive.letter(SCAN, "primera"), archive.letter(SCAN, "segunda")
        archive.delete(SCAN, one.version_id or "")
        assert [document.id for document in archive.removed(SCAN).documents] == [one.id]
        assert archive.finds("segunda") == [two.id]


class TestCopies:
    def test_a_copy_is_a_document_of_its_own_and_shares_the_work(self, archive: Archive) -> None:
        original = archive.letter(KEY, "primera")
        paid = (archive.script.described, archive.script.embedded)
        (copy,) = archive.created(archive.copy(KEY, "inbox/otros/copia.pdf")).documents
        archive.read(copy.id)
        assert (archive.script.described, archive.script.embedded) == paid
        assert set(archive.finds("primera")) == {original.id, copy.id}

    def test_a_move_is_a_copy_and_a_deletion(self, archive: Archive) -> None:
        original = archive.letter(KEY, "primera")
        (copy,) = archive.created(archive.copy(KEY, "inbox/otros/otro nombre.pdf")).documents
        archive.delete(KEY)
        archive.removed(KEY)
        archive.read(copy.id)
        assert (archive.row(original.id).status, archive.finds("primera")) == (Status.DELETED, [copy.id])
        assert archive.script.described == 1

    def test_an_old_version_restored_by_a_copy_is_the_newest(self, archive: Archive) -> None:
        old = archive.letter(KEY, "primera")
        archive.letter(KEY, "segunda")
        (restored,) = archive.created(archive.copy(KEY, KEY, old.version_id or "")).documents
        archive.read(restored.id)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([restored.id], [])

    def test_twins_read_at_the_same_time_break_nothing(self, archive: Archive) -> None:
        (one,) = archive.created(archive.put(KEY, body=(body := made.scan("gemela")))).documents
        (two,) = archive.created(archive.put("inbox/otros/gemela.pdf", body=body)).documents
        archive.script.steps = [lambda: archive.read(two.id) and None]
        assert archive.read(one.id).status is Status.COMPLETED
        assert archive.row(two.id).status is Status.COMPLETED
        assert len(archive.ocr.rasters) <= 2

    def test_erasing_one_twin_keeps_what_was_read_for_the_other(self, archive: Archive) -> None:
        one = archive.letter(KEY, "primera")
        (two,) = archive.created(archive.copy(KEY, "inbox/otros/copia.pdf")).documents
        archive.read(two.id)
        archive.delete(KEY, one.version_id or "")
        archive.removed(KEY)
        with archive.database.begin() as connection:
            replay(connection, two.id, "store")
        assert archive.read(two.id).status is Status.COMPLETED
        assert archive.script.described == 1


class TestUnversioned:
    def test_overwrite_and_removal(self, plain: Archive) -> None:
        old = plain.letter(KEY, "primera")
        assert "@" in (old.version_id or "")
        new = plain.letter(KEY, "segunda")
        assert (plain.row(old.id).status, plain.finds("segunda")) == (Status.SUPERSEDED, [new.id])
        plain.delete(KEY)
        plain.removed(KEY)
        assert (plain.row(new.id).status, plain.finds("segunda")) == (Status.DELETED, [])

    def test_an_event_and_the_listing_name_the_same_version(self, plain: Archive) -> None:
        listed = plain.put(KEY, "primera")
        as_event = replace(listed, sequencer=f"{int(listed.order, 16) + 999_999:016X}", modified=None)
        plain.created(as_event)
        assert plain.created(listed).outcome is Outcome.KNOWN

    def test_an_event_that_comes_after_its_object_is_overwritten(self, plain: Archive) -> None:
        first = plain.put(KEY, "primera")
        new = plain.letter(KEY, "segunda")
        assert plain.created(first).outcome is Outcome.SUPERSEDED
        assert plain.finds("segunda") == [new.id]


def upload(archive: Archive) -> tuple[str, ObjectVersion]:
    """An announced upload and the object that comes of it."""
    document_id = uuid4()
    key = f"inbox/upload/{document_id}/carta.pdf"
    announced = Announced(document_id, archive.bucket, key, "carta.pdf", datetime.now(UTC) + timedelta(hours=1))
    with archive.database.begin() as connection:
        documents.await_upload(connection, announced)
    return key, archive.put(key, "primera")


class TestUploads:
    def test_one_that_was_cancelled_before_its_object_came_can_be_replayed(self, archive: Archive) -> None:
        key, version = upload(archive)
        document_id = version.key.split("/")[2]
        with archive.database.begin() as connection:
            (row,) = documents.newest(connection, documents.Filters(), after=None, limit=1)
            documents.cancel(connection, row.id)
        taken = archive.created(version)
        assert (taken.outcome, taken.documents[0].status) == (Outcome.KNOWN, Status.CANCELLED)
        with archive.database.begin() as connection:
            replay(connection, row.id)
        assert archive.read(row.id).status is Status.COMPLETED
        assert (str(row.id), archive.rows(key)) == (document_id, {version.version_id: Status.COMPLETED})

    def test_an_undelete_brings_the_first_version_back(self, archive: Archive) -> None:
        key, version = upload(archive)
        (row,) = archive.created(version).documents
        archive.read(row.id)
        assert archive.created(archive.put(key, "segunda")).outcome is Outcome.PARKED
        marker = archive.delete(key)
        archive.removed(key)
        archive.delete(key, marker)
        assert [one.id for one in archive.removed(key).documents] == [row.id]
        archive.read(row.id)
        assert (archive.finds("primera"), archive.finds("segunda")) == ([row.id], [])


def test_ids_are_those_of_bucket_key_and_version(archive: Archive) -> None:
    version = archive.put(KEY, "primera")
    (document,) = archive.created(version).documents
    assert document.id == object_document_id(archive.bucket, KEY, version.version_id)
