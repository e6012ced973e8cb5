"""The connection to PostgreSQL, and its outages as our error."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from ingest.errors import DatabaseUnavailable

# SQLSTATEs: a write to a standby, as in the middle of a failover; a transaction in which we were silent for too long.
_AWAY = {"25006", "25P03"}


class Database:
    """A pool of connections; transactions raise DatabaseUnavailable when the server is away."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
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
                "options": "-c jit=off -c timezone=UTC -c idle_in_transaction_session_timeout=15s",
            },
        )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: commits at the end, rolls back on any exception."""
        with _outages(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all idle connections."""
        self.engine.dispose()


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
