"""What PostgreSQL keeps of terms is read instead of counting them, and what it cannot keep is counted."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from ingest.db import frequencies
from ingest.db.engine import Database
from tests.integration.search.conftest import Found, Write


@pytest.fixture
def analyzed(database: Database, write: Write, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Thirty documents about acacias, as a corpus too large to be counted."""
    for number in range(30):
        write(f"Informe de acacias, parte {number}.")
    with database.begin() as connection:
        connection.execute(text("ANALYZE chunk_terms"))
    monkeypatch.setattr(frequencies, "_COUNTED_WHOLE", 10)
    frequencies.forget(database.engine)
    yield
    frequencies.forget(database.engine)


def _passages(database: Database, word: str) -> int:
    with database.begin() as connection:
        (term,) = frequencies.look_up(connection, [word])[word]
    return term.passages


@pytest.mark.usefixtures("analyzed")
def test_a_common_term_is_not_counted(database: Database, write: Write) -> None:
    before = _passages(database, "acacias")
    write("Una más de acacias.")

    assert before == 30
    assert _passages(database, "acacias") == before


@pytest.mark.usefixtures("analyzed")
def test_the_corpus_is_not_counted(database: Database, write: Write) -> None:
    with database.begin() as connection:
        before = frequencies.corpus(connection)
    write("Una más de acacias.")
    with database.begin() as connection:
        after = frequencies.corpus(connection)
        counted = connection.execute(text("SELECT count(*) - 1, avg(length)::float FROM chunk_terms")).one()

    assert (before, before.passages) == (after, counted[0])
    assert before.average_length == pytest.approx(counted[1], abs=0.5)


@pytest.mark.usefixtures("analyzed")
def test_what_came_since_is_found_all_the_same(write: Write, found: Found) -> None:
    new = write("Un jacarandá entre acacias.")

    assert found("jacarandá") == [new]
    assert found("jacarandá acacias")[0] == new
    assert len(found("acacias")) == 31
