"""The bucket and the database compared once, from end to end: what differs, what is due, and putting it right."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ingest.db import due
from ingest.domain.documents import Status
from ingest.listing import Page, pages
from ingest.queue import Queue
from ingest.services import Services
from ingest.sweeper import UPLOAD_GRACE, Sweeper


class Finding(StrEnum):
    """A kind of difference, or of work that is due."""

    UNKNOWN = "objects without a document"
    GONE = "documents without their object"
    DEAD = "leases of dead workers"
    UNUSED = "uploads never made"
    UNSENT = "documents and page batches without a message"
    ERASING = "erasures to be done"
    TAGGING = "outcomes to be put on objects as tags"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One comparison; it holds no lease, because doing a repair twice does nothing."""

    services: Services
    queue: Queue

    def look(self, seen: Callable[[int], None]) -> Counter[Finding]:
        """Count what differs and change nothing; `seen` hears of the versions compared so far.

        What has no message is found by asking for it and taking the answer back. Raises StorageUnavailable,
        DatabaseUnavailable, BrokerUnavailable.
        """
        comparison, found = self.services.comparison(), Counter[Finding]()
        for page in self._pages(seen):
            found[Finding.UNKNOWN] += len(comparison.there(comparison.unknown(page)))
            found[Finding.GONE] += sum(len(comparison.surely_gone(rows)) for rows in comparison.gone(page))
        with self.services.database.begin() as connection:
            counted = due.count(connection, UPLOAD_GRACE)
        found.update(dict(zip((Finding.DEAD, Finding.UNUSED, Finding.ERASING, Finding.TAGGING), counted, strict=True)))
        found[Finding.UNSENT] = self._sweeper().count_unsent()
        return found

    def repair(self, seen: Callable[[int], None]) -> Counter[Finding]:
        """Put right what differs and do what is due; returns what was done. Raises as `look`."""
        comparison, done = self.services.comparison(), Counter[Finding]()
        for page in self._pages(seen):
            for changed in comparison.repair(page):
                for document in changed:
                    done[Finding.GONE if document.status is Status.DELETED else Finding.UNKNOWN] += 1
                self.queue.announce(changed)
        sweeper = self._sweeper()
        for finding, step in (
            (Finding.DEAD, sweeper.bury_dead_leases),
            (Finding.UNUSED, sweeper.expire_uploads),
            (Finding.UNSENT, sweeper.send_unsent),
            (Finding.ERASING, sweeper.erase_deleted),
            (Finding.TAGGING, sweeper.tag_outcomes),
        ):
            while count := step():
                done[finding] += count
        return done

    def _sweeper(self) -> Sweeper:
        return Sweeper(self.services, self.queue)

    def _pages(self, seen: Callable[[int], None]) -> Iterator[Page]:
        comparison, objects = self.services.comparison(), 0
        for page in pages(comparison.store, comparison.prefix, "", comparison.page_size):
            yield page
            objects += len(page.entries)
            seen(objects)
