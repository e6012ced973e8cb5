"""The net under everything: `python -m ingest.sweeper`. What it does stands in `ingest.upkeep`; this is its process.

Finds what no event and no message will bring: dead leases, due retries, rows whose message is lost, uploads
never made, objects without a row and rows without an object, erasures cut short, search terms of an older release. Two or more may run at once.
"""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from threading import Thread
from time import monotonic

import structlog

from ingest.adapters.minio.refusals import Trace
from ingest.db.listings import SWEEP
from ingest.errors import (
    AiRateLimited,
    AiRejected,
    AiUnavailable,
    DatabaseUnavailable,
    LeaseLost,
    ObjectMissing,
    StorageUnavailable,
)
from ingest.logs import configure_logs
from ingest.queue import CeleryQueue, make_celery
from ingest.services.backing import Services, build_files, build_services
from ingest.settings import LOCAL_EMBEDDING_MODEL, load_settings
from ingest.shutdown import Shutdown
from ingest.upkeep import disks
from ingest.upkeep.erasure import erase_due
from ingest.upkeep.outcome_tags import tag_outcomes
from ingest.upkeep.reembedding import Reembedding
from ingest.upkeep.refusals import keep_refusals, trace_of
from ingest.upkeep.renewal import RENEWED_AT_ONCE, renew_descriptions, renew_letters, renew_terms
from ingest.upkeep.rows import SENT_AT_ONCE, Rows
from ingest.upkeep.walk import begin_walk, comparison_of, go_on

log = structlog.get_logger(__name__)

GOOGLE_PAUSE = 60.0  # seconds between two looks whether Google is back
STORE_PATIENCE = 1.0  # seconds that a shutdown waits for a step with the store


class Sweeper:
    """What rows need and what the bucket needs, each in a thread of its own: a store that hangs holds up no retry."""

    def __init__(self, services: Services, queue: CeleryQueue) -> None:
        self._services = services
        self._queue = queue
        self._rows = Rows(services, queue)
        self._files = build_files(services.settings)
        self._leases_trusted_from = monotonic()

    def run(self, shutdown: Shutdown) -> None:
        """Sweep until told to stop; an outage of a service only delays."""
        # A daemon: a store that hangs holds up no shutdown, and what a sweep leaves half done is rolled back.
        bucket = Thread(target=self._repeat, args=(partial(self.sweep_bucket, shutdown), shutdown), name="bucket", daemon=True)
        bucket.start()
        if (trace := trace_of(self._services.settings)) is not None:
            watch = partial(self.watch_refusals, trace, shutdown)
            Thread(target=self._repeat, args=(watch, shutdown), name="refusals", daemon=True).start()
        if self._services.settings.embedder != LOCAL_EMBEDDING_MODEL:
            upgrade = partial(self.upgrade_vectors, shutdown)
            Thread(target=self._repeat, args=(upgrade, shutdown), name="vectors", daemon=True).start()
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
            shutdown.wait(self._services.settings.sweep_seconds)

    def sweep_rows(self) -> bool:
        """What the database and the queue need, once; returns whether more waits. Raises DatabaseUnavailable."""
        try:
            if monotonic() >= self._leases_trusted_from:
                self._rows.bury_dead_leases()
            self._rows.expire_uploads()
            sent = self._rows.send_unsent()
            self._rows.forget_unused_words()
            self._rows.forget_old_deeds()
            disks.watch(
                self._services.database, self._services.settings.watched_folders, self._services.settings.least_free_bytes
            )
            renewed = max(renew(self._services.database) for renew in (renew_descriptions, renew_terms, renew_letters))
        except DatabaseUnavailable:
            # Nobody could renew a lease while the database was away: give every holder a full length.
            self._leases_trusted_from = monotonic() + self._services.settings.lease_seconds
            raise
        return sent >= SENT_AT_ONCE or renewed >= RENEWED_AT_ONCE

    def sweep_bucket(self, shutdown: Shutdown) -> None:
        """What the store needs, once; the walk through its listing only when due. What fails holds up nothing else."""
        services = self._services
        for step in (
            partial(erase_due, services.database, services.store),
            # The row is locked meanwhile, so a store that hangs is not waited for.
            partial(tag_outcomes, services.database, services.prompt_store),
            partial(self._walk_listing, shutdown),
        ):
            try:
                step()
            except (StorageUnavailable, ObjectMissing) as error:
                log.warning("storage_unavailable", detail=error.detail)
            except DatabaseUnavailable:
                log.warning("database_unavailable")
            except LeaseLost:
                log.warning("listing_lease_lost")
        self._files.evict()  # last: a folder that is not ours to empty must not keep the bucket waiting

    def watch_refusals(self, trace: Trace, shutdown: Shutdown) -> None:
        """Keep what scanners send by SFTP and MinIO refuses, as long as the connection lasts. Raises DatabaseUnavailable."""
        try:
            keep_refusals(self._services.database, trace, shutdown)
        except StorageUnavailable as error:
            log.warning("storage_unavailable", detail=error.detail)

    def upgrade_vectors(self, shutdown: Shutdown) -> None:
        """Have Google's vectors made where it was away; waits as long as it is. Raises DatabaseUnavailable."""
        from ingest.services.ai import build_embedder  # noqa: PLC0415  loads the local model's libraries, too

        settings = self._services.settings
        embedder = build_embedder(settings, self._services.tallies)
        reembedding = Reembedding(self._services.database, embedder, settings.private_prefixes)
        try:
            # A model that search does not ask by yet is `bandeja reembed`'s to fill: it may cost.
            while not shutdown.is_asked() and reembedding.has_taken_over() and reembedding.step():
                pass
        except (AiRateLimited, AiUnavailable, AiRejected) as error:
            log.warning("vectors_wait", code=error.code)
            shutdown.wait(getattr(error, "retry_after", None) or GOOGLE_PAUSE)

    def _walk_listing(self, shutdown: Shutdown) -> None:
        comparison = comparison_of(self._services)
        walk = begin_walk(comparison, SWEEP, self._services.settings.listing_seconds)
        if walk is None:
            return
        found = 0
        with closing(go_on(comparison, walk)) as steps:
            for step in steps:
                self._queue.follow_commit(step.changed)
                found += len(step.changed)
                if shutdown.is_asked():
                    break
        if found:
            log.info("differences_found_by_listing", count=found)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    settings = load_settings()
    configure_logs(settings.log_level)
    shutdown = Shutdown()
    shutdown.ask_at_signals()
    services = build_services(settings)
    Sweeper(services, CeleryQueue(make_celery(settings))).run(shutdown)
    services.close()


if __name__ == "__main__":
    main()
