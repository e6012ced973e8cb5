"""How pages are parted, what bad ones cost, how long it still takes: pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.domain.batches import in_batches
from ingest.domain.documents import Document, Source, Status
from ingest.domain.eta import eta_seconds
from ingest.domain.pages import Page
from ingest.errors import CorruptFile, ParserTimeout, WorkerLost
from ingest.reading.faults import degraded_pages, lost, page_or_fault, unreadable


@given(st.lists(st.integers(1, 2000), unique=True), st.integers(1, 20))
def test_every_page_is_in_one_batch_in_order(pages: list[int], size: int) -> None:
    parts = in_batches(pages, size)
    assert [page for part in parts for page in part] == pages
    assert all(1 <= len(part) <= size for part in parts)


def test_the_last_batches_are_small() -> None:
    assert [len(part) for part in in_batches(range(100), 8)] == [8] * 9 + [7, 6, 4, 3, 2, 2, 1, 1, 1, 1]
    assert [len(part) for part in in_batches(range(5), 8)] == [2, 1, 1, 1]


def page(number: int, text: str = "texto", fault: str = "") -> Page:
    return Page(number, text, "ocr", 0.9, 595, 842, fault=fault)


def test_half_of_the_pages_are_enough() -> None:
    assert degraded_pages([page(1), page(2)]) == []
    assert degraded_pages([page(1), unreadable(2, "parser_timeout")]) == [2]
    with pytest.raises(ParserTimeout):
        degraded_pages([page(1), unreadable(2, "parser_timeout"), unreadable(3, "corrupt_file")])
    with pytest.raises(WorkerLost):
        degraded_pages(lost([1]))


def test_a_page_that_ends_early_is_read_all_the_same() -> None:
    assert degraded_pages([page(1, fault="corrupt_file")]) == [1]


def test_a_fault_of_a_page_becomes_a_page() -> None:
    def read(_: int) -> Page:
        raise CorruptFile

    assert page_or_fault(read, 7) == unreadable(7, "corrupt_file")
    assert page_or_fault(page, 7) == page(7)


class TestTimeLeft:
    """By a simulated clock: pages of a second each, at two workers, after others of the same scan were known before."""

    def document(self, **values: Any) -> Document:
        defaults: dict[str, Any] = dict.fromkeys(Document.__dataclass_fields__)
        defaults |= {"id": uuid4(), "status": Status.PROCESSING, "source": Source.OTHER, "stage": "extract"}
        return Document(**{**defaults, "pages_done": 0, "pages_known": 0, **values})

    def test_is_right_after_the_first_tenth_whatever_came_before(self) -> None:
        begun = datetime(2025, 3, 12, 9, tzinfo=UTC)
        waiting = self.document(
            pages_total=1200,
            pages_known=200,
            pages_done=200,
            started_at=begun - timedelta(hours=2),
            reading_since=begun,
        )
        assert eta_seconds(waiting, begun + timedelta(seconds=5)) is None
        for read in range(100, 1000, 50):
            spent, left = read / 2, (1000 - read) / 2
            told = eta_seconds(replace(waiting, pages_done=200 + read), begun + timedelta(seconds=spent))
            assert told == pytest.approx(left, rel=0.01)

    def test_uneven_pages_leave_it_within_30_percent(self) -> None:
        """Pages of one to three seconds, in no order that helps."""
        begun = datetime(2025, 3, 12, 9, tzinfo=UTC)
        seconds = [1 + (number * 7919 % 101) / 50 for number in range(200)]
        document = self.document(pages_total=200, reading_since=begun)
        for read in range(20, 200):
            now, left = begun + timedelta(seconds=sum(seconds[:read])), sum(seconds[read:])
            assert eta_seconds(replace(document, pages_done=read), now) == pytest.approx(left, rel=0.3, abs=3)

    def test_nothing_is_told_of_what_is_not_being_read(self) -> None:
        now = datetime.now(UTC)
        read = {"pages_total": 10, "pages_done": 5, "reading_since": now}
        assert eta_seconds(self.document(**read)) is not None
        assert eta_seconds(self.document(**read, stage="describe")) is None
        assert eta_seconds(self.document(**read, status=Status.ERROR)) is None
