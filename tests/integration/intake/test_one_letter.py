"""Clients that mount a bucket write a letter in several versions: one document, on a real MinIO, through the real pipeline."""

from dataclasses import replace
from itertools import permutations

import pytest

from ingest.db import devices
from ingest.domain.documents import Document, Status
from ingest.domain.objects import ObjectVersion
from ingest.intake.door import Outcome
from ingest.upkeep import erasure
from tests.support.archive import Archive

pytestmark = pytest.mark.stack

SCAN = "inbox/scan/mesa/carta.pdf"
MANY_MINUTES = 11 * 60 * 10**9


def mounted(archive: Archive, word: str = "primera") -> list[ObjectVersion]:
    """What s3fs writes: no bytes, the body, a copy onto itself with other metadata."""
    empty = archive.put_empty(SCAN)
    return [empty, archive.put(SCAN, word), archive.touch(SCAN)]


def later(version: ObjectVersion, nanoseconds: int) -> ObjectVersion:
    return replace(version, sequencer=f"{int(version.order, 16) + nanoseconds:016X}", modified=None)


def arrive_and_read(archive: Archive, *versions: ObjectVersion) -> None:
    for version in versions:
        for document in archive.created(version).documents:
            archive.read(document.id)


def live(archive: Archive) -> list[Status]:
    return [status for status in archive.rows(SCAN).values() if status is not Status.SUPERSEDED]


class TestArrival:
    @pytest.mark.parametrize("order", list(permutations(range(3))))
    def test_whatever_comes_first_it_is_one_letter(self, archive: Archive, order: tuple[int, ...]) -> None:
        versions = mounted(archive)
        arrive_and_read(archive, *(versions[place] for place in order))
        assert live(archive) == [Status.COMPLETED]
        assert len(archive.finds("primera")) == 1
        assert archive.script.described == 1

    def test_all_of_them_before_any_is_read(self, archive: Archive) -> None:
        taken = [archive.created(version) for version in mounted(archive)]
        assert [one.outcome for one in taken] == [Outcome.QUEUED] * 3
        for one in taken:
            archive.read(one.documents[0].id)
        assert live(archive) == [Status.COMPLETED]

    def test_a_second_arrival_changes_nothing(self, archive: Archive) -> None:
        versions = mounted(archive)
        arrive_and_read(archive, *versions)
        before = archive.rows(SCAN)
        assert {archive.created(version).outcome for version in versions} == {Outcome.KNOWN}
        assert archive.rows(SCAN) == before

    def test_one_without_bytes_alone_ends_in_its_error(self, archive: Archive) -> None:
        arrive_and_read(archive, archive.put_empty(SCAN))
        assert live(archive) == [Status.ERROR]

    def test_one_without_bytes_long_before_is_a_mishap_of_its_own(self, archive: Archive) -> None:
        empty, body = archive.put_empty(SCAN), later(archive.put(SCAN, "primera"), MANY_MINUTES)
        arrive_and_read(archive, empty, body)
        assert sorted(live(archive)) == [Status.COMPLETED, Status.ERROR]

    def test_other_bytes_are_another_letter(self, archive: Archive) -> None:
        arrive_and_read(archive, *mounted(archive), *mounted(archive, "segunda"))
        assert live(archive) == [Status.COMPLETED, Status.COMPLETED]
        assert (len(archive.finds("primera")), len(archive.finds("segunda"))) == (1, 1)

    def test_the_same_bytes_long_after_are_another_letter(self, archive: Archive) -> None:
        arrive_and_read(archive, archive.put(SCAN, "primera"), later(archive.put(SCAN, "primera"), MANY_MINUTES))
        assert live(archive) == [Status.COMPLETED, Status.COMPLETED]

    def test_a_damaged_one_is_damaged_once(self, archive: Archive) -> None:
        arrive_and_read(archive, archive.put_empty(SCAN), archive.put(SCAN, body=b"%PDF-1.7\n"), archive.touch(SCAN))
        assert live(archive) == [Status.ERROR]

    def test_bytes_that_change_their_etag_are_told_by_their_hash(self, archive: Archive) -> None:
        """An object sent in parts has the eTag of its parts until it is copied whole."""
        versions = [archive.put(SCAN, "primera"), archive.touch(SCAN)]
        arrive_and_read(archive, replace(versions[0], etag="0123456789abcdef0123456789abcdef-2"), versions[1])
        assert live(archive) == [Status.COMPLETED]

    @pytest.mark.parametrize("replaces", [True, False])
    def test_it_is_the_same_with_a_scanner_that_replaces(self, archive: Archive, replaces: bool) -> None:
        with archive.database.begin() as connection:
            devices.add(connection, "mesa", "mesa-1", "inbox/scan/mesa/", replaces=replaces)
        arrive_and_read(archive, *mounted(archive), archive.put_empty(SCAN))
        assert live(archive) == [Status.COMPLETED]


class TestAfterwards:
    def read(self, archive: Archive) -> list[Document]:
        """The three rows, oldest first, when all has been read."""
        rows = []
        for version in mounted(archive):
            (row, *_) = archive.created(version).documents
            archive.read(row.id)
            rows.append(row)
        return [archive.row(row.id) for row in rows]

    def test_the_letter_gone_the_version_before_it_takes_its_place(self, archive: Archive) -> None:
        _, body, copy = self.read(archive)
        archive.delete(SCAN, copy.version_id or "")
        archive.removed(SCAN)
        assert archive.read(body.id).status is Status.COMPLETED
        assert archive.finds("primera") == [body.id]
        assert live(archive) == [Status.DELETED, Status.COMPLETED] or live(archive) == [Status.COMPLETED, Status.DELETED]

    def test_an_old_version_gone_changes_nothing(self, archive: Archive) -> None:
        empty, body, copy = self.read(archive)
        for old in (empty, body):
            archive.delete(SCAN, old.version_id or "")
            assert archive.removed(SCAN).documents == ()
        assert archive.finds("primera") == [copy.id]

    def test_hidden_and_shown_again_it_is_one_letter(self, archive: Archive) -> None:
        *_, copy = self.read(archive)
        marker = archive.delete(SCAN)
        archive.removed(SCAN)
        archive.delete(SCAN, marker)
        assert [one.id for one in archive.removed(SCAN).documents] == [copy.id]
        archive.read(copy.id)
        assert archive.finds("primera") == [copy.id]

    def test_erased_it_is_erased_whole(self, archive: Archive) -> None:
        *_, copy = self.read(archive)
        with archive.database.begin() as connection:
            assert len(erasure.delete(connection, copy.id)) == 3
        erasure.erase_deleted(archive.database, archive.store)
        assert archive.store.versions_of(SCAN) == []
        assert archive.removed(SCAN).documents == ()
