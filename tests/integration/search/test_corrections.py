"""Corrections on a real database: found at once, above every later reading, and taken back."""

from datetime import date
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from ingest.db import descriptions, documents
from ingest.db import schema as tables
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.describing.rules import OLDER_RECIPES
from ingest.domain.corrections import Value
from ingest.domain.documents import Document, Status
from ingest.domain.object_keys import corrections_key
from ingest.errors import Conflict, NotFound, StorageUnavailable
from ingest.search.answer import Mode, search
from ingest.search.thread import thread
from ingest.upkeep import corrections
from ingest.upkeep.renewal import renew_descriptions, renew_terms
from tests.integration.search.conftest import Found, Write

LETTER = "OFICIO N.º 0123-2025-UGEL.05\nLima, 12 de marzo de 2025\nDE : Rosa Quispe Mamani\nASUNTO : Visitas a las aulas"


class Shelf:
    """A derived bucket in memory, which may be away."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False

    def put_derived(self, key: str, body: bytes, content_type: str) -> None:
        if self.away:
            raise StorageUnavailable("away")
        self.kept[key] = body

    def get_derived(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def derived(self, prefix: str) -> list[str]:
        return [key for key in self.kept if key.startswith(prefix)]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def letter(write: Write) -> UUID:
    return write(
        LETTER, document_type="oficio", document_number="0123-2025", sender="Rosa Quispe Mamani", title="OFICIO N.º 0123-2025"
    )


def correct(database: Database, shelf: Shelf, document_id: UUID, **changes: Value) -> Document:
    with database.begin() as connection:
        return corrections.correct(connection, cast(Any, shelf), document_id, changes, "ana")


def terms(database: Database) -> set[str]:
    with database.begin() as connection:
        return set(connection.execute(select(func.tsvector_to_array(tables.chunk_terms.c.terms))).scalar_one())


def test_what_was_corrected_is_found_and_filtered_at_once(database: Database, shelf: Shelf, letter: UUID, found: Found) -> None:
    assert found("Huamanchumo") == []
    assert "o:oficio-987-2025" not in terms(database)

    row = correct(database, shelf, letter, sender="Nélida Huamanchumo", document_number="987-2025", date="2024-01-02")

    assert (row.sender, row.document_number, row.issued_on) == ("Nélida Huamanchumo", "987-2025", date(2024, 1, 2))
    assert found("huamanchumo") == [letter]
    assert "o:oficio-987-2025" in terms(database)
    assert "o:oficio-123-2025" not in terms(database)
    assert found("aulas", filters=Filters(sender="nelida huamanchumo", year=2024)) == [letter]
    assert found("aulas", filters=Filters(sender="Rosa Quispe Mamani")) == []


def test_a_detail_is_found_too(database: Database, shelf: Shelf, letter: UUID, found: Found) -> None:
    correct(database, shelf, letter, recipients=["Zenobio Ccahuana"], summary="Sobre los algarrobos.")
    assert found("ccahuana") == found("algarrobo") == [letter]


def test_none_takes_it_back(database: Database, shelf: Shelf, letter: UUID, found: Found) -> None:
    correct(database, shelf, letter, sender="Nélida Huamanchumo", document_number="987-2025")
    row = correct(database, shelf, letter, sender=None, document_number=None)
    assert (row.sender, row.document_number, row.corrections) == ("Rosa Quispe Mamani", "0123-2025", {})
    assert found("huamanchumo") == []
    assert "o:oficio-987-2025" not in terms(database)
    assert found("oficio 123-2025") == [letter]


def test_corrected_twice_says_what_was_read_first(database: Database, shelf: Shelf, letter: UUID) -> None:
    correct(database, shelf, letter, sender="Una")
    row = correct(database, shelf, letter, sender="Otra")
    assert (row.corrections["sender"]["was"], row.corrections["sender"]["by"]) == ("Rosa Quispe Mamani", "ana")


def test_a_later_description_does_not_undo_it(database: Database, shelf: Shelf, letter: UUID, found: Found) -> None:
    correct(database, shelf, letter, sender="Nélida Huamanchumo", expediente="77-2025")
    with database.begin() as connection:
        connection.execute(update(tables.documents).values(described_by=OLDER_RECIPES[0], sender="Nélida Huamanchumo"))
        connection.execute(update(tables.document_texts).values(terms_recipe="older"))

    assert renew_descriptions(database) == 1
    assert renew_terms(database) == 1

    with database.begin() as connection:
        row = documents.find(connection, letter)
        details, _ = descriptions.details(connection, letter)
    assert row is not None
    assert (row.sender, row.subject) == ("Nélida Huamanchumo", "Visitas a las aulas")
    assert row.corrections["sender"]["was"] == "Rosa Quispe Mamani"
    assert details.expediente == "", "the details keep what was read"
    assert found("huamanchumo") == found("expediente 77-2025") == [letter]


def test_the_thread_knows_the_corrected_number(database: Database, shelf: Shelf, letter: UUID) -> None:
    correct(database, shelf, letter, document_number="987-2025")
    with database.begin() as connection:
        assert thread(connection, letter).candidates == []
    assert search(database, None, "oficio 987-2025", mode=Mode.TEXT).hits[0].document_number == "987-2025"


def test_without_the_store_nothing_has_happened(database: Database, shelf: Shelf, letter: UUID, found: Found) -> None:
    shelf.away = True
    with pytest.raises(StorageUnavailable):
        correct(database, shelf, letter, sender="Nélida Huamanchumo")
    assert found("huamanchumo") == []


def test_it_comes_back_from_the_derived_bucket(database: Database, shelf: Shelf, letter: UUID, found: Found) -> None:
    before = correct(database, shelf, letter, sender="Nélida Huamanchumo", keywords=["uno", "dos"])
    with database.begin() as connection:
        connection.execute(update(tables.documents).values(corrections={}, sender="Rosa Quispe Mamani"))

    with database.begin() as connection:
        assert corrections.kept(cast(Any, shelf)) == {letter}
        assert corrections.restore(connection, cast(Any, shelf), [letter, uuid4()]) == 1
        assert corrections.restore(connection, cast(Any, shelf), [letter]) == 0
        row = documents.find(connection, letter)

    assert row is not None
    assert (row.sender, row.corrections) == (before.sender, before.corrections)
    assert list(shelf.kept) == [corrections_key(letter)]
    assert found("huamanchumo") == [letter]


def test_what_is_gone_or_replaced_is_not_corrected(database: Database, shelf: Shelf, write: Write) -> None:
    for status, raised in ((Status.DELETED, NotFound), (Status.SUPERSEDED, Conflict)):
        with pytest.raises(raised):
            correct(database, shelf, write(LETTER, status=status), sender="x")
    with pytest.raises(NotFound):
        correct(database, shelf, uuid4(), sender="x")
    assert shelf.kept == {}
