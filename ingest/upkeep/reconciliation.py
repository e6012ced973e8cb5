"""The bucket and the database compared once, from end to end: what differs, what is due, and putting it right."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from ingest.db import due
from ingest.domain.documents import Status
from ingest.queue import CeleryQueue
from ingest.services.backing import Services
from ingest.upkeep.erasure import erase_due
from ingest.upkeep.outcome_tags import tag_outcomes
from ingest.upkeep.rows import UPLOAD_GRACE, Rows
from ingest.upkeep.walk import ListingPage, comparison_of, pages


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
    queue: CeleryQueue

    def look(self, seen: Callable[[int], None]) -> Counter[Finding]:
        """Count what differs and change nothing; `seen` hears of the versions compared so far.

        What has no message is found by asking for it and taking the answer back. Raises StorageUnavailable,
        DatabaseUnavailable, BrokerUnavailable.
        """
        comparison, found = comparison_of(self.services), Counter[Finding]()
        for page in self._pages(seen):
            found[Finding.UNKNOWN] += len(comparison.seen(comparison.unknown(page)).there)
            found[Finding.GONE] += sum(len(comparison.surely_gone(rows)) for rows in comparison.gone(page))
        with self.services.database.begin() as connection:
            counted = due.count(connection, UPLOAD_GRACE)
        found[Finding.DEAD], found[Finding.UNUSED] = counted.dead_leases, counted.unused_uploads
        found[Finding.ERASING], found[Finding.TAGGING] = counted.erasures, counted.tags
        found[Finding.UNSENT] = Rows(self.services, self.queue).count_unsent()
        return found

    def repair(self, seen: Callable[[int], None]) -> Counter[Finding]:
        """Put right what differs and do what is due; returns what was done. Raises as `look`."""
        comparison, done = comparison_of(self.services), Counter[Finding]()
        for page in self._pages(seen):
            for changed in comparison.repair(page):
                for document in changed:
                    done[Finding.GONE if document.status is Status.DELETED else Finding.UNKNOWN] += 1
                self.queue.follow_commit(changed)
        services, rows = self.services, Rows(self.services, self.queue)
        for finding, step in (
            (Finding.DEAD, rows.bury_dead_leases),
            (Finding.UNUSED, rows.expire_uploads),
            (Finding.UNSENT, rows.send_unsent),
            (Finding.ERASING, partial(erase_due, services.database, services.store)),
            (Finding.TAGGING, partial(tag_outcomes, services.database, services.prompt_store)),
        ):
            while count := step():
                done[finding] += count
        return done

    def _pages(self, seen: Callable[[int], None]) -> Iterator[ListingPage]:
        comparison, objects = comparison_of(self.services), 0
        for page in pages(comparison.store, comparison.prefix, "", comparison.page_size):
            yield page
            objects += len(page.entries)
            seen(objects)
