"""The net under everything: `python -m ingest.sweeper`.

Finds what no event and no message will bring: dead leases, due retries, rows whose message is lost, uploads
never made, objects without a row and rows without an object, erasures cut short. Two or more may run at once.
"""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from threading import Thread
from time import monotonic

import structlog
from sqlalchemy import Connection

from ingest.db import batches, documents, leases, sending, vocabulary
from ingest.db.listings import SWEEP
from ingest.domain.batches import PageBatch
from ingest.domain.documents import Document, Status
from ingest.domain.queues import DOCUMENT_QUEUES, QUEUES
from ingest.erasure import erase_deleted, erase_pictures
from ingest.errors import BrokerUnavailable, DatabaseUnavailable, LeaseLost, ObjectMissing, StorageUnavailable
from ingest.listing import begin_walk, go_on
from ingest.logs import configure_logs
from ingest.outcome_tags import tag_outcomes
from ingest.pipeline.batch_run import bury_dead
from ingest.queue import Queue, make_celery, send_number
from ingest.services import Services, build_files, build_services
from ingest.settings import load_settings
from ingest.shutdown import Shutdown

log = structlog.get_logger(__name__)

MESSAGE_GRACE = 2.0  # seconds a message may take from the queue to its claim
IN_HAND_SECONDS = 20.0  # that a worker may take to claim what it took from the queue: it may be starting a child
# Of a queue. Redis takes some 2,000 a second, so dead leases wait a second or two for an emptied queue to be filled.
SENT_AT_ONCE = 2000
UPLOAD_GRACE = 60.0  # seconds after a URL's end in which an upload may still be on its way
STORE_PATIENCE = 1.0  # seconds that a shutdown waits for a step with the store


class Sweeper:
    """What rows need and what the bucket needs, each in a thread of its own: a store that hangs holds up no retry."""

    def __init__(self, services: Services, queue: Queue) -> None:
        self._services = services
        self._queue = queue
        self._settings = services.settings
        self._files = build_files(services.settings)
        self._leases_trusted_from = monotonic()

    def run(self, shutdown: Shutdown) -> None:
        """Sweep until told to stop; an outage of a service only delays."""
        # A daemon: a store that hangs holds up no shutdown, and what a sweep leaves half done is rolled back.
        bucket = Thread(target=self._repeat, args=(partial(self.sweep_bucket, shutdown), shutdown), name="bucket", daemon=True)
        bucket.start()
        self._repeat(self.sweep_rows, shutdown)
        bucket.join(timeout=STORE_PATIENCE)

    def _repeat(self, sweep: Callable[[], bool | None], shutdown: Shutdown) -> None:
        """Sweep, and pause unless it says that more waits."""
        while not shutdown.is_asked():
            try:
                if sweep():
                    continue
            except DatabaseUnavailable:
                log.warning("database_unavailable")
            except Exception:  # the process's outermost loop
                log.exception("sweep_failed")
            shutdown.wait(self._settings.sweep_seconds)

    def sweep_rows(self) -> bool:
        """What the database and the queue need, once; returns whether more waits to be sent. Raises DatabaseUnavailable."""
        try:
            if monotonic() >= self._leases_trusted_from:
                self.bury_dead_leases()
            self.expire_uploads()
            sent = self.send_unsent()
            self._forget_unused_words()
        except DatabaseUnavailable:
            # Nobody could renew a lease while the database was away: give every holder a full length.
            self._leases_trusted_from = monotonic() + self._settings.lease_seconds
            raise
        return sent >= SENT_AT_ONCE

    def sweep_bucket(self, shutdown: Shutdown) -> None:
        """What the store needs, once; the walk through its listing only when due. What fails holds up nothing else."""
        for step in (self.erase_deleted, self.tag_outcomes, partial(self._walk_listing, shutdown)):
            try:
                step()
            except (StorageUnavailable, ObjectMissing) as error:
                log.warning("storage_unavailable", detail=error.detail)
            except DatabaseUnavailable:
                log.warning("database_unavailable")
            except LeaseLost:
                log.warning("listing_lease_lost")
        self._files.evict()  # last: a folder that is not ours to empty must not keep the bucket waiting

    def bury_dead_leases(self) -> int:
        """Queue again, or end, what a worker held that died; returns how many."""
        with self._services.database.begin() as connection:
            cut = leases.cut_to_length(connection, self._settings.lease_seconds)
            if (moved := leases.bring_waits_forward(connection)) or cut:
                log.warning("clock_set_back", leases=cut, waits=moved)
            buried = leases.bury_dead(connection, self._settings.max_crashes, self._settings.lease_seconds)
        for document in buried:
            log.warning("lease_expired", document_id=str(document.id), crashes=document.crashes, status=document.status)
            if document.status is Status.ERROR:
                self._services.tallies.count("bandeja_failures_total", code="worker_lost")
                log.error("document_processing_failed", document_id=str(document.id), code="worker_lost")
            self._queue.show_document(document)
        settings = self._settings
        return len(buried) + bury_dead(
            self._services.database, settings.max_crashes, settings.lease_seconds, self._queue.send_all
        )

    def expire_uploads(self) -> int:
        """End the uploads that were never made; returns how many."""
        with self._services.database.begin() as connection:
            expired = documents.expire_unused(connection, UPLOAD_GRACE)
        self._queue.announce(expired)
        return len(expired)

    def send_unsent(self) -> int:
        """Send what has no message, or whose retry is due; returns how many went."""
        try:
            empty, in_hand = self._messages()
        except BrokerUnavailable:
            log.warning("broker_unavailable")
            return 0
        with self._services.database.begin() as connection:
            unsent, unsent_batches = _take_unsent(connection, empty, in_hand)
        sent, sent_batches = self._queue.send_all(unsent), self._queue.send_batches(unsent_batches)
        if unsent:
            log.info("documents_sent_again", count=sent)
        if unsent_batches:
            log.info("batches_sent_again", count=sent_batches)
        return sent + sent_batches

    def count_unsent(self) -> int:
        """How many `send_unsent` would send next. Raises BrokerUnavailable."""
        empty, in_hand = self._messages()
        with self._services.database.begin() as connection, connection.begin_nested() as trial:
            unsent, unsent_batches = _take_unsent(connection, empty, in_hand)
            trial.rollback()
        return len(unsent) + len(unsent_batches)

    def _messages(self) -> tuple[set[str], set[int]]:
        """The queues without a message, and the numbers of messages that workers have just taken. Raises BrokerUnavailable."""
        # The queues first: a message that is taken in between is then seen in one place at least.
        depths = self._services.tallies.depths(QUEUES)
        in_hand = set(filter(None, map(send_number, self._services.tallies.taken_lately(IN_HAND_SECONDS))))
        return {queue for queue in QUEUES if depths[queue] == 0}, in_hand

    def erase_deleted(self) -> int:
        """Erase from the store what was deleted through us, and pictures of what is gone; returns of how many documents."""
        database, store = self._services.database, self._services.store
        return erase_deleted(database, store) + erase_pictures(database, store)

    def tag_outcomes(self) -> int:
        """Put on objects how their documents ended; returns on how many."""
        # The row is locked meanwhile, so a store that hangs is not waited for.
        return tag_outcomes(self._services.database, self._services.prompt_store)

    def _forget_unused_words(self) -> None:
        """What only erased documents said is not kept to correct questions by."""
        with self._services.database.begin() as connection:
            forgotten = vocabulary.forget_unused(connection)
        if forgotten:
            log.info("words_forgotten", count=forgotten)

    def _walk_listing(self, shutdown: Shutdown) -> None:
        comparison = self._services.comparison()
        walk = begin_walk(comparison, SWEEP, self._settings.listing_seconds)
        if walk is None:
            return
        found = 0
        with closing(go_on(comparison, walk)) as steps:
            for step in steps:
                self._queue.announce(step.changed)
                found += len(step.changed)
                if shutdown.is_asked():
                    break
        if found:
            log.info("differences_found_by_listing", count=found)


def _take_unsent(connection: Connection, empty: set[str], in_hand: set[int]) -> tuple[list[Document], list[PageBatch]]:
    batches.remove_void(connection)
    return (
        sending.take_unsent(
            connection,
            DOCUMENT_QUEUES,
            empty_queues=empty,
            in_hand=in_hand,
            grace_seconds=MESSAGE_GRACE,
            limit=SENT_AT_ONCE,
        ),
        batches.take_unsent(connection, empty_queues=empty, in_hand=in_hand, grace_seconds=MESSAGE_GRACE, limit=SENT_AT_ONCE),
    )


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    settings = load_settings()
    configure_logs(settings.log_level)
    shutdown = Shutdown()
    shutdown.ask_at_signals()
    services = build_services(settings)
    Sweeper(services, Queue(make_celery(settings))).run(shutdown)
    services.close()


if __name__ == "__main__":
    main()
