"""Extract against a real database and parser: what is read, what is kept, and what is never read twice."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pymupdf
import pytest
from sqlalchemy import select, text

from ingest.adapters.parser.reader import ParserReader
from ingest.db import devices, leases, pages
from ingest.db.engine import Database
from ingest.db.schema import documents
from ingest.errors import EmptyFile, EncryptedPdf, LeaseLost, ParserTimeout, TooLarge
from ingest.pipeline.stages import clean, extract
from ingest.pipeline.work import Work
from ingest.reading.ports import OcrText, Raster
from tests.support import made
from tests.support.desk import CountingMetrics, CountingOcr, GivenPasswords, work_on


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=20, max_pages=2000)
    yield reader
    reader.stop()


class Desk:
    def __init__(self, database: Database, reader: ParserReader, folder: Path) -> None:
        self.database = database
        self.reader = reader
        self.folder = folder
        self._files = 0

    def work(self, body: bytes, ocr: CountingOcr, passwords: GivenPasswords | None = None) -> Work:
        self._files += 1
        path = self.folder / f"{self._files}.pdf"
        path.write_bytes(body)
        return work_on(path, self.folder, self.database, self.reader, ocr, passwords=passwords)


@pytest.fixture
def desk(database: Database, reader: ParserReader, tmp_path: Path) -> Desk:
    return Desk(database, reader, tmp_path)


def mixed() -> bytes:
    """Text, a scan, an empty page, text."""
    document = pymupdf.open("pdf", made.born_digital("primera", 1))
    document.insert_pdf(pymupdf.open("pdf", made.scan("segunda")))
    document.new_page()
    document.insert_pdf(pymupdf.open("pdf", made.born_digital("cuarta", 1)))
    return bytes(document.tobytes())


def test_each_page_by_what_it_holds(desk: Desk) -> None:
    ocr = CountingOcr()
    work = desk.work(mixed(), ocr)
    reports: list[tuple[int, int]] = []
    work.report = lambda done, total: reports.append((done, total))
    extract.run(work)
    assert [page.how for page in work.pages] == ["layer", "ocr", "none", "layer"]
    assert [page.number for page in work.pages] == [1, 2, 3, 4]
    assert "primera" in work.pages[0].text
    assert work.pages[1].text == ocr.text
    assert work.pages[1].confidence == pytest.approx(0.9)
    assert reports[-1] == (4, 4)
    counts = cast(CountingMetrics, work.tools.metrics).counts
    assert counts == {"bandeja_pages_total layer": 2, "bandeja_pages_total ocr": 1, "bandeja_pages_total none": 1}
    assert len(ocr.rasters) == 1
    assert ocr.rasters[0].dpi == 150  # as scanned


def test_pages_are_in_the_database_with_all_their_words(desk: Desk) -> None:
    work = desk.work(made.born_digital("guardada", 1), CountingOcr())
    extract.run(work)
    with desk.database.begin() as connection:
        found = pages.find(connection, work.content_sha256, work.reading_recipe, 1)
        assert pages.find(connection, work.content_sha256, work.reading_recipe, 2) is None
        sha256 = connection.execute(select(documents.c.content_sha256)).scalar_one()
    assert found is not None
    assert found.text == work.pages[0].text
    assert "ASUNTO:" in {word.text for word in found.words}
    assert len(work.pages[0].words) < len(found.words)
    assert bytes(sha256) == work.content_sha256


def test_a_run_broken_off_goes_on_where_it_stopped(desk: Desk) -> None:
    scan = made.scan("resumen", pages=20, dpi=40)
    broken = CountingOcr(breaks_at=7)
    with pytest.raises(KeyboardInterrupt):
        extract.run(desk.work(scan, broken))
    assert len(broken.rasters) == 6
    second = CountingOcr()
    work = desk.work(scan, second)
    extract.run(work)
    assert len(second.rasters) == 14
    assert [page.number for page in work.pages] == list(range(1, 21))


def test_what_was_read_fast_is_kept_before_a_page_that_takes_long(desk: Desk) -> None:
    with pytest.raises(KeyboardInterrupt):
        extract.run(work := desk.work(mixed(), CountingOcr(breaks_at=1)))
    with desk.database.begin() as connection:
        assert list(pages.find_all(connection, work.content_sha256, work.reading_recipe)) == [1, 3, 4]


def test_the_same_bytes_are_read_once_whatever_they_are_called(desk: Desk) -> None:
    first = desk.work(made.scan("copia"), CountingOcr())
    extract.run(first)
    ocr = CountingOcr()
    again = desk.work((desk.folder / "1.pdf").read_bytes(), ocr)
    extract.run(again)
    assert ocr.rasters == []
    assert [replace(page, words=()) for page in again.pages] == [replace(page, words=()) for page in first.pages]


def test_a_page_read_before_is_cleaned_the_same(desk: Desk) -> None:
    """What comes out of the database must make the same text as what came out of the file."""
    document = pymupdf.open()
    for number in range(1, 6):
        page = document.new_page()
        page.insert_text((72, 40), "GOBIERNO REGIONAL DE LORETO")
        page.insert_text((72, 400), f"Considerando número {number * number} del expediente")
        page.insert_text((72, 820), f"Página {number} de 5")
    fresh = desk.work(bytes(document.tobytes()), CountingOcr())
    extract.run(fresh)
    clean.run(fresh)
    again = desk.work((desk.folder / "1.pdf").read_bytes(), CountingOcr())
    extract.run(again)
    clean.run(again)
    assert again.clean == fresh.clean
    assert fresh.clean.text.count("GOBIERNO REGIONAL") == 1
    assert fresh.clean.text.count("Considerando") == 5


def test_another_language_is_another_reading(desk: Desk) -> None:
    work = desk.work(made.scan("idioma"), CountingOcr())
    extract.run(work)
    other = desk.work((desk.folder / "1.pdf").read_bytes(), CountingOcr(recipe="counting-2"))
    extract.run(other)
    assert other.reading_recipe != work.reading_recipe
    assert "spa" in work.reading_recipe


def test_a_lost_lease_writes_nothing(desk: Desk) -> None:
    work = desk.work(made.scan("perdida"), CountingOcr())
    with desk.database.begin() as connection:
        leases.release(connection, work.lease)
    with pytest.raises(LeaseLost):
        extract.run(work)
    with desk.database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM page_texts")).scalar_one() == 0


def test_nothing_to_read(desk: Desk) -> None:
    extract.run(work := desk.work(made.blank(), CountingOcr()))
    assert [page.text for page in work.pages] == [""]
    blind = CountingOcr(text="")
    extract.run(work := desk.work(made.scan("nada"), blind))
    assert len(blind.rasters) == 1
    assert [page.how for page in work.pages] == ["none"]
    with pytest.raises(EmptyFile):
        extract.run(desk.work(b"", CountingOcr()))


def test_a_file_that_hangs_on_page_after_page_is_given_up_early(desk: Desk) -> None:
    class HangingOcr(CountingOcr):
        def read(self, raster: Raster, languages: str, share: float = 1.0) -> OcrText:
            super().read(raster, languages, share)
            raise ParserTimeout

    ocr = HangingOcr()
    with pytest.raises(ParserTimeout):
        extract.run(desk.work(made.scan("cuelga", 4, dpi=40), ocr))
    assert len(ocr.rasters) == 3, "with three of four pages unread, the fourth cannot save it"


def test_too_large_a_file_is_not_even_fetched(desk: Desk) -> None:
    work = desk.work(made.blank(), CountingOcr())
    work.document = replace(work.document, size=work.tools.max_bytes + 1)
    with pytest.raises(TooLarge):
        extract.run(work)
    assert not list(work.folder.iterdir())


def test_a_locked_file_is_read_with_the_password_lent_for_it(desk: Desk) -> None:
    passwords = GivenPasswords("equivocada", "secreto")
    work = desk.work(made.locked("bajo llave"), CountingOcr(), passwords=passwords)
    extract.run(work)
    assert "bajo llave" in work.pages[0].text
    assert passwords.asked == [work.document.id]
    with pytest.raises(EncryptedPdf):
        extract.run(desk.work(made.locked("otra"), CountingOcr(), passwords=GivenPasswords("equivocada")))
    extract.run(desk.work(made.born_digital("abierta", 1), CountingOcr(), passwords=passwords))
    assert passwords.asked == [work.document.id]  # nobody is asked for a file that is open


def test_a_document_is_read_in_its_own_language(desk: Desk) -> None:
    metadata = {"language": "en"}
    work = desk.work(made.scan("language"), CountingOcr(languages="eng"))
    work.document = replace(work.document, upload_metadata=metadata)
    extract.run(work)
    assert work.reading_recipe.endswith(" eng")
    for unusable in ("de", "../x"):  # not installed; no language at all
        work = desk.work(made.scan(f"sin {unusable[:2]}"), CountingOcr(languages="spa"))
        work.document = replace(work.document, upload_metadata={"language": unusable})
        extract.run(work)
        assert work.reading_recipe.endswith(" spa")


def test_a_devices_documents_are_read_in_its_language(desk: Desk) -> None:
    work = desk.work(made.scan("escáner"), CountingOcr(languages="spa+eng"))
    folder = f"{Path(work.document.object_key).parent}/"
    with desk.database.begin() as connection:
        devices.add(connection, "Mesa", "mesa-key", folder, replaces=False, languages="spa+eng")
    work.document = replace(work.document, device="Mesa")
    extract.run(work)
    assert work.reading_recipe.endswith(" spa+eng")
