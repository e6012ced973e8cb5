"""Work under a lease: the heartbeat, how the work went, and the one way it ends. Documents and page batches alike."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Connection

from ingest.db import documents, versions
from ingest.db.engine import Database
from ingest.domain.batches import BatchLease, PageBatch
from ingest.domain.documents import Document, Lease
from ingest.errors import (
    BandejaError,
    DatabaseUnavailable,
    Internal,
    LeaseLost,
    ObjectMissing,
    Outage,
    ParserMemory,
    ParserTimeout,
    ShuttingDown,
    StorageRefused,
    TransientError,
)
from ingest.pipeline.work import Tools
from ingest.ports import DocumentQueue
from ingest.shutdown import Shutdown

log = structlog.get_logger(__name__)

LONGEST_WAIT = 1.0  # seconds until a shutdown is noticed
OUTAGE_DELAY = 5.0  # seconds; work goes on within 10 s of a service's return

Claimed = TypeVar("Claimed")
AnyLease = TypeVar("AnyLease", Lease, BatchLease)
AnyLease_contra = TypeVar("AnyLease_contra", Lease, BatchLease, contravariant=True)


class LeasedRows(Protocol[AnyLease_contra]):
    """What a kind of row does with its lease: `ingest.db.leases`, `ingest.db.batches`. All but `renew` raise LeaseLost."""

    def fence(self, connection: Connection, lease: AnyLease_contra, /) -> Document:
        """The document, locked until commit with what the lease is on."""

    def renew(self, connection: Connection, lease: AnyLease_contra, /, *, after_outage: bool) -> bool:
        """The lease lives for its full length again; False where it is lost."""

    def give_back(self, connection: Connection, lease: AnyLease_contra, /) -> Document | PageBatch:
        """Let another worker go on behind the last checkpoint; what is to be sent after commit. Nothing is counted."""

    def release(self, connection: Connection, lease: AnyLease_contra, /, *, delay: float = 0) -> None:
        """Let go for about `delay` seconds; nothing is counted."""

    def retry_later(
        self, connection: Connection, lease: AnyLease_contra, code: str, delays: Sequence[float], retry_after: float, /
    ) -> datetime | None:
        """Wait for the next of `delays`, until that time; None where all are used up and the document has ended in error."""

    def fail(self, connection: Connection, lease: AnyLease_contra, code: str, /) -> None:
        """End the document in error."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every run has of its process: tools, the queue, how long leases live, and what stops a run."""

    tools: Tools
    queue: DocumentQueue
    lease_seconds: float
    retry_delays: tuple[float, ...]
    time_limit: type[Exception] = TimeoutError  # what is raised in a run that takes too long
    shutdown: Shutdown = field(default_factory=Shutdown)

    def show(self, document_id: UUID) -> None:
        """Make Celery's clients see the document as it stands; nothing while the database is away."""
        try:
            with self.tools.database.begin() as connection:
                row = documents.find(connection, document_id)
        except DatabaseUnavailable:
            return
        if row is not None:
            self.queue.show_document(row)
            if row.has_ended:
                self.tools.passwords.forget(row.id)


def claimed(
    runtime: Runtime, rows: LeasedRows[AnyLease], lease: AnyLease, claim: Callable[[Connection], Claimed | None]
) -> Claimed | None:
    """What `claim` gives; None also where the database goes away in the middle.

    It may have given the lease then, and its answer be lost. Nobody would know, so it is let go of when the
    database is back: an outage costs no attempt.
    """
    try:
        with runtime.tools.database.begin() as connection:
            return claim(connection)
    except DatabaseUnavailable:
        log.warning("database_unavailable")
        held = _Held(runtime, rows, lease)
        with suppress(LeaseLost):  # it was not given
            until_written(lambda: held.let_go("claim_unanswered"), runtime.shutdown.is_asked)
        return None


@contextmanager
def under_lease(runtime: Runtime, rows: LeasedRows[AnyLease], lease: AnyLease) -> Iterator[None]:
    """Keep the lease alive while the block works; where that goes wrong, end the run in the one way that it demands.

    The block raises errors of ours, LeaseLost, ShuttingDown, or a bug; none of them leaves this.
    """
    held = _Held(runtime, rows, lease)
    try:
        with (
            errors_of_ours(runtime.time_limit),
            heartbeat(runtime.tools.database, lease.seconds, held.renew, runtime.shutdown, held.give_back),
        ):
            yield
    except ShuttingDown:
        held.end(held.give_back)
    except LeaseLost:
        runtime.tools.metrics.count("bandeja_lease_lost_total")
        held.end(held.let_go)
    except BandejaError as error:
        held.end(partial(held.write_end, error))


@dataclass(frozen=True, slots=True)
class _Held(Generic[AnyLease]):
    """A lease, the rows that it is on, and every way to let go of it."""

    runtime: Runtime
    rows: LeasedRows[AnyLease]
    lease: AnyLease

    def renew(self, connection: Connection, after_outage: bool) -> bool:
        return self.rows.renew(connection, self.lease, after_outage=after_outage)

    def give_back(self) -> None:
        """Let another worker go on at once."""
        with self.runtime.tools.database.begin() as connection:
            given = self.rows.give_back(connection, self.lease)
        self.runtime.queue.send([given])
        log.info("document_released", code="shutdown")

    def let_go(self, code: str = "lease_ran_out") -> None:
        """A lease that ran out, but that nobody has taken from us yet, is no crash. Raises LeaseLost."""
        with self.runtime.tools.database.begin() as connection:
            self.rows.release(connection, self.lease)
        log.warning("document_released", code=code)

    def end(self, write: Callable[[], None]) -> None:
        """Write how the run ends; whoever has taken the row meanwhile has the last word."""

        def write_or_let_go() -> None:
            try:
                write()
            except LeaseLost:  # it ran out while the database was away: nobody renews it any more
                self.let_go()

        try:
            until_written(write_or_let_go, self.runtime.shutdown.is_overdue)
        except LeaseLost:
            log.warning("lease_lost")
        self.runtime.show(self.lease.document_id)

    def write_end(self, error: BandejaError) -> None:
        """One transaction that ends the run as the error demands. Raises LeaseLost, DatabaseUnavailable."""
        rows, lease = self.rows, self.lease
        with self.runtime.tools.database.begin() as connection:
            # What the store refuses of this one object it may refuse for ever: that goes by the retry clock.
            if isinstance(error, Outage) and not isinstance(error, StorageRefused):
                rows.release(connection, lease, delay=OUTAGE_DELAY)
                log.warning("document_released", code=error.code, detail=error.detail)
                return
            if isinstance(error, ObjectMissing):
                # The object went while its document waited or was read: that is a deletion, and no error.
                versions.remove(connection, [rows.fence(connection, lease)], error.code)
                log.warning("document_removed", code=error.code)
                return
            if isinstance(error, TransientError):
                delays, least = self.runtime.retry_delays, error.retry_after or 0
                next_run_at = rows.retry_later(connection, lease, error.code, delays, least)
                if next_run_at is not None:
                    log.warning("document_retry_scheduled", code=error.code, next_run_at=next_run_at)
                    return
            else:
                rows.fail(connection, lease, error.code)
        self.runtime.tools.metrics.count("bandeja_failures_total", code=error.code)
        log.error("document_processing_failed", code=error.code, detail=error.detail, exc_info=error)


@contextmanager
def heartbeat(
    database: Database,
    seconds: float,
    renew: Callable[[Connection, bool], bool],
    shutdown: Shutdown,
    give_back: Callable[[], None],
) -> Iterator[None]:
    """Renew a lease of `seconds` at a quarter of its length until the block ends, or until it is lost.

    `renew` is told whether the database was away since the last time: nobody can keep a lease alive through an
    outage. Where the shutdown is overdue, calls `give_back` instead: the work sits in a step that does not end, and
    will find its lease gone.
    """
    stop = Event()

    def beat() -> None:
        due, was_away = monotonic() + seconds / 4, False
        while not stop.wait(min(LONGEST_WAIT, seconds / 4)):
            try:
                if shutdown.is_overdue():
                    give_back()
                    return
                if monotonic() >= due:
                    with database.begin() as connection:
                        if not renew(connection, was_away):
                            return
                    due, was_away = monotonic() + seconds / 4, False
            except LeaseLost:
                return
            except DatabaseUnavailable:
                was_away = True

    thread = Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def errors_of_ours(time_limit: type[Exception]) -> Iterator[None]:
    """What goes wrong inside is raised as a BandejaError, LeaseLost or ShuttingDown; `time_limit` says that it took too long."""
    try:
        yield
    except (BandejaError, LeaseLost, ShuttingDown):
        raise
    except MemoryError as error:
        # A MemoryError that reaches Celery kills the worker's main process.
        raise ParserMemory(str(error)) from error
    except time_limit as error:
        raise ParserTimeout(str(error)) from error
    except Exception as error:  # a run's outermost loop: a bug of ours must end the row, not loop it
        log.exception("run_failed")
        raise Internal from error


def until_written(write: Callable[[], None], give_up: Callable[[], bool]) -> None:
    """Write how the work ended, again and again while the database is away; if given up, the sweeper finds the lease dead.

    Without a limit of its own: a worker has nothing better to do then, and the longest outage costs no attempt.
    Raises LeaseLost.
    """
    while True:
        try:
            write()
            return
        except DatabaseUnavailable:
            if give_up():
                log.error("database_unavailable")
                return
            Event().wait(1.0)
