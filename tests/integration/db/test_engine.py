"""Which of PostgreSQL's refusals are outages, to be waited for, and which are not."""

from time import sleep

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from ingest.db import parked
from ingest.db.engine import Database
from ingest.errors import DatabaseUnavailable


def read_only(connection: Connection) -> None:
    connection.execute(text("SET TRANSACTION READ ONLY"))
    parked.park(connection, "durable", "a reason", "a body")


def test_a_database_that_only_reads_is_away(database: Database) -> None:
    """A standby in the middle of a failover: MinIO must keep its events."""
    with pytest.raises(DatabaseUnavailable, match="ReadOnlySqlTransaction"), database.begin() as connection:
        read_only(connection)


def test_a_connection_that_the_server_ended_is_an_outage_once(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable), database.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with database.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_a_restart_between_two_transactions_is_no_outage(database: Database) -> None:
    with database.begin() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    other.close()
    with database.begin() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid


def freeze(connection: Connection) -> None:
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
    sleep(0.5)
    connection.execute(text("SELECT 1"))


def test_a_process_frozen_in_a_transaction_holds_its_rows_for_a_while_only(database: Database) -> None:
    with database.begin() as connection:
        assert connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "15s"
    with pytest.raises(DatabaseUnavailable), database.begin() as connection:
        freeze(connection)


def test_a_bug_of_ours_is_no_outage(database: Database) -> None:
    with pytest.raises(ProgrammingError), database.begin() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))
