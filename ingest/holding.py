"""Holding a lease while work is done: the heartbeat, how the work went, and an end that outlasts an outage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic

import structlog
from sqlalchemy import Connection

from ingest.db.engine import Database
from ingest.errors import BandejaError, DatabaseUnavailable, Internal, LeaseLost, ParserMemory, ParserTimeout, ShuttingDown
from ingest.shutdown import Shutdown

log = structlog.get_logger(__name__)

LONGEST_WAIT = 1.0  # seconds until a shutdown is noticed
OUTAGE_DELAY = 5.0  # seconds; "work goes on within 10 s of its return" (contract)
DATABASE_PATIENCE = 600.0  # seconds to wait for the database to come back before leaving the row to the sweeper


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


def until_written(write: Callable[[], None]) -> None:
    """Write how the work ended, again and again while the database is away; then the sweeper finds the lease dead.

    Raises LeaseLost.
    """
    deadline = monotonic() + DATABASE_PATIENCE
    while True:
        try:
            write()
            return
        except DatabaseUnavailable:
            if monotonic() > deadline:
                log.error("database_unavailable", waited=DATABASE_PATIENCE)
                return
            Event().wait(1.0)
