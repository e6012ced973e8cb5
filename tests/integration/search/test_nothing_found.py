"""Search by meaning says when there is nothing, too."""

from collections.abc import Sequence

import pytest

from ingest.db import vectors
from ingest.db.engine import Database
from ingest.domain.pages import Vector
from ingest.search.answer import Answer, Mode, search
from ingest.settings import LOCAL_EMBEDDING_MODEL
from tests.integration.search.conftest import Write


class Near:
    """An embedder that finds everything as near as it is told, under the name of the model that was measured."""

    model = LOCAL_EMBEDDING_MODEL
    dimensions = 2
    recipe = "test"
    costs = False
    batch_size = 8

    def __init__(self, cosine: float) -> None:
        self.cosine = cosine

    def embed_passages(self, passages: Sequence[str], title: str = "") -> list[Vector]:
        raise NotImplementedError

    def embed_query(self, question: str) -> Vector:
        del question
        return [self.cosine, (1 - self.cosine**2) ** 0.5]


@pytest.fixture
def letters(database: Database, write: Write) -> None:
    for said in ("El informe de la escuela 2025, teléfono 987 654 321.", "Oficio de los médicos. Total 1,234.56."):
        document_id = write(said)
        with database.begin() as connection:
            missing = vectors.missing(connection, document_id, Near.model)
            vectors.save(connection, Near.model, [(chunk_id, [1.0, 0.0]) for chunk_id, _ in missing])


def ask(database: Database, query: str, cosine: float = 0.99, mode: Mode = Mode.HYBRID) -> Answer:
    return search(database, Near(cosine), query, mode=mode)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("query", ["", "😀", "*", "de la", "...", '"*"', '""', "-escuela", "º ª", "¿y?", "* -"])
def test_a_question_without_a_word_that_says_something_finds_nothing(database: Database, query: str, mode: Mode) -> None:
    answer = ask(database, query, mode=mode)
    assert (answer.hits, answer.total, answer.degraded) == ([], 0, False)


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    "query",
    [
        "999888777",
        "77,777.77",
        "99/99/2099",
        "XYZ-4711",
        '"vehículo oficial"',
        'camión "de los que no"',
        "camión 4711",
        "zzz999*",
    ],
)
def test_a_number_or_phrase_that_nothing_holds_finds_nothing(database: Database, query: str) -> None:
    assert ask(database, query).total == 0


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize("query", ["987654321", "987-654-321", "1234.56 camión", "camión 1,234.56"])
def test_a_number_that_is_held_however_it_is_parted_is_no_unknown_one(database: Database, query: str) -> None:
    assert ask(database, query).total == 2


@pytest.mark.usefixtures("letters")
def test_an_unknown_number_leaves_what_the_words_find(database: Database) -> None:
    assert ask(database, "escuela 4711").total == 1
    assert ask(database, "XYZ-987").total == 1


@pytest.mark.usefixtures("letters")
def test_meaning_alone_must_be_near(database: Database) -> None:
    assert ask(database, "camión", cosine=0.99).total == 2
    assert ask(database, "camión", cosine=0.5).total == 0
    assert ask(database, "camión escuela", cosine=0.5).total == 1
    assert ask(database, "camión", cosine=0.5, mode=Mode.VECTOR).total == 2
