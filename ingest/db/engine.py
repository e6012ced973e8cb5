"""The connection to PostgreSQL, and its outages as our error."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from copy import copy
from threading import Lock

import psycopg2
import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from ingest.errors import DatabaseUnavailable, QueryTimeout

# SQLSTATEs: a write to a standby, as in the middle of a failover; a transaction in which we were silent for too long.
_AWAY = {"25006", "25P03"}
_CANCELLED = "57014"  # by its time limit, or because somebody asked


class Cancellation:
    """Ends what a thread has asked of a database, from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: psycopg2.extensions.connection | None = None
        self._asked = False

    def ask(self) -> None:
        """Cancel the statement that runs, if one does, and let no transaction begin. Ask again until the thread has ended:
        between two statements there is nothing to cancel.
        """
        with self._lock, suppress(psycopg2.Error):  # a server that is away runs nothing
            self._asked = True
            if self._running is not None:
                self._running.cancel()

    @contextmanager
    def over(self, connection: Connection) -> Iterator[None]:
        """While the block runs, `ask` cancels what this connection does. Raises QueryTimeout where it was asked before."""
        with self._lock:
            if self._asked:
                raise QueryTimeout("cancelled")
            self._running = connection.connection.driver_connection
        try:
            yield
        finally:
            # The lock keeps the connection from another's hands while it is being cancelled.
            with self._lock:
                self._running = None


class Database:
    """A pool of connections; transactions raise DatabaseUnavailable when the server is away.

    With `statement_seconds`, PostgreSQL ends a statement that takes longer, whatever has become of us, and the transaction
    raises QueryTimeout.
    """

    _has_limit = False
    _cancellation: Cancellation | None = None

    def __init__(self, url: str, *, pool_size: int = 5, statement_seconds: float = 0) -> None:
        self._has_limit = statement_seconds > 0
        self.engine: Engine = sqlalchemy.create_engine(
            url.replace("postgresql://", "postgresql+psycopg2://", 1),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=10,
            # A tenth of a millisecond, or the first request after each restart of the server fails.
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": 5,
                "application_name": "bandeja",
                # A dead peer is noticed within about 15 s instead of the kernel's two hours.
                "keepalives_idle": 5,
                "keepalives_interval": 5,
                "keepalives_count": 2,
                # jit costs more than it gains on our short queries (48 against 100 ms for full text).
                # A process frozen in the middle of a transaction holds rows that others wait for, the sweeper too.
                "options": "-c jit=off -c timezone=UTC -c idle_in_transaction_session_timeout=15s"
                # HNSW's list of candidates: recall .995; not less than any depth that is asked for. With a filter it would stop
                # before it has enough; relaxed order is put right by who asks.
                " -c hnsw.ef_search=200 -c hnsw.iterative_scan=relaxed_order"
                f" -c statement_timeout={round(1000 * statement_seconds)}",
            },
        )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: commits at the end, rolls back on any exception."""
        watched = self._cancellation.over if self._cancellation else nullcontext
        with self._outages(), self.engine.begin() as connection, watched(connection):
            yield connection

    def until(self, cancellation: Cancellation) -> "Database":
        """The same pool, whose transactions end with QueryTimeout when `cancellation` is asked for."""
        one = copy(self)
        one._cancellation = cancellation
        return one

    def close(self) -> None:
        """Close all idle connections."""
        self.engine.dispose()

    @contextmanager
    def _outages(self) -> Iterator[None]:
        with _outages():
            try:
                yield
            except OperationalError as error:
                if getattr(error.orig, "pgcode", None) == _CANCELLED and (self._has_limit or self._cancellation):
                    raise QueryTimeout(type(error.orig).__name__) from error
                raise


@contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        # The text can hold the connection string; the original goes to the log as the cause.
        raise DatabaseUnavailable(type(error.orig).__name__) from error
    except sqlalchemy.exc.TimeoutError as error:
        raise DatabaseUnavailable("pool timeout") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailable("connection invalidated") from error
        if getattr(error.orig, "pgcode", None) in _AWAY:
            raise DatabaseUnavailable(type(error.orig).__name__) from error
        raise


class ValuesRefused(Exception):
    """The database does not take these values: a NUL, a number that is too large, a row that cannot be."""


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo the block alone where the database refuses what it writes. Raises ValuesRefused, naming the kind."""
    try:
        with connection.begin_nested():
            yield
    except (DataError, IntegrityError) as refused:
        raise ValuesRefused(type(refused).__name__) from refused
