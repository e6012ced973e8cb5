"""A document without text, a photo or a plan, is completed and found by its name, its device and its day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingest.adapters.parser.reader import ParserReader
from ingest.db.documents import Filters
from ingest.db.engine import Database
from ingest.db.schema import chunk_vectors, chunks, document_texts
from ingest.db.schema import documents as document_table
from ingest.domain.documents import CeleryState, Document, Status
from ingest.pipeline.replay import replay
from ingest.search.answer import Hit, Mode, search
from tests.support import made
from tests.support.desk import CountingOcr
from tests.support.runs import Bench


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1 << 30, page_seconds=20, max_pages=100)
    yield reader
    reader.stop()


class Plan(Bench):
    """A picture in which OCR sees nothing, of a scanner's."""

    def __init__(self, database: Database, reader: ParserReader, file: Path, name: str = "plano_tercer_piso.pdf") -> None:
        super().__init__(database, reader, file)
        self.ocr.text = ""
        self.note(filename=name, device="Mesa de Partes")

    def note(self, **values: object) -> None:
        with self.database.begin() as connection:
            connection.execute(update(document_table).values(**values))

    def done(self) -> Document:
        self.run()
        return self.run("embed")

    def find(self, words: str, **filters: object) -> list[Hit]:
        wanted = Filters(**filters)  # type: ignore[arg-type]  # as the API sets them
        return search(self.database, None, words, mode=Mode.TEXT, filters=wanted).hits


@pytest.fixture
def plan(database: Database, reader: ParserReader, tmp_path: Path) -> Plan:
    file = tmp_path / "plan.pdf"
    file.write_bytes(made.scan("nada", 2, dpi=60))
    return Plan(database, reader, file)


def test_it_is_completed_and_says_so(plan: Plan) -> None:
    done = plan.done()
    assert (done.status, done.state, done.progress) == (Status.COMPLETED, CeleryState.SUCCESS, 100)
    assert (done.text, done.failure, done.error_code) == ("none", None, "no_text_found")
    assert done.searchable
    assert done.title == "plano tercer piso"
    assert plan.script.described == 0, "nobody is paid to describe nothing"
    with plan.database.begin() as connection:
        assert connection.execute(select(document_texts.c.text)).scalar_one().strip() == ""


@pytest.mark.parametrize("words", ["plano", "tercer piso", '"tercer piso"', "plano_tercer_piso.pdf", "mesa de partes"])
def test_it_is_found_by_name_and_device(plan: Plan, words: str) -> None:
    done = plan.done()
    (hit,) = plan.find(words)
    assert (hit.document_id, hit.page) == (done.id, 1)
    assert "plano" in hit.snippet.lower()


def test_it_is_found_by_the_day_of_its_arrival(plan: Plan) -> None:
    plan.use(timezone="America/Lima")
    plan.note(arrived_at="2025-03-13T02:00:00Z")
    done = plan.done()
    assert done.issued_on == date(2025, 3, 12), "it was still the day before in Lima"
    for words in ("12/03/2025", "12 de marzo de 2025", "plano"):
        day = date(2025, 3, 12)
        assert [hit.document_id for hit in plan.find(words, date_from=day, date_to=day, device="Mesa de Partes")] == [done.id]
    assert plan.find("plano", date_from=date(2025, 3, 13)) == []


def test_it_is_found_by_the_day_in_its_name(plan: Plan) -> None:
    plan.note(filename="IMG_20240229_101112.jpg")
    assert plan.done().issued_on == date(2024, 2, 29)


def test_its_name_has_a_vector(plan: Plan) -> None:
    plan.done()
    assert plan.count(chunks) == plan.count(chunk_vectors) == 1


def test_a_blank_page_is_no_failure_either(database: Database, reader: ParserReader, tmp_path: Path) -> None:
    file = tmp_path / "blank.pdf"
    file.write_bytes(made.blank())
    assert Plan(database, reader, file, "vacío.pdf").done().text == "none"


def test_read_again_with_text_it_is_as_any_other(plan: Plan) -> None:
    plan.done()
    plan.use(ocr=CountingOcr(text="acta de entrega", recipe="better-1"))
    with plan.database.begin() as connection:
        assert replay(connection, plan.document_id, "extract") is not None
    done = plan.done()
    assert (done.text, done.error_code) == ("found", None)
    assert plan.find("entrega")
    assert plan.find("partes") == []
