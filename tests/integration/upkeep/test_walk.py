"""The bucket's listing against the rows: real PostgreSQL, a bucket in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import sleep
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from ingest.db import documents, listings
from ingest.db.engine import Database
from ingest.db.listings import KeyRange
from ingest.domain.documents import Announced, Document, Status
from ingest.domain.objects import ObjectVersion
from ingest.errors import LeaseLost
from ingest.intake.door import Intake
from ingest.upkeep.walk import Comparison, begin_walk, go_on, pages
from tests.support.bucket import BUCKET, MemoryBucket


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket()


@pytest.fixture
def comparison(database: Database, bucket: MemoryBucket) -> Comparison:
    return Comparison(database, cast(Any, bucket), Intake(BUCKET, "inbox/", cast(Any, bucket)), BUCKET, "inbox/")


def walk_through(comparison: Comparison) -> list[Document]:
    """One whole walk; what it changed."""
    walk = begin_walk(comparison, listings.SWEEP, 0)
    assert walk is not None
    changed = [document for step in go_on(comparison, walk) for document in step.changed]
    with comparison.database.begin() as connection:  # the next one is due at once
        connection.execute(text("UPDATE listings SET finished_at = NULL"))
    return changed


def rows(database: Database) -> dict[str | None, Status]:
    with database.begin() as connection:
        found = documents.newest(connection, documents.Filters(), after=None, limit=10_000)
    return {row.version_id: row.status for row in found}


def test_an_object_that_no_event_told_of_is_found_with_its_metadata(comparison: Comparison, bucket: MemoryBucket) -> None:
    bucket.put("inbox/scan/mesa/a.pdf", **{"original-name": "a%C3%B1o.pdf", "clase": "oficio"})
    (found,) = walk_through(comparison)
    assert (found.status, found.filename, found.upload_metadata) == (Status.QUEUED, "año.pdf", {"clase": "oficio"})


def test_what_is_known_is_not_looked_at_again(comparison: Comparison, bucket: MemoryBucket) -> None:
    for number in range(20):
        bucket.put(f"inbox/scan/mesa/{number % 7}.pdf")
    assert len(walk_through(comparison)) == 20
    bucket.asked.clear()
    assert walk_through(comparison) == []
    assert bucket.asked == {"listed": 1}


def test_an_upload_whose_event_was_lost_is_found(comparison: Comparison, bucket: MemoryBucket, database: Database) -> None:
    document_id = uuid4()
    key = f"inbox/upload/{document_id}/a.pdf"
    with database.begin() as connection:
        documents.await_upload(
            connection,
            Announced(document_id, BUCKET, key, "a.pdf", datetime.now(UTC) + timedelta(seconds=60)),
        )
    assert walk_through(comparison) == []
    first, second = bucket.put(key), bucket.put(key)
    (found,) = walk_through(comparison)
    assert (found.id, found.status, found.version_id) == (document_id, Status.QUEUED, first.version_id)
    bucket.asked.clear()
    assert walk_through(comparison) == []
    assert bucket.asked["stat"] == 0, f"{second} is looked at every time"


def test_of_an_upload_the_first_version_counts(comparison: Comparison, bucket: MemoryBucket) -> None:
    key = f"inbox/upload/{uuid4()}/a.pdf"
    first = bucket.put(key)
    bucket.put(key)
    (found,) = walk_through(comparison)
    assert found.version_id == first.version_id


def test_a_row_whose_object_is_gone_goes(comparison: Comparison, bucket: MemoryBucket, database: Database) -> None:
    stays, goes = bucket.put("inbox/a.pdf"), bucket.put("inbox/b.pdf")
    walk_through(comparison)
    bucket.erase(goes.key, goes.version_id)
    (removed,) = walk_through(comparison)
    assert (removed.object_key, removed.status) == ("inbox/b.pdf", Status.DELETED)
    assert rows(database)[stays.version_id] is Status.QUEUED


def test_what_lies_behind_a_delete_marker_goes_and_what_was_put_after_it_stays(
    comparison: Comparison, bucket: MemoryBucket, database: Database
) -> None:
    old = bucket.put("inbox/scan/mesa/scan0001.pdf")
    walk_through(comparison)
    bucket.delete("inbox/scan/mesa/scan0001.pdf")
    new = bucket.put("inbox/scan/mesa/scan0001.pdf")
    walk_through(comparison)
    assert rows(database) == {old.version_id: Status.DELETED, new.version_id: Status.QUEUED}


def test_a_marked_object_without_a_row_is_left_alone(comparison: Comparison, bucket: MemoryBucket) -> None:
    bucket.put("inbox/a.pdf")
    bucket.delete("inbox/a.pdf")
    assert walk_through(comparison) == []


class Stale(MemoryBucket):
    """Lists what was there when `remember` was called; everything else as it is."""

    def remember(self) -> None:
        self.then = {key: list(entries) for key, entries in self.keys.items()}

    def listed(self, prefix: str, after_key: str = "") -> Any:
        return MemoryBucket(self.then).listed(prefix, after_key)


class TestTheListingAloneDecidesNothing:
    @pytest.fixture
    def bucket(self) -> Stale:
        return Stale()

    def test_what_was_put_after_it_stays(self, comparison: Comparison, bucket: Stale, database: Database) -> None:
        bucket.remember()
        version = bucket.put("inbox/a.pdf")
        with database.begin() as connection:
            comparison.intake.object_created(connection, version, "test")
        assert walk_through(comparison) == []
        assert rows(database) == {version.version_id: Status.QUEUED}

    def test_what_was_deleted_after_it_is_not_taken_in(self, comparison: Comparison, bucket: Stale) -> None:
        erased = bucket.put("inbox/a.pdf")
        bucket.put("inbox/b.pdf")
        bucket.remember()
        bucket.erase(erased.key, erased.version_id)
        bucket.delete("inbox/b.pdf")
        assert walk_through(comparison) == []

    def test_a_marker_that_was_removed_after_it_hides_nothing(
        self, comparison: Comparison, bucket: Stale, database: Database
    ) -> None:
        version = bucket.put("inbox/a.pdf")
        bucket.remember()
        walk_through(comparison)
        marker = bucket.delete("inbox/a.pdf")
        bucket.remember()
        bucket.erase(marker.key, marker.version_id)
        assert walk_through(comparison) == []
        assert rows(database) == {version.version_id: Status.QUEUED}


def test_a_page_never_cuts_a_key_in_two(bucket: MemoryBucket) -> None:
    for key, versions in (("a", 3), ("b", 25), ("c", 1), ("d", 9)):
        for _ in range(versions):
            bucket.put(f"inbox/{key}")
    found = list(pages(cast(Any, bucket), "inbox/", "", 10))
    assert [len(page.entries) for page in found] == [28, 10]
    assert [(page.after, page.until) for page in found] == [("", "inbox/b"), ("inbox/b", None)]


@pytest.mark.parametrize(
    "name", ["a b.pdf", "á.pdf", "a\u0301.pdf", "😀.pdf", "\uffee.pdf", "a%20b+c&d.pdf", "a\x01b.pdf", "Z.pdf"]
)
def test_odd_keys_stand_in_their_place(comparison: Comparison, bucket: MemoryBucket, name: str) -> None:
    comparison = replace(comparison, page_size=1)
    odd = bucket.put(f"inbox/{name}")
    for other in ("A.pdf", "a.pdf", "zz.pdf", "￮.pdf", "𐀀.pdf"):
        bucket.put(f"inbox/{other}")
    assert len(walk_through(comparison)) == 6
    assert walk_through(comparison) == []
    bucket.erase(odd.key, odd.version_id)
    assert [document.object_key for document in walk_through(comparison)] == [odd.key]


class TestWalk:
    def test_one_at_a_time(self, comparison: Comparison) -> None:
        first = begin_walk(comparison, listings.SWEEP, 0)
        assert first is not None
        assert begin_walk(comparison, listings.SWEEP, 0) is None
        assert begin_walk(comparison, listings.REBUILD, 0) is not None

    def test_it_is_not_due_before_its_pause(self, comparison: Comparison, database: Database) -> None:
        walk = begin_walk(comparison, listings.SWEEP, 1000)
        assert walk is not None
        list(go_on(comparison, walk))
        assert begin_walk(comparison, listings.SWEEP, 1000) is None
        with database.begin() as connection:
            connection.execute(text("UPDATE listings SET finished_at = now() - interval '1001 seconds'"))
        assert begin_walk(comparison, listings.SWEEP, 1000) is not None

    @pytest.mark.parametrize("column", ["finished_at", "lease_until"])
    def test_a_clock_set_back_holds_none_up(self, comparison: Comparison, database: Database, column: str) -> None:
        walk = begin_walk(comparison, listings.SWEEP, 0)
        assert walk is not None
        if column == "finished_at":
            list(go_on(comparison, walk))
        with database.begin() as connection:
            connection.execute(text(f"UPDATE listings SET {column} = {column} + interval '1 hour'"))  # noqa: S608 (our own words)
        assert begin_walk(comparison, listings.SWEEP, 0) is not None

    def test_a_long_one_leaves_nine_times_as_long_alone(self, comparison: Comparison, database: Database) -> None:
        walk_through(comparison)
        with database.begin() as connection:
            connection.execute(text("UPDATE listings SET seconds = 100, finished_at = now() - interval '890 seconds'"))
        assert begin_walk(comparison, listings.SWEEP, 0) is None
        with database.begin() as connection:
            connection.execute(text("UPDATE listings SET finished_at = now() - interval '910 seconds'"))
        assert begin_walk(comparison, listings.SWEEP, 0) is not None

    def test_only_the_time_that_the_bucket_was_asked_counts(
        self, comparison: Comparison, bucket: MemoryBucket, database: Database
    ) -> None:
        """Not a lock that somebody frozen holds: the next walk would come minutes later."""
        bucket.put("inbox/a.pdf")
        walk = begin_walk(comparison, listings.SWEEP, 0)
        assert walk is not None
        for _ in go_on(comparison, walk):
            sleep(0.5)
        with database.begin() as connection:
            assert connection.execute(text("SELECT seconds < 0.5 FROM listings")).scalar_one()

    def test_another_goes_on_where_a_dead_one_stopped(
        self, comparison: Comparison, bucket: MemoryBucket, database: Database
    ) -> None:
        comparison = replace(comparison, page_size=10)
        for number in range(35):
            bucket.put(f"inbox/{number:03}.pdf")
        dead = begin_walk(comparison, listings.SWEEP, 0)
        assert dead is not None
        steps = go_on(comparison, dead)
        assert [step.objects for step in islice(steps, 4)] == [0, 10, 10, 20]
        with database.begin() as connection:  # its lease has run out
            connection.execute(text("UPDATE listings SET lease_until = now() - interval '1 second'"))
        living = begin_walk(comparison, listings.SWEEP, 0)
        assert living is not None
        assert (living.after_key, living.objects) == ("inbox/019.pdf", 20)
        with pytest.raises(LeaseLost):
            list(steps)
        assert len(rows(database)) == 20, "the dead one changed something"
        taken = [document.object_key for step in go_on(comparison, living) for document in step.changed]
        assert taken == [f"inbox/{number:03}.pdf" for number in range(20, 35)]

    def test_who_stops_early_lets_the_next_go_on_at_once(self, comparison: Comparison, bucket: MemoryBucket) -> None:
        comparison = replace(comparison, page_size=10)
        for number in range(15):
            bucket.put(f"inbox/{number:03}.pdf")
        walk = begin_walk(comparison, listings.SWEEP, 0)
        assert walk is not None
        steps = go_on(comparison, walk)
        assert len(list(islice(steps, 2))) == 2
        steps.close()
        again = begin_walk(comparison, listings.SWEEP, 0)
        assert again is not None
        assert again.after_key == "inbox/009.pdf"


def test_an_unversioned_bucket_is_compared_by_etag_and_time(
    comparison: Comparison, bucket: MemoryBucket, database: Database
) -> None:
    version = replace(bucket.put("inbox/a.pdf"), version_id="null")
    bucket.keys["inbox/a.pdf"] = [bucket.keys["inbox/a.pdf"][0]._replace(version=version)]
    assert len(walk_through(comparison)) == 1
    assert walk_through(comparison) == []
    overwritten = replace(version, etag="other")
    bucket.keys["inbox/a.pdf"] = [bucket.keys["inbox/a.pdf"][0]._replace(version=overwritten)]
    walk_through(comparison)
    assert rows(database) == {version.identity: Status.DELETED, overwritten.identity: Status.QUEUED}


MANY = text("""
INSERT INTO documents (id, status, source, bucket, object_key, version_id, filename)
SELECT gen_random_uuid(), 'completed', 'other', 'documentos-ugel', 'inbox/' || lpad(n::text, 7, '0') || '.pdf', 'v', 'f'
FROM generate_series(1, 20000) AS n
""")


def test_a_page_costs_the_same_however_many_rows_there_are(database: Database) -> None:
    keys = [f"inbox/{number:07}.pdf" for number in range(5001, 6001)]
    known = [(key, "v") for key in keys]
    plans: list[Any] = []

    def explain(clause: Any, values: Any) -> None:
        if "unnest" in str(clause):
            explained = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {clause.text}")
            with database.engine.connect() as other:
                plans.append(other.execute(explained, values).scalar_one()[0]["Plan"])

    with database.begin() as connection:
        connection.execute(MANY)
        connection.execute(text("ANALYZE documents"))
    with database.begin() as connection:
        event.listen(connection, "before_execute", lambda _, clause, many, values, __: explain(clause, values or many))
        assert listings.unknown(connection, BUCKET, [ObjectVersion(BUCKET, *one) for one in known]) == []
        assert listings.absent(connection, KeyRange(BUCKET, "inbox/", "inbox/0005000.pdf", keys[-1]), known, None, 100) == []
    assert len(plans) == 2
    for plan in plans:
        assert _rows_met(plan) <= 1100, plan


def _rows_met(plan: dict[str, Any]) -> int:
    own = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == "documents" else 0
    own += plan.get("Rows Removed by Filter", 0) if plan.get("Relation Name") == "documents" else 0
    return int(own + sum(_rows_met(child) for child in plan.get("Plans", [])))
