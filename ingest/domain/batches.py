"""Page batches: a few pages of a large scan each, the unit of work of the queues `pages` and `later_pages`."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PageBatch:
    """A row of `page_batches` (see docs/architecture.md, "Tables").

    Of `attempt`, the document's when the batch went out; of any other the batch is void.
    """

    document_id: UUID
    ordinal: int
    attempt: int
    recipe: str
    pages: tuple[int, ...]
    retries: int
    crashes: int
    sent_seq: int | None


@dataclass(frozen=True, slots=True)
class BatchLease:
    """The right to work on a batch: every write carries the token (fencing token)."""

    document_id: UUID
    ordinal: int
    token: UUID
    seconds: float


def in_batches(pages: Sequence[int], size: int) -> list[Sequence[int]]:
    """The pages in batches of at most `size`, the last ones smaller, so that no core waits long for another at the end.

    A batch is a quarter of what is left at most (guided self-scheduling, Polychronopoulos and Kuck 1987).
    """
    batches, start = [], 0
    while start < len(pages):
        end = start + min(size, -(-(len(pages) - start) // 4))
        batches.append(pages[start:end])
        start = end
    return batches
