"""Redis as a sweeper sees it, in memory."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ingest.domain.batches import PageBatch
from ingest.domain.documents import Document, Status
from ingest.domain.queues import QUEUES
from ingest.errors import BrokerUnavailable


@dataclass
class MemoryQueue:
    """Redis as a sweeper sees it: lists of messages, and those that workers have taken."""

    lists: dict[str, deque[str]] = field(default_factory=lambda: {queue: deque() for queue in QUEUES})
    taken: list[str] = field(default_factory=list)
    sent: Counter[UUID] = field(default_factory=Counter)
    shown: list[Document] = field(default_factory=list)
    is_away: bool = False

    def send(self, waiting: Sequence[Document | PageBatch]) -> int:
        if self.is_away:
            return 0
        for one in waiting:
            if isinstance(one, Document):
                self.sent[one.id] += 1
                self.lists[one.queue].append(f"{one.id}:{one.sent_seq}")
        return len(waiting)

    def follow_commit(self, changed: list[Document]) -> None:
        self.send([document for document in changed if document.status is Status.QUEUED])

    def show_document(self, document: Document) -> None:
        self.shown.append(document)

    def depths(self, queues: Any) -> dict[str, int]:
        if self.is_away:
            raise BrokerUnavailable
        return {**{queue: len(self.lists[queue]) for queue in queues}, "": len(self.taken)}

    def taken_lately(self, seconds: float) -> list[str]:
        return self.taken

    def take(self) -> str:
        self.taken.append(message := self.lists["documents"].popleft())
        return message

    def count(self, name: str, amount: int = 1, **labels: str) -> None: ...

    def flush(self) -> None:
        self.taken.clear()
        for messages in self.lists.values():
            messages.clear()
