"""Every file of the collection, through parser, Tesseract and the stages that make text of it."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.adapters.parser.reader import ParserReader
from ingest.adapters.tesseract.engine import TesseractEngine
from ingest.db.engine import Database
from ingest.errors import BandejaError
from ingest.pipeline.stages import chunk, clean, extract
from tests.support.desk import work_on

_SIBLING = Path(__file__).resolve().parents[4] / "shared" / "data"
DATA = Path(os.environ.get("BANDEJA_SHARED_DATA", _SIBLING)) / "documents"

PAGE_SECONDS = 4.0  # the hostile files take for ever


def _collection() -> list[tuple[str, str]]:
    index = DATA / "INDEX.tsv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8", newline="") as lines:
        return [(row["file"], row["expected"]) for row in csv.DictReader(lines, delimiter="\t")]


@pytest.fixture(scope="module")
def reader() -> Iterator[ParserReader]:
    reader = ParserReader(memory_bytes=1024**3, page_seconds=PAGE_SECONDS, max_pages=2000)
    yield reader
    reader.stop()


@pytest.mark.skipif(not _collection(), reason="the document collection is not here (BANDEJA_SHARED_DATA)")
@pytest.mark.parametrize(("name", "expected"), _collection())
def test_every_file_ends_as_expected(name: str, expected: str, database: Database, reader: ParserReader, tmp_path: Path) -> None:
    work = work_on(DATA / name, tmp_path, database, reader, TesseractEngine(page_seconds=60))
    try:
        extract.run(work)
        clean.run(work)
        chunk.run(work)
        # The collection's index is older than the rule that a document without text is completed.
        outcome = "completed" if work.clean.text.strip() else "error:no_text_found"
    except BandejaError as error:
        outcome = f"error:{error.code}"
    assert outcome in expected.split(" or ")
    if outcome == "completed":
        assert work.chunks
        assert "".join(_new_parts(work.chunks)) == work.clean.text
    assert [left.name for left in work.folder.iterdir()] == ["document"]  # nothing beside what we put there


def _new_parts(chunks: list[chunk.Chunk]) -> Iterator[str]:
    end = 0
    for one in chunks:
        yield one.text[end - one.start :]
        end = one.end
