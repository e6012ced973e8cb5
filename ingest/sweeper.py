"""The net under everything: `python -m ingest.sweeper`.

Finds what no event and no message will bring: dead leases, due retries, rows whose message is lost, uploads
never made, objects without a row, erasures cut short. Two or more may run at the same time.
"""

import signal
from collections.abc import Iterator
from itertools import islice
from threading import Event
from time import monotonic

import structlog

from ingest.db import documents, leases, vocabulary
from ingest.documents import Document, ObjectVersion, Status
from ingest.erasure import erase_object
from ingest.errors import BrokerUnavailable, DatabaseUnavailable, ObjectMissing, StorageUnavailable
from ingest.logs import configure_logs
from ingest.queue import QUEUES, Queue, make_celery
from ingest.services import Services, build_services
from ingest.settings import load_settings

log = structlog.get_logger(__name__)

MESSAGE_GRACE = 2.0  # seconds a message may take from the queue to its claim
UPLOAD_GRACE = 60.0  # seconds after a URL's end in which an upload may still be on its way
LISTING_PAGE = 1000
FORGETTING_SECONDS = 3600.0


class Sweeper:
    """One sweep is `sweep()`; `run(stop)` does it again and again."""

    def __init__(self, services: Services, queue: Queue) -> None:
        self._services = services
        self._queue = queue
        self._settings = services.settings
        self._next_listing = 0.0
        self._next_forgetting = monotonic()
        self._leases_trusted_from = monotonic()

    def run(self, stop: Event) -> None:
        """Sweep until told to stop; an outage of a service only delays."""
        while not stop.is_set():
            try:
                self.sweep()
            except DatabaseUnavailable:
                # Nobody could renew a lease while the database was away: give every holder a full length.
                self._leases_trusted_from = monotonic() + self._settings.lease_seconds
                log.warning("database_unavailable")
            except Exception:  # the process's outermost loop
                log.exception("sweep_failed")
            stop.wait(self._settings.sweep_seconds)

    def sweep(self) -> None:
        """Everything once; the listing only when it is due. Raises DatabaseUnavailable."""
        if monotonic() >= self._leases_trusted_from:
            self._bury_dead_leases()
        self._expire_uploads()
        self._send_unsent()
        if monotonic() >= self._next_forgetting:
            self._forget_unused_words()
            self._next_forgetting = monotonic() + FORGETTING_SECONDS
        try:
            self._erase_deleted()
            if monotonic() >= self._next_listing:
                self._take_in_unknown_objects()
                self._next_listing = monotonic() + self._settings.listing_seconds
        except (StorageUnavailable, ObjectMissing) as error:
            log.warning("storage_unavailable", detail=error.detail)

    def _bury_dead_leases(self) -> None:
        with self._services.database.begin() as connection:
            buried = leases.bury_dead(connection, self._settings.max_crashes, self._settings.lease_seconds)
        for document in buried:
            log.warning("lease_expired", document_id=str(document.id), crashes=document.crashes, status=document.status)
            if document.status is Status.ERROR:
                self._services.tallies.count("bandeja_failures_total", code="worker_lost")
                log.error("document_processing_failed", document_id=str(document.id), code="worker_lost")
            self._queue.show_document(document)

    def _expire_uploads(self) -> None:
        with self._services.database.begin() as connection:
            expired = documents.expire_unused(connection, UPLOAD_GRACE)
        self._queue.announce(expired)

    def _send_unsent(self) -> None:
        try:
            depths = self._services.tallies.depths(QUEUES)
        except BrokerUnavailable:
            log.warning("broker_unavailable")
            return
        empty = [queue for queue in QUEUES if depths[queue] == 0 and depths[""] == 0]
        with self._services.database.begin() as connection:
            unsent = documents.take_unsent(connection, empty_queues=empty, grace_seconds=MESSAGE_GRACE)
        if unsent:
            log.info("documents_sent_again", count=self._queue.send_all(unsent))

    def _forget_unused_words(self) -> None:
        """What only erased documents said is not kept to correct questions by."""
        with self._services.database.begin() as connection:
            forgotten = vocabulary.forget_unused(connection)
        if forgotten:
            log.info("words_forgotten", count=forgotten)

    def _erase_deleted(self) -> None:
        with self._services.database.begin() as connection:
            for document in documents.erasing(connection):
                erase_object(self._services.store, document)
                documents.erased(connection, document.id)

    def _take_in_unknown_objects(self) -> None:
        found = (version for version, _ in self._services.store.versions(self._settings.inbox_prefix))
        taken = sum(self._take_in(page) for page in _pages(found))
        if taken:
            log.info("objects_found_by_listing", count=taken)

    def _take_in(self, page: list[ObjectVersion]) -> int:
        changed: list[Document] = []
        with self._services.database.begin() as connection:
            known = documents.known_versions(connection, self._settings.minio_bucket, page)
            for version in page:
                if (version.key, version.identity) not in known:
                    taken = self._services.intake.object_created(connection, self._with_metadata(version), "listing")
                    changed += taken.documents
        self._queue.announce(changed)
        return len(changed)

    def _with_metadata(self, version: ObjectVersion) -> ObjectVersion:
        """A listing has no user metadata; the object has, and the original name is in it."""
        try:
            return self._services.store.with_metadata(version)
        except ObjectMissing:
            return version


def _pages(versions: Iterator[ObjectVersion]) -> Iterator[list[ObjectVersion]]:
    while page := list(islice(versions, LISTING_PAGE)):
        yield page


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    settings = load_settings()
    configure_logs(settings.log_level)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    services = build_services(settings)
    Sweeper(services, Queue(make_celery(settings))).run(stop)
    services.close()


if __name__ == "__main__":
    main()
