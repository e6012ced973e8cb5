"""What rows, page batches and the bucket must be: the model that the database is compared with."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ingest.domain.batches import BatchLease
from ingest.domain.documents import Lease, Status
from ingest.domain.life_cycle import LIFE_CYCLE, Move, sources
from ingest.domain.objects import ObjectVersion
from ingest.domain.queues import DOCUMENTS, PAGES
from ingest.ports import Listed

BUCKET = "bucket"
# Versions of a letter replace each other, those of a scanner's file name do not.
KEYS = ("inbox/carta.pdf", "inbox/oficio.pdf", "inbox/scan/mesa/scan0001.pdf")
MOST_RETRIES, MOST_CRASHES = 2, 2


@dataclass
class Batch:
    """Some pages of a document that wait for OCR."""

    attempt: int
    pages: list[int]
    lease: BatchLease | None = None
    ran_out: bool = False
    waits: bool = False
    retries: int = 0
    crashes: int = 0
    done: bool = False

    def holds(self, lease: BatchLease) -> bool:
        return self.lease == lease and not self.ran_out

    def let_go(self, *, waits: bool = False) -> None:
        self.lease, self.ran_out, self.waits = None, False, waits

    def seen(self) -> tuple[object, ...]:
        return (self.lease.token if self.lease else None, self.done, self.waits, self.retries, self.crashes)


@dataclass
class Row:
    """A document; `order` is its version's place in time, 0 where it has no object."""

    key: str
    version: int
    order: int
    status: Status = Status.QUEUED
    queue: str = DOCUMENTS
    lease: Lease | None = None
    ran_out: bool = False
    waits: bool = False
    retries: int = 0
    crashes: int = 0
    attempt: int = 0
    stored: bool = False
    erasing: bool = False
    pages_left: int = 0
    batches: list[Batch] = field(default_factory=list)

    def go(self, move: Move, to: Status) -> None:
        """Every change of the model's is one that the table allows."""
        assert self.status in LIFE_CYCLE[move].sources
        assert to in LIFE_CYCLE[move].targets
        self.status = to
        if to is not Status.PROCESSING:
            self.let_go()
        if to in {Status.DELETED, Status.SUPERSEDED}:
            self.stored = False

    def let_go(self, *, waits: bool = False) -> None:
        self.lease, self.ran_out, self.waits = None, False, waits

    def claimable(self) -> bool:
        return self.status in sources(Move.CLAIM) and self.queue != PAGES and self.lease is None and not self.waits

    def holds(self, lease: Lease) -> bool:
        return self.lease == lease and not self.ran_out

    def wants(self, batch: Batch) -> bool:
        return self.status is Status.PROCESSING and self.queue == PAGES and batch.attempt == self.attempt

    def count_down(self, batch: Batch) -> None:
        batch.let_go()
        batch.done = True
        self.pages_left -= len(batch.pages)
        if self.pages_left == 0:
            self.queue = DOCUMENTS

    def seen(self) -> tuple[object, ...]:
        """What must be the same in the database."""
        return (
            self.status,
            self.queue if self.status in {Status.QUEUED, Status.PROCESSING} else "",
            self.lease.token if self.lease else None,
            self.waits,
            (self.retries, self.crashes, self.attempt),
            self.order,
            self.erasing,
            self.pages_left if self.status is Status.PROCESSING and self.queue == PAGES else 0,
        )


@dataclass
class Bucket:
    """Versions (number, whether it is a delete marker) by key, newest first; asked as the object store is."""

    keys: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)

    def versions_of(self, key: str) -> list[Listed]:
        return [Listed(version_of(key, number), is_marker=is_marker) for number, is_marker in self.keys.get(key, [])]

    def shown(self, key: str) -> list[int]:
        found: list[int] = []
        for number, is_marker in self.keys.get(key, []):
            if is_marker:
                break
            found.append(number)
        return found


def version_of(key: str, number: int) -> ObjectVersion:
    return ObjectVersion(BUCKET, key, f"v{number:04d}", etag=f"e{number}", sequencer=f"{number:016X}", size=9)


def upload_of(key: str) -> UUID | None:
    return UUID(key.split("/")[2]) if key.startswith("inbox/upload/") else None


def replaces(key: str) -> bool:
    return not key.startswith(("inbox/scan/", "inbox/upload/"))


def seen(row: Any) -> tuple[object, ...]:
    """Of a row of `documents` what `Row.seen` is of the model."""
    is_open, reads = row.status in {"queued", "processing"}, row.status == "processing" and row.queue == PAGES
    return (
        row.status,
        row.queue if is_open else "",
        row.lease_token,
        row.next_run_at is not None,
        (row.retries, row.crashes, row.attempt),
        int(row.sequencer or "0", 16),
        row.erasing,
        row.pages_left if reads else 0,
    )


def seen_batch(row: Any) -> tuple[object, ...]:
    """Of a row of `page_batches` what `Batch.seen` is of the model."""
    return (row.lease_token, row.done, row.next_run_at is not None, row.retries, row.crashes)
