"""What older rules described is described anew, and what was paid for is not."""

from datetime import date

from sqlalchemy import select

from ingest.db import descriptions, documents
from ingest.db.engine import Database
from ingest.db.schema import chunk_terms
from ingest.db.schema import descriptions as kept_descriptions
from ingest.describing.rules import OLDER_RECIPES, RECIPE
from ingest.domain.descriptions import Amount, Description, Details, Evidence
from ingest.upkeep.renewal import renew_descriptions
from tests.integration.search.conftest import Write

LETTER = "OFICIO N.º 0123-2025-UGEL.05\nLima, 12 de marzo de 2025\nDE : Rosa Quispe Mamani\nASUNTO : Visitas"


def test_older_rules_answers_are_renewed_once(database: Database, write: Write) -> None:
    document_id = write(LETTER, described_by=OLDER_RECIPES[0], document_type="oficio")

    assert renew_descriptions(database) == 1

    with database.begin() as connection:
        row = documents.find(connection, document_id)
        details, evidence = descriptions.details(connection, document_id)
        terms = connection.execute(select(chunk_terms.c.terms)).scalar_one()
    assert row is not None
    assert (row.sender, row.document_number, row.issued_on) == ("Rosa Quispe Mamani", "0123-2025", date(2025, 3, 12))
    assert row.described_by == RECIPE
    assert details.number_written == "0123-2025-UGEL.05"
    assert evidence["sender"][0].text == "Rosa Quispe Mamani"
    assert "'o:oficio-123-2025'" in terms
    assert renew_descriptions(database) == 0


def test_what_was_paid_for_and_what_has_no_text_stay(database: Database, write: Write) -> None:
    write(LETTER, described_by="gemini-3.5-flash:2")
    write(LETTER, described_by="file-name:1")

    assert renew_descriptions(database) == 0


def test_a_description_that_is_kept_comes_back_as_it_was(database: Database) -> None:
    details = Details(
        number_written="1-2025/A",
        signed_on=date(2025, 3, 1),
        recipients=("A B",),
        amounts=(Amount("PEN", "1.00"),),
        deadline_days=3,
    )
    made = Description(
        "oficio", "1-2025", recipe="r", sender="C D", details=details, evidence={"sender": (Evidence(1, 2, 5, "C D"),)}
    )

    with database.begin() as connection:
        descriptions.save(connection, b"hash", made)
        assert descriptions.find(connection, b"hash", "r") == made


def test_a_checkpoint_of_an_older_release_is_read(database: Database) -> None:
    kept = {
        "document_type": "oficio",
        "number": "1-2025",
        "issued_on": "2025-03-01",
        "office": "",
        "subject": "",
        "title": "",
        "recipe": "g",
    }
    with database.begin() as connection:
        connection.execute(kept_descriptions.insert().values(content_sha256=b"h", recipe="g", description=kept))
        found = descriptions.find(connection, b"h", "g")
    assert found == Description("oficio", "1-2025", issued_on=date(2025, 3, 1), recipe="g")
