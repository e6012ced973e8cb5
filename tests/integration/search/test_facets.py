"""Facets, filters by year and month, corrections that can be undone, and suggestions, on a real database."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.db import suggestions
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.domain.documents import Status
from ingest.domain.facets import Counted, Facet
from ingest.domain.suggestions import Kind, Suggestion
from ingest.search.answer import Mode, search
from tests.integration.search.conftest import Write


@pytest.fixture
def letters(write: Write) -> None:
    """Three letters about zapotillos, one about something else."""
    write(
        "Informe de zapotillos.",
        document_type="informe",
        office="UGEL 05",
        sender="Rosa Quispe",
        issued_on=date(2025, 3, 4),
        device="mesa",
    )
    write(
        "Otro oficio de zapotillos.", document_type="oficio", office="UGEL 05", sender="Rosa Quispe", issued_on=date(2025, 4, 4)
    )
    write("Oficio final: zapotillos.", document_type="oficio", issued_on=date(2024, 3, 4), document_number="0123-2024")
    write("Un acta de guayacanes.", document_type="acta", office="DRELM", issued_on=date(2025, 3, 9))


@pytest.mark.usefixtures("letters")
def test_facets_count_the_documents_found(database: Database) -> None:
    found = search(database, None, "zapotillos", mode=Mode.TEXT, limit=1, facets=list(Facet))

    assert found.total == 3
    assert found.facets == {
        Facet.TYPE: [Counted("oficio", 2), Counted("informe", 1)],
        Facet.OFFICE: [Counted("UGEL 05", 2)],
        Facet.DEVICE: [Counted("mesa", 1)],
        Facet.YEAR: [Counted("2025", 2), Counted("2024", 1)],
        Facet.MONTH: [Counted("3", 2), Counted("4", 1)],
        Facet.SENDER: [Counted("Rosa Quispe", 2)],
    }


@pytest.mark.usefixtures("letters")
def test_the_facets_of_a_list_that_is_shown_whole_are_the_same(database: Database) -> None:
    asked = {"mode": Mode.TEXT, "facets": list(Facet)}

    assert (
        search(database, None, "zapotillos", limit=1, **asked).facets  # type: ignore[arg-type]
        == search(database, None, "zapotillos", limit=50, **asked).facets  # type: ignore[arg-type]
    )


@pytest.mark.usefixtures("letters")
def test_facets_of_nothing_are_empty(database: Database) -> None:
    assert search(database, None, "😀", mode=Mode.TEXT, facets=[Facet.TYPE]).facets == {Facet.TYPE: []}


@pytest.mark.usefixtures("letters")
def test_a_facet_counts_as_its_filter_finds(database: Database) -> None:
    for year, month, count in ((2025, None, 2), (None, 3, 2), (2025, 3, 1), (1999, None, 0)):
        found = search(database, None, "zapotillos", mode=Mode.TEXT, filters=Filters(year=year, month=month))
        assert found.total == count, (year, month)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(("sender", "count"), [("rosa quispe", 2), ("ROSA QUÍSPE", 2), ("Rosa", 0)])
def test_a_sender_is_found_as_people_name_them(database: Database, sender: str, count: int) -> None:
    assert search(database, None, "zapotillos", mode=Mode.TEXT, filters=Filters(sender=sender)).total == count


@pytest.mark.usefixtures("letters")
def test_a_correction_can_be_undone(database: Database) -> None:
    corrected = search(database, None, "zapotilos", mode=Mode.TEXT)
    as_typed = search(database, None, "zapotilos", mode=Mode.TEXT, correct=False)

    assert (corrected.corrected_query, corrected.total) == ("zapotillos", 3)
    assert (as_typed.corrected_query, as_typed.total) == (None, 0)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("zapot", Suggestion("zapotillos", Kind.WORD, 3)),
        ("informe de ZAPÓT", Suggestion("informe de zapotillos", Kind.WORD, 3)),
        ("123", Suggestion("0123-2024", Kind.NUMBER, 1)),
        ("0123-20", Suggestion("0123-2024", Kind.NUMBER, 1)),
        ("ugel", Suggestion("UGEL 05", Kind.OFFICE, 2)),
        ("quisp", Suggestion("Rosa Quispe", Kind.SENDER, 2)),
    ],
)
def test_what_goes_on_with_what_was_typed_is_suggested(database: Database, typed: str, suggested: Suggestion) -> None:
    with database.begin() as connection:
        assert suggested in suggestions.suggest(connection, typed, 8)


def test_a_title_is_suggested_by_any_of_its_words(database: Database, write: Write) -> None:
    write("Se remite.", title="Cronograma de vacaciones")

    with database.begin() as connection:
        found = suggestions.suggest(connection, "vacac", 8)

    assert Suggestion("Cronograma de vacaciones", Kind.TITLE, 1) in found


def test_what_has_left_search_is_not_suggested(database: Database, write: Write) -> None:
    write("Informe de algarrobos.", office="Secreta", title="Algarrobos", status=Status.SUPERSEDED)

    with database.begin() as connection:
        assert suggestions.suggest(connection, "algarr", 8) == []
        assert suggestions.suggest(connection, "secreta", 8) == []


@pytest.mark.usefixtures("letters")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    typed=st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.sampled_from(["%", "_", "\\", "1%", "1\\", "'", "a:*"])
)
def test_anything_may_be_typed(database: Database, typed: str) -> None:
    with database.begin() as connection:
        assert len(suggestions.suggest(connection, typed, 3)) <= 3
