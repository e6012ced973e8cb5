"""The queue holds a few messages a waiting document at most, whatever happens to them."""

from collections import Counter
from random import Random
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import text

from ingest.db import leases
from ingest.db.engine import Database
from ingest.queue import send_number
from ingest.upkeep.rows import Rows
from tests.integration.upkeep.test_sweeper import make_services, queue_many, send_first
from tests.support.bucket import MemoryBucket
from tests.support.memory_queue import MemoryQueue

DOCUMENTS = 120
A_FEW = 3  # messages of a document: its last one, and what a fault doubled and nobody has taken yet


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.upkeep.rows.MESSAGE_GRACE", 0.0)


class Shop:
    """One queue, its rows, and workers who can finish nothing."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database, self.queue, self.random = database, MemoryQueue(), Random(seed)  # noqa: S311  the same seed gives the same run
        self.rows = Rows(make_services(database, self.queue, MemoryBucket()), cast(Any, self.queue))
        queue_many(database, DOCUMENTS)
        send_first(database, self.queue)

    @property
    def waiting(self) -> Any:
        return self.queue.lists["documents"]

    def work(self) -> None:
        """Take a message; a document that it claims comes back, as at an outage of the store."""
        if not self.waiting:
            return
        message = self.waiting.popleft()
        with self.database.begin() as connection:
            document_id = UUID(message.partition(":")[0])
            claimed = leases.claim(connection, document_id, "documents", 600, number=send_number(message))
            if claimed is not None:
                leases.release(connection, claimed[1])

    def double(self) -> None:
        """What workers had in hand comes again, behind everything: a connection was lost before it was acknowledged."""
        for message in self.random.sample(list(self.waiting), min(8, len(self.waiting))):
            self.waiting.append(message)


@pytest.mark.parametrize("seed", range(3))
def test_documents_that_come_back_again_and_again_do_not_fill_the_queue(database: Database, seed: int) -> None:
    shop = Shop(database, seed)
    for turn in range(1500):
        shop.work()
        if turn % 5 == 0:
            shop.rows.send_unsent()
        if turn % 100 == 0:
            shop.double()
        assert len(shop.waiting) <= A_FEW * DOCUMENTS
    for _ in range(A_FEW * DOCUMENTS):
        shop.work()
    shop.rows.send_unsent()
    messages = Counter(message.partition(":")[0] for message in shop.waiting)
    assert max(messages.values()) <= 2, "duplicates go as they are taken"
    assert set(messages) == {str(one) for one in _ids(database)}, "and nobody is without a message"


def test_an_old_message_claims_nothing_and_says_nothing_of_the_queue(database: Database) -> None:
    shop = Shop(database, 0)
    first = shop.waiting[0]
    document_id = UUID(first.partition(":")[0])
    with database.begin() as connection:
        connection.execute(text("UPDATE documents SET sent_seq = NULL WHERE id = :id"), {"id": document_id})
    assert shop.rows.send_unsent() == 1
    shop.work()  # the old message, of which a newer one waits at the end
    assert shop.rows.send_unsent() == 0
    assert len(shop.waiting) == DOCUMENTS
    with database.begin() as connection:
        assert leases.claim(connection, document_id, "documents", 600, number=send_number(shop.waiting[-1])) is not None


def test_a_message_without_a_number_is_a_person_s_and_is_heard(database: Database) -> None:
    shop = Shop(database, 0)
    with database.begin() as connection:
        claimed = leases.claim(connection, _ids(database)[0], "documents", 600)
    assert claimed is not None
    assert shop.rows.send_unsent() == 0


def _ids(database: Database) -> list[UUID]:
    with database.begin() as connection:
        return list(connection.execute(text("SELECT id FROM documents")).scalars())
