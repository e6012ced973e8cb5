"""What a question scores is bounded, and the best is among it."""

import pytest

from ingest.db import ranking
from ingest.db.documents import Filters
from tests.integration.search.conftest import Found, Write


@pytest.fixture
def crowd(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two words that are too common for the budget, never in one document."""
    monkeypatch.setattr(ranking, "CANDIDATES", 5)
    for number in range(12):
        write(f"Informe de acacias, parte {number}.")
        write(f"Informe de cipreses, parte {number}.")


@pytest.mark.usefixtures("crowd")
def test_common_words_are_found_together(write: Write, found: Found) -> None:
    both = write("Un largo relato en que se habla de acacias y, mucho más abajo, también de cipreses.")
    assert found("acacias cipreses", limit=1) == [both]


@pytest.mark.usefixtures("crowd")
def test_a_common_word_alone_is_found(found: Found) -> None:
    assert len(found("acacias", limit=100)) == 12


@pytest.mark.usefixtures("crowd")
def test_where_few_hold_both_the_others_follow(write: Write, found: Found) -> None:
    both = write("De acacias y cipreses.")
    hits = found("acacias cipreses", limit=100)
    assert (hits[0], len(hits)) == (both, 25)


@pytest.mark.usefixtures("crowd")
def test_a_filter_finds_what_the_budget_leaves_out(write: Write, found: Found) -> None:
    mine = write("Una acacia vieja.", office="Oficina Única")
    assert found("acacias cipreses", filters=Filters(office="oficina unica")) == [mine]


def test_words_side_by_side_rank_above_the_same_apart(write: Write, found: Found) -> None:
    apart = write("La guerra fue larga. Un congreso mundial la siguió.")
    beside = write("Sobre la guerra mundial se escribió, y sobre un congreso que la siguió largamente, mucho.")
    assert found("guerra mundial") == [beside, apart]
