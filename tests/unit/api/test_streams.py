"""However many live streams there are, one look at a time serves them all."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from api import streams
from api.streams import Seen, Stream, Streams
from ingest.domain.documents import Document
from ingest.errors import DatabaseUnavailable, RateLimited

pytestmark = pytest.mark.anyio
MOMENT = datetime(2025, 3, 12, tzinfo=UTC)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "POLL_SECONDS", 0.01)


class Rows:
    """What the database would say; `looks` is how many rows each look asked for."""

    def __init__(self, count: int) -> None:
        self.documents: dict[UUID, Any] = {}
        for _ in range(count):
            document = SimpleNamespace(id=uuid4(), updated_at=MOMENT)
            self.documents[document.id] = document
        self.revoked: set[UUID] = set()
        self.looks: list[int] = []
        self.error: Exception | None = None
        self._one_at_a_time = Lock()

    def look(self, seen: Mapping[UUID, datetime], keys: Collection[UUID]) -> Seen:
        assert self._one_at_a_time.acquire(blocking=False)
        try:
            self.looks.append(len(seen))
            if self.error:
                raise self.error
            changed = [row for row in self.documents.values() if row.id in seen and row.updated_at != seen[row.id]]
            return Seen(changed, seen.keys() - self.documents.keys(), set(keys) - self.revoked)
        finally:
            self._one_at_a_time.release()

    def change(self, document: Document) -> None:
        self.documents[document.id] = SimpleNamespace(id=document.id, updated_at=document.updated_at + timedelta(seconds=1))

    def opened(self, live: Streams, key: UUID) -> list[Stream]:
        return [live.open(key, cast(Document, document)) for document in self.documents.values()]


async def test_590_streams_are_one_look() -> None:
    rows, asked = Rows(590), [False]
    live = Streams(rows.look, 1000, lambda: asked[0])
    opened = rows.opened(live, uuid4())
    rows.change(opened[7].document)
    assert await opened[7].wait(20)
    assert opened[7].document.updated_at > MOMENT
    assert set(rows.looks) == {590}
    assert not await opened[8].wait(0.05)
    asked[0] = True
    assert await opened[8].wait(20)
    assert all(stream.ended for stream in opened)


async def test_a_key_has_so_many_places_and_gets_them_back() -> None:
    rows = Rows(3)
    live, mine = Streams(rows.look, 3, lambda: False), uuid4()
    first, *_ = rows.opened(live, mine)
    with pytest.raises(RateLimited):
        live.open(mine, first.document)
    live.open(uuid4(), first.document)
    live.close(first)
    live.open(mine, first.document)


async def test_a_revoked_keys_streams_end_and_those_of_a_row_that_is_gone() -> None:
    rows = Rows(2)
    live, revoked, good = Streams(rows.look, 10, lambda: False), uuid4(), uuid4()
    ending, going_on = rows.opened(live, revoked), rows.opened(live, good)
    rows.revoked.add(revoked)
    for stream in ending:
        assert await stream.wait(20)
        assert stream.ended
        live.close(stream)
    assert not any(stream.ended for stream in going_on)
    del rows.documents[going_on[0].document.id]
    assert await going_on[0].wait(20)
    assert (going_on[0].ended, going_on[1].ended) == (True, False)


@pytest.mark.parametrize("error", [DatabaseUnavailable(), RuntimeError("a bug")])
async def test_an_outage_or_a_bug_ends_them_and_the_next_begins_anew(error: Exception) -> None:
    rows = Rows(1)
    live = Streams(rows.look, 10, lambda: False)
    rows.error = error
    (stream,) = rows.opened(live, uuid4())
    assert await stream.wait(20)
    assert stream.ended
    live.close(stream)
    rows.error = None
    await asyncio.sleep(0)
    (again,) = rows.opened(live, uuid4())
    rows.change(again.document)
    assert await again.wait(20)
    assert not again.ended
